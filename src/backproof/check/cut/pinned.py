"""Rows of a parameter that are zero and stay so: what stands for no word in an embedding, or the one of several
alternatives that the others are held against (Train, Discrete Choice Methods with Simulation, section 2.5)."""

import numpy as np

from backproof.check.cut.long_lived import Chain
from backproof.check.record.trace import Trace


def pinned_row(trace: Trace, chain: Chain) -> int | None:
    """The first or the last row of an array, 0 or -1, if all but that are moved at once, and it is always zero."""
    moved = [trace.arguments[update][1:4] for update in chain.updates if trace.operations[update] == "setview"]
    if not moved or len(moved) < len(chain.updates) or chain.shape[:1] in ((), (1,)):
        return None
    ends = [None if version is None else trace.values[version] for version in (chain.versions[0], chain.versions[-1])]
    values = [value for value in ends if isinstance(value, np.ndarray) and value.shape == chain.shape]
    if len(values) < len(ends):
        return None
    row = -1 if moved[0][0] == 0 else 0
    behind = int(np.prod(chain.shape[1:])) if row == 0 else 0
    rest = (chain.shape[0] - 1, *chain.shape[1:])
    whole = all((offset, tuple(shape)) == (behind, rest) for offset, shape, _ in moved)
    return row if whole and not any(value[row].any() for value in values) and values[-1].any() else None
