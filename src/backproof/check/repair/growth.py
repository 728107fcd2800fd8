"""How large weights become: within a few steps they do not become so by learning."""

import math
from typing import Any

import numpy as np

from backproof.check.cut.parameters import Training

_CALM = 1000.0  # times as large weights do not become within a few steps by learning


def is_calm(training: Training, before: float) -> bool:
    """Whether no parameter has become so large as by steps of no learning, or is no number any more; `before` is the
    growth without an edit."""
    return growth(training) <= max(_CALM, 10 * before)


def growth(training: Training) -> float:
    """How many times as large the largest weight is at the end as it was in the beginning; infinite where one is no
    number any more."""
    values = training.trace.values
    chains = [training.chains[p] for p in training.parameters]
    firsts = [values[c.versions[0]] for c in chains if c.versions[0] is not None]
    seconds = [values[c.updates[0]] for c in chains]  # many begin at zero
    lasts = [values[c.updates[-1]] for c in chains]
    first, second, ended = (
        max((_largest(v) for v in vs if v is not None), default=0.0) for vs in (firsts, seconds, lasts)
    )
    began = first or second
    return ended / began if began else (math.inf if ended == math.inf else 1.0)


def _largest(value: Any) -> float:
    """The largest element of a value, infinite where one is no number."""
    found = float(np.max(np.abs(value), initial=0.0))
    return found if math.isfinite(found) else math.inf
