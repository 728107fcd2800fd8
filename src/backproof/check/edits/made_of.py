"""What a value was made of, where that is meant and not the value: the errors that a weight's gradient is a product of,
for the gradient of a bias; what an activation was given, for its slope."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

_BEFORE = 1.3  # how unlikely it is that what an activation was given is meant
_USED = 1.6  # that what is computed from a value elsewhere is meant
_USES = 4
_PRODUCTS = ("dot", "matmul", "outer")


def summed_instead(editor: Editor, node: ast.Call, statement: ast.stmt) -> Iterator[Edit]:
    """A sum of what a product was made of, where the product itself is summed up, as a weight's gradient is for the
    bias's; and a sum in the place of a mean: of something else, or along one axis where the mean is of all numbers."""
    kind = "mean" if name_of(node.func) == "average" else name_of(node.func)
    if kind not in ("sum", "mean") or not isinstance(node.func, ast.Attribute):
        return
    of_array = not node.args
    summed = node.func.value if of_array else node.args[0]
    start, end = editor.span(node.func)[0], editor.span(node.func if of_array else summed)[1]
    module, own = editor.segment(node.func.value), editor.segment(summed)
    others = [(text, 1.3) for text in factors_of(editor, summed, statement)]
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


def before_activation(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """What a function was given whose value another one is given: `slope(x @ w)` for `slope(a)`, where `a` is
    `sigmoid(x @ w)`. Where that has a name of its own, it is another variable."""
    if not isinstance(editor.parents.get(node), ast.Call):
        return
    made = given(editor, node, statement)
    plain = isinstance(made, ast.Call) and len(made.args) == 1 and not made.keywords
    if plain and isinstance(made, ast.Call) and isinstance(made.args[0], ast.BinOp | ast.Call):
        yield editor.replace(node, editor.segment(made.args[0]), "derivative", _BEFORE)


def as_it_is_used(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """What lines above made of a value with another one, in its place: `Matrix.hadamard(slope, error)` for `error`,
    whatever the name that this was given holds now."""
    own, scope = editor.segment(node), editor.scope(statement)
    above = (
        part
        for (where, _), values in editor.assignments.items()
        for value in values
        if where is scope and value.lineno < statement.lineno
        for part in editor.within(value)
        if isinstance(part, ast.expr) and own in map(editor.segment, _operands(part))
    )
    made = dict.fromkeys(editor.atom(value) for value in sorted(above, key=lambda value: -value.lineno))
    for text in list(made)[:_USES]:
        yield editor.replace(node, text, "variable", _USED)


def _operands(value: ast.expr) -> list[ast.expr]:
    """What a value is computed from, if it is a product of two or a function of several."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult | ast.Div):
        return [value.left, value.right]
    return value.args if isinstance(value, ast.Call) and len(value.args) > 1 else []


def given(editor: Editor, name: ast.expr, statement: ast.stmt) -> ast.expr | None:
    """What was given a name last, above a statement and in its function; None if nothing was."""
    made = editor.assignments.get((editor.scope(statement), editor.segment(name)), [])
    return next((value for value in reversed(made) if value.lineno < statement.lineno), None)


def factors_of(editor: Editor, product: ast.expr, statement: ast.stmt) -> Iterator[str]:
    """What the product was made of that was given a name above a statement: `e * s` and `x` of `np.dot(e * s, x.T)`,
    without a transpose."""
    made = given(editor, product, statement)
    for part in ast.walk(made) if made is not None else ():
        called = part.func if isinstance(part, ast.Call) and name_of(part.func) in _PRODUCTS else None
        if isinstance(part, ast.Call) and called is not None and len(part.args) == 2:
            operands = part.args
        elif isinstance(part, ast.Call) and isinstance(called, ast.Attribute) and len(part.args) == 1:
            operands = [called.value, part.args[0]]
        elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.MatMult):
            operands = [part.left, part.right]
        else:
            continue
        for operand in operands:
            plain = operand.value if isinstance(operand, ast.Attribute) and operand.attr == "T" else operand
            yield editor.segment(plain)
        return
