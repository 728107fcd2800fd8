"""What a bias is moved by: the sum of the errors, where something else is summed up, or a mean is taken."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import assigned, name_of

_PRODUCTS = ("dot", "matmul", "outer")


def summed_instead(editor: Editor, node: ast.Call, statement: ast.stmt) -> Iterator[Edit]:
    """A sum of what a product was made of, where the product itself is summed up, as a weight's gradient is for the
    bias's; and a sum in the place of a mean: of something else, or along one axis where the mean is of all numbers."""
    kind = name_of(node.func)
    if kind not in ("sum", "mean") or not isinstance(node.func, ast.Attribute):
        return
    of_array = not node.args
    summed = node.func.value if of_array else node.args[0]
    start, end = editor.span(node.func)[0], editor.span(node.func if of_array else summed)[1]
    module, own = editor.segment(node.func.value), editor.segment(summed)
    others = [(text, 1.3) for text in _factors(editor, summed, statement)]
    if kind == "mean":
        others += [(text, 1.5 + 0.05 * n) for n, text in enumerate(editor.near(statement, 14)) if text != own]
    for text, cost in others:
        made = f"({text}).sum" if of_array else f"{module}.sum({text}"
        says = f"{editor.segment(node)} → {made}{editor.text[end : editor.span(node)[1]]}"
        yield Edit(start, end, made, node.lineno, "variable", cost, says)
    if kind == "mean" and not node.keywords and len(node.args) < 2:  # of all numbers at once
        for axis in ("axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True"):
            made = f"{editor.atom(summed)}.sum({axis})" if of_array else f"{module}.sum({own}, {axis})"
            yield editor.replace(node, made, "sum or mean", 1.5)


def _factors(editor: Editor, summed: ast.expr, statement: ast.stmt) -> Iterator[str]:
    """What the product was made of that was given the name of what is summed up: `e * s` and `x` of
    `np.dot(e * s, x.T)`, without a transpose."""
    name = editor.segment(summed)
    given = [
        value
        for node in ast.walk(editor.scope(statement))
        if isinstance(node, ast.Assign) and node.lineno < statement.lineno
        for target in node.targets
        for one, value in assigned(target, node.value)
        if editor.segment(one) == name
    ]
    for part in ast.walk(given[-1]) if given else ():
        if isinstance(part, ast.Call) and name_of(part.func) in _PRODUCTS and len(part.args) == 2:
            operands = part.args
        elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.MatMult):
            operands = [part.left, part.right]
        else:
            continue
        for operand in operands:
            plain = operand.value if isinstance(operand, ast.Attribute) and operand.attr == "T" else operand
            yield editor.segment(plain)
        return
