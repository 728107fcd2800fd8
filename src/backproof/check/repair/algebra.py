"""Sums and products of expressions, without what a 0 or a 1 in them says."""

import ast

_WHOLE = 1e9  # below which a whole number is written without a point


def constant(size: float) -> ast.expr:
    """A number as an expression."""
    value = int(size) if float(size).is_integer() and abs(size) < _WHOLE else size
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def number_of(node: ast.expr) -> float | None:
    """The number that an expression is; None if it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number_of(node.operand)
        return None if inner is None else -inner
    return None


def negated(node: ast.expr) -> ast.expr:
    """Minus an expression: of a product, minus its first factor."""
    own = number_of(node)
    if own is not None:
        return constant(-own)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return ast.BinOp(negated(node.left), node.op, node.right)
    return ast.UnaryOp(ast.USub(), node)


def joined(operator: ast.operator, left: ast.expr, right: ast.expr) -> ast.expr:
    """Two expressions as a sum, a difference, a product, a quotient or a power."""
    one, other = number_of(left), number_of(right)
    if isinstance(operator, ast.Add):
        return right if one == 0 else left if other == 0 else ast.BinOp(left, operator, right)
    if isinstance(operator, ast.Sub):
        return negated(right) if one == 0 else left if other == 0 else ast.BinOp(left, operator, right)
    if isinstance(operator, ast.Mult):
        return _product(left, right)
    if isinstance(operator, ast.Div) and (one == 0 or other == 1):
        return left
    if isinstance(operator, ast.Pow) and other == 1:
        return left
    return ast.BinOp(left, operator, right)


def _product(left: ast.expr, right: ast.expr) -> ast.expr:
    """A product with its sign and its number in front, and without brackets around products in it."""
    if number_of(left) == 0 or number_of(right) == 0:
        return constant(0)
    turned, number, factors = False, 1.0, list[ast.expr]()
    stack = [right, left]
    while stack:
        node = stack.pop()
        if (own := number_of(node)) is not None:
            number *= own
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            turned = not turned
            stack.append(node.operand)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            stack += [node.right, node.left]
        else:
            factors.append(node)
    if abs(number) != 1 or not factors:
        factors.insert(0, constant(abs(number)))
    made = factors[0]
    for factor in factors[1:]:
        made = ast.BinOp(made, ast.Mult(), factor)
    return negated(made) if turned != (number < 0) else made
