"""Derivatives of what is a function's value already: f(x) (1 - f(x)), to which a sigmoid's output is handed as x."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor


def taken_twice(editor: Editor, product: ast.BinOp) -> Iterator[Edit]:
    """f(x) (1 - f(x)) without the function: what is handed in as x may be f's value already."""
    for inner, rest in ((product.left, product.right), (product.right, product.left)):
        if is_rest(rest, inner) and not editor.is_variable(inner):
            called = {n.func.id for n in ast.walk(inner) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
            names = {n.id for n in ast.walk(inner) if isinstance(n, ast.Name) and editor.is_variable(n)} - called
            for name in names if len(names) == 1 else ():
                yield editor.replace(product, f"{name} * (1 - {name})", "derivative", 0.5)


def lines_taken_twice(editor: Editor) -> set[int]:
    """The lines with such a derivative."""
    products = (node for node in editor.nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult))
    return {node.lineno for node in products if any(taken_twice(editor, node))}


def is_rest(node: ast.expr, other: ast.expr) -> bool:
    """Whether a factor is 1 - a for another one that is a."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.left, ast.Constant)):
        return False
    return node.left.value == 1 and ast.dump(node.right) == ast.dump(other)
