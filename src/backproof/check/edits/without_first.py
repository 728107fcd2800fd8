"""A penalty that is added without its share of the bias, which stands first among the weights and is not penalised."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor

_COST = 1.1
_PARTS = {1: ("[1:]",), 2: ("[1:]", "[:, 1:]")}  # of arrays of one and of two axes


def without_first(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """`gradient[1:] += share * theta[1:]` for `gradient += share * theta`."""
    if not (isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub)):
        return
    target, value = statement.target, statement.value
    shape = editor.shapes.get(editor.segment(target))
    if isinstance(target, ast.Subscript) or not shape or not isinstance(value, ast.BinOp):
        return
    start, end = editor.span(statement)
    arrays = [node for node in (value.left, value.right) if isinstance(node, ast.Name | ast.Attribute)]
    for array in arrays:
        if editor.shapes.get(editor.segment(array), shape) != shape:
            continue
        at = tuple(place - start for place in editor.span(array))
        whole = editor.text[start:end]
        behind = editor.span(target)[1] - start
        for part in _PARTS.get(len(shape), ()):
            text = whole[:behind] + part + whole[behind : at[1]] + part + whole[at[1] :]
            yield Edit(start, end, text, statement.lineno, "index", _COST, f"{text} is meant")
