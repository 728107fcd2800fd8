"""The factor of a report: what the updates are times the gradient of the stated loss."""

import math

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
    for parameter, evidence in found.evidence.items():
        for number, factor in evidence.factors.items():
            if number >= len(judgement.frames):
                continue
            frame = judgement.frames[number]
            if evidence.handed is None:
                factors = [factor / (constants(frame, parameter)[0] or 1.0)]
            else:  # an optimizer takes in a share of the gradient: it is the gradient that counts
                factors = [factor, *factors_before(frame, parameter, found.gradients[number][parameter])]
            value = min((abs(f / (scale or 1.0)) for f in factors), key=lambda f: abs(math.log(f or 1e-300)))
            values.append(1.0 if abs(value - 1) < 1e-6 else float(f"{value:.6g}"))
    # an element of the data may look like a rate: what most parameters tell at most steps counts
    return max(values, key=values.count, default=None)
