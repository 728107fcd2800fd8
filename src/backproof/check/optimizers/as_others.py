"""Single numbers that are moved as the other parameters are: of so few, each step alone can be explained in any way."""

import numpy as np

from backproof.check.cut.parameters import Training
from backproof.check.losses.match import Match
from backproof.check.optimizers.observed import TOO_FEW, Seen, fit, seen_of
from backproof.check.replay.frame import Frame


def as_others(
    training: Training, frames: list[Frame], found: Match, parameter: int, others: list[int], tolerance: float
) -> bool:
    """Whether at each step a parameter keeps the same share of earlier moves, and takes in the same share of its
    gradient, as one of the others, whose rate may be another one at each step."""
    agreeing = 0
    for frame in frames:
        own = seen_of(training, [frame], found, parameter, tolerance)
        rules = [
            rule
            for other in (others if own else ())
            for row in seen_of(training, [frame], found, other, tolerance)
            if (rule := _rule(row, tolerance)) is not None
        ]
        if any(not any(_follows(row, rule, tolerance) for rule in rules) for row in own):
            return False
        agreeing += len(own)
    return agreeing > 0


def _rule(row: Seen, tolerance: float) -> tuple[float, float, float] | None:
    """What is kept of a state, what of the gradient is added to it, and what of that is the move."""
    if len(row.states) != 1 or row.move.size <= TOO_FEW:
        return None
    _, old, new = row.states[0]
    (keep, share), kept = fit(tolerance, new, old, row.gradient)
    (gain,), moved = fit(tolerance, row.move, new)
    return (keep, share, gain) if kept and moved else None


def _follows(row: Seen, rule: tuple[float, float, float], tolerance: float) -> bool:
    keep, share, gain = rule
    if len(row.states) != 1:
        return False
    _, old, new = row.states[0]
    near = tolerance * np.abs(new).max(initial=0.0)
    return bool(np.all(np.abs(keep * old + share * row.gradient - new) <= near)) and bool(
        np.all(np.abs(gain * new - row.move) <= abs(gain) * near)
    )
