"""What each part of an expression would have to be for the whole to have another value: the equation is solved for it,
as on paper."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.check.edits.tree import name_of

Numbers = NDArray[Any]

_SIDE = 600  # rows and columns of a matrix that is solved for
_SAME = 1e-8  # of the largest element
_PRODUCTS = ("dot", "matmul")


@dataclass(frozen=True)
class Hole:
    """A part of an expression, what it is (None if that is unknown), and what it would have to be: NaN wherever that
    makes no difference."""

    expression: ast.expr
    own: Numbers | None
    wanted: Numbers


def holes(expression: ast.expr, wanted: Numbers, value_of: Callable[[ast.expr], Numbers | None]) -> Iterator[Hole]:
    """The parts of an expression for which it can be solved, the whole first.

    Args:
        wanted: the value that the whole would have to have.
        value_of: the value of a part as it is, if it is known.
    """
    stack = [(expression, wanted)]
    while stack:
        part, target = stack.pop()
        own = value_of(part)
        if own is not None and own.shape != target.shape:
            fitted = _fitted(target, own.shape)
            if fitted is None:  # something of another shape would have to stand there
                yield Hole(part, None, target)
                continue
            target = fitted
        if np.isnan(target).all():
            continue
        yield Hole(part, own, target)
        with np.errstate(all="ignore"):
            stack += [(inner, _finite(made)) for inner, made in _parts(part, target, value_of) if made is not None]


def _parts(
    node: ast.expr, target: Numbers, value_of: Callable[[ast.expr], Numbers | None]
) -> Iterator[tuple[ast.expr, Numbers | None]]:
    """The operands of an operation, each with what it would have to be."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand, -target
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value, target.T
    if isinstance(node, ast.Call) and name_of(node.func) == "where" and len(node.args) == 3:
        chosen = value_of(node.args[0])
        if chosen is not None and chosen.shape == target.shape:
            yield node.args[1], np.where(chosen != 0, target, np.nan)
            yield node.args[2], np.where(chosen != 0, np.nan, target)
    operands = operands_of(node)
    if operands is None:
        return
    kind, left, right = operands
    one, other = value_of(left), value_of(right)
    if kind is not ast.MatMult and not all(_spreads(each, target) for each in (one, other) if each is not None):
        if kind is not ast.Mult:
            return  # one of them is known of another turn alone
        kind = ast.MatMult  # of two `np.matrix`
    if other is not None and (solved := _SOLVED[kind][0](target, other)) is not None:
        yield left, solved
    if one is not None and (solved := _SOLVED[kind][1](target, one)) is not None:
        yield right, solved


def _spreads(value: Numbers, target: Numbers) -> bool:
    """Whether a value and a target can be held against each other, element by element."""
    sizes = zip(value.shape[::-1], target.shape[::-1], strict=False)
    return all(size == wanted or 1 in (size, wanted) for size, wanted in sizes)


def operands_of(node: ast.expr) -> tuple[type[ast.operator], ast.expr, ast.expr] | None:
    """The operation that an expression is, and its two operands."""
    if isinstance(node, ast.BinOp):
        return (type(node.op), node.left, node.right) if type(node.op) in _SOLVED else None
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    name = name_of(node.func)
    if len(node.args) == 2 and (name in _PRODUCTS or name == "multiply"):
        return (ast.MatMult if name in _PRODUCTS else ast.Mult), node.args[0], node.args[1]
    if len(node.args) == 1 and name == "dot" and isinstance(node.func, ast.Attribute):
        return ast.MatMult, node.func.value, node.args[0]
    return None


def _left_factor(target: Numbers, right: Numbers) -> Numbers | None:
    """The one matrix whose product with another one on its right is a target."""
    found = _right_factor(target.T, right.T) if target.ndim == right.ndim == 2 else None
    return found.T if found is not None else None


def _right_factor(target: Numbers, left: Numbers) -> Numbers | None:
    """The one matrix whose product with another one on its left is a target; None if there is none, or more."""
    if not (target.ndim == left.ndim == 2 and left.shape[0] == target.shape[0] and max(left.shape) <= _SIDE):
        return None
    if left.shape[1] > left.shape[0] or not np.isfinite(target).all():
        return None
    found, _, rank, _ = np.linalg.lstsq(left, target, rcond=None)
    exact = np.abs(left @ found - target).max() <= _SAME * np.abs(target).max()
    return found if rank == left.shape[1] and exact else None


_Solve = Callable[[Numbers, Numbers], Any]
_SOLVED: dict[type[ast.operator], tuple[_Solve, _Solve]] = {
    ast.Add: (lambda target, right: target - right, lambda target, left: target - left),
    ast.Sub: (lambda target, right: target + right, lambda target, left: left - target),
    ast.Mult: (lambda target, right: target / right, lambda target, left: target / left),
    ast.Div: (lambda target, right: target * right, lambda target, left: left / target),
    ast.MatMult: (_left_factor, _right_factor),
}


def _finite(value: Numbers) -> Numbers:
    """A value, with NaN where it is no number: zero times anything is zero."""
    return np.where(np.isfinite(value), value, np.nan)


def _fitted(target: Numbers, shape: tuple[int, ...]) -> Numbers | None:
    """What a part that is spread over a larger whole would have to be; None if it cannot be so everywhere."""
    if len(shape) > target.ndim:
        return None
    along = [n for n in range(target.ndim) if n < target.ndim - len(shape) or shape[n - target.ndim] == 1]
    if any(shape[n - target.ndim] != target.shape[n] for n in range(target.ndim) if n not in along):
        return None
    known = ~np.isnan(target)
    count = known.sum(axis=tuple(along), keepdims=True)
    mean = np.where(known, target, 0.0).sum(axis=tuple(along), keepdims=True) / np.where(count, count, np.nan)
    apart = np.abs(np.where(known, target - mean, 0.0)).max(initial=0.0)
    size = np.abs(np.where(known, target, 0.0)).max(initial=0.0)
    return mean.reshape(shape) if apart <= _SAME * size else None
