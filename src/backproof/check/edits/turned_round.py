"""An update that goes the other way."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.expressions import swap_symbol
from backproof.check.edits.tree import assigned

_OTHER: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+"}


def other_way(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The edits by which a statement adds what it subtracts, or subtracts what it adds: `w -= step`, `w = w - step`, or
    several at once. None if it does neither."""
    if isinstance(statement, ast.AugAssign) and type(statement.op) in _OTHER:
        start = editor.span(statement.target)[1]
        at = start + editor.text[start : editor.span(statement.value)[0]].index("=") - 1
        other = _OTHER[type(statement.op)]
        yield Edit(at, at + 1, other, statement.lineno, "sign", 1.0, f"{editor.symbol(statement.op)}= → {other}=")
    if isinstance(statement, ast.Assign):
        whole, *parts = assigned(statement.targets[0], statement.value)
        for target, value in parts or [whole]:
            step = editor.step_of(target, value)
            if step is not None:
                yield swap_symbol(editor, step, _OTHER[type(step.op)], "sign", 1.0)
