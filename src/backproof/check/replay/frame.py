"""One step of a program's training, computed again: what moved each parameter, and what any loss would ask for."""

import copy
import math
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Set
from functools import cached_property
from typing import Any

import numpy as np
import torch

from backproof.check.cut.parameters import Step, Training
from backproof.check.record.memory import Ref
from backproof.check.record.trace import COPIES, PRODUCTS
from backproof.check.replay.epsilon import has_epsilon
from backproof.check.replay.operations import F64, Tensor, real
from backproof.check.replay.replay import Change, Replay
from backproof.check.replay.shapes import same_but_for_ones
from backproof.check.replay.taken_back import taken_back

_KINKED = {
    "maximum", "minimum", "absolute", "abs", "where", "clip", "max", "amax", "min", "amin", "fmax", "sign",
    "heaviside", "greater", "less", "greater_equal", "less_equal", "setitem",
}  # fmt: skip
_COMPARING = {"maximum", "minimum", "fmax", "fmin", "greater", "less", "greater_equal", "less_equal"}
_SUMS = {"sum", "pysum", "mean", "count_nonzero"}


Key = tuple[int, int]  # a site and the path of calls to it

_LOGARITHMS = ("log", "log2", "log10")


class Frame:
    """A step at a point: the recorded one, or a point near it where nothing is special.

    Args:
        moved: None for the recorded point; else the seed of the noise that is added to every parameter.
        spread: how large that noise is, beside the parameter.
        share: what is left of every parameter: with small ones no exponential is too large, and no probability 0 or 1.
        without_epsilon, steep: see `Replay`.
    """

    def __init__(
        self,
        training: Training,
        number: int,
        *,
        moved: int | None = None,
        spread: float = 0.05,
        share: float = 1.0,
        without_epsilon: bool = False,
        steep: bool = False,
    ) -> None:
        self.training = training
        self.trace = training.trace
        self.number = number
        self.step: Step = training.steps[number]
        self.moved = moved
        self.spread, self.share = spread, share
        following = training.steps[number + 1].end if number + 1 < len(training.steps) else len(self.trace)
        self.horizon = min(following, self.step.end + 20_000)
        self.given = {node: self._start(node) for node in self.step.before.values() if node is not None}
        self._moves: dict[int, Tensor] = {}
        self._added: dict[int, tuple[int, float] | None] = {}
        self.lengths: dict[tuple[int, ...], list[int]] = {}  # that change from this step to others, see `samples`
        self.found: dict[tuple[Any, ...], Any] = {}  # in the record, see `kept`
        self.rows_before: dict[int, Any] = {}  # what stands before each move, see `before_move`
        self.set_aside = self._set_aside()
        self.forward, self.dependent = self._dependent()
        self.replay = Replay(
            self.trace,
            self.given,
            self.dependent,
            exact=moved is None and share == 1.0 and not without_epsilon,
            without_epsilon=without_epsilon,
            steep=steep,
        )

    def varied(
        self,
        values: Mapping[int, Tensor],
        after: Set[int],
        patched: Mapping[int, tuple[Any, ...]],
        changes: Mapping[int, Change] | None = None,
    ) -> "Frame":
        """The same step with other values of some nodes of its backward pass; see `Replay.varied`."""
        made = copy.copy(self)
        made._moves, made._added, made.rows_before = {}, {}, {}
        made.replay = self.replay.varied(values, after, patched, changes)
        return made

    @property
    def is_recorded(self) -> bool:
        """Whether the point is the recorded one."""
        return self.moved is None and self.share == 1.0

    @cached_property
    def has_epsilon(self) -> bool:
        """Whether a small constant keeps something in this step from breaking."""
        return has_epsilon(self.trace, self.dependent)

    @cached_property
    def largest_weight(self) -> float:
        """The largest element of all parameters before the step."""
        return max((float(w.detach().abs().max()) for w in self.given.values() if w.numel()), default=0.0)

    @cached_property
    def largest_input(self) -> float:
        """The largest element of what the forward pass multiplies with what depends on the parameters, or 1: the digits
        that an activation has lost are lost in as large a number."""
        found, trace = 1.0, self.trace
        for node in self.forward:
            if node in self.dependent and trace.operations[node] in PRODUCTS:
                values = (real(self.replay.value(n)).detach() for n in trace.inputs(node) if n not in self.dependent)
                ends = (torch.aminmax(value) for value in values if value.numel())  # of large data no copy is made
                found = max(found, *(max(-float(least), float(most)) for least, most in ends), 0.0)
        return found if math.isfinite(found) else 1.0

    @cached_property
    def written(self) -> dict[int, int]:
        """What this step writes into its parameters, with the number of each: the updates, and those of elements that
        lead to one."""
        step, chains = self.step, self.training.chains
        parts = {part: number for number in step.after for part in chains[number].parts if step.start < part < step.end}
        return parts | {update: number for number, update in step.after.items()}

    def _start(self, node: int) -> Tensor:
        value = self.trace.values[node]
        if value is None:
            value = self._stage(node)
        start = real(value) if hasattr(value, "shape") else torch.tensor(float(value), dtype=F64)
        if self.moved is not None:
            generator = torch.Generator().manual_seed(self.moved + node)
            spread = self.spread * (start.abs().mean() + 0.2)
            start = start + spread * torch.randn(start.shape, generator=generator, dtype=F64)
        start = start * self.share
        return start.detach().clone().requires_grad_()

    def _stage(self, node: int) -> Any:
        """A stage of an array that is written in parts: it is put together again, from the last one that was."""
        stages = self.training.stages
        if node not in stages:
            stages[node] = Replay(self.trace, stages, frozenset(), exact=False).value(node)
        return stages[node].numpy()

    def _set_aside(self) -> set[int]:
        """The copies of parameters that are still read when these have moved on, as those of a network are that tells
        what another one is to learn: they are given, not learnt."""
        readers, copies = self.training.readers, set[int]()
        for node in self.given:
            for reader in readers[node]:
                made = self.trace.operations[reader] in COPIES and reader <= self.step.end
                if made and any(later > self.step.end for later in readers[reader]):
                    copies.add(reader)
        return copies

    def _dependent(self) -> tuple[frozenset[int], frozenset[int]]:
        """What is computed from the parameters before they move, and with it what is computed from moved ones."""
        updates = set(self.written)
        updates |= taken_back(self.trace, self.step, updates)
        within = self._descendants(self.given, self.step.end, set())
        moved = self._descendants(updates, self.horizon, set())
        forward = self._descendants(self.given, self.horizon, updates) - moved
        return frozenset(forward), frozenset(forward | within | updates)

    def _descendants(self, origins: Iterable[int], horizon: int, not_beyond: set[int]) -> set[int]:
        readers = self.training.readers
        stack = list(origins)
        found: set[int] = set()
        while stack:
            for reader in readers[stack.pop()]:
                cut = reader in not_beyond or reader in self.given or reader in self.set_aside
                cut = cut or reader in self.training.others
                if reader <= horizon and reader not in found and not cut:
                    found.add(reader)
                    stack.append(reader)
        return found

    @cached_property
    def parameters(self) -> list[int]:
        """The parameters that were moved in this step and whose value before it is known."""
        return [number for number in self.step.after if self.step.before.get(number) is not None]

    def start(self, parameter: int) -> Tensor:
        node = self.step.before[parameter]
        assert node is not None
        return self.given[node]

    @property
    def moves(self) -> dict[int, Tensor]:
        """What was added to each parameter."""
        return {parameter: self.move(parameter) for parameter in self.parameters}

    def move(self, parameter: int) -> Tensor:
        """What was added to one of the parameters."""
        if parameter not in self._moves:
            with torch.no_grad():
                self._moves[parameter] = self._moved(parameter)
        return self._moves[parameter]

    def _moved(self, parameter: int) -> Tensor:
        update, before = self.step.after[parameter], self.step.before[parameter]
        assert before is not None
        operand = self.added(parameter)
        start = self.given[before].detach()
        if operand is not None:
            node, sign = operand
            moved = sign * real(self.replay.value(node))
            try:
                whole = np.broadcast_shapes(moved.shape, start.shape)
                if whole == start.shape:
                    return torch.broadcast_to(moved, start.shape)
                if moved.shape == whole and same_but_for_ones(whole, start.shape):
                    return moved.reshape(start.shape)
            except ValueError:
                pass  # the parameter itself took on the shape of what is added to it
        after = real(self.replay.value(update))
        if same_but_for_ones(after.shape, start.shape):
            return after.reshape(start.shape) - start
        return torch.full_like(start, float("nan"))

    def added(self, parameter: int) -> tuple[int, float] | None:
        """The node that is added to a parameter (or, with -1, subtracted), where it is one."""
        if parameter not in self._added:
            self._added[parameter] = self._adds(parameter)
        return self._added[parameter]

    def _adds(self, parameter: int) -> tuple[int, float] | None:
        update, before = self.step.after[parameter], self.step.before[parameter]
        operation, arguments = self.trace.operations[update], self.replay.arguments(update)
        if update in self.replay.replaced or operation not in ("add", "subtract") or len(arguments) < 2:
            return None
        left, right = arguments[0], arguments[1]
        if isinstance(left, Ref) and left == before and isinstance(right, Ref):
            return int(right), 1.0 if operation == "add" else -1.0
        if operation == "add" and isinstance(right, Ref) and right == before and isinstance(left, Ref):
            return int(left), 1.0
        return None

    def gradients(self, loss: Tensor) -> dict[int, Tensor] | None:
        """A loss's gradient by every parameter, zeros where it does not depend on one; None if it is not finite."""
        if not loss.requires_grad or loss.numel() != 1 or not bool(torch.isfinite(loss)):
            return None
        starts = [self.start(parameter) for parameter in self.parameters]
        found = torch.autograd.grad(loss.reshape(()), starts, retain_graph=True, allow_unused=True)
        gradients = {
            parameter: torch.zeros_like(start) if gradient is None else gradient
            for parameter, start, gradient in zip(self.parameters, starts, found, strict=True)
        }
        for parameter in self.training.pinned.keys() & gradients.keys():
            gradients[parameter] = gradients[parameter].clone()
            gradients[parameter][self.training.pinned[parameter]] = 0.0  # what is zero for good is not asked to move
        return gradients if all(bool(torch.isfinite(gradient).all()) for gradient in gradients.values()) else None

    @cached_property
    def scalings(self) -> dict[Key, float]:
        """The sums of data, as of a mask or of weights, that something is multiplied with or divided by."""
        trace, found = self.trace, dict[Key, float]()
        for node in range(max(self.step.start, 0), self.step.end + 1):
            if trace.operations[node] in ("multiply", "divide") and len(trace.arguments[node]) > 1:
                for argument in trace.arguments[node][:2]:
                    # what is the data itself is no measure of them
                    if isinstance(argument, Ref) and trace.operations[int(argument)] in _SUMS:
                        value = trace.values[int(argument)]
                        if (
                            int(argument) not in self.dependent
                            and trace.shape(int(argument)) == ()
                            and value is not None
                        ):
                            found.setdefault(self.key(node), float(value))
        return found

    def has_kink(self, nodes: Iterable[int]) -> bool:
        return any(self.trace.operations[node] in _KINKED for node in nodes)

    @cached_property
    def nearest_rest(self) -> float:
        """The smallest rest, as 1 - p, that a logarithm is taken of: as near 0 as that, its last digits are lost, and
        with them those of the logarithm's gradient."""
        trace, found = self.trace, 1.0
        for node in self.forward:
            inputs = trace.inputs(node)
            if trace.operations[node] in _LOGARITHMS and [trace.operations[n] for n in inputs] == ["subtract"]:
                with torch.no_grad():
                    rest = self._rest(node, inputs[0])
                found = min(found, float(rest.min()) if rest.numel() else 1.0)
        return found

    def _rest(self, node: int, below: int) -> Tensor:
        """The elements above 0 that a logarithm is taken of, without those whose logarithm is multiplied with 0."""
        rest = real(self.replay.value(below)).abs()
        counts = rest > 0
        readers = self.training.readers[node] if rest.shape else []
        products = [reader for reader in readers if self.trace.operations[reader] == "multiply"]
        for other in (n for reader in products for n in self.trace.inputs(reader) if n != node):
            scale = real(self.replay.value(other))
            counts = counts & (scale != 0) if scale.shape == rest.shape else counts
        return rest[counts]

    @cached_property
    def is_on_kink(self) -> bool:
        """Whether the step stands exactly where two sides meet, as at zero in relu: there is no one gradient."""
        for node in self.dependent:
            operation, arguments = self.trace.operations[node], self.trace.arguments[node]
            if operation in ("absolute", "abs"):
                arguments = (*arguments[:1], 0.0)
            elif operation not in _COMPARING or len(arguments) != 2:
                continue
            try:
                one, other = (self.replay.value(int(a)) if isinstance(a, Ref) else a for a in arguments)
                if bool(torch.any(torch.as_tensor(one) == torch.as_tensor(other))):
                    return True
            except (TypeError, ValueError, RuntimeError):
                continue
        return False

    def ancestors(self, nodes: Iterable[int], within: Set[int] | None = None) -> set[int]:
        """The nodes that something is computed from, back to the parameters."""
        inside = self.dependent if within is None else within
        stack = [node for node in nodes if node in inside]
        found = set(stack)
        while stack:
            for earlier in self.trace.inputs(stack.pop()):
                if earlier in inside and earlier not in found:
                    found.add(earlier)
                    stack.append(earlier)
        return found

    def made_of(self, nodes: Iterable[int]) -> dict[int, int]:
        """Which of some nodes each one is computed from, or is: one bit for each of them."""
        found = {node: 1 << bit for bit, node in enumerate(nodes) if node in self.dependent}
        for node in sorted(self.dependent) if found else ():
            bits = found.get(node, 0)
            for earlier in self.trace.inputs(node):
                bits |= found.get(earlier, 0)
            if bits:
                found[node] = bits
        return found

    def onward(self, nodes: Iterable[int], within: Container[int], end: int) -> set[int]:
        """What is computed from some nodes, up to another one, as far as it is among those of a set."""
        readers, stack, found = self.training.readers, list(nodes), set[int]()
        while stack:
            for reader in readers[stack.pop()]:
                if reader <= end and reader in within and reader not in found:
                    found.add(reader)
                    stack.append(reader)
        return found

    def key(self, node: int) -> Key:
        """The place at which a node was computed."""
        return self.trace.sites[node], self.trace.paths[node]

    @cached_property
    def by_key(self) -> dict[Key, list[int]]:
        """The nodes of the forward pass by the place at which they were computed; the branches of an `if` that add to
        one sum are one place."""
        index: dict[Key, list[int]] = defaultdict(list)
        for node in sorted(self.forward):
            index[self.key(node)].append(node)
        told = {n: self.backward.isdisjoint(index[n]) for n in index.keys() & self.training.branches.keys()}
        made = {
            key: [n for one in self.training.branches[key] for n in index.get(one, ())] for key in told if told[key]
        }
        for key, nodes in made.items():
            index.update((one, sorted(nodes)) for one in self.training.branches[key])
        return dict(index)

    @cached_property
    def behind_by_key(self) -> dict[Key, list[int]]:
        """The nodes of the backward pass by the place at which they were computed."""
        found: dict[Key, list[int]] = defaultdict(list)
        for node in sorted(self.backward):
            found[self.key(node)].append(node)
        return found

    @cached_property
    def reached(self) -> dict[int, set[int]]:
        """Of each node of the backward pass, the parameters whose moves are computed from it."""
        owners = self.written
        table: dict[int, set[int]] = {}
        for node in sorted(self.backward, reverse=True):
            mine = {owners[node]} if node in owners else set()
            for reader in self.training.readers[node]:
                if reader in table and reader <= self.step.end and node not in owners:
                    mine |= table[reader]
            table[node] = mine
        return table

    @cached_property
    def backward(self) -> set[int]:
        """All that the updates of this step are computed from."""
        return self.ancestors(self.step.after[parameter] for parameter in self.parameters)
