"""What an error is handed back by: with the slope of the layer that it comes from, and by the weights that it went
through before they are moved. A much copied toy network hands it back without its slope, after the update."""

import ast
import re
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of, target_of

_COST = 0.3  # what is known by its form is seldom anything else
_LINE_END = re.compile(r"\s*\\?\n\s*")  # within an expression
_PRODUCTS = ("multiply", "mult", "mul", "hadamard", "times", "product")


def handed_back(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A line that computes something from an error, moved to where this was multiplied with a slope, and computed from
    that product; with the lines that give it its other values."""
    target = target_of(statement)
    if not isinstance(target, ast.Name) or not isinstance(statement, ast.Assign):
        return
    block = editor.block_of(statement)
    above = block[: block.index(statement)] if block else []
    read = {node.id: node for node in editor.within(statement.value) if isinstance(node, ast.Name)}
    if target.id in read:
        yield from _split(editor, statement, above, read[target.id])
    for place, earlier in enumerate(above):
        made = _product(earlier) or _product_within(editor, earlier)
        if made is None or made[1] not in read or made[0] in read or target.id in made:
            continue
        product, error = made
        sources = _sources(above[place + 1 :], {*read} - {error})
        spans = editor.spans_of_lines([earlier, *sources, statement])
        if spans is None:
            continue
        (_, begin), *moved = spans
        start, end = moved[-1]
        at, after = editor.span(read[error])
        given = "".join(editor.text[first:last] for first, last in moved[:-1])
        text = f"{given}{editor.text[start:at]}{product}{editor.text[after:end]}{editor.without(begin, end, moved)}"
        says = f"it is right computed from {product}, behind line {earlier.end_lineno}"
        yield Edit(begin, end, text, statement.lineno, "handed back", _COST, says)


def _split(editor: Editor, statement: ast.stmt, above: list[ast.stmt], error: ast.Name) -> Iterator[Edit]:
    """The same for an error that takes the place of the one it is computed from: the line that multiplies this with a
    slope, and more, is written as two, with the error between them."""
    for earlier in above:
        target, product = target_of(earlier), _factor(earlier, error.id)
        spans = editor.spans_of_lines([earlier, statement])
        if product is None or spans is None or not isinstance(target, ast.Name) or target.id == error.id:
            continue
        (first, begin), (start, end) = spans
        (at, after), (left, right), indent = editor.span(error), editor.span(product), editor.indent(earlier)
        made = f"{indent}{target.id} = {editor.segment(product)}\n"
        moved = f"{editor.text[start:at]}{target.id}{editor.text[after:end]}"
        rest = f"{editor.text[first:left]}{target.id}{editor.text[right:begin]}"
        text = f"{made}{moved}{rest}{editor.text[begin:start]}"
        says = f"it is right computed from {target.id}, behind the product with it in line {earlier.lineno}"
        yield Edit(first, end, text, statement.lineno, "handed back", _COST, says)


def _factor(statement: ast.stmt, error: str) -> ast.expr | None:
    """The product with an error that a line makes something more of: `slope * error` in `delta = slope * error * rate`,
    and `slope.multiply(error)` in `delta = slope.multiply(error).map(scaled)`."""
    node = _inner(statement.value) if isinstance(statement, ast.Assign) else None
    while node is not None and error not in map(name_of, _factors(node)):
        node = _inner(node)
    return node


def _inner(node: ast.expr) -> ast.expr | None:
    """What a chain of calls, or a product, begins with."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value
    return node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else None


def _factors(node: ast.expr) -> list[ast.expr]:
    """What a product is made of."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _multiplies(node):
        return [node.func.value, node.args[0]]
    return [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else []


def _product(statement: ast.stmt) -> tuple[str, str] | None:
    """The names of a product and of what something is multiplied with to give it: `slope` and `error` in
    `slope.multiply(error)`, in `slope *= error` and in `slope = np.multiply(slope, error)`."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Mult):
        return _names(statement.target, statement.value)
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return _names(value.func.value, value.args[0]) if _multiplies(value) else None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    operands: list[ast.expr] = []
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        operands = [value.left, value.right]
    elif isinstance(value, ast.Call) and name_of(value.func) in _PRODUCTS:
        operands = value.args
    names = {operand.id for operand in operands if isinstance(operand, ast.Name)}
    own = statement.targets[0]
    others = [operand for operand in operands if isinstance(operand, ast.Name) and operand.id != getattr(own, "id", "")]
    return _names(own, others[0]) if len(names) == 2 and len(others) == 1 else None


def _product_within(editor: Editor, statement: ast.stmt) -> tuple[str, str] | None:
    """The same for a product that more is made of in the same line, as by a rate: `slope(out).multiply(error)` in
    `step = slope(out).multiply(error).multiply(rate)`."""
    node = statement.value if isinstance(statement, ast.Assign) else None
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if isinstance(node.func.value, ast.Call) and _multiplies(node) and isinstance(node.args[0], ast.Name):
            return _LINE_END.sub("", editor.segment(node)), node.args[0].id
        node = node.func.value
    return None


def _multiplies(call: ast.Call) -> bool:
    name = name_of(call.func).lower()
    return any(word in name for word in _PRODUCTS) and len(call.args) == 1 and not call.keywords


def _names(product: ast.expr, error: ast.expr) -> tuple[str, str] | None:
    both = isinstance(product, ast.Name) and isinstance(error, ast.Name) and product.id != error.id
    return (product.id, error.id) if both else None  # type: ignore[attr-defined]


def _sources(statements: list[ast.stmt], names: set[str]) -> Iterator[ast.stmt]:
    """The statements that give some variables their values, in their order."""
    for statement in statements:
        if isinstance(statement, ast.Assign) and any(name_of(target) in names for target in statement.targets):
            yield statement
