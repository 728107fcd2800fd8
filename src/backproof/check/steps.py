"""Which steps of a training are looked at."""

from bisect import bisect_left

from backproof.check.frame import Frame
from backproof.check.parameters import Training

_FRAMES = 6
_BIG = 120_000_000  # bytes a step; of such steps two are looked at
HUGE = 250_000_000  # of such steps one
_LONG = 12_000  # operations in a step; of such steps two


def steps_to_judge(training: Training) -> list[int]:
    """The steps to look at: the first ones, and some later."""
    usable = [n for n, step in enumerate(training.steps) if any(step.before[p] is not None for p in step.after)]
    long = len(training.trace) > _LONG * len(training.steps)
    count = 1 if training.weight > HUGE else 2 if training.weight > _BIG or long else _FRAMES
    whole = [
        n for n in usable if all(training.steps[n].before[p] is not None for p in training.steps[n].after)
    ] or usable
    if len(whole) <= count:
        return whole
    if count == 1:
        return whole[1:2]  # the second one, for what is added up from the first on
    early = count // 2
    late = [whole[early + (len(whole) - 1 - early) * k // (count - early)] for k in range(1, count - early + 1)]
    return sorted({*whole[:early], *late})


def telling_step(training: Training, frames: list[Frame]) -> Frame | None:
    """A step whose own parameters give a number that is shown, a loss perhaps: one of the frames, if one is."""
    shown = sorted(n for n in training.trace.shown if training.trace.shape(n) == ())
    for frame in frames:
        if any(node in frame.forward for node in shown):
            return frame
    ends = [step.end for step in training.steps]
    for node in [n for n in shown if frames and n > frames[0].step.end][:3]:
        after = bisect_left(ends, node)
        for number in (after, after - 1):
            step = training.steps[number] if 0 < number < len(ends) else None
            if step is not None and all(step.before[p] is not None for p in step.after):
                frame = Frame(training, number)
                if node in frame.forward:
                    return frame
    return None
