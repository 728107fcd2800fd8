"""The libraries that files import: loaded once, before the files are run, since loading takes longer than most runs."""

import ast
import sys
from pathlib import Path

from backproof.check.syntax import parsed

KNOWN = {
    "pandas", "matplotlib.pyplot", "sklearn.datasets", "sklearn.model_selection", "sklearn.preprocessing",
    "sklearn.metrics", "scipy.special", "scipy.signal", "scipy.io", "scipy.ndimage", "sklearn.linear_model",
    "sklearn.utils", "PIL.Image", "tqdm", "json", "csv", "pickle",
}  # fmt: skip
_FIRST = {name.split(".", maxsplit=1)[0] for name in KNOWN}


def imported_by(text: str) -> list[str]:
    """The known libraries that a file imports by name; none if it is no Python."""
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names.update((node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
    return sorted(KNOWN & names)


def loaded(folder: Path) -> list[str]:
    """The known libraries that are loaded now, those apart that stand beside the file."""
    return sorted(name for name in KNOWN & sys.modules.keys() if not _stands_in(folder, name))


def give_way(folder: Path) -> None:
    """Forget the libraries of whose name there is one beside the file: plain Python would take that one."""
    for name in [name for name in sys.modules if _stands_in(folder, name)]:
        del sys.modules[name]


def _stands_in(folder: Path, name: str) -> bool:
    first = name.split(".", maxsplit=1)[0]
    return first in _FIRST and ((folder / f"{first}.py").exists() or (folder / first / "__init__.py").exists())
