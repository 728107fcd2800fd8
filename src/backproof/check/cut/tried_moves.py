"""Weights that are moved a little and put back, as where a gradient is checked by differences: what comes after that
reads what stood there before."""

import numpy as np

from backproof.check.record.memory import Ref, instead
from backproof.check.record.trace import WRITES, Trace

_MOVES = 2  # at most, before a value is put back: up, and down
_SMALL = 0.05  # a move, in an array whose largest element is 1 or less
_SAME = 1e-12  # what a sum of numbers may be off that come to nothing
_NUMBERS = 3  # operations that a distance takes, as `2 * h`


def take_back(trace: Trace) -> None:
    """Let what is computed from weights that were put back be computed from those that stood there before."""
    before: dict[int, int] = {}
    for node, operation in enumerate(trace.operations):
        if operation in WRITES and (origin := _put_back(trace, node, before)) is not None:
            before[node] = origin
    changed = {reader: trace.arguments[reader] for node in before for reader in trace.readers[node]}
    if changed:
        trace.rewire({reader: instead(arguments, before) for reader, arguments in changed.items()})


def are_tried(trace: Trace, begin: int) -> bool:
    """Whether weights are moved a little and put back, from a node on."""
    nodes = (node for node in range(begin, len(trace)) if trace.operations[node] in WRITES)
    return any(_put_back(trace, node, {}) is not None for node in nodes)


def _put_back(trace: Trace, node: int, before: dict[int, int]) -> int | None:
    """What an array was before small moves that a write takes back; None if it takes back none."""
    moved, lines = node, {trace.sites[node]}
    for _ in range(_MOVES):
        holder = trace.arguments[moved][0]
        if not isinstance(holder, Ref) or trace.operations[holder] not in WRITES or not _is_tried(trace, int(holder)):
            return None
        moved = int(holder)
        if trace.sites[moved] in lines:
            return None  # a line that moves it up at one turn and down at another trains it, as the perceptron's does
        lines.add(trace.sites[moved])
        first = trace.arguments[moved][0]
        if not isinstance(first, Ref):
            return None
        origin = before.get(int(first), int(first))
        if _is_near(trace, origin, node, _SAME):
            is_moved = not _is_near(trace, origin, moved, _SAME)  # where nothing is wrong, nothing may be added
            return origin if is_moved and _is_near(trace, origin, moved, _SMALL) else None
    return None


def _is_tried(trace: Trace, write: int) -> bool:
    """Whether an element is set to what it was plus or minus a number that no data has made."""
    value = trace.arguments[write][-1]
    if trace.operations[write] == "setview" and isinstance(value, Ref) and trace.operations[value] == "setitem":
        value = trace.arguments[int(value)][-1]
    if not isinstance(value, Ref) or trace.operations[value] not in ("add", "subtract"):
        return False
    sides = trace.arguments[int(value)][:2]
    elements = [side for side in sides if isinstance(side, Ref) and trace.operations[side] in ("getitem", "float")]
    distances = [side for side in sides if not isinstance(side, Ref) or _is_number(trace, int(side))]
    return len(elements) == 1 and len(distances) == 1


def _is_number(trace: Trace, node: int, hops: int = _NUMBERS) -> bool:
    """Whether a single number is computed from numbers that are written down, and from nothing else."""
    if trace.shape(node) != () or trace.operations[node] == "leaf":
        return trace.is_written(Ref(node))
    return hops > 0 and all(_is_number(trace, earlier, hops - 1) for earlier in trace.inputs(node))


def _is_near(trace: Trace, one: int, other: int, limit: float) -> bool:
    """Whether two arrays are the same, but for so much; not if they were too big to be kept."""
    first, second = trace.values[one], trace.values[other]
    if not (isinstance(first, np.ndarray) and isinstance(second, np.ndarray) and first.shape == second.shape):
        return False
    return bool((np.abs(first - second) <= limit * max(1.0, float(np.abs(first).max(initial=0.0)))).all())
