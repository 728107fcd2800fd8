"""The functions that a file imports from the others beside it: what its statements can call as they call its own."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from backproof.check.edits.editor import Editor
from backproof.check.edits.functions import Functions

_DEEP = 3


def editors_of(texts: Mapping[str, str], shapes: Mapping[str, Mapping[str, tuple[int, ...]]]) -> dict[str, Editor]:
    """Every file read for editing, with the shapes of its variables and what it imports from the others."""
    editors = {file: Editor(text, shapes.get(file)) for file, text in texts.items()}
    for file, editor in editors.items():
        editor.brought = brought(editors, file)
    return editors


def brought(own: Mapping[str, Functions], file: str, depth: int = _DEEP) -> dict[str, int]:
    """The functions of other files that only compute something, by the names that a file has for them, and how many
    arguments each is given.

    Args:
        own: every file, by its path in the folder.
        file: the one that imports them.
        depth: packages within packages that are looked into.
    """
    found: dict[str, int] = {}
    for node in own[file].nodes if depth else ():
        if isinstance(node, ast.ImportFrom):
            known = _functions_of(own, node.module, file, depth)
            for alias in node.names:
                name = alias.asname or alias.name
                if alias.name == "*":
                    found |= known
                elif alias.name in known:
                    found[name] = known[alias.name]
                else:  # a module of a package
                    whole = f"{node.module}.{alias.name}" if node.module else alias.name
                    found |= _within(name, _functions_of(own, whole, file, depth))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found |= _within(alias.asname or alias.name, _functions_of(own, alias.name, file, depth))
    return found


def _within(module: str, functions: Mapping[str, int]) -> dict[str, int]:
    return {f"{module}.{name}": count for name, count in functions.items()}


def _functions_of(own: Mapping[str, Functions], module: str | None, file: str, depth: int) -> dict[str, int]:
    """What can be had of the module that is meant: the one whose path ends so, in the folder of a file if there is one;
    of a package also what that imports."""
    parts = tuple(module.split(".")) if module else ()
    fitting = [other for other in own if other != file and _is_named(other, parts)]
    beside = [other for other in fitting if PurePosixPath(other).parent == PurePosixPath(file).parent]
    if not parts or not fitting:
        return {}
    meant = (beside or fitting)[0]
    handed_on = brought(own, meant, depth - 1) if PurePosixPath(meant).stem == "__init__" else {}
    return handed_on | own[meant].of_module


def _is_named(file: str, parts: tuple[str, ...]) -> bool:
    return any(PurePosixPath(path).parts[-len(parts) :] == parts for path in _names_of(file))


def _names_of(file: str) -> Iterator[str]:
    """A file's path as a module: without its ending, and that of the folder whose `__init__.py` it is."""
    path = PurePosixPath(file).with_suffix("")
    yield str(path)
    if path.name == "__init__":
        yield str(path.parent)
