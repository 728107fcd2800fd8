"""ReLU's slope that is 1 everywhere: what is below zero is set to zero, and then all that is not below it to 1."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of, target_of, whole_of

FLAT = 0.9


def lines_of_flat_slopes(editor: Editor) -> set[int]:
    """The lines by which such a slope is 1 everywhere."""
    return {compare.lineno for compare in _flat(editor)}


def above_zero(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """What was not set to zero by the line before alone is above zero: `x > 0` for `x >= 0`."""
    for compare in _flat(editor):
        if editor.statement_at(compare.lineno) is statement:
            start, end = editor.span(compare.left)[1], editor.span(compare.comparators[0])[0]
            says = f"{editor.segment(compare)} with >: what was below zero is zero by now"
            yield Edit(start, end, " > ", compare.lineno, "comparison", FLAT, says)


def _flat(editor: Editor) -> Iterator[ast.Compare]:
    """The second of two comparisons with zero, `x < 0` and `x >= 0`, whose lines each overwrite what is compared."""
    blocks = (getattr(node, "body", []) for node in editor.nodes if isinstance(node, ast.FunctionDef | ast.If))
    for body in blocks:
        for first, second in pairwise(body if isinstance(body, list) else []):
            below, beyond = _compared(editor, first), _compared(editor, second)
            if below is None or beyond is None or editor.segment(below.left) != editor.segment(beyond.left):
                continue
            if isinstance(below.ops[0], ast.Lt | ast.LtE) and isinstance(beyond.ops[0], ast.GtE):
                yield beyond


def _compared(editor: Editor, statement: ast.stmt) -> ast.Compare | None:
    """The comparison with zero by which a line overwrites a part of what it compares: `x[x < 0] = 0`, or
    `x = np.where(x < 0, 0, x)`."""
    target = target_of(statement) if isinstance(statement, ast.Assign) else None
    if target is None or not isinstance(statement, ast.Assign):
        return None
    place: ast.expr | None = None
    if isinstance(target, ast.Subscript):
        place = target.slice
    elif isinstance(statement.value, ast.Call) and name_of(statement.value.func) == "where":
        own = editor.segment(target)
        place = statement.value.args[0] if own in map(editor.segment, statement.value.args[1:]) else None
    if not isinstance(place, ast.Compare) or len(place.ops) != 1:
        return None
    zero = place.comparators[0]
    is_zero = isinstance(zero, ast.Constant) and zero.value == 0
    return place if is_zero and editor.segment(place.left) == editor.segment(whole_of(target)) else None
