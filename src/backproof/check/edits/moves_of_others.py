"""Lines that set one thing to another one plus a step: `b = w + step`, beside `w = w + step`."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.functions import root_of
from backproof.check.edits.tree import target_of

_ITSELF = 0.3  # how unlikely it is that something moves what it is not made of, beside others that are
_SEVERAL = 2  # others of the same list or dictionary that move themselves show that this one should, too


def moving_itself(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """What a statement writes, in the place of something else that it adds to, where another one of its block adds to
    what it writes itself, as updates do."""
    text = _written(editor, statement, node)
    if text is not None and any(_moves_itself(editor, other) for other in editor.block_of(statement)):
        yield editor.replace(node, text, "variable", _ITSELF)


def lines_that_move_another(editor: Editor) -> set[int]:
    """The lines that set a part of something to another part of it plus a step, beside several that move their own."""
    found: set[int] = set()
    for node in editor.nodes:
        left = node.value.left if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) else None
        text = _written(editor, node, left) if isinstance(node, ast.stmt) and left is not None else None
        if left is None or text is None or not isinstance(left, ast.Subscript):
            continue
        assert isinstance(node, ast.Assign)
        root = root_of(text)
        moving = [other for other in editor.block_of(node) if _moves_itself(editor, other)]
        alike = [other for other in moving if root_of(editor.segment(other)) == root]
        if root_of(editor.segment(left)) == root and len(alike) >= _SEVERAL:
            found.add(node.lineno)
    return found


def _written(editor: Editor, statement: ast.stmt, added: ast.expr | None) -> str | None:
    """What a statement writes, if it is something else than what it adds a step to."""
    value, target = getattr(statement, "value", None), target_of(statement)
    if not isinstance(statement, ast.Assign) or target is None or not isinstance(value, ast.BinOp):
        return None
    if value.left is not added or not isinstance(value.op, ast.Add | ast.Sub):
        return None
    text = editor.segment(target)
    return text if text != editor.segment(value.left) else None


def _moves_itself(editor: Editor, statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and editor.direction(statement) != ""
