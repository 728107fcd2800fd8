"""Adam with weight decay beside it: a move is one over the root, and a share of the weight (AdamW)."""

import numpy as np

from backproof.check.optimizers.observed import EXACT, Array, Seen, fit, state_of

SMALL = (0.0, 1e-8, 1e-7, 1e-10)  # what is added to the root, as people write it
SEVERAL = 3  # numbers of a parameter: with more, a move can be held against three terms
_NEARLY = 1e-5  # relative: what is added to a root, as large as it may be
_TINY = 1e-3  # of the largest root, where the search for what is added begins
_TURNS = 6  # until it is found


def is_decoupled(row: Seen, top: Array, root: Array, small: float, tolerance: float) -> bool:
    """Whether a move is one over the root and a share of the weight itself: AdamW (Loshchilov and Hutter, 2019)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = top / (root + small)
    return bool(np.isfinite(scaled).all()) and fit(max(tolerance, _NEARLY), row.move, scaled, row.value)[1]


def decoupled_over_steps(seen: list[Seen], running: list[int], squared: list[int]) -> bool | None:
    """Whether the moves of a few numbers are those of AdamW with one share of the weight at all steps; None if too
    few are seen to say so."""
    count = len(seen)
    if sum(row.move.size for row in seen) <= count + 2 or any(len(row.states) < 1 for row in seen):
        return None
    moves = np.concatenate([row.move for row in seen])
    values = np.concatenate([row.value for row in seen])
    for use in (*running[:1], None):
        for small in SMALL:
            columns = []
            for number, row in enumerate(seen):
                top = row.gradient if use is None else state_of(row, use)
                with np.errstate(divide="ignore", invalid="ignore"):
                    scaled = top / (np.sqrt(np.abs(state_of(row, squared[0]))) + small)
                parts = [scaled if n == number else np.zeros(other.move.size) for n, other in enumerate(seen)]
                columns.append(np.concatenate(parts))
            if fit(_NEARLY, moves, *columns, values)[1]:
                return True
    return False


def added_to_root(row: Seen, top: Array, root: Array) -> float | None:
    """The small number that is added to a root, where a share of the weight is taken away, too; None if there is none.

    (root + small) · move = share · top + decay · (root + small) · value is linear in share, decay, decay · small and
    small. Each row is divided by what its root and the small number were found to be the turn before, so that those
    with a small root count as much as the others.
    """
    small = _TINY * root.max(initial=0.0)
    if small == 0.0:
        return None
    for _ in range(_TURNS):
        by = 1 / (root + small)
        terms = (top * by, row.value * root * by, row.value * by, -row.move * by)
        (*_, small), _ = fit(EXACT, row.move * root * by, *terms)
        if not 0 < small < np.inf:
            return None
    return float(small)
