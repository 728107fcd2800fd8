"""What a loop hands on to its next turn and nothing reads, as the error of the later time step of a recurrent network
that is computed and not added."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

_COST = 0.9
_EMPTY = ("zeros", "zeros_like", "full", "empty", "empty_like")


def reading_what_is_handed_on(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The value that a loop hands on for nothing, added to what one of its lines computes; or in its place, if that is
    zeros."""
    if not isinstance(statement, ast.Assign):
        return
    value = statement.value
    targets = {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    names = {name for loop in editor.loops_around(statement) for name in editor.handed_on.get(loop, ())}
    for name in sorted(names - targets):
        if _is_zeros(value):
            yield editor.replace(value, name, "variable", _COST)
        else:
            yield editor.replace(value, f"{editor.segment(value)} + {name}", "missing term", _COST)


def lines_that_begin_with_zeros(editor: Editor) -> set[int]:
    """The lines of such loops that set something to zeros, where what is handed on may be meant."""
    return {
        statement.lineno
        for loop in editor.handed_on
        for statement in ast.walk(loop)
        if isinstance(statement, ast.Assign) and _is_zeros(statement.value)
    }


def _is_zeros(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return name_of(value.func) in _EMPTY
    return isinstance(value, ast.BinOp) and isinstance(value.left, ast.List) and isinstance(value.op, ast.Mult)
