"""Elements of a weight matrix whose moves were taken for each other's: `w[0][1]` for `w[1][0]`."""

import ast
from collections.abc import Iterator

from backproof.check.edits.difference import difference
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import target_of

_COST = 0.7


def crossed(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The moves of all elements of a matrix beside the diagonal, each for the element on its other side, by one edit
    of the first of their lines, where a block has a line for each."""
    own = _element(editor, statement)
    if own is None:
        return
    others = {place: other for other in editor.block_of(statement) if (place := _element(editor, other)) is not None}
    name, row, column = own
    moved = {(i, j): other for (holder, i, j), other in others.items() if holder == name and i != j}
    if row == column or any((j, i) not in moved for i, j in moved):
        return
    if statement.lineno > min(other.lineno for other in moved.values()):
        return
    text = editor.text
    for i, j in sorted(moved, key=lambda place: -moved[place].lineno):
        start, end = editor.span(moved[i, j])
        text = text[:start] + text[start:end].replace(f"{name}[{i}][{j}]", f"{name}[{j}][{i}]") + text[end:]
    says = f"{name}[{row}][{column}] is taken for {name}[{column}][{row}]"
    yield Edit(*difference(editor.text, text), statement.lineno, "index", _COST, says)


def _element(editor: Editor, statement: ast.stmt) -> tuple[str, int, int] | None:
    """The matrix, the row and the column of the one element that a statement moves, if they are written as numbers."""
    target = target_of(statement)
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Subscript):
        return None
    row, column = target.value.slice, target.slice
    if not isinstance(row, ast.Constant) or not isinstance(column, ast.Constant):
        return None
    if type(row.value) is not int or type(column.value) is not int or not editor.carries(statement):
        return None
    return editor.segment(target.value.value), row.value, column.value
