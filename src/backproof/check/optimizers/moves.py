"""What a move is made of in single steps: of a gradient, and of what an optimizer keeps."""

import numpy as np
import numpy.typing as npt

from backproof.check.optimizers.decoupled import SEVERAL, SMALL, added_to_root, is_decoupled
from backproof.check.optimizers.observed import EXACT, Array, Seen, fit, state_of

_TINY = 1e-3  # relative
FEW = 8  # numbers that are seen of a parameter which is a single one


def is_known(row: Seen, running: list[int], squared: list[int], tolerance: float) -> bool:
    """Whether a move is one of momentum, Nesterov, Adagrad, RMSprop or Adam, with weight decay or without."""
    have = {chain for chain, _, _ in row.states}
    running, squared = [c for c in running if c in have], [c for c in squared if c in have]
    if not squared:
        terms = [row.gradient, row.value, *(state_of(row, chain) for chain in running)]
        terms += [old for c, old, _ in row.states if c in running]
        return fit(tolerance, row.move, *terms)[1]
    root = np.sqrt(np.abs(state_of(row, squared[0])))
    tops = [row.gradient] if not running else [state_of(row, running[0]), row.gradient]
    for top in tops:
        big = _big(row, top)
        if not big.any():
            return True
        ratio = top[big] / row.move[big]
        if fit(tolerance, ratio, root[big], np.ones(int(big.sum())))[1]:
            return True
        if fit(tolerance, ratio**2, root[big] ** 2, np.ones(int(big.sum())))[1]:
            return True
        if row.move.size > SEVERAL and any(is_decoupled(row, top, root, small, tolerance) for small in SMALL):
            return True
        if (
            row.move.size > SEVERAL + 2  # three terms, and what is added to the root
            and (small := added_to_root(row, top, root))
            and is_decoupled(row, top, root, small, tolerance)
        ):
            return True
    return False


def _big(row: Seen, top: Array) -> npt.NDArray[np.bool_]:
    """Which elements are moved, and by what is not lost in rounding."""
    big: npt.NDArray[np.bool_] = (np.abs(row.move) > 0) & (np.abs(top) > 1e-8 * np.abs(top).max(initial=0.0))
    return big


def counts_twice(seen: list[Seen], chain: int, tolerance: float) -> bool:
    """Whether earlier gradients have a greater part in the move than in the running mean of them.

    Momentum moves by the mean itself; Nesterov's (Sutskever et al., 2013) gives the newest gradient more, not less.
    """
    ratios: list[float] = []
    for row in seen:
        old = next((old for c, old, _ in row.states if c == chain), None)
        if old is None or not np.any(old) or row.move.size < 3:
            continue
        (keep, share), mean = fit(tolerance, state_of(row, chain), old, row.gradient)
        (earlier, newest), exact = fit(tolerance, row.move, old, row.gradient)
        if not mean or not exact or abs(keep * newest) <= 1e-9 * abs(earlier * share) or share == 0:
            return False
        ratios.append(earlier * share / (keep * newest))
    return len(ratios) > 1 and min(ratios) > 1.001


def _tops(row: Seen, running: list[int]) -> list[Array]:
    """What may be divided by a root: the gradient, and the running means of it that this step has."""
    return [row.gradient, *(new for chain, _, new in row.states if chain in running)]


def is_over_root_of_mean(row: Seen, running: list[int], tolerance: float) -> bool:
    """Whether a move is the gradient over the root of a running mean of it."""
    for kept in (new for chain, _, new in row.states if chain in running):
        for top in _tops(row, running):
            good = (kept > 0) & (np.abs(row.move) > 0) & (np.abs(top) > 0)
            if good.sum() < 3:
                continue
            if fit(tolerance, top[good] / row.move[good], np.sqrt(kept[good]), np.ones(int(good.sum())))[1]:
                return True
    return False


def is_unrooted(row: Seen, running: list[int], squared: list[int], tolerance: float) -> bool:
    """Whether a move is the gradient, or a running mean of it, over a running mean of squares, without a root."""
    for kept in (new for chain, _, new in row.states if chain in squared):
        for top in _tops(row, running):
            big = _big(row, top)
            below = kept[big], np.ones(int(big.sum()))
            if big.sum() > SEVERAL and fit(tolerance, top[big] / row.move[big], *below)[1]:
                return True
    return False


def squares_another(seen: list[Seen], chain: int, other: int, tolerance: float) -> bool:
    """Whether what is kept is a running mean of the squares of something else that is kept."""
    known = [
        (old, new, mean)
        for row in seen
        for c, old, new in row.states
        for each, _, mean in row.states
        if (c, each) == (chain, other)
    ]
    if sum(new.size for _, new, _ in known) < FEW:
        return False
    old, new, mean = (np.concatenate([row[n] for row in known]) for n in range(3))
    return fit(tolerance, new, old, mean**2)[1]


def is_scrambled(row: Seen, running: list[int]) -> bool:
    """Whether a move has the elements of a gradient, or of a running mean of it, in another order, times a number."""
    moved = np.sort(np.abs(row.move))
    for top in _tops(row, running):
        wanted = np.sort(np.abs(top))
        if row.move.size < FEW or not wanted[-1] or not moved[-1] or len({*wanted}) < wanted.size // 2:
            continue
        alike = np.allclose(moved / moved[-1], wanted / wanted[-1], rtol=EXACT, atol=EXACT)
        if alike and not np.allclose(np.abs(row.move) / moved[-1], np.abs(top) / wanted[-1], rtol=EXACT, atol=EXACT):
            return True
    return False


def is_sign(row: Seen) -> bool:
    """Whether nothing of a gradient is left in a move but its signs."""
    big = np.abs(row.gradient) > _TINY * np.abs(row.gradient).max(initial=0.0)
    sizes = np.abs(row.move[big])
    return sizes.size > 3 and bool(sizes.max() - sizes.min() <= _TINY * sizes.max())


def is_stateless(row: Seen, tolerance: float) -> bool:
    """Whether a move is a multiple of the gradient, with weight decay or clipped, or nothing is known of it."""
    if row.move.size < 3 or fit(tolerance, row.move, row.gradient, row.value)[1]:
        return True
    inner = np.abs(row.move) < (1 - 1e-9) * np.abs(row.move).max(initial=0.0)
    return not inner.any() or fit(tolerance, row.move[inner], row.gradient[inner])[1]


def direction(seen: list[Seen]) -> float:
    """Below 0 where moves go down the gradient, above 0 where they go up."""
    return float(sum(np.dot(row.move, row.gradient) for row in seen))
