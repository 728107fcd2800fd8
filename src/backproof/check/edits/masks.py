"""Masks the other way round: what a comparison picks, and what it leaves."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

_WITHOUT, _WITH = 1.0, 1.2  # how unlikely it is that a mask is turned around by mistake, and that it should be


def other_mask(editor: Editor, node: ast.expr) -> Iterator[Edit]:
    """`mask` for `~mask`, and `~mask` for a mask that something is picked by."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield editor.replace(node, editor.segment(node.operand), "comparison", _WITHOUT)
    elif isinstance(node, ast.Call) and name_of(node.func) == "logical_not" and len(node.args) == 1:
        yield editor.replace(node, editor.segment(node.args[0]), "comparison", _WITHOUT)
    elif isinstance(node, ast.Name | ast.Attribute):
        above = editor.parents.get(node)
        if isinstance(above, ast.Subscript) and above.slice is node and _is_mask(editor, node):
            yield editor.replace(node, f"~{editor.segment(node)}", "comparison", _WITH)


def _is_mask(editor: Editor, node: ast.expr) -> bool:
    """Whether a variable is given what a comparison says somewhere."""
    own = editor.segment(node)
    return any(
        isinstance(other, ast.Assign)
        and isinstance(other.value, ast.Compare)
        and any(editor.segment(target) == own for target in other.targets)
        for other in editor.nodes
    )
