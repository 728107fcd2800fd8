"""The update of a bias that is missing, written where its layer's weight gets its gradient: the gradient is a product
with the error of the layer, and what the bias needs is that error, summed over the samples."""

import ast
from collections.abc import Iterator
from itertools import takewhile

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.names import RATE
from backproof.check.edits.tree import LAID_OUT, factors_in, name_of, names_in, whole_of
from backproof.check.syntax import expression_of

_PRODUCTS = ("dot", "matmul", "outer")
_SUMS = ("{0}.sum(axis=0)", "{0}.sum(axis=0, keepdims=True)", "{0}.sum(axis=1, keepdims=True)", "{0}", "{0}.sum()")


def bias_updates(editor: Editor, update: ast.stmt, made: ast.stmt, name: str) -> Iterator[Edit]:
    """Lines that move a bias as a statement moves the weight of its layer.

    Args:
        update: the statement that moves the weight.
        made: the one that computes its gradient: the same, or one that stands before it.
        name: what the forward pass calls the bias.
    """
    move = _move_of(editor, update)
    value = getattr(made, "value", None)
    if move is None or not isinstance(value, ast.expr):
        return
    sign, moved = move
    whole = moved if made is update else value
    rank = 0
    for product, kept, dropped in _errors(editor, whole):
        step = _instead(editor, whole, product, kept)
        if made is not update:
            step = _scaled(editor, moved, made, step)
        for own in _called(editor, update, made, name):
            place = _behind(editor, made, f"{own} + {step}", dropped)
            _, last = editor.whole_lines(place)
            if last is None:
                continue
            text = f"{own} {sign}= {step}"
            if isinstance(update, ast.Assign):  # as the file writes its updates
                text = f"{own} = {own} {sign} {step if _is_product(step) else f'({step})'}"
            made_line = f"{editor.indent(place)}{text}\n"
            yield Edit(last, last, made_line, made.lineno, "missing line", 0.25 + 0.01 * rank, f"{text} is missing")
            rank += 1


def _move_of(editor: Editor, update: ast.stmt) -> tuple[str, ast.expr] | None:
    """The sign with which an update adds something to what it moves, and what it adds."""
    if isinstance(update, ast.AugAssign) and isinstance(update.op, ast.Add | ast.Sub):
        return editor.symbol(update.op), update.value
    node = update.value if isinstance(update, ast.Assign) and len(update.targets) == 1 else None
    own = editor.segment(update.targets[0]) if isinstance(update, ast.Assign) else ""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        if editor.segment(node.left) == own:
            return editor.symbol(node.op), node.right
        node = node.left
    return None


def _errors(editor: Editor, value: ast.expr) -> Iterator[tuple[ast.expr, str, str]]:
    """The products in a value, each with what may be left of it for a bias, and what is left out then."""
    for node in (node for node in ast.walk(value) if isinstance(node, ast.expr)):
        operands = _operands(node)
        for kept, dropped in zip(operands, operands[::-1], strict=True) if len(operands) == 2 else ():
            text = editor.atom(_upright(kept))
            for form in _SUMS:
                yield _laid_out(editor, node), form.format(text), editor.segment(dropped)
    factors = factors_in(value)
    for dropped in factors[::-1] if len(factors) > 1 else ():
        if not _is_rate(editor.segment(dropped)):
            rest = [editor.atom(factor) for factor in factors if factor is not dropped]
            if not all(map(_is_rate, rest)):
                yield value, " * ".join(rest), editor.segment(dropped)


def _operands(node: ast.AST) -> list[ast.expr]:
    """What a matrix product is a product of; nothing for anything else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [node.left, node.right]
    if not isinstance(node, ast.Call) or name_of(node.func) not in _PRODUCTS:
        return []
    of_array = len(node.args) == 1 and isinstance(node.func, ast.Attribute)
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return []
    return [node.func.value, *node.args] if of_array and isinstance(node.func, ast.Attribute) else list(node.args)


def _upright(node: ast.expr) -> ast.expr:
    """What a transpose is one of."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    if isinstance(node, ast.Call) and name_of(node.func) == "transpose":
        return node.args[0] if node.args else node.func.value if isinstance(node.func, ast.Attribute) else node
    return node


def _laid_out(editor: Editor, product: ast.expr) -> ast.expr:
    """A product as a weight is laid out, with the `.flatten()` or the `.T` behind it."""
    above = editor.parents.get(product)
    while isinstance(above, ast.Attribute) and above.attr in LAID_OUT:
        call = editor.parents.get(above)
        product = call if isinstance(call, ast.Call) and call.func is above else above
        above = editor.parents.get(product)
    return product


def _instead(editor: Editor, whole: ast.expr, part: ast.expr, text: str) -> str:
    """A value's text with another one for a part of it."""
    start, (first, last) = editor.span(whole)[0], editor.span(part)
    own = editor.segment(whole)
    return own[: first - start] + text + own[last - start :]


def _scaled(editor: Editor, moved: ast.expr, made: ast.stmt, step: str) -> str:
    """What an update makes of a gradient that another statement computed: with the rate that it has there."""
    target = editor.segment(made.targets[0]) if isinstance(made, ast.Assign) else ""
    named = [node for node in ast.walk(moved) if isinstance(node, ast.expr) and editor.segment(node) == target]
    factors, divisors = [moved], list[str]()
    while isinstance(factors[0], ast.BinOp) and isinstance(factors[0].op, ast.Mult | ast.Div):
        if isinstance(factors[0].op, ast.Div):
            divisors.append(f" / {editor.atom(factors[0].right)}")
            factors[:1] = [factors[0].left]
        else:
            factors[:1] = [factors[0].left, factors[0].right]
    plain = not isinstance(_parsed(step), ast.BinOp)
    inner = step if plain else f"({step})"
    if named:
        return _instead(editor, moved, named[0], inner)
    rates = [editor.segment(factor) for factor in factors if _is_rate(editor.segment(factor))]
    return " * ".join([*rates, inner if rates or divisors else step]) + "".join(divisors)


def _parsed(text: str) -> ast.expr:
    """An expression, which may go over several lines."""
    return expression_of(f"(\n{text}\n)")


def _is_product(text: str) -> bool:
    node = _parsed(text)
    return not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub)


def _is_rate(text: str) -> bool:
    return bool(RATE.search(text)) or text.replace(".", "").isdigit()


def _behind(editor: Editor, made: ast.stmt, read: str, dropped: str) -> ast.stmt:
    """Behind which statement a bias is moved: behind the loops over what only the weight has several of, and not behind
    those that compute its step anew at each turn, as one over the samples does.

    Args:
        read: the bias and its step, as an expression.
    """
    names = names_in(_parsed(read))
    left = names_in(_parsed(dropped)) - names

    def only_of_weight(loop: ast.AST) -> bool:
        walked = names_in(getattr(loop, "target", loop))
        return isinstance(loop, ast.For) and bool(walked & left) and not (walked | _given_in(loop)) & names

    return next(reversed([made, *takewhile(only_of_weight, editor.loops_around(made))]))


def _given_in(loop: ast.AST) -> set[str]:
    """The names that a loop gives a value."""
    return {node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _called(editor: Editor, update: ast.stmt, made: ast.stmt, name: str) -> list[str]:
    """What a bias may be called where it is moved: as the forward pass calls it, or as a part of what holds the weight,
    or of what a loop goes through."""
    scope = editor.scope(made)
    found = [name] if editor.has(scope, name) else []
    attribute = name.rsplit(".", 1)[-1] if "." in name and name.rsplit(".", 1)[-1].isidentifier() else None
    target = update.targets[0] if isinstance(update, ast.Assign) else getattr(update, "target", None)
    if attribute is not None and isinstance(target, ast.expr):
        whole = whole_of(target)
        if isinstance(whole, ast.Attribute):
            found.insert(0, f"{editor.segment(whole.value)}.{attribute}")
        for loop in editor.loops_around(made):
            if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name):
                found.append(f"{loop.target.id}.{attribute}")
    return list(dict.fromkeys(found))
