"""A loss that is told now and then, of all the data, held against moves that are made from a few samples of them.

What the program computes is computed again at every step: from the parameters of that step, and from those rows of the
data that its own samples are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from backproof.check.losses.losses import Stated, told_at
from backproof.check.losses.match import Match, held_against
from backproof.check.record.memory import Array, Ref
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, tensor
from backproof.check.replay.replay import Replay

_OFTEN = 3  # steps at which the loss must be known
_MOST = 6  # losses
_LARGEST = 20_000_000  # elements of data that are looked through
_OPERATIONS = 8000  # by which a loss is computed: more of them, at every step again, would take long
_PAIRS = 400  # of arrays that are held against each other: of images there may be one for each place


def seldom_told(frames: list[Frame], stated: Iterable[Stated], matches: Iterable[Match]) -> Iterator[Match]:
    """The evidence about losses that are told at few steps, from these and all others."""
    often = {m.loss for m in matches if 2 * len(m.gradients) > len(frames)}
    for loss in [one for one in stated if one not in often][:_MOST]:
        if (found := _transplanted(frames, loss)) is not None:
            yield found


def _transplanted(frames: list[Frame], loss: Stated) -> Match | None:
    """The evidence about a loss at all steps, though it is told of more data and at few of them; None if it is not
    known of which of these data a step's samples are."""
    told = next((frame for frame in frames if told_at(frame, loss) is not None), None)
    if told is None:
        return None
    plan = _Plan(told, loss)
    if len(plan.graph) > _OPERATIONS:
        return None
    gradients: dict[int, dict[int, Tensor]] = {}
    for number, frame in enumerate(frames):
        made = plan.at(frame)
        found = None if made is None else frame.gradients(made)
        if found is not None and any(bool(g.any()) for g in found.values()):
            gradients[number] = found
    return held_against(frames, loss, gradients) if len(gradients) >= min(_OFTEN, len(frames)) else None


class _Plan:
    """How a loss is computed in one step, so that it can be computed in others, from other samples."""

    def __init__(self, frame: Frame, loss: Stated) -> None:
        self.trace = frame.trace
        end = told_at(frame, loss)
        assert end is not None
        self.end = end
        self.graph = frozenset(frame.ancestors([self.end], frame.forward))
        read = {earlier for node in self.graph for earlier in self.trace.inputs(node)} - self.graph
        self.owners = {node: number for number, node in frame.step.before.items() if node in read}
        self.fixed = {node: value for node in read - self.owners.keys() if (value := self._value(node)) is not None}
        looked_through = (value for value in self.fixed.values() if value.size <= _LARGEST)
        self.data = [_Samples(turned) for value in looked_through for turned in _both_ways(value)]

    def _value(self, node: int) -> Array | None:
        value = self.trace.values[node]
        known = isinstance(value, np.ndarray | float) and not np.isnan(np.asarray(value).ravel()[:1]).any()
        return np.asarray(value) if known else None

    def at(self, frame: Frame) -> Tensor | None:
        """The loss at a step, of the samples of that step; None if these are not among the data."""
        given: dict[int, Tensor] = {}
        for node, parameter in self.owners.items():
            before = frame.step.before.get(parameter)
            if before is None or before not in frame.given:
                return None
            given[node] = frame.given[before]
        rows = self._rows(frame)
        if rows is None:
            return None
        count, where = rows
        replay = Replay(self.trace, given, self.graph, exact=False, without_epsilon=frame.replay.without_epsilon)
        for node, value in self.fixed.items():
            replay.known[node] = tensor(_part(value, count, where))
        replay.patched = {
            node: tuple(_counted(argument, count, len(where)) for argument in self.trace.arguments[node])
            for node in self.graph
        }
        made = replay.value(self.end)
        return made.reshape(()) if made.numel() == 1 and not replay.opaque else None

    def _rows(self, frame: Frame) -> tuple[int, Array] | None:
        """How many samples the data have, and which of them are those of a step: those that agree in all that the step
        reads of them."""
        pairs = self._pairs(frame)
        if not pairs:
            return None
        count, size = max(pairs, key=lambda key: sum(data.rows.size for data, _ in pairs[key]))
        if not any(data.rows.ndim > 1 for data, _ in pairs[count, size]):
            return None  # numbers alone do not tell which samples they are of
        possible: list[set[int]] | None = None
        for data, batch in pairs[count, size]:
            found = [data.numbers.get(hash(row.tobytes()), set()) for row in batch]
            if not all(found):
                continue  # these are not the same data
            both = found if possible is None else [a & b for a, b in zip(found, possible, strict=True)]
            possible = both if all(both) else possible
        return None if possible is None else (count, np.array([min(numbers) for numbers in possible]))

    def _pairs(self, frame: Frame) -> dict[tuple[int, int], list[tuple["_Samples", Array]]]:
        """What the loss and the moves of a step are computed from that may be the same data, by the numbers of samples
        in both."""
        read = {earlier for node in frame.backward for earlier in self.trace.inputs(node)}
        held = [v for n in sorted(read - frame.backward - frame.given.keys()) if (v := self._value(n)) is not None]
        alike: dict[tuple[object, ...], dict[int, list[Array]]] = defaultdict(lambda: defaultdict(list))
        for batch in held:
            for turned in _both_ways(batch):
                alike[turned.shape[1:], turned.dtype][len(turned)].append(turned)
        found: dict[tuple[int, int], list[tuple[_Samples, Array]]] = defaultdict(list)
        for data in self.data:
            count = len(data.rows)
            for length, batches in alike[data.rows.shape[1:], data.rows.dtype].items():
                if length <= count and len(found[count, length]) < _PAIRS:
                    found[count, length] += [(data, batch) for batch in batches[:_PAIRS]]
        return found


class _Samples:
    """Data whose rows are samples.

    Attributes:
        numbers: of the hash of each row's numbers, which rows these are.
    """

    def __init__(self, rows: Array) -> None:
        self.rows = rows

    @cached_property
    def numbers(self) -> dict[int, set[int]]:
        table: dict[int, set[int]] = defaultdict(set)
        for number, row in enumerate(self.rows):
            table[hash(row.tobytes())].add(number)
        return dict(table)


def _both_ways(value: Array) -> list[Array]:
    """An array with its first axis first, and with its last one first: samples may be its rows or its columns."""
    return [np.moveaxis(value, axis, 0) for axis in {0, value.ndim - 1}] if value.size and value.ndim else []


def _part(value: Array, count: int, where: Array) -> Array:
    """Those rows, or columns, of an array that are of some samples; the number of samples itself as it is for them."""
    if value.ndim == 0:
        return np.asarray(_counted(value.item(), count, len(where)))
    axes = [axis for axis, length in enumerate(value.shape) if length == count]
    if not axes:
        return value
    if value.ndim == 1 and np.array_equal(value, np.arange(count)):
        return np.arange(len(where))  # the numbers of the rows, to pick an element from each
    return np.ascontiguousarray(np.take(value, where, axis=axes[0]))


def _counted(argument: Any, count: int, here: int) -> Any:
    """An argument in which the number of samples is another."""
    if isinstance(argument, Ref | bool):
        return argument
    if isinstance(argument, int | float):
        if argument == count:
            return type(argument)(here)
        return 1.0 / here if isinstance(argument, float) and abs(argument * count - 1.0) < 1e-12 else argument
    if isinstance(argument, tuple | list):
        return type(argument)(_counted(item, count, here) for item in argument)
    if isinstance(argument, dict):
        return {key: _counted(item, count, here) for key, item in argument.items()}
    return argument
