"""Which steps of a training are looked at."""

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from backproof.check.cut.parameters import Training
from backproof.check.judge.rates_of_zero import steps_at_rest
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame

_FRAMES = 6
_BIG = 120_000_000  # bytes a step; of such steps two are looked at
HUGE = 250_000_000  # of such steps one
_TOLD = 4  # steps at which a loss is told that is told now and then
_LONG = 12_000  # operations in a step; of such steps two


def steps_to_judge(training: Training) -> list[int]:
    """The steps to look at: the first ones, and some later."""
    usable = [n for n, step in enumerate(training.steps) if any(step.before[p] is not None for p in step.after)]
    # what comes before the first step, as reading the data does, is no part of one
    first, last = training.steps[0].end, training.steps[-1].end
    taken = (last - first) / (len(training.steps) - 1) if last > first else len(training.trace)
    long = taken > _LONG
    count = 1 if training.weight > HUGE else 2 if training.weight > _BIG or long else _FRAMES
    resting = steps_at_rest(training)
    usable = [n for n in usable if n not in resting] or usable
    whole = [n for n in usable if training.steps[n].is_known] or usable
    if len(whole) <= count:
        return whole
    if count == 1:
        return whole[1:2]  # the second one, for what is added up from the first on
    early = count // 2
    # not in step with an epoch, else they might all be of one sample
    late = [
        whole[max(early, early + (len(whole) - 1 - early) * k // (count - early) - (count - early - k))]
        for k in range(1, count - early + 1)
    ]
    return sorted({*whole[:early], *late})


def telling_step(training: Training, frames: list[Frame]) -> Frame | None:
    """A step whose own parameters give a number that is shown, a loss perhaps: one of the frames, if one is."""
    shown = sorted(n for n in training.trace.shown if training.trace.shape(n) == ())
    for frame in frames:
        if any(node in frame.forward for node in shown):
            return frame
    ends = [step.end for step in training.steps]
    later = [n for n in shown if frames and n > frames[0].step.end][:3]
    for node in later or shown[:1]:  # what is told now and then may be told before the steps that are looked at
        after = bisect_left(ends, node)
        for number in (after, after - 1):
            step = training.steps[number] if 0 <= number < len(ends) else None
            if step is not None and step.is_known:
                frame = Frame(training, number)
                if node in frame.forward:
                    return frame
    return None


def telling_steps(training: Training, site: int) -> list[int]:
    """Some of the steps with whose own parameters something at a site is computed, the first one and later ones."""
    ends = [step.end for step in training.steps]
    places = dict.fromkeys(bisect_left(ends, node) for node in training.trace.by_site.get(site, ()))
    known = [n for n in places if n < len(ends) and training.steps[n].is_known]
    return sorted({*known[:1], *known[1 :: max(len(known) // _TOLD, 1)][:_TOLD]})


def repeating_step(training: Training) -> int | None:
    """The first step, all of whose beginnings are known, that writes several times into one and the same place: of what
    is added there at once NumPy keeps the last."""
    for node in repeating_writes(training):
        number = bisect_left([step.end for step in training.steps], node)
        step = training.steps[number] if number < len(training.steps) else None
        if step is not None and step.start < node and step.is_known:
            return number
    return None


def repeating_writes(training: Training) -> Iterator[int]:
    """The nodes at which several numbers are added to one and the same place at once."""
    if training.weight <= _BIG:
        operations = training.trace.operations
        yield from (node for node, made in enumerate(operations) if made == "setitem" and _repeats(training, node))


def _repeats(training: Training, node: int) -> bool:
    """Whether an array is added to, with numbers of rows among which some are the same."""
    trace = training.trace
    where = trace.arguments[node][1]
    rows = trace.values[int(where)] if isinstance(where, Ref) else where
    if not isinstance(rows, np.ndarray | list):
        return False
    places = np.asarray(rows)
    if places.dtype.kind not in "iu" or len(np.unique(places)) == places.size:
        return False
    site = trace.sites[node]
    return any(
        trace.operations[earlier] == "getitem" and trace.sites[earlier] == site for earlier in range(node - 4, node)
    )
