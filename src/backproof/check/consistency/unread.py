"""What is moved along with the parameters though the network does not read it."""

from collections import defaultdict
from collections.abc import Iterator

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.evidence import TOLERANCE, factor_and_residual, same_factor
from backproof.check.frame import Frame
from backproof.check.judgement import Judgement
from backproof.check.match import Match
from backproof.check.memory import Ref
from backproof.check.source import Source
from backproof.check.truths import numbers_of, truth
from backproof.check.values import Reading

_FRAMES = 3


def unread(source: Source, judgement: Judgement, reading: Reading, name: str) -> Iterator[Inconsistency]:
    """Values that every step moves as it moves the parameters, against the gradient of a forward quantity and by the
    same rate, and that nothing in the forward pass is computed from: biases that were left out of it."""
    found = judgement.match
    frames = judgement.frames[:_FRAMES]
    if found is None or len(frames) < _FRAMES:
        return
    moves: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for number, frame in enumerate(frames):
        for node, added in _running(frame):
            moves[frame.trace.sites[node]].setdefault(number, (node, added))
    rows = {site: row for site, row in moves.items() if len(row) == len(frames) and reading.sites.files[site] == name}
    for site, row in rows.items():
        if all(_follows(frames[n], n, *row[n], found) for n in row):
            place = reading.sites.sites[site]
            text = _target(source, place.line, place.column)
            reason = (
                f"`{text}` is moved at every step as the parameters are, but the network does not read it:"
                " nothing in the forward pass is computed from it."
            )
            yield Inconsistency(place.line, text, "never read", reason)


def _running(frame: Frame) -> Iterator[tuple[int, int]]:
    """The values that go on from an earlier one of the same place and that no forward value reads, each with the node
    that is added or subtracted."""
    trace, readers = frame.trace, frame.training.readers
    moving = frame.backward | frame.training.carrying
    for node in sorted(n for n in frame.dependent if frame.step.start < n <= frame.horizon):
        if trace.operations[node] not in ("add", "subtract") or node in frame.training.chain_of or node in moving:
            continue
        carried, added = (*trace.arguments[node], None, None)[:2]
        if trace.sites[node] < 0 or not isinstance(carried, Ref) or not isinstance(added, Ref):
            continue
        goes_on = trace.sites[int(carried)] == trace.sites[node] or int(carried) not in frame.dependent
        if goes_on and all(trace.sites[reader] == trace.sites[node] for reader in readers[node]):
            yield node, int(added)


def _follows(frame: Frame, number: int, node: int, added: int, found: Match) -> bool:
    """Whether a value moves against the gradient of a forward quantity, or against that summed up over the samples, by
    the rate of a parameter."""
    sign = -1.0 if frame.trace.operations[node] == "subtract" else 1.0
    value = numbers_of(frame, added)
    if value is None:
        return False
    held = [factor_and_residual(frame.moves[p], g) for p, g in found.gradients.get(number, {}).items()]
    rates = [factor for factor, residual in held if residual <= TOLERANCE]
    for gradient in truth(frame, found.loss).values():
        sums = [gradient.sum(0), gradient.sum(1)] if gradient.ndim == 2 else []
        for wanted in (gradient, *sums):
            if wanted.numel() == value.numel() and bool(wanted.any()):
                factor, residual = factor_and_residual(value, wanted)
                if residual <= TOLERANCE and any(same_factor(sign * factor, rate) for rate in rates):
                    return True
    return False


def _target(source: Source, line: int, column: int) -> str:
    """What a statement changes, as it is written; `column` counts bytes."""
    text = source.text.splitlines()[line - 1].encode()[column:].decode(errors="replace")
    return text.split("=")[0].rstrip(" +-").strip()
