"""Computes recorded operations again in PyTorch, from parameters that autograd watches."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch

from backproof.check.record.memory import Ref, sampled
from backproof.check.record.trace import WRITES, Trace, Unknown
from backproof.check.replay.epsilon import without_epsilon
from backproof.check.replay.operations import F64, OPERATIONS, Tensor, real, tensor
from backproof.check.replay.parts import Parts

_LARGE = 1_000_000  # numbers that are computed at once, whatever there was before
_WIDER = 16  # times as many as were recorded no value has that is put in the place of another one
_PRODUCTS_OF_ALL = {"outer", "multiply.outer", "kron"}
_WIDENING = _PRODUCTS_OF_ALL | {"multiply", "divide", "add", "subtract"}


@dataclass(frozen=True)
class Change:
    """What a value is multiplied with, and what is added to it: that of a node, or what is read instead of `origin`.

    Attributes:
        instead: what is taken instead of it, and where; of single numbers many at once.
    """

    ratio: Tensor | None = None
    difference: Tensor | None = None
    origin: int | None = None
    instead: tuple[Tensor, Tensor] | None = None

    def of(self, value: Any) -> Any:
        if self.instead is not None:
            given, where = self.instead
            return torch.where(where, given, real(value))
        made = value if self.ratio is None else real(value) * self.ratio
        return made if self.difference is None else real(made) + self.difference


class Replay(Parts):
    """The nodes that depend on the given ones, computed anew; every other node is the constant that was recorded.

    Args:
        given: nodes (parameters before a step) and what they are now; tensors that require a gradient.
        dependent: the nodes to compute anew; None stands for all that depend on the given ones.
        exact: hold every value against the recorded one; one that differs is taken as recorded, and remembered in
            `opaque`. Switched off where the given values are not the recorded ones.
        without_epsilon: take constants up to 1e-4 that are added, or clipped to, as zero.
        steep: take 1 for the slope of `maximum(x, 0)` where x is 0, and not 0; and of several that are the largest the
            first, and not a share of each.
    """

    def __init__(
        self,
        trace: Trace,
        given: Mapping[int, Tensor],
        dependent: frozenset[int],
        *,
        exact: bool = True,
        without_epsilon: bool = False,
        steep: bool = False,
    ) -> None:
        super().__init__(trace, given)
        self.given = given
        self.dependent = dependent
        self.exact = exact
        self.without_epsilon, self.steep = without_epsilon, steep
        self.opaque: dict[int, str] = {}
        self.patched: Mapping[int, tuple[Any, ...]] = {}
        self.replaced: frozenset[int] = frozenset()
        self.changes: Mapping[int, Change] = {}

    def varied(
        self,
        values: Mapping[int, Tensor],
        after: Set[int],
        patched: Mapping[int, tuple[Any, ...]],
        changes: Mapping[int, Change] | None = None,
    ) -> "Replay":
        """The same computation with other values of some nodes.

        Args:
            after: all nodes that are computed from what changes, which are computed anew.
            patched: other arguments of some nodes, which may name numbers beyond the record that `values` gives, or
                `changes`.
            changes: what is made of the values of some nodes, after they were computed anew themselves.
        """
        made = Replay(
            self.trace,
            self.given,
            self.dependent,
            exact=False,
            without_epsilon=self.without_epsilon,
            steep=self.steep,
        )
        made.known = {node: known for node, known in self.known.items() if node not in after}
        made.known.update(values)
        made.patched, made.changes = patched, changes or {}
        made.replaced = frozenset(values) | frozenset(made.changes)
        return made

    def arguments(self, node: int) -> tuple[Any, ...]:
        return self.patched.get(node) or self.trace.arguments[node]

    def value(self, node: int) -> Tensor:
        """The tensor of a node."""
        stack = [node]
        while stack:
            top = stack[-1]
            if top in self.known:
                stack.pop()
                continue
            if top not in self.dependent and (self._is_kept(top) or self.trace.operations[top] == "leaf"):
                self.known[top] = self._recorded(top)
                stack.pop()
                continue
            missing = [earlier for earlier in self.trace.inputs(top) if earlier not in self.known]
            if missing:
                stack += missing
                continue
            self.known[top] = self._computed(top)
            self._forget_passing(top, node)
            stack.pop()
        return self.known[node]  # type: ignore[no-any-return]

    def _forget_passing(self, node: int, wanted: int) -> None:
        """Let go of what a large array held before a part of it was written, if nothing reads that later: an array that
        is filled place by place would be there once for each."""
        holder = self.arguments(node)[0] if self.trace.operations[node] in WRITES else None
        if not isinstance(holder, Ref) or int(holder) == wanted or int(holder) in self.given:
            return
        if int(holder) in self.known and self._is_written(holder) and self.trace.last_reader[int(holder)] == node:
            del self.known[int(holder)]

    def values(self, nodes: Iterable[int]) -> list[Tensor]:
        return [self.value(node) for node in nodes]

    def _is_kept(self, node: int) -> bool:
        """Whether a value was recorded: stages of arrays that are written in parts, and some large ones, are not."""
        value = self.trace.values[node]
        if not isinstance(value, np.ndarray):
            return value is not None
        return not (value.size and value.strides == (0,) * value.ndim and np.isnan(value.flat[0]))

    def _recorded(self, node: int) -> Any:
        if not self._is_kept(node):
            return torch.tensor(float("nan"), dtype=F64)
        value = self.trace.values[node]
        return _constant(value)

    def _computed(self, node: int) -> Any:
        operation, arguments = self.trace.operations[node], self.arguments(node)
        try:
            # whoever asks for a value first, a loss may be differentiated through it later
            with torch.set_grad_enabled(torch.is_grad_enabled() or not self.replaced):
                made = self._perform(node, operation, arguments)
                made = self.changes[node].of(made) if node in self.changes else made
        except (
            RuntimeError,
            TypeError,
            ValueError,
            IndexError,
            KeyError,
            AttributeError,
            NotImplementedError,
        ) as error:
            return self._opaque(node, f"{operation}: {error}")
        if self.exact and isinstance(made, Tensor) and not (self._agrees(node, made) or self._has_drifted(node)):
            return self._opaque(node, f"{operation} gave another value")
        return made

    def _has_drifted(self, node: int) -> bool:
        """Whether an operation gives the recorded value of the recorded ones, so that only the rounding differs which
        came before it: a recurrent network may double it at every step."""
        inputs = self.trace.inputs(node)
        if not all(self._is_kept(earlier) for earlier in inputs):
            return False
        replayed, self.known = self.known, {earlier: self._recorded(earlier) for earlier in inputs}
        try:
            with torch.no_grad():
                return self._agrees(node, self._perform(node, self.trace.operations[node], self.arguments(node)))
        finally:
            self.known = replayed

    def _opaque(self, node: int, why: str) -> Any:
        self.opaque[node] = why
        value = self.trace.values[node]
        if value is None:
            return torch.tensor(float("nan"), dtype=F64)
        return _constant(value)

    def _agrees(self, node: int, made: Tensor) -> bool:
        value = self.trace.values[node]
        if node in self.trace.samples:
            return _is_sample(made, self.trace.samples[node])
        if value is None or (isinstance(value, np.ndarray) and value.strides == (0,) * value.ndim and value.size > 1):
            return True
        if made.dtype == F64 and made.numel() and np.array_equal(made.detach().numpy(), value):
            return True  # to the last digit, as most are
        recorded = _constant(value)
        if recorded.shape != made.shape:
            return False
        if made.dtype == torch.bool or not made.numel():
            return made.dtype != torch.bool or bool((made != recorded).sum() <= made.numel() * 0.01)
        # a number alone, and a product with one, is of double precision, whatever it is computed from
        half = self.trace.is_single
        expected, got = real(recorded), real(made.detach())
        scale = expected.abs().nan_to_num(posinf=0.0).max() + 1e-300
        worst = (expected - got).abs().nan_to_num(nan=0.0, posinf=0.0).max()
        return bool(worst <= (2e-3 if half else 1e-6) * scale + (self._cancelled(node) if half else 0.0) + 1e-12)

    def _cancelled(self, node: int) -> float:
        """How far a sum of single-precision numbers can be off, that cancel each other."""
        inputs = self.trace.inputs(node)
        if self.trace.operations[node] not in ("sum", "pysum", "mean") or not inputs:
            return 0.0
        terms = real(self.known[inputs[0]]).detach().abs().nan_to_num(posinf=0.0)
        return 1e-6 * float(terms.mean() if self.trace.operations[node] == "mean" else terms.sum())

    def _perform(self, node: int, operation: str, arguments: tuple[Any, ...]) -> Any:
        special = getattr(self, f"_do_{operation.replace('.', '_')}", None)
        if special is not None:
            return special(node, *arguments)
        function = OPERATIONS.get(operation)
        if function is None:
            raise NotImplementedError("this operation is not followed")
        keywords: dict[str, Any] = {}
        if arguments and isinstance(arguments[-1], dict):
            keywords = {key: self.resolved(value) for key, value in arguments[-1].items()}
            arguments = arguments[:-1]
        resolved = [self.resolved(argument) for argument in arguments]
        if self.without_epsilon:
            resolved = without_epsilon(operation, resolved)
        if self.replaced and _size_of(operation, resolved) > max(_LARGE, _WIDER * prod(self.trace.shape(node))):
            raise ValueError("what other values make of it is too large to be meant")
        if self.steep and function in (OPERATIONS["maximum"], OPERATIONS["max"]):
            keywords["steep"] = True
        return function(*resolved, **keywords)

    def resolved(self, argument: Any) -> Any:
        """An argument with the nodes' tensors in their places."""
        if isinstance(argument, Ref):
            change = self.changes.get(int(argument))
            if change is not None and change.origin is not None:
                return change.of(self.known[change.origin])
            return self.known[int(argument)]
        if isinstance(argument, tuple):
            return tuple(self.resolved(item) for item in argument)
        if isinstance(argument, list):
            return [self.resolved(item) for item in argument]
        if isinstance(argument, Unknown):
            raise TypeError("an argument that cannot be followed")
        return argument


def _constant(value: Any) -> Tensor:
    return tensor(value) if isinstance(value, np.ndarray) else torch.tensor(float(value.real), dtype=F64)


def _is_sample(made: Tensor, recorded: list[float]) -> bool:
    """Whether some numbers of a value are what was recorded of it."""
    found = torch.tensor(sampled(real(made.detach()).numpy()), dtype=F64)
    wanted = torch.tensor(recorded, dtype=F64)
    if found.numel() != wanted.numel():
        return False
    return bool(((found - wanted).abs() <= 2e-3 * wanted.abs() + 1e-6 * wanted.abs().max() + 1e-12).all())


def _size_of(operation: str, operands: list[Any]) -> int:
    """How many numbers an operation makes of two arrays at most, where that may be many more than it was given."""
    if operation not in _WIDENING or len(operands) < 2 or not all(isinstance(each, Tensor) for each in operands[:2]):
        return 0
    one, other = operands[:2]
    if operation in _PRODUCTS_OF_ALL or one.numel() * other.numel() <= _LARGE:  # few, whatever their shapes
        return int(one.numel() * other.numel())
    return prod(np.broadcast_shapes(tuple(one.shape), tuple(other.shape)))
