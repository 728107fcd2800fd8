"""Whether the network predicts with all the running means that training keeps for it: the mean and the variance of the
batches (Ioffe and Szegedy, Batch Normalization, 2015, algorithm 2)."""

import math

from backproof.check.consistency.afterwards import records_after
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.recognised import name_in
from backproof.check.judge.judgement import Judgement
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording

_STATISTICS = ("mean", "var", "std", "average")
_WHY = "Of what training keeps, `{}` reads {}, but nothing reads {}, which is kept of the same values."
_NEAR = 6  # operations between what is kept and the next of it


def unread_statistics(
    recording: Recording, judgement: Judgement, stretch: int, reading: Reading, name: str
) -> Inconsistency | None:
    """The place after training that reads one of the statistics that training keeps and not another."""
    frame = judgement.frames[0]
    kept = _kept(frame, reading)
    if len(kept) < 2:
        return None
    training = {*frame.trace.sites[frame.step.start + 1 : frame.step.end + 1]}
    read: dict[str, int] = {}  # where each is read first
    for later, begin in records_after(recording, judgement.training, stretch):
        trace = later.trace
        for node in range(begin, len(trace)):
            site = trace.sites[node]
            if site < 0 or site in training or recording.sites.files[site] != name or not _meets_batch(trace, node):
                continue
            for operand in reading.operands(site):
                called = name_in(reading.segment(site, operand))
                if called in kept:
                    read.setdefault(called, site)
    for first, site in read.items():
        missing = [other for other in kept if kept[other] == kept[first] and other not in read]
        if missing:
            text = reading.text_at(site)
            reason = _WHY.format(text, f"`{first}`", " and ".join(f"`{other}`" for other in missing))
            return Inconsistency(recording.sites.sites[site].line, text, "prediction", reason)
    return None


def _meets_batch(trace: Trace, node: int) -> bool:
    """Whether a value is one of a batch, or meets one: a statistic that is only printed predicts nothing."""
    size = math.prod(trace.shape(node))
    level = [node]
    for _ in range(_NEAR):
        if any(trace.operations[n] in ("subtract", "divide", "multiply") and _is_of_batch(trace, n) for n in level):
            return True
        level = [reader for n in level for reader in trace.readers[n] if math.prod(trace.shape(reader)) >= size]
    return False


def _is_of_batch(trace: Trace, node: int) -> bool:
    """Whether something of each unit meets something of each sample and each unit."""
    sizes = {math.prod(trace.shape(n)) for n in trace.inputs(node)}
    return len(sizes) == 2 and min(sizes) > 1 and max(sizes) % min(sizes) == 0


def _kept(frame: Frame, reading: Reading) -> dict[str, frozenset[int]]:
    """The running means of statistics that a step keeps and does not use: what each is called, and of which values."""
    trace, found = frame.trace, dict[str, set[int]]()
    for node in range(frame.step.start + 1, frame.step.end + 1):
        operands = [int(a) for a in trace.arguments[node] if isinstance(a, Ref)]
        if trace.operations[node] != "add" or len(operands) != 2 or trace.sites[node] < 0:
            continue
        called = name_in(reading.target(trace.sites[node]) or "")
        # one addend is what was kept so far, the other a share of what this batch gives
        measured = [source for each in operands if (source := _measured(frame, each)) is not None]
        goes_on = all(trace.sites[reader] in (-1, *_sites_behind(frame, node)) for reader in trace.readers[node])
        if called and len(measured) == 1 and goes_on:
            found.setdefault(called, set()).update(measured)
    return {called: frozenset(sources) for called, sources in found.items()}


def _measured(frame: Frame, node: int) -> int | None:
    """What a statistic is taken of whose share a value is; None if it is none."""
    trace = frame.trace
    for _ in range(_NEAR):
        inputs = [n for n in trace.inputs(node) if trace.shape(n) != ()]
        if trace.operations[node] in _STATISTICS and inputs:
            return inputs[0] if node in frame.dependent else None
        if trace.operations[node] not in ("multiply", "divide") or not inputs:
            return None
        node = inputs[-1]
    return None


def _sites_behind(frame: Frame, node: int) -> set[int]:
    """The places that a running mean passes on its way to its next value."""
    trace = frame.trace
    site, sites = trace.sites[node], {trace.sites[node]}
    stack = [node]
    for _ in range(_NEAR):
        stack = [r for n in stack for r in trace.readers[n] if r != n]
        if any(trace.sites[r] == site for r in stack):
            return sites
        sites |= {trace.sites[r] for r in stack}
    return {site}
