"""Writes what happens at one place of a loop, as an expression of single numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from backproof.engines.compiled.expression import ROWS, Node, Shape

_INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "power": "**"}
_COMPARED = {">", ">=", "<", "<=", "==", "!="}
_CALLED = {"log": "log", "log1p": "math.log1p", "sqrt": "math.sqrt", "cos": "math.cos", "sin": "math.sin",
           "erf": "math.erf", "abs": "abs", "exp": "exp", "expm1": "expm1", "tanh": "tanh", "sign": "sign",
           "maximum": "maximum", "minimum": "minimum"}  # fmt: skip
_OF_NUMBERS = {
    "log": "math.log",
    "exp": "math.exp",
    "expm1": "math.expm1",
    "tanh": "math.tanh",
    "maximum": "max",
    "minimum": "min",
}

Place = Callable[[Shape], str]
"""Where an array of this shape is read, as the text of an index."""


class Lines:
    """Lines of the compiled program under way, with their depth."""

    def __init__(self, depth: int = 1) -> None:
        self.written: list[str] = []
        self.depth = depth

    def add(self, *lines: str) -> None:
        self.written += ["    " * self.depth + line for line in lines]

    def loop(self, name: str, length: str | int) -> None:
        """Open a loop; what follows stands in it."""
        self.add(f"for {name} in range({length}):")
        self.depth += 1

    def shared_loop(self, name: str, length: str | int, step: int = 1) -> None:
        """Open a loop through this thread's share of something, which begins at a multiple of `step`."""
        self.add(f"low, high = share({length}, {step}, thread, threads)", f"for {name} in range(low, high):")
        self.depth += 1

    def insert(self, place: int, lines: Iterable[str]) -> None:
        """Put lines before those that were written since there were `place` of them."""
        self.written[place:place] = ["    " * self.depth + line for line in lines]

    def leave(self, levels: int = 1) -> None:
        self.depth -= levels


@dataclass
class Elements:
    """Writes expressions for one block.

    `here` are the names whose element at the present place is in a variable, with the variable; `before` the lines
    that have to come before the block: numbers that are the same at every place.
    """

    here: dict[str, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    _hoisted: dict[str, str] = field(default_factory=dict)

    def real(self, node: Node, place: Place) -> str:
        """The element of a node, as a number of the run's dtype."""
        if node.type.kind == "number" and node.op != "draw":
            return self.everywhere(node)
        if node.type.kind == "flag":
            if node.op == "name":
                return self._named(node, place)
            return f"(one if {self.flag(node, place)} else zero)"
        if node.op == "name":
            return self._named(node, place)
        if node.op == "real":
            return self.real(node.operands[0], place)
        if node.op == "where":
            condition, *choices = node.operands
            first, second = (self.real(choice, place) for choice in choices)
            return f"({first} if {self.flag(condition, place)} else {second})"
        operands = [self.real(operand, place) for operand in node.operands]
        if node.op == "negative":
            return f"(-{operands[0]})"
        if node.op == "clip":
            return f"minimum(maximum({operands[0]}, {operands[1]}), {operands[2]})"
        if node.op in _INFIX:
            return f"({operands[0]} {_INFIX[node.op]} {operands[1]})"
        return f"{_CALLED[node.op]}({', '.join(operands)})"

    def flag(self, node: Node, place: Place) -> str:
        """The element of a node, as true or false."""
        if node.op in _COMPARED:
            first, second = node.operands
            write = self.number if {first.type.kind, second.type.kind} == {"number"} else self.real
            if "label" in (first.type.kind, second.type.kind):
                return f"({self._label(first, place)} {node.op} {self._label(second, place)})"
            return f"({write(first, place)} {node.op} {write(second, place)})"
        return f"({self.real(node, place)} != zero)"

    def _label(self, node: Node, place: Place) -> str:
        if node.op == "columns":
            return f"np.int32({place(node.type.shape)})"
        return self._named(node, place) if node.op == "name" else self.number(node, place)

    def _named(self, node: Node, place: Place) -> str:
        name = str(node.value)
        if name in self.here:
            return self.here[name]
        if not node.type.shape:
            return self._hoist(f"real({name})")
        return f"get_{name}({name}, {place(node.type.shape)})"

    def everywhere(self, node: Node) -> str:
        """One of Python's numbers as a number of the run's dtype, computed once for all places."""
        return self._hoist(f"real({self.number(node)})")

    def _hoist(self, text: str) -> str:
        if text not in self._hoisted:
            self._hoisted[text] = f"same{len(self._hoisted) + 1}"
            self.before.append(f"{self._hoisted[text]} = {text}")
        return self._hoisted[text]

    def number(self, node: Node, _place: Place | None = None) -> str:
        """One of Python's numbers as Python computes it."""
        if node.op == "constant":
            return f"({node.value!r})" if node.value < 0 else repr(node.value)
        if node.op == "name":
            return str(node.value)
        if node.op == "rows":
            return "n"
        if node.op == "draw":
            return "generator.random()"
        operands = [self.number(operand) for operand in node.operands]
        if node.op == "negative":
            return f"(-{operands[0]})"
        if node.op in _INFIX or node.op in _COMPARED:
            return f"({operands[0]} {_INFIX.get(node.op, node.op)} {operands[1]})"
        if node.op == "where":
            return f"({operands[1]} if {operands[0]} else {operands[2]})"
        if node.op == "clip":
            return f"min(max({operands[0]}, {operands[1]}), {operands[2]})"
        return f"{_OF_NUMBERS.get(node.op, _CALLED[node.op])}({', '.join(operands)})"


def in_rows(columns: int) -> Place:
    """Where arrays are read in row i and, if there are several columns, column j."""

    def place(shape: Shape) -> str:
        if len(shape) == 2 and shape[1] != 1:
            return f"i * {shape[1]} + j"
        if shape[0] == ROWS or len(shape) == 2:
            return "i"
        return "j" if columns > 1 else "0"

    return place


def count_text(rows: str, shape: Shape) -> str:
    """How many numbers an array of this shape holds, as text; `rows` is the text of how many rows there are."""
    known = math.prod(length for length in shape if isinstance(length, int))
    if ROWS not in shape:
        return str(known)
    return rows if known == 1 else f"{rows} * {known}"
