"""The edits of sums and products: a factor or a term too few or too many, another derivative."""

import ast
import itertools
import re
from collections.abc import Iterator

from backproof.check.edits.analogies import renamed
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.half_slope import other_half
from backproof.check.edits.taken_twice import is_rest, taken_twice
from backproof.check.edits.tree import name_of, units

_DERIVATIVES = ("{0} * (1 - {0})", "(1 - {0} ** 2)", "({0} > 0)", "(1 - np.tanh({0}) ** 2)")
_NEAR = 20  # the variables that factors are made of
_COMPANIONS = 4
_PAIRS = 24  # products of two variables that are tried as a term
_NUMBER = re.compile(r"(?<=[A-Za-z_])\d+")  # a layer's number in a name
_POSITIVE = re.compile(r"soft|sigm|exp|logistic", re.IGNORECASE)  # functions whose values are above zero
_DROPPED = re.compile(r"drop|keep", re.IGNORECASE)
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
        taken = {editor.segment(part) for part in _multiplied(unit)}
        # a number, or a rate, that is handed on has seldom lost its sign
        set_once = isinstance(unit, ast.Constant) or editor.is_rate(editor.segment(unit))
        yield editor.replace(unit, f"-{text}", "sign", 2.6 if set_once else 1.6)
        for place, later in _places(unit):
            own = editor.atom(place)
            for rank, factor in enumerate(known):
                if factor.startswith("/") and factor[2:] in taken:
                    continue  # without the factor there is nothing to divide by
                lost = idle if factor.startswith("*") and factor != "* 2" else 0.0
                cost = 1.8 + 0.02 * min(rank, 60) + later + aside + lost
                yield editor.replace(place, _times(editor, own, factor), "missing factor", cost)
        for given in _given(editor, unit):
            for rank, slope in enumerate(factor for factor in known if _is_slope(factor)):
                cost = 2.0 + 0.02 * min(rank, 60) + aside
                yield editor.replace(given, _times(editor, editor.segment(given), slope), "missing factor", cost)
        for twin in twins:
            yield editor.replace(unit, f"{editor.segment(unit)} + {twin}", "missing term", 1.4 + aside)
        for rank, pair in enumerate(pairs if unit is value else ()):
            cost = 2.4 + 0.03 * rank
            yield editor.replace(unit, f"{editor.segment(unit)} + {pair}", "missing term", cost)
        for rank, term in enumerate(terms):
            yield editor.replace(
                unit, f"{editor.segment(unit)} {term}", "missing term", 2.2 + 0.02 * min(rank, 60) + aside
            )
        for product in _products(unit):
            yield from _subsets(editor, product)
            yield from _other_slopes(editor, product)
            yield from taken_twice(editor, product)
            yield from other_half(editor, _chain(product))
            yield from _as_multiplied_elsewhere(editor, product, statement)
        if not aside:
            yield from _other_derivatives(editor, unit, statement)


def factors(editor: Editor, statement: ast.stmt) -> dict[str, None]:
    """Factors that stand elsewhere in the function, the derivatives of what it knows, and its variables themselves."""
    found: dict[str, None] = {"* 2": None, "/ 2": None}
    near = editor.near(statement, _NEAR)
    near += [text for text in editor.kept(statement) if text not in near]
    counters = editor.counters(statement)
    values = [text for text in near if not editor.is_rate(text) and text not in counters]
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
    for form in (*_DERIVATIVES, *_slopes(editor)):
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


def _slopes(editor: Editor) -> list[str]:
    """The derivatives of leaky activations, with the small numbers of the file."""
    return [f"np.where({{0}} > 0, 1, {slope!r})" for slope in editor.floats if 0 < slope < 1][:4]


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
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            stack += [(node.left, later), (node.right, later)]
        for part in parts:
            if not isinstance(part, ast.Constant | ast.Starred):
                yield part, later + 0.2
                stack.append((part, later + 0.2))


def _given(editor: Editor, unit: ast.expr) -> Iterator[ast.expr]:
    """What functions of the file are given to compute with: an error perhaps, without the slope that belongs to it."""
    for node in ast.walk(unit):
        if isinstance(node, ast.Call) and name_of(node.func) in editor.functions:
            yield from (given for given in node.args if isinstance(given, ast.Name | ast.Attribute | ast.Subscript))


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
    for other in editor.near(statement, _NEAR):
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
            for other in editor.near(statement, _NEAR):
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
    near = [text for text in editor.near(statement, _NEAR) if len(editor.shapes.get(text, ())) == 2]
    forms = {"{0}.T @ {1}": (1, 0, 0, 1), "{0} @ {1}.T": (0, 1, 1, 0), "{0} @ {1}": (0, 1, 0, 1)}
    found = [
        form.format(left, right)
        for left, right in itertools.permutations(near, 2)
        for form, (rows, inner, other, columns) in forms.items()
        if editor.shapes[left][inner] == editor.shapes[right][other]
        and (editor.shapes[left][rows], editor.shapes[right][columns]) == shape
    ]
    yield from [text for text in found if text not in own][:_PAIRS]


def _products(unit: ast.expr) -> Iterator[ast.BinOp]:
    """The products of several factors within an expression, the whole of each."""
    stack: list[ast.AST] = [unit]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            yield node
            stack += [part for part, _ in _chain(node)]
        else:
            stack += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _multiplied(unit: ast.expr) -> Iterator[ast.expr]:
    """The factors of all products within an expression, but those that it divides by."""
    for product in _products(unit):
        yield from (part for part, divides in _chain(product) if not divides)
    for node in ast.walk(unit):
        if isinstance(node, ast.Call) and name_of(node.func) == "multiply":
            yield from node.args


def _chain(node: ast.expr) -> list[tuple[ast.expr, bool]]:
    """The factors of a product, from left to right, and whether each divides."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return [*_chain(node.left), (node.right, isinstance(node.op, ast.Div))]
    return [(node, False)]


def _subsets(editor: Editor, product: ast.BinOp) -> Iterator[Edit]:
    """A product with some of its factors, or with another derivative in the place of one."""
    chain = _chain(product)
    if not 2 <= len(chain) <= 6:
        return
    texts = [(editor.atom(part), divides) for part, divides in chain]
    for count in range(1, len(chain)):
        for kept in itertools.combinations(range(len(chain)), count):
            if texts[kept[0]][1]:
                continue
            text = texts[kept[0]][0] + "".join(f" {'/' if texts[k][1] else '*'} {texts[k][0]}" for k in kept[1:])
            yield editor.replace(product, text, "extra factor", 1.4 + 0.25 * (len(chain) - count))
    for position, (_, divides) in enumerate(texts):
        if position and not divides:
            left = "".join(f"{' / ' if d else ' * ' if n else ''}{t}" for n, (t, d) in enumerate(texts[:position]))
            right = "".join(f" {'/' if d else '*'} {t}" for t, d in texts[position + 1 :])
            yield editor.replace(product, f"{left} / {texts[position][0]}{right}", "factor", 2.4)


def _as_multiplied_elsewhere(editor: Editor, product: ast.BinOp, statement: ast.stmt) -> Iterator[Edit]:
    """A product with what one of its factors comes with in another product of the file: `x * mask / keep`."""
    own = {editor.segment(part) for part, _ in _chain(product)}
    known = {*editor.variables(statement)}
    found: dict[str, None] = {}
    for other in (node for node in editor.nodes if isinstance(node, ast.BinOp)):
        chain = [(editor.segment(part), divides) for part, divides in _chain(other)]
        if len(chain) < 2 or not any(text in own and text in known and not divides for text, divides in chain):
            continue
        for text, divides in chain:
            if text not in own and text in known:
                found.setdefault(f"{'/' if divides else '*'} {text}")
    for rank, factor in enumerate([*found][:_COMPANIONS]):
        yield editor.replace(product, f"{editor.segment(product)} {factor}", "missing factor", 1.1 + 0.1 * rank)


def _other_slopes(editor: Editor, product: ast.BinOp) -> Iterator[Edit]:
    """Another derivative in the place of the factors a and 1 - a, which are sigmoid's."""
    chain = _chain(product)
    texts = [editor.atom(part) for part, _ in chain]
    signs = ["/" if divides else "*" for _, divides in chain]
    for first, (part, divides) in enumerate(chain):
        second = next((n for n, (other, d) in enumerate(chain) if not d and is_rest(other, part)), None)
        if second is None or divides or len(chain) > 6:
            continue
        for place, form in enumerate((*_DERIVATIVES[1:], *_slopes(editor))):
            slope = form.format(editor.segment(part))
            if "> 0" in form and isinstance(part, ast.Call) and _POSITIVE.search(name_of(part.func) or ""):
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
    """Whether an expression is the derivative of an activation as it is usually written: a (1 - a), 1 - a², z > 0."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return is_rest(node.right, node.left) or is_rest(node.left, node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        one = isinstance(node.left, ast.Constant) and node.left.value == 1
        return one and isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Pow)
    return isinstance(node, ast.Compare)


def _other_derivatives(editor: Editor, unit: ast.expr, statement: ast.stmt) -> Iterator[Edit]:
    """The derivative of another activation, or at another value, in the place of a factor or of the whole."""
    counters = editor.counters(statement)
    near = [t for t in editor.near(statement, _NEAR) if not editor.is_rate(t) and t not in counters]
    parts = [unit, *_multiplied(unit)]
    slopes = _slopes(editor)
    own = [f"{name}({{0}})" for name, arity in editor.callable_from(statement).items() if arity == 1]
    for part in dict.fromkeys(parts):
        if isinstance(part, ast.Constant):
            continue
        # what is computed elsewhere is rather wrong there
        called = isinstance(part, ast.Name) or (isinstance(part, ast.Call) and name_of(part.func) in editor.functions)
        for place, form in enumerate((*_DERIVATIVES, *slopes, *own)):
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
