"""The slope of what a formula of the model gives by one of its numbers, written in the file's own names.
Where a curve is fitted, `a * exp(-b * x)` for one, each of its numbers has a slope of its own.

The formula is read off the record, through all functions that it goes through. The rules are those of any textbook of
calculus: the sum, the product and the quotient rule, and the chain rule.
"""

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backproof.check.edits import Editor
from backproof.check.edits.products import chain_of, products
from backproof.check.edits.tree import name_of
from backproof.check.locate.locate import Suspicion
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Sites
from backproof.check.repair.algebra import constant, joined, negated, number_of
from backproof.check.repair.derived import DERIVED, asked_places
from backproof.check.repair.placing import Row
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading, values_by_text
from backproof.check.syntax import expression_of

_COST = 2.2
_LONGER = 0.005  # for each character
_ENDS = 4  # values of the model that are differentiated, the last ones before the place
_NUMBERS = 8  # by which they are
_DEEP = 40  # operations of a formula
_LONGEST = 120  # characters of a slope
_BINARY: dict[str, type[ast.operator]] = {
    "add": ast.Add, "subtract": ast.Sub, "multiply": ast.Mult, "divide": ast.Div, "true_divide": ast.Div,
    "power": ast.Pow, "float_power": ast.Pow,
}  # fmt: skip
_UNARY = {"exp", "log", "sin", "cos", "tanh", "sqrt", "square", "sinh", "cosh"}


class _NoFormulaError(Exception):
    """Something in a formula is not differentiated here."""


@dataclass
class Formula:
    """What the nodes of a step are computed by, written in the names that a place can read.

    Attributes:
        names: the nodes that have a name there.
        alike: of each node the first that is computed in the same way.
    """

    frame: Frame
    reading: Reading
    names: Mapping[int, str]
    alike: Mapping[int, int]
    left: int = field(default=_DEEP, init=False)

    def slope(self, end: int, by: int) -> ast.expr | None:
        """The slope of one node by another one, a single number; None if it is not known, or is none."""
        self.left = _DEEP
        try:
            made = self._slope(Ref(end), by)
        except _NoFormulaError:
            return None
        return made if number_of(made) is None or number_of(made) != 0 else None

    def _written(self, argument: object) -> ast.expr:
        """What an operation's argument is."""
        if not isinstance(argument, Ref):
            if isinstance(argument, int | float) and math.isfinite(argument):
                return constant(argument)
            raise _NoFormulaError
        if (named := self._named(self._first(argument))) is not None:
            return named
        operation, arguments = self._operation(int(argument))
        parts = [self._written(part) for part in arguments]
        if operation in _BINARY:
            return joined(_BINARY[operation](), *parts)
        if operation == "negative":
            return negated(parts[0])
        if operation == "square":
            return joined(ast.Pow(), parts[0], constant(2))
        return self._called(int(argument), operation, parts[0])

    def _first(self, argument: Ref) -> int:
        return self.alike.get(int(argument), int(argument))

    def _named(self, node: int) -> ast.expr | None:
        name = self.names.get(node)
        return expression_of(name) if name is not None else None

    def _operation(self, node: int) -> tuple[str, list[object]]:
        """How a node was computed."""
        trace = self.frame.trace
        operation, arguments = trace.operations[node], [*trace.arguments[node]]
        self.left -= 1
        count = 2 if operation in _BINARY else 1 if operation in {*_UNARY, "negative"} else 0
        if not count or len(arguments) < count or self.left < 0 or node <= self.frame.step.start:
            raise _NoFormulaError
        return operation, arguments[:count]

    def _slope(self, argument: object, by: int) -> ast.expr:
        node = self._first(argument) if isinstance(argument, Ref) else -1
        if node == by:
            return constant(1)
        if node not in self.frame.dependent or _is_number(self.frame, node):
            return constant(0)
        operation, arguments = self._operation(node)
        inner = [self._slope(part, by) for part in arguments]
        parts = [self._written(part) for part in arguments]
        if operation in ("add", "subtract"):
            return joined(_BINARY[operation](), *inner)
        if operation == "negative":
            return negated(inner[0])
        if operation == "multiply":
            (u, v), (du, dv) = parts, inner
            return joined(ast.Add(), joined(ast.Mult(), du, v), joined(ast.Mult(), u, dv))
        if operation in ("divide", "true_divide"):
            (u, v), (du, dv) = parts, inner
            if number_of(dv) == 0:
                return joined(ast.Div(), du, v)
            lessened = joined(ast.Sub(), joined(ast.Mult(), du, v), joined(ast.Mult(), u, dv))
            return joined(ast.Div(), lessened, joined(ast.Pow(), v, constant(2)))
        if operation in ("power", "float_power"):
            return self._of_power(node, parts, inner)
        return joined(ast.Mult(), self._outer(node, operation, parts[0]), inner[0])

    def _of_power(self, node: int, parts: list[ast.expr], inner: list[ast.expr]) -> ast.expr:
        (base, exponent), (of_base, of_exponent) = parts, inner
        count = number_of(exponent)
        if number_of(of_exponent) == 0 and count is not None:
            lower = base if count == 2 else joined(ast.Pow(), base, constant(count - 1))
            return joined(ast.Mult(), joined(ast.Mult(), exponent, lower), of_base)
        if number_of(of_base) == 0:
            itself = self._written(Ref(node))
            if not isinstance(base, ast.Attribute) or base.attr != "e":  # the base of natural logarithms
                itself = joined(ast.Mult(), itself, self._called(node, "log", base))
            return joined(ast.Mult(), itself, of_exponent)
        raise _NoFormulaError

    def _outer(self, node: int, operation: str, inside: ast.expr) -> ast.expr:
        """The slope of a function at what it is given."""
        value = self._named(node) or self._called(node, operation, inside)
        if operation == "exp":
            return value
        if operation == "log":
            return joined(ast.Div(), constant(1), inside)
        if operation == "sqrt":
            return joined(ast.Div(), constant(0.5), value)
        if operation == "square":
            return joined(ast.Mult(), constant(2), inside)
        if operation == "tanh":
            return joined(ast.Sub(), constant(1), joined(ast.Pow(), value, constant(2)))
        other = {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh"}[operation]
        turned = self._called(node, other, inside)
        return negated(turned) if operation == "cos" else turned

    def _called(self, node: int, function: str, argument: ast.expr) -> ast.expr:
        """A function of the library that a node was computed with, called with something."""
        expression = self.reading.expression(self.frame.trace.sites[node])
        known = expression.func if isinstance(expression, ast.Call) else None
        module = known.value if isinstance(known, ast.Attribute) and name_of(known) in _UNARY else ast.Name("np")
        return ast.Call(ast.Attribute(module, function), [argument], [])


def differentiated(
    suspicion: Suspicion, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits that leave one factor of a gradient, an error, and put a slope in the place of the others."""
    following = suspicion.following
    if following is None or following.faulty or not following.frames:
        return
    frame, reading = following.frames[0], Reading(texts, sites)
    seen: set[ast.stmt] = set()
    for one, file, _, statement in asked_places(suspicion, reading, editors):
        if statement in seen:
            continue
        seen.add(statement)
        editor, node = editors[file], min(one.values[0])
        slopes = dict.fromkeys(map(ast.unparse, _slopes(frame, reading, node)))
        for slope in sorted((text for text in slopes if len(text) <= _LONGEST), key=len):
            for product, text in _with_slope(editor, statement, slope):
                cost = _COST + _LONGER * len(slope)
                yield Row(cost, file, editor.replace(product, text, DERIVED, cost), statement)


def _slopes(frame: Frame, reading: Reading, at: int) -> Iterator[ast.expr]:
    """The slopes of the last values of the model that a place can read, by each of its numbers."""
    known = values_by_text(frame, reading, at)[frame.trace.paths[at]]
    alike, names = _alike(frame, at), dict[int, str]()
    for text, node in sorted(known.items(), key=lambda pair: len(pair[0])):
        if not isinstance(expression_of(text), ast.Name | ast.Attribute | ast.Subscript):
            continue
        names.setdefault(alike.get(node, node), text)
    numbers = [node for node in names if _is_number(frame, node)][:_NUMBERS]
    ends = [node for node in sorted(names, reverse=True) if node < at and node in frame.forward and node not in numbers]
    for end in ends[:_ENDS]:
        formula = Formula(frame, reading, {node: text for node, text in names.items() if node != end}, alike)
        for number in numbers:
            slope = formula.slope(end, number)
            if slope is not None and number_of(slope) is None:
                yield slope


def _alike(frame: Frame, at: int) -> dict[int, int]:
    """Each node of a step before another one, with the first that is computed in the same way from the same values."""
    trace, first, found = frame.trace, dict[tuple[object, ...], int](), dict[int, int]()
    for node in range(max(frame.step.start, 0), at + 1):
        operation, arguments = trace.operations[node], trace.arguments[node]
        known = operation in (*_BINARY, *_UNARY, "negative") or _is_number(frame, node)
        made = (operation, *(found.get(int(a), int(a)) if isinstance(a, Ref) else (repr(a),) for a in arguments))
        found[node] = first.setdefault(made, node) if known else node
    return found


def _is_number(frame: Frame, node: int) -> bool:
    """Whether a node is a number that is trained: a parameter, or an element of one."""
    trace = frame.trace
    array = trace.arguments[node][0] if trace.operations[node] == "getitem" else None
    element = isinstance(array, Ref) and int(array) in frame.given
    return not trace.shape(node) and (node in frame.given or element)


def _with_slope(editor: Editor, statement: ast.stmt, slope: str) -> Iterator[tuple[ast.expr, str]]:
    """The products of a statement, each with one of its factors, the numbers among them, and a slope; and what stands
    alone, times the slope."""
    sign, size = _as_factor(slope)
    own = [*editor.own_expressions(statement)]
    found = dict.fromkeys(product for unit in own for product in products(unit))
    for product in found:
        chain = chain_of(product)
        if any(divides for _, divides in chain):
            continue
        counts = [editor.segment(part) for part, _ in chain if isinstance(part, ast.Constant)]
        for part in (part for part, _ in chain if not isinstance(part, ast.Constant)):
            for kept in (counts, []) if counts else ([],):
                yield product, sign + " * ".join([*kept, editor.atom(part), size])
    for node in own:
        read = isinstance(getattr(node, "ctx", None), ast.Load) and editor.is_variable(node)
        if read and not isinstance(editor.parents.get(node), ast.BinOp):
            yield node, editor.bracketed(node, f"{sign}{editor.segment(node)} * {size}")


def _as_factor(slope: str) -> tuple[str, str]:
    """The sign of a slope, which stands before the product that it is a factor of, and the rest of it."""
    made = expression_of(slope)
    if isinstance(made, ast.BinOp) and isinstance(made.op, ast.Add | ast.Sub):
        return "", f"({slope})"
    sign, size = ("-", slope[1:]) if slope.startswith("-") else ("", slope)
    divided = isinstance(made, ast.BinOp) and isinstance(made.op, ast.Div)
    return sign, f"({size})" if divided else size
