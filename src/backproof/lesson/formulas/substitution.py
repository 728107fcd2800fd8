"""A formula with the run's numbers put in: one element of a line's result, from the numbers it is made of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backproof.lesson.formulas.expression import (
    RELATIONS,
    Expression,
    Number,
    Operation,
    Words,
    apply,
    assigned_expression,
    axis_of,
    called,
    combine,
)
from backproof.ops.op import Array

MOST_TERMS = 6
"""A longer sum shows its largest terms and says what it leaves out."""
SHOWN_TERMS = 4

Index = tuple[int, ...]


def substitute(code: str, names: Mapping[str, Any], index: Index) -> Expression:
    """The line's right-hand side for one element, with the numbers that its names have now."""
    return _Substitution(names).at(assigned_expression(code), index)


class _Substitution:
    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = dict(names)

    def value(self, node: ast.expr) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(eval(compile(ast.Expression(node), "<formula>", "eval"), self.names))

    def at(self, node: ast.expr, index: Index) -> Expression:
        """The element of this part of the line that stands at `index` of what it is broadcast to."""
        match node:
            case ast.Name() | ast.Constant() | ast.Attribute(attr="size"):
                return self._number(node, index)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Operation("negative", (self.at(operand, index),))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self._product(left, right, index)
            case ast.BinOp(left=left, op=op, right=right):
                return combine(op, self.at(left, index), self.at(right, index))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return Operation("truth", (self.at(left, index), self.at(right, index)), RELATIONS[type(op)])
            case ast.Attribute(value=value, attr="T"):
                return self.at(value, self._own(self.value(node).shape, index)[::-1])
            case ast.Subscript(value=value, slice=ast.Tuple()):
                # y[:, None]: the same numbers, standing in a column
                return self.at(value, index[:1])
            case ast.Call():
                return self._call(node, index)
        return self._number(node, index)

    def _number(self, node: ast.expr, index: Index) -> Expression:
        value = self.value(node)
        return Number(float(value[self._own(value.shape, index)]))

    @staticmethod
    def _own(shape: tuple[int, ...], index: Index) -> Index:
        """Where the element stands in an array that is broadcast: nothing has more than one row where it has one."""
        last = index[len(index) - len(shape) :]
        return tuple(0 if size == 1 else place for size, place in zip(shape, last, strict=True))

    def _product(self, left: ast.expr, right: ast.expr, index: Index) -> Expression:
        row, column = index
        numbers = self.value(left)[row] * self.value(right)[:, column]

        def term(k: int) -> Expression:
            return Operation("times", (self.at(left, (row, k)), self.at(right, (k, column))))

        return _total(numbers, term)

    def _call(self, node: ast.Call, index: Index) -> Expression:
        name = called(node)
        if name == "astype" and isinstance(node.func, ast.Attribute):
            return self.at(node.func.value, index)
        if name == "random":
            return Words("a random number")
        if name in ("sum", "mean", "max"):
            return self._reduction(node, name, index)
        if name in ("len", "arange"):
            return self._number(node, index)
        return apply(name, tuple(self.at(argument, index) for argument in node.args))

    def _reduction(self, node: ast.Call, name: str, index: Index) -> Expression:
        inner = self.value(node.args[0])
        axis = axis_of(node)
        if axis is None:
            numbers, shape = inner.reshape(-1), inner.shape

            def term(k: int) -> Expression:
                return self.at(node.args[0], tuple(int(place) for place in np.unravel_index(k, shape)))

        else:
            # the result keeps the other axis, with or without a 1 where this one was
            kept = index if len(index) == 1 else index[:axis] + index[axis + 1 :]
            across: tuple[Any, ...] = (*kept[:axis], slice(None), *kept[axis:])
            numbers = inner[across]

            def term(k: int) -> Expression:
                return self.at(node.args[0], (*kept[:axis], k, *kept[axis:]))

        if name == "max":
            shown = _shown(numbers)
            left_out = len(numbers) - len(shown)
            more = (Operation("elided", (Number(float(left_out)),)),) if left_out else ()
            return Operation("function", (*map(term, shown), *more), "max")
        total = _total(numbers, term)
        return total if name == "sum" else Operation("fraction", (total, Number(float(len(numbers)))))


def _shown(numbers: Array) -> list[int]:
    """Which terms of a sum are written out: all of a short one, the largest of a long one."""
    if len(numbers) <= MOST_TERMS:
        return list(range(len(numbers)))
    largest: list[int] = np.sort(np.argsort(-np.abs(numbers), kind="stable")[:SHOWN_TERMS]).tolist()
    return largest


def _total(numbers: Array, term: Callable[[int], Expression]) -> Expression:
    """A sum of terms; of those that are not shown, how many they are and what they add up to."""
    shown = _shown(numbers)
    terms = [term(k) for k in shown]
    left_out = len(numbers) - len(shown)
    if left_out:
        rest = float(np.sum(np.delete(numbers, shown), dtype=np.float64))
        terms.append(Operation("elided", (Number(float(left_out)), Number(rest))))
    return Operation("sum", tuple(terms)) if len(terms) > 1 else terms[0]
