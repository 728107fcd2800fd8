"""Moves that are no numbers, though all that they are made of is: the root of something below zero, or 0 / 0."""

import numpy as np

from backproof.check.losses.match import Match
from backproof.check.optimizers.observed import Fault
from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame

_WHY = (
    "what is computed here is not a number (NaN), though all that it is made of is, so that nothing is learnt any more"
)


def without_numbers(frames: list[Frame], found: Match) -> list[Fault]:
    """The parameters that some step moves by NaN where their gradient, and they themselves, are finite; the first of
    what is no number is the site."""
    faults: dict[int, Fault] = {}
    for number, gradients in sorted(found.gradients.items()):
        frame = frames[number]
        for parameter, gradient in gradients.items() if frame.is_recorded else ():
            if parameter in faults or parameter not in frame.moves or not bool(gradient.isfinite().all()):
                continue
            trace, after = frame.trace, frame.step.after[parameter]
            if not _is_no_number(trace, after) or not bool(frame.start(parameter).isfinite().all()):
                continue
            first = _first(trace, after)
            # what has become infinite before is no mistake of the place at which it is subtracted from itself
            if all(np.isfinite(trace.values[n]).all() for n in trace.inputs(first) if trace.values[n] is not None):
                faults[parameter] = Fault(parameter, trace.sites[first], _WHY)
    return [*faults.values()]


def _first(trace: Trace, node: int) -> int:
    """The value that is no number and is made of numbers alone, from which another one is made."""
    while behind := [earlier for earlier in trace.inputs(node) if _is_no_number(trace, earlier)]:
        node = min(behind)
    return node


def _is_no_number(trace: Trace, node: int) -> bool:
    value = trace.values[node]
    known = isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")
    return known and bool(np.isnan(value).any())
