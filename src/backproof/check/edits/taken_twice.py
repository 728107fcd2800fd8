"""Functions that are applied to what is their value already: as in f(x) (1 - f(x)), to which a sigmoid's output is
handed as x, or in a sigmoid that is written out."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

_WRITTEN_OUT = 1.7  # how unlikely it is that a sigmoid in its own formula is one too many


def taken_twice(editor: Editor, product: ast.BinOp) -> Iterator[Edit]:
    """f(x) (1 - f(x)) without the function: what is handed in as x may be f's value already."""
    for inner, rest in ((product.left, product.right), (product.right, product.left)):
        if is_rest(rest, inner) and not editor.is_variable(inner):
            called = {n.func.id for n in ast.walk(inner) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
            names = {n.id for n in ast.walk(inner) if isinstance(n, ast.Name) and editor.is_variable(n)} - called
            for name in names if len(names) == 1 else ():
                yield editor.replace(product, f"{name} * (1 - {name})", "derivative", 0.5)


def without_sigmoid(editor: Editor, node: ast.BinOp) -> Iterator[Edit]:
    """What a sigmoid is taken of that is written out, `x` for `1 / (1 + np.exp(-x))`."""
    above, below = node.left, node.right
    if not (isinstance(node.op, ast.Div) and isinstance(below, ast.BinOp) and isinstance(below.op, ast.Add)):
        return
    for one, power in ((below.left, below.right), (below.right, below.left)):
        ones = all(isinstance(part, ast.Constant) and part.value == 1 for part in (above, one))
        if ones and isinstance(power, ast.Call) and name_of(power.func).endswith("exp") and len(power.args) == 1:
            of = power.args[0]
            if isinstance(of, ast.UnaryOp) and isinstance(of.op, ast.USub):
                yield editor.replace(node, editor.atom(of.operand), "extra function", _WRITTEN_OUT)


def lines_taken_twice(editor: Editor) -> set[int]:
    """The lines with such a derivative."""
    products = (node for node in editor.nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult))
    return {node.lineno for node in products if any(taken_twice(editor, node))}


def is_rest(node: ast.expr, other: ast.expr) -> bool:
    """Whether a factor is 1 - a for another one that is a."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.left, ast.Constant)):
        return False
    return node.left.value == 1 and ast.dump(node.right) == ast.dump(other)
