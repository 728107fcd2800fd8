"""The running averages of optimizers, `v = a * v + (1 - a) * g`, and those that are set to the average of another."""

import ast
import re

from backproof.check.edits.editor import Editor


def averaged(editor: Editor, node: ast.expr, statement: ast.stmt) -> str:
    """What a statement sets to a running average, if a node stands where its old value should: `v` for the `w` of
    `v = a * w + (1 - a) * g`; empty if not."""
    product = editor.parents.get(node)
    total = editor.parents.get(product) if isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult) else None
    if not isinstance(statement, ast.Assign) or not isinstance(total, ast.BinOp) or not isinstance(product, ast.BinOp):
        return ""
    share = editor.segment(product.left if product.right is node else product.right)
    rest = editor.segment(total.right if total.left is product else total.left)
    is_rest = re.search(rf"\(\s*1(\.0?)?\s*-\s*{re.escape(share)}\s*\)", rest)
    return editor.segment(statement.targets[0]) if is_rest and not editor.carries(statement) else ""


def averages_of_others(editor: Editor) -> set[int]:
    """The lines in which something is set to the running average of another thing."""
    return {
        statement.lineno
        for statement in editor.nodes
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp)
        for node in ast.walk(statement.value)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and averaged(editor, node, statement)
    }
