"""The edits of expressions: another sign, another operand, a transpose, other parentheses."""

import ast
import re
from collections.abc import Iterator

from backproof.check.edits.axes import other_axes, whole_number
from backproof.check.edits.calls import call, turned
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.left_out import with_what_is_left_out
from backproof.check.edits.lines import repeated
from backproof.check.edits.made_of import as_it_is_used, before_activation, summed_instead
from backproof.check.edits.masks import other_mask
from backproof.check.edits.moves_of_others import moving_itself
from backproof.check.edits.picked import other_pick
from backproof.check.edits.slopes import is_turned_slope
from backproof.check.edits.taken_twice import without_sigmoid
from backproof.check.edits.tree import name_of
from backproof.check.edits.values import (
    beside_elsewhere,
    by_method,
    comparison,
    constant,
    index,
    indexed,
    other_holder,
    other_key,
    other_variable,
    turning,
    wrapped,
)

_BIAS = re.compile(r"(?:.*\W)?(?:b|bias|biases|intercept)_?\w?(?:\[\w+\])?")
_OPERATIONS = ("dot", "matmul", "inner", "outer", "sum", "mean", "average")
SAME_TERMS = 0.2  # how unlikely it is that a quotient of two sums of the same terms lacks its parentheses


def expression(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    if is_carried(editor, node, statement):
        return
    if isinstance(getattr(node, "ctx", None), ast.Store):
        if isinstance(node, ast.Subscript):
            yield from index(editor, node.slice)
        return
    above = editor.parents.get(node)
    yield from with_what_is_left_out(editor, node)
    yield from (*by_method(editor, node, statement), *moving_itself(editor, node, statement), *other_mask(editor, node))
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and editor.is_variable(node):
        for of_variable in other_variable, before_activation, as_it_is_used, wrapped, indexed:
            yield from of_variable(editor, node, statement)
        # 1 - a is half of a derivative: of tanh's 1 - a ** 2, for one
        slope = isinstance(above, ast.BinOp) and isinstance(above.op, ast.Sub) and isinstance(above.left, ast.Constant)
        yield editor.replace(node, f"{editor.segment(node)} ** 2", *(("derivative", 1.2) if slope else ("power", 2.6)))
    if isinstance(node, ast.List | ast.Tuple):
        yield from _exchanged(editor, node)
    if isinstance(node, ast.BinOp):
        yield from binary(editor, node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield editor.replace(node, editor.atom(node.operand), "sign", 2.6 if _is_of_sigmoid(editor, node) else 1.1)
    elif isinstance(node, ast.Call):
        yield from call(editor, node)
    elif isinstance(node, ast.Constant):
        yield from constant(editor, node, statement)
    yield from other_key(editor, node)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from comparison(editor, node)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield editor.replace(node, editor.segment(node.value), "transpose", 1.2)
    yield from other_axes(editor, node)
    if is_factor(editor, node):
        text = editor.atom(node)
        if not (isinstance(node, ast.Attribute) and node.attr == "T"):
            yield editor.replace(node, f"{text}.T", "transpose", 1.3)
        yield editor.replace(node, f"{text}.reshape(-1, 1)", "shape", 2.4)
        yield editor.replace(node, f"{text}.ravel()", "shape", 2.6)
    if isinstance(above, ast.IfExp) and node is not above.test:
        for number in ("1", "0"):
            yield editor.replace(node, number, "number", 0.95)
    if _is_branch(editor, node):
        # a slope that is set by a name, as Huber's, belongs to one of two branches
        for name in editor.settings_near(statement):
            yield editor.replace(node, f"{name} * {editor.atom(node)}", "missing factor", 1.4)
    if isinstance(node, ast.BinOp | ast.Call) and _is_operand(editor, node):
        for rank, text in enumerate(editor.near(statement, 14)):
            yield editor.replace(node, text, "variable", 1.6 + 0.05 * rank)
    yield from _as_computed(editor, node, statement)
    if isinstance(node, ast.Call):
        yield from summed_instead(editor, node, statement)
    if isinstance(node, ast.BinOp) and (made := repeated(node)) is not None:
        each = f"[{editor.segment(made)} for _ in range({editor.segment(node.right)})]"
        yield editor.replace(node, each, "shared", 0.6)
    if isinstance(node, ast.Subscript):
        yield from index(editor, node.slice)
        yield from (*turning(editor, node, statement), *beside_elsewhere(editor, node, statement))
        yield from other_holder(editor, node, statement)
        yield from other_pick(editor, node, statement)


def _as_computed(editor: Editor, node: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """A product whose first operand is computed anew and divided by a count, with what was computed already instead."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return
    product = node.left
    if isinstance(product, ast.BinOp) and isinstance(product.op, ast.MatMult):
        first, form = product.left, f"{{}} @ {_quoted(editor.atom(product.right))}"
    elif isinstance(product, ast.Call) and name_of(product.func) in ("dot", "matmul") and len(product.args) == 2:
        first, other = product.args
        form = f"{_quoted(editor.segment(product.func))}({{}}, {_quoted(editor.segment(other))})"
    else:
        return
    if isinstance(first, ast.BinOp | ast.Call):
        for rank, text in enumerate(editor.near(statement, 10)):
            yield editor.replace(node, form.format(text), "variable", 1.8 + 0.05 * rank)


def _quoted(text: str) -> str:
    """A text as it stands in a format."""
    return text.replace("{", "{{").replace("}", "}}")


def _is_branch(editor: Editor, node: ast.expr) -> bool:
    """Whether something is what an expression is in one of two cases."""
    above = editor.parents.get(node)
    if isinstance(above, ast.Call):
        return name_of(above.func) == "where" and node in above.args[1:]
    return isinstance(above, ast.IfExp) and node is not above.test


def _is_bias(editor: Editor, node: ast.expr) -> bool:
    """Whether something is called a bias: what is added to a product seldom has the wrong sign there."""
    name = editor.segment(node) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) else ""
    return bool(_BIAS.fullmatch(name))


def _is_of_sigmoid(editor: Editor, node: ast.expr) -> bool:
    """Whether minus something stands where it does in a sigmoid's formula, `1 / (1 + np.exp(-z))`."""
    call = editor.parents.get(node)
    added = editor.parents.get(call) if isinstance(call, ast.Call) and name_of(call.func) == "exp" else None
    divided = editor.parents.get(added) if isinstance(added, ast.BinOp) and isinstance(added.op, ast.Add) else None
    return isinstance(divided, ast.BinOp) and isinstance(divided.op, ast.Div) and divided.right is added


def _is_tiny(node: ast.expr) -> bool:
    """Whether a number is there only to keep a division from breaking: it is not wrong for being there."""
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0.0 < node.value < 1e-4


def _exchanged(editor: Editor, node: ast.List | ast.Tuple) -> Iterator[Edit]:
    """Two variables of a list that changed places."""
    for first, one in enumerate(node.elts):
        for second in range(first + 1, len(node.elts)):
            other = node.elts[second]
            if isinstance(one, ast.Name) and isinstance(other, ast.Name) and one.id != other.id:
                (start, middle), (onward, end) = editor.span(one), editor.span(other)
                text = f"{other.id}{editor.text[middle:onward]}{one.id}"
                says = f"{one.id} and {other.id} exchanged"
                yield Edit(start, end, text, one.lineno, "operands", 1.2 + 0.02 * (second - first), says)


def is_carried(editor: Editor, node: ast.expr, statement: ast.stmt) -> bool:
    """Whether this is the old value in `w = w - …`: that is what makes it an update; `e = w.T @ e` is none."""
    parent = editor.parents.get(node)
    if not isinstance(statement, ast.Assign) or not isinstance(parent, ast.BinOp):
        return False
    if isinstance(parent.op, ast.MatMult):
        return False
    return any(editor.segment(target) == editor.segment(node) for target in statement.targets)


def _is_operand(editor: Editor, node: ast.expr) -> bool:
    """Whether a computed value is an operand of a matrix product, transposed or not, or what is summed up."""
    parent = editor.parents.get(node)
    if isinstance(parent, ast.Attribute) and parent.attr in ("T", "sum", "mean"):
        return True
    if isinstance(parent, ast.Call):
        return node in parent.args and name_of(parent.func) in _OPERATIONS
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.MatMult)


def is_factor(editor: Editor, node: ast.expr) -> bool:
    """Whether something is an operand of a product or a difference of arrays, or what a variable is set to."""
    parent = editor.parents.get(node)
    if isinstance(parent, ast.Call):
        return node in parent.args and name_of(parent.func) in ("dot", "matmul", "inner", "outer")
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, ast.MatMult | ast.Sub)
    return isinstance(parent, ast.Attribute) and parent.attr == "dot"


def _in_brackets(editor: Editor, node: ast.expr) -> str:
    """What is left of a product within another one: a sum keeps its brackets."""
    summed = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
    return editor.atom(node) if summed else editor.segment(node)


def _turning(editor: Editor, difference: ast.BinOp) -> float:
    """How unlikely it is that a difference is the wrong way round: an error is so sooner than `1 - a`, which is part of
    a slope; and that one is seldom `a - 1`."""
    if is_turned_slope(editor, difference):
        return 0.3
    return 1.5 if isinstance(difference.left, ast.Constant) else 1.4


def other_way_round(editor: Editor, difference: ast.BinOp) -> Edit:
    """A difference with its sides in the other order: `y - p` for `p - y`."""
    text = f"{editor.atom(difference.right)} - {editor.atom(difference.left)}"
    return editor.replace(difference, text, "sign", _turning(editor, difference))


def binary(editor: Editor, node: ast.BinOp) -> Iterator[Edit]:
    left, right = editor.segment(node.left), editor.segment(node.right)
    if isinstance(node.op, ast.Add | ast.Sub):
        other = "-" if isinstance(node.op, ast.Add) else "+"
        yield swap_symbol(editor, node, other, "sign", 1.8 if other == "-" and _is_bias(editor, node.right) else 1.0)
        if isinstance(node.op, ast.Sub):
            yield other_way_round(editor, node)
        if not _is_tiny(node.right):
            yield editor.replace(node, left, "extra term", 1.7 if isinstance(node.right, ast.Constant) else 2.2)
        if not _is_tiny(node.left):
            yield editor.replace(node, right, "extra term", 2.6)
    above = editor.parents.get(node)
    if (
        isinstance(above, ast.BinOp)
        and isinstance(above.op, ast.Add | ast.Sub)
        and isinstance(node.op, ast.Mult | ast.Div)
    ):
        yield editor.replace(node, f"{editor.segment(node)} / 2", "number", 1.8)
        yield editor.replace(node, f"2 * {editor.segment(node)}", "number", 1.8)
    if isinstance(node.op, ast.Mult | ast.Div):
        if isinstance(above, ast.BinOp):
            left, right = _in_brackets(editor, node.left), _in_brackets(editor, node.right)
        yield editor.replace(node, left, "extra factor", 1.5)
        if isinstance(node.op, ast.Mult):
            yield editor.replace(node, right, "extra factor", 1.5)
            yield swap_symbol(editor, node, "/", "factor", 2.4)
        else:
            yield swap_symbol(editor, node, "*", "factor", 2.4)
    if isinstance(node.op, ast.Add | ast.Mult):
        # a derivative, or a rate, that is added is seldom meant to be
        called = any(
            isinstance(side, ast.Call) or editor.is_rate(editor.segment(side)) for side in (node.left, node.right)
        )
        other = "*" if isinstance(node.op, ast.Add) else "+"
        yield swap_symbol(editor, node, other, "sum or product", 1.8 if called and other == "*" else 2.4)
    if isinstance(node.op, ast.Pow):
        yield editor.replace(node, left, "power", 1.6)
    if isinstance(node.op, ast.MatMult):
        for cost, first, second in turned(editor, node.left, node.right):
            yield editor.replace(node, f"{first} @ {second}", "transpose" if cost < 2 else "operands", cost)
        yield swap_symbol(editor, node, "*", "product", 2.2)
    elif isinstance(node.op, ast.Mult):
        yield swap_symbol(editor, node, "@", "product", 2.4)
        rest = isinstance(above, ast.BinOp) and isinstance(above.op, ast.Sub) and whole_number(above.left) == 1
        if rest or isinstance(node.right, ast.Constant):
            yield swap_symbol(editor, node, "**", "power", 1.0 if rest else 1.7)  # 1 - beta ** t
    elif isinstance(node.op, ast.Pow):
        yield swap_symbol(editor, node, "*", "power", 2.0)
    yield from _regrouped(editor, node)
    yield from _quotient_of_sums(editor, node)
    yield from without_sigmoid(editor, node)


def _regrouped(editor: Editor, node: ast.BinOp) -> Iterator[Edit]:
    """What two operators in a row give with the other one first."""
    left, right, symbol = editor.segment(node.left), editor.segment(node.right), editor.symbol(node.op)
    if isinstance(node.left, ast.BinOp) and not isinstance(node.left.op, ast.Pow):
        a, b, c = editor.atom(node.left.left), editor.segment(node.left.right), right
        one = isinstance(node.left.right, ast.Constant) and node.left.right.value == 1 and isinstance(node.op, ast.Sub)
        cost = 0.9 if one and isinstance(node.left.op, ast.Mult) else 1.5  # `a * 1 - a` means nothing
        yield editor.replace(node, f"{a} {editor.symbol(node.left.op)} ({b} {symbol} {c})", "parentheses", cost)
    if isinstance(node.right, ast.BinOp) and not isinstance(node.right.op, ast.Pow):
        a, b, c = left, editor.segment(node.right.left), editor.atom(node.right.right)
        text = f"({a} {symbol} {b}) {editor.symbol(node.right.op)} {c}"
        slope = isinstance(node.op, ast.Sub) and isinstance(node.right.op, ast.Mult) and whole_number(node.left) == 1
        start, end = editor.span(node)
        around = editor.parents.get(node)
        # `a * (1 - a * x)` for `a * (1 - a) * x`: the brackets end too late
        if slope and isinstance(around, ast.BinOp) and isinstance(around.op, ast.Mult) and around.right is node:
            yield Edit(start - 1, end + 1, text, node.lineno, "parentheses", 0.9)
        else:
            yield editor.replace(node, text, "parentheses", 0.9 if slope else 1.8)


def _quotient_of_sums(editor: Editor, node: ast.BinOp) -> Iterator[Edit]:
    """`(a - b) / (c + d)` for `a - b / c + d`: surest where both are of the same terms, as tanh's are."""
    first = node.left
    if not isinstance(node.op, ast.Add | ast.Sub) or not isinstance(first, ast.BinOp):
        return
    quotient = first.right
    if isinstance(first.op, ast.Add | ast.Sub) and isinstance(quotient, ast.BinOp) and isinstance(quotient.op, ast.Div):
        a, b = editor.segment(first.left), editor.segment(quotient.left)
        c, d = editor.segment(quotient.right), editor.segment(node.right)
        text = f"({a} {editor.symbol(first.op)} {b}) / ({c} {editor.symbol(node.op)} {d})"
        yield editor.replace(node, text, "parentheses", SAME_TERMS if {a, b} == {c, d} else 1.2)


def everywhere(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A variable or a call that stands several times in a statement, replaced in all these places at once."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return
    found: dict[str, list[ast.expr]] = {}
    for node in editor.own_expressions(statement):
        if isinstance(node, ast.Call) or (
            isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and editor.is_variable(node)
        ):
            found.setdefault(editor.segment(node), []).append(node)
    start, end = editor.span(value)
    near = editor.near(statement, 12)
    for text, nodes in found.items():
        spans = sorted(editor.span(node) for node in nodes)
        if len(nodes) < 2 or spans[0][0] < start:
            continue
        inner = nodes[0].args[0] if isinstance(nodes[0], ast.Call) and len(nodes[0].args) == 1 else None
        others = [editor.segment(inner)] if inner is not None else []
        others += [f"{function}({text})" for function in editor.unary(statement)] + [
            other for other in near if other != text
        ]
        for rank, other in enumerate(others):
            changed, at = "", start
            for begin, stop in spans:
                changed, at = changed + editor.text[at:begin] + other, stop
            kind = "extra function" if inner is not None and rank == 0 else "variable"
            yield editor.replace(value, changed + editor.text[at:end], kind, 1.5 + 0.05 * rank)


def swap_symbol(editor: Editor, node: ast.BinOp, symbol: str, kind: str, cost: float) -> Edit:
    start, end = editor.span(node.left)[1], editor.span(node.right)[0]
    between = editor.text[start:end]
    own = editor.symbol(node.op)
    position = _symbol_position(between, own)
    at = start + position
    return Edit(at, at + len(own), symbol, node.lineno, kind, cost, f"{editor.segment(node)}: {own} → {symbol}")


def _symbol_position(between: str, symbol: str) -> int:
    """Where an operator stands between its operands: brackets, spaces and comments stand there too."""
    for position in range(len(between)):
        if between.startswith(symbol, position) and "#" not in between[:position].rsplit("\n", 1)[-1]:
            return position
    return 0
