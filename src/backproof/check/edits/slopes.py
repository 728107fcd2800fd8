"""The derivative of an activation as it is written, and another one in its place."""

import ast
import re
from collections.abc import Iterator

from backproof.check.edits.counters import counters, lengths
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.products import chain_of, multiplied
from backproof.check.edits.taken_twice import is_rest
from backproof.check.edits.tree import name_of

NEAR = 20  # the variables that factors and slopes are made of
DERIVATIVES = ("{0} * (1 - {0})", "(1 - {0} ** 2)", "({0} > 0)", "(1 - np.tanh({0}) ** 2)")
_POSITIVE = re.compile(r"soft|sigm|exp|logistic", re.IGNORECASE)  # functions whose values are above zero
_OUTPUT = re.compile(r"soft_?max|sigmoid|logistic", re.IGNORECASE)  # the activations of outputs


def leaky_slopes(editor: Editor) -> list[str]:
    """The derivatives of leaky activations, with the small numbers of the file."""
    return [f"np.where({{0}} > 0, 1, {slope!r})" for slope in editor.floats if 0 < slope < 1][:4]


def other_slopes(editor: Editor, product: ast.BinOp) -> Iterator[Edit]:
    """Another derivative in the place of the factors a and 1 - a, which are sigmoid's."""
    chain = chain_of(product)
    texts = [editor.atom(part) for part, _ in chain]
    signs = ["/" if divides else "*" for _, divides in chain]
    for first, (part, divides) in enumerate(chain):
        second = next((n for n, (other, d) in enumerate(chain) if not d and is_rest(other, part)), None)
        if second is None or divides or len(chain) > 6:
            continue
        for place, form in enumerate((*DERIVATIVES[1:], *leaky_slopes(editor))):
            slope = form.format(editor.segment(part))
            positive = isinstance(part, ast.Call) and _POSITIVE.search(name_of(part.func) or "")
            if "> 0" in form and (positive or is_of_output(editor, product)):
                continue  # always so: that is no derivative
            slope = slope if len(chain) > 2 or not slope.startswith("(") else slope[1:-1]
            rest = [(signs[n], slope if n == first else texts[n]) for n in range(len(chain)) if n != second]
            if rest[0][0] == "*":
                text = rest[0][1] + "".join(f" {sign} {factor}" for sign, factor in rest[1:])
                unlike = _is_unlikely(editor, form)
                yield editor.replace(product, text, "derivative", 1.2 + 0.1 * place + 1.2 * unlike)


def _is_unlikely(editor: Editor, form: str) -> bool:
    """Whether a derivative has a kink and the file has none."""
    return "> 0" in form and not editor.has_kink


def is_slope(node: ast.expr) -> bool:
    """Whether an expression is the derivative of an activation as it is usually written: a (1 - a), 1 - a², z > 0; or
    1 everywhere."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return is_rest(node.right, node.left) or is_rest(node.left, node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        one = isinstance(node.left, ast.Constant) and node.left.value == 1
        return one and isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Pow)
    if isinstance(node, ast.Call):
        return name_of(node.func) == "ones_like"
    return isinstance(node, ast.Compare)


def is_of_output(editor: Editor, node: ast.AST) -> bool:
    """Whether something is computed in a function of an output's activation, by its name or by that of its class: what
    such an activation gives is always above zero."""
    function = editor.scope(node)
    if not isinstance(function, ast.FunctionDef):
        return False
    holder = editor.holder(function)
    return bool(_OUTPUT.search(f"{function.name} {holder.name if isinstance(holder, ast.ClassDef) else ''}"))


def is_turned_slope(editor: Editor, node: ast.BinOp) -> bool:
    """Whether a difference is a - 1 where it is multiplied with a: that is minus sigmoid's slope."""
    one = isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Constant) and node.right.value == 1
    above = editor.parents.get(node)
    if not (one and isinstance(above, ast.BinOp) and isinstance(above.op, ast.Mult)):
        return False
    return ast.dump(above.left if node is above.right else above.right) == ast.dump(node.left)


def lines_of_turned_slopes(editor: Editor) -> set[int]:
    """The lines with such a difference."""
    return {node.lineno for node in editor.nodes if isinstance(node, ast.BinOp) and is_turned_slope(editor, node)}


def other_derivatives(editor: Editor, unit: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """The derivative of another activation, or at another value, in the place of a factor or of the whole."""
    counting = counters(editor, statement) | lengths(editor)
    near = [t for t in editor.near(statement, NEAR) if not editor.is_rate(t) and t not in counting]
    parts, of_output = [unit, *multiplied(unit)], is_of_output(editor, statement)
    slopes = leaky_slopes(editor)
    own = [f"{name}({{0}})" for name, arity in editor.callable_from(statement).items() if arity == 1]
    for part in dict.fromkeys(parts):
        if isinstance(part, ast.Constant):
            continue
        # what is computed elsewhere is rather wrong there
        called = isinstance(part, ast.Name) or (isinstance(part, ast.Call) and name_of(part.func) in editor.functions)
        for place, form in enumerate((*DERIVATIVES, *slopes, *own)):
            if "> 0" in form and of_output:
                continue
            unlike = _is_unlikely(editor, form)
            for rank, other in enumerate(near):
                text = form.format(other)
                cost = (
                    1.6
                    + 1.2 * unlike
                    + 0.01 * place
                    + 0.02 * rank
                    + 0.5 * called
                    + 0.6 * (part is unit and not isinstance(statement, ast.Return))
                )
                alone = part is unit or text.startswith(("(", "np.where", "self.", *editor.functions))
                yield editor.replace(part, text if alone else f"({text})", "derivative", cost)
