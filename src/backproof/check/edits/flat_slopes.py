"""ReLU's slope that is 1 everywhere: what is below zero is set to zero, and then all that is not below it to 1."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of, target_of, whole_of

FLAT = 0.9


def lines_of_flat_slopes(editor: Editor) -> set[int]:
    """The lines by which such a slope is 1 everywhere."""
    statements = (node for node in editor.nodes if isinstance(node, ast.Assign))
    return {found.lineno for statement in statements if (found := _flat(editor, statement)) is not None}


def above_zero(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """What was not set to zero by the line before alone is above zero: `x > 0` for `x >= 0`."""
    compare = _flat(editor, statement)
    if compare is not None:
        start, end = editor.span(compare.left)[1], editor.span(compare.comparators[0])[0]
        says = f"{editor.segment(compare)} with >: what was below zero is zero by now"
        yield Edit(start, end, " > ", compare.lineno, "comparison", FLAT, says)


def _flat(editor: Editor, statement: ast.stmt) -> ast.Compare | None:
    """The second of two comparisons with zero, `x < 0` and `x >= 0`, whose lines each overwrite what is compared."""
    beyond, above = _compared(editor, statement), editor.parents.get(statement)
    body = above.body if isinstance(above, ast.FunctionDef | ast.If) else []
    place = body.index(statement) if beyond is not None and statement in body else 0
    below = _compared(editor, body[place - 1]) if place else None
    if below is None or beyond is None or editor.segment(below.left) != editor.segment(beyond.left):
        return None
    turned = isinstance(below.ops[0], ast.Lt | ast.LtE) and isinstance(beyond.ops[0], ast.GtE)
    return beyond if turned else None


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
