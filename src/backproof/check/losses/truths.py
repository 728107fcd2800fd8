"""The true gradient of a loss by every forward quantity of a step, and which of them a value is."""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

import numpy as np
import torch

from backproof.check.losses.evidence import SAME, TOLERANCE, same_factors
from backproof.check.losses.losses import Loss, computed_from
from backproof.check.losses.losses import value as loss_at
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor, real

Place = tuple[Key, int]
"""Where a quantity is computed, and how often that place was computed before in the same step."""

DISCORD = 0.8  # what a value counts against a fix that is a gradient times another factor than the others are
TURNS = 12  # executions of one place that are looked at, the first ones of a step
_VALUES = 400  # forward quantities that are looked up at most, the first and the last ones, beside the parameters
_NUMBERS = 10_000_000  # of all quantities of a step whose gradients are told; of more than that the same ones alone
_ELEMENTS = 4_000_000  # of all true gradients of one size


def truth(frame: Frame, loss: Loss) -> dict[int, Tensor]:
    """The gradient of a loss by each forward node that it is computed from."""
    made = loss_at(frame, loss)
    if made is None or not made.requires_grad:
        return {}
    known = frame.replay.known
    behind = computed_from(frame, loss) | set(frame.given)
    tensors = [(n, known[n]) for n in sorted(behind) if n in known]
    tensors = [
        (n, t) for n, t in tensors if isinstance(t, torch.Tensor) and t.requires_grad and t.dtype == torch.float64
    ]
    if sum(t.numel() for _, t in tensors) > _NUMBERS:
        kept = _ends([n for n, _ in tensors], frame)
        tensors = [(n, t) for n, t in tensors if n in kept]
    gradients = torch.autograd.grad(made.reshape(()), [t for _, t in tensors], retain_graph=True, allow_unused=True)
    return {n: g for (n, _), g in zip(tensors, gradients, strict=True) if g is not None}


def _ends(nodes: Sequence[int], frame: Frame) -> set[int]:
    """The first and the last of some nodes, and the parameters among them."""
    return {*nodes[: _VALUES // 2], *nodes[-_VALUES // 2 :], *frame.given}


def present(frame: Frame, node: int) -> Tensor:
    """The value of a node in float64, without its history."""
    with torch.no_grad():
        return real(frame.replay.value(node)).detach()


def numbers_of(frame: Frame, node: int) -> Tensor | None:
    """The value of a node if it is made of numbers, and not of truth values."""
    with torch.no_grad():
        made = frame.replay.value(node)
    return present(frame, node) if isinstance(made, torch.Tensor) and made.dtype != torch.bool else None


def numbered(frame: Frame) -> dict[Place, int]:
    """The nodes of a step by their place and how often that place was computed before in it."""
    given = {node: rank for rank, node in enumerate(sorted(frame.given))}
    counts: dict[Key, int] = defaultdict(int)
    found: dict[Place, int] = {}
    for node in sorted(frame.dependent | set(frame.given)):
        key = (-2, given[node]) if node in given else frame.key(node)
        found[key, counts[key]] = node
        counts[key] += 1
    return found


def first_turns(frame: Frame, nodes: Iterable[int]) -> list[int]:
    """Some nodes of a step in their order, of each place the first ones: what holds for these, holds for the others."""
    counts: dict[Key, int] = defaultdict(int)
    found: list[int] = []
    for node in sorted(nodes):
        key = frame.key(node)
        counts[key] += 1
        if counts[key] <= TURNS:
            found.append(node)
    return found


def is_on_the_way(frame: Frame, node: int) -> bool:
    """Whether a value is only there to be multiplied with a number, or to move a parameter: its factor says nothing."""
    trace, moves = frame.trace, set(frame.step.after.values())
    readers = [reader for reader in frame.training.readers[node] if reader in frame.backward]

    def scales(reader: int) -> bool:
        others = [n for n in trace.inputs(reader) if n != node]
        fixed = all(trace.shape(n) == () and n not in frame.dependent and n not in frame.given for n in others)
        return trace.operations[reader] in ("multiply", "divide") and fixed

    return bool(readers) and all(reader in moves or scales(reader) for reader in readers)


def _idle(frame: Frame) -> set[int]:
    """What is computed for nothing where some values are replaced: they alone are computed from it."""
    readers, replaced = frame.training.readers, frame.replay.replaced
    found: set[int] = set()
    for node in sorted(frame.backward, reverse=True) if replaced else ():
        read = [reader for reader in readers[node] if reader in frame.backward]
        if node not in replaced and read and all(reader in replaced or reader in found for reader in read):
            found.add(node)
    return found


class Truths:
    """The true gradients at several steps, by size, so that a value can be looked up among them.

    Args:
        true: gives those of a step by its number, if they are known already; see `truth`.
    """

    def __init__(
        self, frames: Iterable[Frame], loss: Loss, true: Callable[[int], dict[int, Tensor]] | None = None
    ) -> None:
        self._aligned: dict[tuple[tuple[int, int], tuple[int, int], bool], Tensor] = {}
        self._lengths: dict[tuple[int, int], Tensor] = {}
        self.turns: list[Counter[Key]] = []  # how often each place comes in a step
        self.tables: list[dict[int, tuple[list[Place], Tensor]]] = []
        for number, frame in enumerate(frames):
            places = {node: place for place, node in numbered(frame).items()}
            self.turns.append(Counter(key for key, _ in places.values()))
            rows: dict[int, list[tuple[Place, Tensor]]] = defaultdict(list)
            known = truth(frame, loss) if true is None else true(number)
            kept = _ends([*known], frame)
            for node, gradient in known.items():
                if node in kept and node in places and bool(gradient.any()) and bool(torch.isfinite(gradient).all()):
                    rows[gradient.numel()].append((places[node], gradient.reshape(-1)))
            self.tables.append(
                {
                    size: ([place for place, _ in found], torch.stack([gradient for _, gradient in found]))
                    for size, found in rows.items()
                    if size * len(found) <= _ELEMENTS
                }
            )

    def owners(self, number: int, value: Tensor) -> dict[Place, float]:
        """The quantities whose gradient a value is at one step, each with the factor."""
        table = self.tables[number].get(value.numel())
        if table is None:
            return {}
        factors, fits = self._factors(number, value)
        return {table[0][k]: float(factors[k]) for k in torch.nonzero(fits).reshape(-1).tolist()}

    def owner(self, values: Mapping[int, Tensor]) -> dict[Place, float]:
        """The quantities whose gradient a value is at each of some steps, by one and the same factor. A single number
        says nothing unless it changes from step to step. Where a loop turns more often at some steps than at others,
        as over the words of sentences, its turns are counted from the first one, or from the last one."""
        single = {float(v.reshape(())) for v in values.values() if v.numel() == 1}
        known = all(value.numel() in self.tables[number] for number, value in values.items())
        if not values or len(single) == 1 or not known:
            return {}
        found = self._owner(values, backwards=False)
        uneven = len(values) > 1 and any(self.turns[number] != self.turns[0] for number in values)
        return {**found, **self._owner(values, backwards=True)} if uneven else found

    def _owner(self, values: Mapping[int, Tensor], *, backwards: bool) -> dict[Place, float]:
        (first, value), *others = values.items()
        factors, fits = self._factors(first, value)
        rows = torch.nonzero(fits).reshape(-1)
        common = factors[rows]
        for number, other in others:
            factors, fits = self._factors(number, other)
            there = self._rows_of((first, value.numel()), (number, other.numel()), backwards=backwards)[rows]
            present = there.clamp(min=0)
            alike = same_factors(common[:, None].numpy(), factors[present][:, None].numpy())
            kept = (there >= 0) & fits[present] & torch.from_numpy(alike)
            rows, common = rows[kept], factors[present][kept]
            if not rows.numel():
                return {}
        places, _ = self.tables[first][value.numel()]
        return {places[row]: factor for row, factor in zip(rows.tolist(), common.tolist(), strict=True)}

    def _factors(self, number: int, value: Tensor) -> tuple[Tensor, Tensor]:
        """How many times each true gradient of its size a value is, and whether it is just that."""
        gradients, squares = self.tables[number][value.numel()][1], self._squares(number, value.numel())
        flat = value.reshape(-1)
        scale = float(flat.abs().max())
        products = gradients @ flat
        factors, fits = products / squares, torch.zeros(len(squares), dtype=torch.bool)
        bound = 2 * TOLERANCE * scale
        if 0.0 < scale < float("inf"):
            # of most the angle between the two tells already that they are unlike
            rest = float(flat @ flat) - products * factors
            near = torch.nonzero(~(rest > len(flat) * bound * bound)).reshape(-1)
            fits[near] = (flat - factors[near, None] * gradients[near]).abs().amax(dim=1) <= TOLERANCE * scale
        return factors, fits

    def _squares(self, number: int, size: int) -> Tensor:
        """The squared lengths of the true gradients of a size at one step."""
        if (number, size) not in self._lengths:
            gradients = self.tables[number][size][1]
            self._lengths[number, size] = (gradients * gradients).sum(dim=1)
        return self._lengths[number, size]

    def _rows_of(self, one: tuple[int, int], other: tuple[int, int], *, backwards: bool) -> Tensor:
        """Where the quantities of one step's table, each the number of a step and a size, stand in another's; -1 for
        those that are not there."""
        if (one, other, backwards) not in self._aligned:
            (places, _), (others, _) = (self.tables[number][size] for number, size in (one, other))
            rows = {self._turn(other[0], place, backwards): row for row, place in enumerate(others)}
            found = [rows.get(self._turn(one[0], place, backwards), -1) for place in places]
            self._aligned[one, other, backwards] = torch.tensor(found)
        return self._aligned[one, other, backwards]

    def _turn(self, number: int, place: Place, backwards: bool) -> Place:
        """A place with its turn, counted from the last one if it is told backwards."""
        key, turn = place
        return key, turn - self.turns[number][key] if backwards else turn

    def discord(self, number: int, frame: Frame) -> int:
        """How many values of a step's backward pass are true gradients, but not times the factor that most of them
        have."""
        found, most = self._agreeing(number, frame, _idle(frame))
        return found - len(most)

    def lost(self, number: int, before: Frame, after: Frame) -> int:
        """How many values of a step are true gradients as most are, and no longer so after a change of the step."""
        idle = _idle(after)
        return len(self._agreeing(number, before, idle)[1] - self._agreeing(number, after, idle)[1])

    def multiples(self, number: int, frame: Frame) -> dict[int, list[float]]:
        """Of each value of a step's backward pass that is a multiple of true gradients, which multiples."""
        found: dict[int, list[float]] = {}
        for node in first_turns(frame, frame.backward):
            value = numbers_of(frame, node)
            if value is not None and value.numel() > 1 and (owners := self.owners(number, value)):
                found[node] = list(owners.values())
        return found

    def _agreeing(self, number: int, frame: Frame, idle: Container[int]) -> tuple[int, set[int]]:
        """How many values of a step's backward pass are true gradients, and the largest set of one factor; without
        those that are idle."""
        multiples = self.multiples(number, frame).items()
        found = {n: f for n, f in multiples if n not in idle and not is_on_the_way(frame, n)}
        return len(found), most_alike(found)


def most_alike(multiples: Mapping[int, list[float]]) -> set[int]:
    """The most nodes that have a factor in common.

    Args:
        multiples: of each node the factors that it has.
    """
    rows = sorted((factor, node) for node, factors in multiples.items() for factor in factors)
    factors, nodes = np.array([factor for factor, _ in rows]), [node for _, node in rows]
    low, high = np.sort([factors * (1 - SAME), factors / (1 - SAME)], axis=0)
    spans = {*zip(np.searchsorted(factors, low), np.searchsorted(factors, high, "right"), strict=True)}
    return max(({*nodes[begin:end]} for begin, end in spans), key=len, default=set())
