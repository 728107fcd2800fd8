"""Arrays that another object holds, too: what gives their name another array moves nothing, what fills them does."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor

_COST = 0.4


def filled(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """`self.gradient[:] = …` for `self.gradient = …`, where an optimizer was given that array before."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return
    (target,) = statement.targets
    if not isinstance(target, ast.Attribute) or isinstance(statement.value, ast.Constant | ast.List | ast.Dict):
        return
    text, owner = editor.segment(target), editor.holder(editor.scope(statement))
    if owner is None or not any(_hands_on(editor, node, text) for node in editor.within(owner)):
        return
    says = f"`{text}` is held elsewhere, too, and is to be filled"
    yield editor.replace(target, f"{text}[:]", "filled", _COST, says)


def _hands_on(editor: Editor, node: ast.AST, text: str) -> bool:
    """Whether an attribute is given to an object that is made, or put into a list or a dictionary."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load) or editor.segment(node) != text:
        return False
    above = editor.parents[node]
    if isinstance(above, ast.keyword):
        above = editor.parents[above]
    called = above.func if isinstance(above, ast.Call) and node is not above.func else None
    makes = isinstance(called, ast.Name) and called.id[:1].isupper()
    return makes or isinstance(above, ast.List | ast.Tuple | ast.Dict)
