"""What an edit brings to rest: a parameter that is moved no more, as its gradient is zero, shows nothing by itself, and
may do so rightly: where what it feeds is saturated, it is moved with a share of the weights."""

from math import prod

from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import Evidence
from backproof.check.losses.losses import reaches
from backproof.check.losses.match import Match, match
from backproof.check.replay.frame import Frame

_LITTLE = 0.01  # of the largest gradient, that is next to nothing after one wrong step
_ROUNDED = 1e-12  # of the largest gradient, which is zero but for rounding
_SHARES = (0.1, 0.01, 1e-3)  # of the weights, where a network is saturated with all of them
_POINTS = 3  # steps that are looked at with these
_SEED = 17


def telling(judgement: Judgement) -> int:
    """How many parameters are moved at a step of which the gradient is known."""
    evidence = judgement.match.evidence.values() if judgement.match is not None else ()
    return sum(map(_tells, evidence))


def telling_with_less(judgement: Judgement) -> int:
    """How many parameters follow their gradients where a network has a share of its weights, if all do: in as many
    layers as can be, an activation is on its way then, and not at its end."""
    found = judgement.match
    most, numbers = 0, [frame.number for frame in judgement.frames[:_POINTS]]
    for share in _SHARES if found is not None else ():
        frames = [Frame(judgement.training, number, moved=_SEED, share=share) for number in numbers]
        there = match(frames, found.loss) if found is not None else None
        if there is not None and there.holds:
            most = max(most, sum(map(_tells, there.evidence.values())))
    return most


def _tells(evidence: Evidence) -> bool:
    return evidence.agreeing + evidence.differing > 0


def resting(before: Judgement, after: Judgement) -> int:
    """How many parameters that were moved rest after an edit, as the loss depends on them and asks nothing of them:
    single numbers whose input is zero, or whose output is as it should be, and of which the loss asked next to nothing
    at first; and arrays of which it never asked anything, as what they feed is saturated, where the edit puts others
    right."""
    first, then = before.match, after.match
    if first is None or then is None or before.frames[0].number != after.frames[0].number:
        return 0
    asked = {p: float(g.abs().max()) for p, g in first.gradients.get(0, {}).items() if g.numel()}
    single = {p for p in asked if prod(before.training.chains[p].shape) == 1}
    little = _LITTLE * max((asked[p] for p in single), default=0.0)
    mends = len(then.right) > len(first.right)
    pairs = zip(sorted(before.training.parameters), sorted(after.training.parameters), strict=False)
    rested = {
        other: one
        for one, other in pairs
        if (told := then.evidence.get(other)) is not None and not _tells(told)
        if (asked[one] <= little and other not in then.reached if one in single else mends)
        if one in single or (asks_nothing(first, one) and asks_nothing(then, other))
    }
    reached = reaches(after.frames[0], then.loss, rested)
    return sum(_tells(first.evidence[rested[other]]) for other in reached if rested[other] in first.evidence)


def asks_nothing(found: Match, parameter: int) -> bool:
    """Whether a loss asks nothing of a parameter at any of the judged steps, but for rounding."""
    own = [float(g[parameter].abs().max()) for g in found.gradients.values() if parameter in g]
    largest = max((float(each.abs().max()) for g in found.gradients.values() for each in g.values()), default=0.0)
    return max(own, default=0.0) <= _ROUNDED * largest
