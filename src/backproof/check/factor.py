"""The factor of a report: what the updates are times the gradient of the stated loss."""

import math
from functools import cache

from backproof.check.evidence import is_steady
from backproof.check.handed import factors_before
from backproof.check.judgement import Judgement
from backproof.check.rates import constants


def reported_factor(judgement: Judgement) -> float | None:
    """What the update is times the gradient of the stated loss, the learning rate apart."""
    found = judgement.match
    if found is None or (judgement.kind == "absolute" and found.loss != judgement.stated):
        return None
    scale = judgement.stated_multiple if judgement.kind is not None and found.loss != judgement.stated else 1.0
    values: list[float] = []
    alike = _alike(judgement)
    rates = cache(lambda number, parameter: constants(judgement.frames[number], parameter)[0] or 1.0)
    for parameter, evidence in found.evidence.items():
        for number, factor in evidence.factors.items():
            if number >= len(judgement.frames):
                continue
            frame = judgement.frames[number]
            if evidence.handed is None:
                # moves that are all the same multiple have one rate: what else is on the way to some is of the gradient
                same = found.evidence if number in alike else [parameter]
                factors = [factor / rates(number, each) for each in same if each in frame.moves]
            else:  # an optimizer takes in a share of the gradient: it is the gradient that counts
                factors = [factor, *factors_before(frame, parameter, found.gradients[number][parameter])]
            value = min((abs(f / (scale or 1.0)) for f in factors), key=lambda f: abs(math.log(f or 1e-300)))
            values.append(1.0 if abs(value - 1) < 1e-6 else float(f"{value:.6g}"))
    # an element of the data may look like a rate: what most parameters tell at most steps counts
    return max(values, key=values.count, default=None)


def _alike(judgement: Judgement) -> set[int]:
    """The steps at which every move is the same multiple of its gradient."""
    assert judgement.match is not None
    factors: dict[int, list[float]] = {}
    for evidence in judgement.match.evidence.values():
        if evidence.handed is not None:
            return set()
        for number, factor in evidence.factors.items():
            factors.setdefault(number, []).append(factor)
    return {number for number, found in factors.items() if is_steady(found) and number < len(judgement.frames)}
