"""What a call hands over to a function of the file: the values of its arguments, as the function reads them."""

import ast
from collections.abc import Iterator, Mapping

from backproof.check.edits import Editor
from backproof.check.edits.tree import name_of
from backproof.check.replay.callers import arguments
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading


def handed_over(
    frame: Frame, reading: Reading, editor: Editor, path: int, known: Mapping[int, Mapping[str, int]]
) -> dict[str, int]:
    """The variables that a call is given, with the nodes that they are.

    Args:
        path: the call.
        known: the nodes of what is named, of each call (see `values_by_text`).
    """
    found: dict[str, int] = {}
    for name, argument in _arguments(frame, reading, editor, path):
        node = _node_of(frame, reading, editor, path, name, known)
        if node is not None:
            found[editor.segment(argument)] = node
    return found


def _node_of(
    frame: Frame, reading: Reading, editor: Editor, path: int, name: str, known: Mapping[int, Mapping[str, int]]
) -> int | None:
    """What a function reads by a name, if only to hand it over to another one."""
    if name in known.get(path, {}):
        return known[path][name]
    for inner, (above, _) in enumerate(frame.trace.call_paths):
        for own, argument in _arguments(frame, reading, editor, inner) if above == path != inner else ():
            if isinstance(argument, ast.Name) and argument.id == name:
                return _node_of(frame, reading, editor, inner, own, known)
    return None


def _arguments(frame: Frame, reading: Reading, editor: Editor, path: int) -> Iterator[tuple[str, ast.expr]]:
    """What a function of the file calls its arguments, each with what is given for it."""
    call = reading.expression(frame.trace.call_paths[path][1]) if path > 0 else None
    name = name_of(call.func) if isinstance(call, ast.Call) else ""
    function = next((n for n in editor.nodes if isinstance(n, ast.FunctionDef) and n.name == name), None)
    for own, argument in arguments(function, call).items():
        if isinstance(argument, ast.Name | ast.Attribute | ast.Subscript):
            yield own, argument
