"""The edits of sums and products: a factor or a term too few, or too many."""

import ast
import itertools
import re
from collections.abc import Iterator

from backproof.check.edits.analogies import renamed
from backproof.check.edits.counters import counters
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.half_slope import other_half
from backproof.check.edits.products import (
    as_multiplied_elsewhere,
    chain_of,
    differences,
    multiplied,
    products,
    subsets,
)
from backproof.check.edits.slopes import DERIVATIVES, NEAR, leaky_slopes, other_derivatives, other_slopes
from backproof.check.edits.taken_twice import taken_twice
from backproof.check.edits.tree import name_of, units

_PAIRS = 24  # products of two variables that are tried as a term
_NUMBER = re.compile(r"(?<=[^\W\d])\d+")  # a layer's number in a name
_DROPPED = re.compile(r"drop|keep", re.IGNORECASE)
_SHAPES = ("reshape", "ravel", "flatten", "squeeze")
_PRODUCTS = ("dot", "matmul", "outer", "sum", "mean", "average")


def factors_and_terms(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """What a statement's products and sums may lack, or have too much."""
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return | ast.Expr) or not isinstance(value, ast.expr):
        return
    known = list(factors(editor, statement))
    terms = list(_terms(editor, statement))
    twins = dict.fromkeys(_products_of_others(editor, statement))
    pairs = list(_products_that_fit(editor, statement))
    for unit in units(value, statement):
        # what several values are handed on in is seldom the place of a formula
        aside = 1.0 if unit is not value and not isinstance(statement, ast.Expr) else 0.0
        # a line that only gives a value another name has lost what it was there for: a derivative, or a gate
        idle = -1.5 if is_renaming(statement) else 0.0
        if isinstance(unit, ast.Name) and isinstance(statement, ast.Return) and unit is value:
            idle = -1.0
        if isinstance(unit, ast.Constant) and not isinstance(unit.value, int | float):
            continue
        text = editor.atom(unit)
        taken = {editor.segment(part) for part in multiplied(unit)}
        # a number, or a rate, that is handed on has seldom lost its sign
        set_once = isinstance(unit, ast.Constant) or editor.is_rate(editor.segment(unit))
        yield editor.replace(unit, f"-{text}", "sign", 2.6 if set_once else 1.6)
        for place, later in _places(unit):
            own = editor.first_factor(place)
            for rank, factor in enumerate(known):
                if factor.startswith("/") and factor[2:] in taken:
                    continue  # without the factor there is nothing to divide by
                lost = idle if factor.startswith("*") and factor != "* 2" else 0.0
                cost = 1.8 + 0.02 * min(rank, 60) + later + aside + lost
                made = _times(editor, own, factor)
                # what has a method called is one thing
                inner = isinstance(editor.parents.get(place), ast.Attribute) and place is not unit
                yield editor.replace(place, f"({made})" if inner else made, "missing factor", cost)
        for given in _given(editor, unit):
            for rank, slope in enumerate(factor for factor in known if _is_slope(factor)):
                cost = 2.0 + 0.02 * min(rank, 60) + aside
                yield editor.replace(given, _times(editor, editor.segment(given), slope), "missing factor", cost)
        there = _made_of(editor, unit)  # once more what is there makes another multiple of it, and no other sum
        for twin in (text for text in twins if text not in there):
            yield editor.replace(unit, f"{editor.segment(unit)} + {twin}", "missing term", 1.4 + aside)
        for rank, pair in enumerate(text for text in pairs if unit is value and text not in there):
            cost = 2.4 + 0.03 * rank
            yield editor.replace(unit, f"{editor.segment(unit)} + {pair}", "missing term", cost)
        for rank, term in enumerate(text for text in terms if text[2:] not in there):
            cost = 2.2 + 0.02 * min(rank, 60) + aside
            yield editor.replace(unit, f"{editor.segment(unit)} {term}", "missing term", cost)
        for product in products(unit):
            yield from subsets(editor, product)
            yield from other_slopes(editor, product)
            yield from taken_twice(editor, product)
            yield from other_half(editor, chain_of(product))
            yield from as_multiplied_elsewhere(editor, product, statement)
            yield from differences(editor, product, statement)
        if not aside:
            yield from other_derivatives(editor, unit, statement)


def factors(editor: Editor, statement: ast.stmt) -> dict[str, None]:
    """Factors that stand elsewhere in the function, the derivatives of what it knows, and its variables themselves."""
    found: dict[str, None] = {"* 2": None, "/ 2": None}
    near = editor.near(statement, NEAR)
    near += [text for text in editor.kept(statement) if text not in near]
    counting = counters(editor, statement)
    values = [text for text in near if not editor.is_rate(text) and text not in counting]
    scope = editor.scope(statement)
    for share in sorted(editor.settings):  # dropout's scale, which what it left has in the forward pass
        if _DROPPED.search(share) and editor.has(scope, share):
            found.setdefault(f"/ (1 - {share})")
            found.setdefault(f"/ {share}")
    for node in editor.within(scope):
        if not isinstance(node, ast.BinOp):
            continue
        if isinstance(node.op, ast.Div) and isinstance(
            node.right, ast.Name | ast.Call | ast.Subscript | ast.Attribute | ast.Constant
        ):
            found.setdefault(f"/ {editor.segment(node.right)}")
        if isinstance(node.op, ast.Mult):
            for side in (node.right, node.left):
                if isinstance(side, ast.Call) and len(side.args) >= 1 and name_of(side.func) in editor.functions:
                    found.setdefault(f"* {editor.segment(side)}")
                    inner = editor.segment(side.args[0])
                    for other in values:
                        if other != inner and len(side.args) == 1:
                            found.setdefault(f"* {editor.segment(side).replace(inner, other, 1)}")
                elif isinstance(side, ast.BinOp | ast.Compare):
                    found.setdefault(f"* {editor.atom(side)}")
                elif isinstance(side, ast.Name | ast.Subscript | ast.Attribute):
                    found.setdefault(f"* {editor.segment(side)}")
    for name, arity in editor.callable_from(statement).items():
        derivative = re.search(r"deriv|prime|grad|_d$|^d_?", name)
        if arity == 1 or (arity == 2 and derivative):
            for other in values:
                found.setdefault(f"* {name}({other})")
    for name in editor.turns(statement):
        for method in editor.questions:
            found.setdefault(f"* {name}.{method}()")
    for form in (*DERIVATIVES, *leaky_slopes(editor)):
        for other in values:
            found.setdefault(f"* {form.format(other) if form.startswith('(') else f'({form.format(other)})'}")
    for other in near:
        found.setdefault(f"* {other}")
        found.setdefault(f"/ {other}")
    for counted in editor.counts_near(statement):
        found.setdefault(f"/ {counted}")
        found.setdefault(f"* {counted}")
    return found


def _times(editor: Editor, text: str, factor: str) -> str:
    """A text with a factor behind it; for an `np.matrix`, of which `*` would make another product, in numpy's words."""
    plain = not editor.has_matrices or factor.startswith("/") or factor[2:].isdigit()
    return f"{text} {factor}" if plain else f"np.multiply({text}, {factor[2:]})"


def is_renaming(statement: ast.stmt) -> bool:
    """Whether a statement gives a value one other name, and computes nothing."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    value = statement.value
    turned = isinstance(value, ast.Attribute) and (value.attr == "T" or name_of(value.value) in ("np", "numpy"))
    named = isinstance(statement.targets[0], ast.Name | ast.Subscript)
    return named and isinstance(value, ast.Name | ast.Attribute) and not turned


def _places(unit: ast.expr) -> Iterator[tuple[ast.expr, float]]:
    """Where a factor may be missing: behind the whole, behind a term of a sum, behind an operand of a product."""
    yield unit, 0.0
    stack: list[tuple[ast.expr, float]] = [(unit, 0.0)]
    while stack:
        node, later = stack.pop()
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.MatMult):
            parts = [node.left, node.right]
        elif isinstance(node, ast.Call) and name_of(node.func) in _PRODUCTS:
            parts = list(node.args[:2])
            if isinstance(node.func, ast.Attribute) and len(node.args) < 2:
                parts.append(node.func.value)
        elif isinstance(node, ast.ListComp):
            parts = [node.elt]
        elif (formed := _in_another_shape(node)) is not None:
            parts = [formed]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            stack += [(node.left, later), (node.right, later)]
        for part in parts:
            if not isinstance(part, ast.Constant | ast.Starred):
                yield part, later + 0.2
                stack.append((part, later + 0.2))


def _in_another_shape(node: ast.expr) -> ast.expr | None:
    """What is only given another shape: a mask of the old one belongs before that."""
    method = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    named = method is not None and method.attr in _SHAPES and name_of(method.value) not in ("np", "numpy")
    return method.value if method is not None and named else None


def _given(editor: Editor, unit: ast.expr) -> Iterator[ast.expr]:
    """What functions of the file are given to compute with: an error perhaps, without the slope that belongs to it."""
    for node in ast.walk(unit):
        if isinstance(node, ast.Call) and name_of(node.func) in editor.functions:
            yield from (given for given in node.args if isinstance(given, ast.Name | ast.Attribute | ast.Subscript))


def _made_of(editor: Editor, unit: ast.expr) -> set[str]:
    """The terms of a sum, and the factors of each."""
    found, stack = set[str](), [unit]
    while stack:
        node = stack.pop()
        found.add(editor.segment(node))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            stack += [node.left, node.right]
    return found


def _is_slope(factor: str) -> bool:
    """Whether a factor may be the derivative of an activation: it is computed, and not by a plain name."""
    return factor.startswith("*") and factor.endswith(")")


def _terms(editor: Editor, statement: ast.stmt) -> dict[str, None]:
    """Terms that are added elsewhere in the function, also with the numbers of other layers, and variables."""
    found: dict[str, None] = {}
    numbers = sorted(set(re.findall(r"\d+", "".join(editor.variables(statement)))))[:4]
    own = re.findall(r"\d+", editor.segment(statement))
    for node in editor.within(editor.scope(statement)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            sign, text = editor.symbol(node.op), editor.segment(node.right)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and not isinstance(node.value, ast.Call):
            sign, text = "+", editor.segment(node.value)
        else:
            continue
        if len(text) > 60 or "\n" in text:
            continue
        found.setdefault(f"{sign} {text}")
        for number in [*own, *numbers]:
            renumbered = _NUMBER.sub(number, text)
            found.setdefault(f"{sign} {renumbered}")
    for other in editor.near(statement, NEAR):
        found.setdefault(f"+ {other}")
        found.setdefault(f"- {other}")
    if isinstance(statement, ast.AugAssign):  # what is added to is no term of what is added
        for sign in "+-":
            found.pop(f"{sign} {editor.segment(statement.target)}", None)
    return found


def _products_of_others(editor: Editor, statement: ast.stmt) -> Iterator[str]:
    """The matrix products of a statement as they are for other variables: `Wo.T @ do` beside `Wf.T @ df`."""
    own = editor.segment(statement)
    for node in ast.walk(statement):
        product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
        if not (product or (isinstance(node, ast.Call) and name_of(node.func) in ("dot", "matmul"))):
            continue
        text = editor.segment(node)
        words = [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and editor.is_variable(part)]
        for word in words:
            for other in editor.near(statement, NEAR):
                made = renamed(editor, text, word, other) if other.isidentifier() and other != word else None
                if made is not None and made not in own:
                    yield made


def _products_that_fit(editor: Editor, statement: ast.stmt) -> Iterator[str]:
    """The matrix products of two variables that have the shape of what a statement gives a value: a weight that is used
    twice gets a part of its gradient from each use."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    shape = editor.shapes.get(editor.segment(targets[0])) if isinstance(targets[0], ast.expr) else None
    if shape is None or len(shape) != 2:
        return
    own = editor.segment(statement)
    near = [text for text in editor.near(statement, NEAR) if len(editor.shapes.get(text, ())) == 2]
    forms = {"{0}.T @ {1}": (1, 0, 0, 1), "{0} @ {1}.T": (0, 1, 1, 0), "{0} @ {1}": (0, 1, 0, 1)}
    found = [
        form.format(left, right)
        for left, right in itertools.permutations(near, 2)
        for form, (rows, inner, other, columns) in forms.items()
        if editor.shapes[left][inner] == editor.shapes[right][other]
        and (editor.shapes[left][rows], editor.shapes[right][columns]) == shape
    ]
    yield from [text for text in found if text not in own][:_PAIRS]
