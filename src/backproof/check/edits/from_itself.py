"""Lines that move something from where another parameter is: `b2 = w2 + rate * error` among `w1 = w1 + …` and
`w2 = w2 + …`."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.old_values import updated

_SLIP = 0.3  # how unlikely it is that a line is meant to move what it replaces, as the lines around it do
_FEWEST = 2  # of them
_SAYS = "`{}` is moved from itself, and not from `{}`"


def from_itself(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The target of a statement in the place of what it adds something to, where the lines around it move what they
    replace, and one of them moves what stands in that place."""
    target, base = updated(statement), _base(statement)
    if target is None or base is None or isinstance(target, ast.Name):
        return  # a name may be given anything
    own, other = editor.segment(target), editor.segment(base)
    moved = {whole for line in editor.block_of(statement) if (whole := _moved(editor, line))}
    if len(moved) < _FEWEST or other not in moved or own in moved or own == other:
        return
    if type(target) is type(base):
        yield editor.replace(base, own, "variable", _SLIP, _SAYS.format(own, other))


def _base(statement: ast.stmt) -> ast.expr | None:
    """What a statement adds something to, or takes it from."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    base = None
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
        base = value = value.left
    return base if isinstance(base, ast.Attribute | ast.Subscript) else None


def _moved(editor: Editor, statement: ast.stmt) -> str:
    """What a statement moves from where it is; nothing if it moves nothing so."""
    target, base = updated(statement), _base(statement)
    same = target is not None and base is not None and editor.segment(target) == editor.segment(base)
    return editor.segment(target) if same and target is not None else ""
