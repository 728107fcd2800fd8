"""Whether a step reads a parameter that it has moved already, where the gradient needs the value that it had before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backproof.check.judge.judgement import Judgement
from backproof.check.locate.called import calls_of, own_place, way_up
from backproof.check.locate.following import Following, makes_whole
from backproof.check.record.memory import Ref, instead
from backproof.check.replay.frame import Frame, Key


@dataclass(frozen=True)
class Early:
    """Where a moved parameter is read first, where it was moved, and how many more parameters would be right with the
    value that it had in the forward pass: none yet, perhaps, where something else is wrong, too. `caller` is the call
    that moved it, if the line that does is called from several places; `reads` are all the sites that read one, with
    the positions at which, and `moves` those that moved what they read. `within` tells whether the function that reads
    it moves it, too, or calls what does: otherwise it has been moved before that function begins."""

    key: Key
    moved: Key
    caller: Key
    gain: float
    reads: frozenset[tuple[int, int]]
    moves: frozenset[int]
    within: bool

    @property
    def is_all(self) -> bool:
        """Whether nothing else is wrong."""
        return makes_whole(self.gain)


def read_too_early(following: Following) -> Early | None:
    """The place that reads a parameter that was moved in the same step, for the move of another one."""
    if following.faulty or not following.frames:
        return None
    patched = [_with_old_values(frame) for frame in following.frames]
    if not any(patched):
        return None
    gain = max(following.gain([{} for _ in patched], patched, told=True), 0.0)
    frame, nodes = next((f, nodes) for f, nodes in zip(following.frames, patched, strict=True) if nodes)
    first = min(nodes)
    pairs = [(node, n) for node in nodes for n in frame.trace.inputs(node) if n in frame.written]
    moved = next(n for node, n in pairs if node == first)
    reads = frozenset(read for node in nodes for read in _reads(frame, node))
    moves = frozenset(frame.trace.sites[n] for _, n in pairs)
    calls = calls_of(frame)
    key, caller = (own_place(frame.trace, frame.key(node), calls) for node in (first, moved))
    within = any(frame.trace.paths[node] in _ways(frame, n) for node, n in pairs)
    return Early(key, frame.key(moved), caller, gain, reads, moves, within)


def _reads(frame: Frame, node: int) -> Iterator[tuple[int, int]]:
    """Where a node reads what was moved, and as which operand; of a part that is looked at anew since its array was
    written to, where that part is read."""
    trace = frame.trace
    again = [reader for reader in frame.training.readers[node] if trace.sites[reader] == trace.sites[node]]
    if trace.operations[node] == "view" and again:
        yield from ((trace.sites[r], i) for r in again for i, a in enumerate(trace.arguments[r]) if a == node)
        return
    for position, argument in enumerate(trace.arguments[node]):
        if isinstance(argument, Ref) and int(argument) in frame.written:
            yield trace.sites[node], position


def where_they_meet(frame: Frame, node: int, other: int) -> tuple[int, int]:
    """The sites of two values in the innermost function in which both are computed: their own, or those of the calls
    that led to them."""
    own, others = _ways(frame, node), _ways(frame, other)
    path = next((path for path in own if path in others and own[path] >= 0 <= others[path]), None)
    return (own[path], others[path]) if path is not None else (frame.trace.sites[node], frame.trace.sites[other])


def _ways(frame: Frame, node: int) -> dict[int, int]:
    """The paths of the calls that led to a value, each with the site in it."""
    return {path: site for site, path in way_up(frame.trace, frame.key(node))}


def reads_moved(judgement: Judgement) -> bool:
    """Whether some step reads a parameter that it has moved, for the move of another one."""
    return any(_with_old_values(frame) for frame in judgement.frames[:1])


def _with_old_values(frame: Frame) -> dict[int, tuple[Any, ...]]:
    """The nodes that read what was moved for the moves of other parameters, with their arguments as they would be if
    nothing had been moved yet."""
    found: dict[int, tuple[Any, ...]] = {}
    for update, parameter in frame.written.items():
        before = frame.step.before.get(parameter)
        if before is None:
            continue
        for reader in frame.training.readers[update]:
            others = frame.reached.get(reader, set()) - {parameter}
            if reader <= frame.step.end and reader in frame.backward and others and reader not in frame.written:
                found[reader] = instead(found.get(reader, frame.trace.arguments[reader]), {update: before})
    return found
