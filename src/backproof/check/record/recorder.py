"""What a rewritten file tells: each operation with its site, its operands and its value, in the order of execution."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from backproof.check.record.calls import Calls
from backproof.check.record.log import WRITTEN, as_numbers, followed
from backproof.check.record.tables import is_table

_BY_A_CLASS = 1 << 9  # `Py_TPFLAGS_HEAPTYPE`: what a class statement has made, which says itself what `+` means


class Recorder(Calls):
    """Records while `on`; rewritten files call its methods. Budgets decide when enough was seen."""

    slice = slice
    error = Exception

    def written(self, site: int, value: float) -> float:
        """A number that is written down, as a value of its own: Python has one object for all that are equal."""
        if not self.on:
            return value
        self.site = site
        own = value + 0.0
        self.leaf(own, WRITTEN)
        return own


def _is_product(left: Any, right: Any) -> bool:
    """Whether `left * right` is a product of matrices, as it is where one is a `np.matrix`."""
    if not (isinstance(left, np.matrix) or isinstance(right, np.matrix)):
        return False
    return all(isinstance(one, np.ndarray) and one.ndim == 2 for one in (left, right))


def _binary(name: str, compute: Callable[[Any, Any], Any], canonical: str) -> Callable[[Recorder, int, Any, Any], Any]:
    chains = canonical in ("add", "subtract")

    def operation(self: Recorder, site: int, left: Any, right: Any) -> Any:
        if not self.on:
            return compute(left, right)
        own = type(left).__flags__ | type(right).__flags__
        value = self._within(site, compute, (left, right), {}) if own & _BY_A_CLASS else compute(left, right)
        if isinstance(value, np.ndarray) and value.dtype == object:
            left, right = as_numbers(left, right), as_numbers(right, left)
            value = compute(left, right)
        if isinstance(value, float | np.ndarray | np.floating) and followed(value):
            if self.memory.peek(value) is not None:
                return value  # a method of the file's own, as `__matmul__`, has made it, and was followed
            self.site = site
            logged = (self._met(left, right), self._met(right, left))
            name = "matmul" if canonical == "multiply" and _is_product(left, right) else canonical
            node = self.node(name, site, logged, value)
            if chains:
                self.chained(node, logged)
        elif isinstance(value, str):
            self._show(right)
        elif is_table(value):
            self.site = site
            self._tabled(canonical, site, (self._met(left, right), self._met(right, left)), value)
        return value

    operation.__name__ = name
    return operation


def _in_place(
    name: str, compute: Callable[[Any, Any], Any], canonical: str
) -> Callable[[Recorder, int, Any, Any], Any]:
    plain = _binary(name, compute, canonical)

    def operation(self: Recorder, site: int, target: Any, operand: Any) -> Any:
        if self.on and is_table(target):
            self.site = site
            changed = (self.encode(target), self._met(operand, target))
            value = compute(target, operand)
            self._tabled(canonical, site, changed, value)
            return value
        if not (self.on and isinstance(target, np.ndarray) and followed(target)):
            return plain(self, site, target, operand)
        self.site = site
        logged = (self.encode(target), self.encode(operand))
        self.memory.before_writing(target)
        value = compute(target, operand)
        if not isinstance(value, np.ndarray):  # pandas makes a table of its own of it
            self._tabled(canonical, site, logged, value)
            return value
        node = self._add(canonical, site, logged, value)
        self.memory.written(value, node)
        self.chained(node, logged)
        return value

    operation.__name__ = name
    return operation


def _unary(name: str, compute: Callable[[Any], Any], canonical: str) -> Callable[[Recorder, int, Any], Any]:
    def operation(self: Recorder, site: int, operand: Any) -> Any:
        by_a_class = self.on and type(operand).__flags__ & _BY_A_CLASS
        value = self._within(site, compute, (operand,), {}) if by_a_class else compute(operand)
        if self.on and followed(value) and self.memory.peek(value) is None:
            self.site = site
            self.node(canonical, site, (self.encode(operand),), value)
        elif self.on and is_table(value):
            self._tabled(canonical, site, (self.encode(operand),), value)
        return value

    operation.__name__ = name
    return operation


CANONICAL = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "power",
    "matmul": "matmul",
    "and_": "bitwise_and",
    "or_": "bitwise_or",
    "xor": "bitwise_xor",
}
COMPARISONS = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}

for _name, _canonical in {**CANONICAL, **COMPARISONS}.items():
    setattr(Recorder, _name, _binary(_name, getattr(operator, _name), _canonical))
for _name, _canonical in CANONICAL.items():
    _method = f"i{_name.strip('_')}"
    setattr(Recorder, _method, _in_place(_method, getattr(operator, _method), _canonical))
Recorder.neg = _unary("neg", operator.neg, "negative")  # type: ignore[attr-defined]
Recorder.invert = _unary("invert", operator.invert, "invert")  # type: ignore[attr-defined]
