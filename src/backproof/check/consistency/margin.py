"""Whether weights that decay do so at every sample: outside the margin of a hinge loss nothing else moves them."""

import numpy as np

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard
from backproof.check.replay.values import Reading

_FEWEST = 3  # samples outside the margin, in steps of different lengths


def decays_within_margin(judgement: Judgement, reading: Reading, name: str) -> Inconsistency | None:
    """Weights that decay at the samples within the margin and stay as they are at all others, one by one: a penalty is
    part of the loss of every sample. None if it is not so, or if it cannot be known."""
    found, training = judgement.match, judgement.training
    if found is None or not isinstance(found.loss, Standard) or found.loss.kind not in ("hinge", "squared hinge"):
        return None
    decaying = [p for p, evidence in found.evidence.items() if evidence.decay]
    if not decaying:
        return None
    trace, key = training.trace, found.loss.pair.key
    nodes = [n for n in range(len(trace)) if (trace.sites[n], trace.paths[n]) == key and trace.shape(n) == ()]
    margins = {n: float(value) for n in nodes if (value := trace.values[n]) is not None and np.size(value) == 1}
    passed: list[int] = []  # of each step the samples ahead of the one that moves something
    for step in training.steps[1:]:
        met = [margins[n] for n in nodes if n in margins and step.start < n <= step.end]
        if not met or met[-1] >= 1 or any(margin < 1 for margin in met[:-1]):
            return None
        passed.append(len(met) - 1)
    site = training.chains[decaying[0]].site
    if sum(passed) < _FEWEST or len(set(passed)) < 2 or reading.sites.files[site] != name:
        return None
    text = reading.text_at(site)
    reason = (
        "The weights decay only at samples within the margin, as a part of the same step: at the other samples"
        f" ({sum(passed)} of {sum(passed) + len(passed)} that were looked at) nothing is moved, though the penalty on"
        " the weights is a part of the loss of each."
    )
    return Inconsistency(reading.sites.sites[site].line, text, "penalty", reason)
