"""Holds the way from the gradient to the move against the optimizers that are known, in single steps.

The gradient stands somewhere before the move (see `match`). What an optimizer keeps is either a running mean of it
(momentum, Adam's first moment) or one of its square (Adagrad, RMSprop, Adam's second); the move is the one over the
root of the other.
"""

from itertools import pairwise

import numpy as np
import torch

from backproof.check.cut.parameters import Training
from backproof.check.losses.before_move import candidates
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual
from backproof.check.losses.match import Match
from backproof.check.optimizers.applied_again import WHY, adds_up, applied_again
from backproof.check.optimizers.as_others import as_others
from backproof.check.optimizers.corrections import corrections, step_counts
from backproof.check.optimizers.decoupled import SEVERAL, decoupled_over_steps
from backproof.check.optimizers.mixing import mixed
from backproof.check.optimizers.moves import (
    FEW,
    counts_twice,
    direction,
    is_known,
    is_over_root_of_mean,
    is_scrambled,
    is_sign,
    is_stateless,
    is_unrooted,
    squares_another,
)
from backproof.check.optimizers.no_numbers import without_numbers
from backproof.check.optimizers.observed import (
    EXACT,
    SINGLE,
    TOO_FEW,
    Array,
    Fault,
    Seen,
    are_few,
    beside_itself,
    fit,
    seen_of,
    told,
)
from backproof.check.optimizers.upward import upward
from backproof.check.record.trace import CLIPPING
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import real

_SHRINKING = 0.3  # more than this share of itself no weight loses at a step by weight decay
_FALLING = 0.7  # of the share that it loses first
_LOST_DIGITS = 1e-9
_TELLING = 4  # numbers that tell it together

_LOST = "the weights lose {:.0%} of themselves at every step, beside what the gradient takes"
_GROWING = "the weights are made larger at every step where weight decay makes them smaller"
_FORGOTTEN = "the squares of earlier gradients are overwritten: only the newest one is kept"
_UNROOTED = "the move is divided by the running mean of squares, and not by its root"
_UNTOLD = "~"  # too little is seen of an optimizer to say what it is


def faults(training: Training, frames: list[Frame], found: Match, *, sense: int = 0) -> list[Fault]:
    """What is wrong with the optimizer; empty if it is known, and empty if it is like none that is known.

    Args:
        sense: 1 if the loss is to become small, -1 if it is to become great, as a likelihood is; 0 if it is not known.
    """
    rows = _explanations(training, frames, found)
    wrong = [Fault(p, site, why) for p, (why, site) in rows.items() if why not in ("", "?", _UNTOLD)]
    # of two numbers anything can be made: they do not tell what the others should be
    fine = [p for p, (why, _) in rows.items() if why == "" and training.chains[p].shape not in ((), (1,), (1, 1), (2,))]
    odd = [p for p, (why, _) in rows.items() if why == "?"]
    if fine and any(are_few(training, p) for p in odd):
        exact = _tolerance(training)
        odd = [p for p in odd if not (are_few(training, p) and as_others(training, frames, found, p, fine, exact))]
    decays = all(_is_matrix(training, p) for p in odd) and not any(_is_matrix(training, p) for p in fine)
    if 0 < len(odd) <= len(fine) and not wrong and not decays:
        # what the others do is known, so this one is not another optimizer but a slip; weights alone may decay
        wrong = [Fault(p, rows[p][1], "this parameter is not moved as the others are") for p in odd]
    if not (training.states and any(frame.replay.replaced or frame.replay.patched for frame in frames)):
        # what an optimizer keeps of earlier steps still comes from the program as it was
        wrong += upward(training, frames, found, {fault.parameter for fault in wrong}, sense)
    wrong += _one_sided(frames, found, {fault.parameter for fault in wrong})
    known = {fault.parameter for fault in wrong}
    more = (
        *without_numbers(frames, found),
        *_vanishing(training, found),
        *mixed(training, frames, found),
        *applied_again(frames, found),
    )
    wrong += [fault for fault in more if fault.parameter not in known]
    return wrong + step_counts(training, frames, found, set(rows)) + corrections(training, frames, rows, found)


def _is_matrix(training: Training, parameter: int) -> bool:
    """Whether a parameter is a weight and not a bias, by its shape."""
    return sum(length > 1 for length in training.chains[parameter].shape) > 1


def is_unknown(training: Training, frames: list[Frame], found: Match) -> bool:
    """Whether some parameter is moved by an optimizer that is like none that is known."""
    return any(why == "?" for why, _ in _explanations(training, frames, found).values())


def _tolerance(training: Training) -> float:
    """How exactly what is kept is known: weights may be of single precision."""
    lasts = (training.trace.values[update] for chain in training.chains for update in chain.updates[-1:])
    return SINGLE if any(getattr(value, "dtype", None) == np.float32 for value in lasts) else EXACT


def _explanations(training: Training, frames: list[Frame], found: Match) -> dict[int, tuple[str, int]]:
    """Of each parameter what `_explained` says."""
    tolerance = _tolerance(training)
    rows: dict[int, tuple[str, int]] = {}
    for parameter in found.evidence:
        seen = seen_of(training, frames, found, parameter, tolerance)
        if seen:
            why, site = _explained(training, parameter, seen, tolerance)
            rows[parameter] = why, _square(frames, parameter, seen[0], site) if why == _FORGOTTEN else site
    return rows


def _square(frames: list[Frame], parameter: int, seen: Seen, site: int) -> int:
    """Where a gradient is squared on its way to the move; `site` if that is not found."""
    frame = next(frame for frame in frames if parameter in frame.parameters)
    for node in candidates(frame, parameter):
        if frame.trace.operations[node] in ("power", "square", "multiply", "float_power"):
            with torch.no_grad():
                made = real(frame.replay.value(node))
            if factor_and_residual(made, torch.from_numpy(seen.gradient**2))[1] <= TOLERANCE:
                return frame.trace.sites[node]
    return site


def _vanishing(training: Training, found: Match) -> list[Fault]:
    """The parameters that lose more of themselves at each step than by any weight decay, with nothing kept between."""
    lost = {p: e.decay * max(map(abs, e.factors.values()), default=0.0) for p, e in found.evidence.items() if e.decay}
    much = {p: share for p, share in lost.items() if share > _SHRINKING and not _loses_less(training, p)}
    return [Fault(p, training.chains[p].site, _LOST.format(share)) for p, share in much.items()]


def _loses_less(training: Training, parameter: int) -> bool:
    """Whether the share that a parameter loses of itself becomes smaller, where it loses that and is moved by nothing
    else, as where it is divided by the number of the epoch."""
    values = [training.trace.values[v] for v in training.chains[parameter].versions if v is not None]
    shares: list[float] = []
    for before, after in pairwise(values):
        if isinstance(before, np.ndarray) and isinstance(after, np.ndarray) and before.size > 1 and np.any(before):
            (share,), exact = fit(EXACT, (after - before).reshape(-1), before.reshape(-1))
            if exact and share < 0:
                shares.append(-share)
    return len(shares) > 1 and shares[-1] < _FALLING * shares[0]


def _one_sided(frames: list[Frame], found: Match, known: set[int]) -> list[Fault]:
    """The gradients that are clipped to one sign, so that half of their elements move nothing."""
    faulty: dict[int, Fault] = {}
    for number, gradients in found.gradients.items():
        frame = frames[number]
        for parameter, gradient in gradients.items():
            if parameter in known or parameter in faulty or not (bool((gradient > 0).any() and (gradient < 0).any())):
                continue
            for node in candidates(frame, parameter):
                inputs = frame.trace.inputs(node)
                if frame.trace.operations[node] not in CLIPPING or not inputs:
                    continue
                with torch.no_grad():
                    before, after = real(frame.replay.value(inputs[0])), real(frame.replay.value(node))
                if before.shape != after.shape or factor_and_residual(before, gradient)[1] > TOLERANCE:
                    continue
                if not bool(after[before > 0].any()) or not bool(after[before < 0].any()):
                    why = "the gradient is clipped to one sign, so that what points the other way moves nothing"
                    faulty[parameter] = Fault(parameter, frame.trace.sites[node], why)
    return list(faulty.values())


def _fit_mean(rows: list[tuple[Seen, Array, Array]], tolerance: float) -> tuple[tuple[float, float], bool]:
    """What a state keeps of itself and takes in of the gradient, if it is a mean of these, in one way or another."""
    new, old = np.concatenate([n for _, n, _ in rows]), np.concatenate([o for _, _, o in rows])
    own = np.concatenate([row.gradient for row, _, _ in rows])
    (keep, share), exact = fit(tolerance, new, old, own)
    if exact:
        return (keep, share), True
    for found in (_fit_each(rows, tolerance), _fit_together(rows, tolerance), _fit_most(new, old, own, tolerance)):
        if found[1]:
            return found
    return (keep, share), False


def _fit_each(rows: list[tuple[Seen, Array, Array]], tolerance: float) -> tuple[tuple[float, float], bool]:
    """As `_fit`, with a rate that may change from step to step."""
    fits = [fit(tolerance, new, old, row.gradient) for row, new, old in rows if new.size > 2]
    if not fits or not all(exact for _, exact in fits):
        return (0.0, 0.0), False
    begun = [
        found for (found, _), (_, _, old) in zip(fits, [r for r in rows if r[1].size > 2], strict=True) if np.any(old)
    ]
    keeps = [keep for keep, _ in begun]
    return (max(keeps, default=0.0), fits[-1][0][1]), not keeps or max(keeps) - min(keeps) < 1e-4


def _fit_together(rows: list[tuple[Seen, Array, Array]], tolerance: float) -> tuple[tuple[float, float], bool]:
    """As `_fit_each` for two numbers, which one step does not tell apart: all steps keep the same share."""
    if len(rows) < 3 or any(new.size != 2 for _, new, _ in rows):
        return (0.0, 0.0), False
    new, old = np.concatenate([n for _, n, _ in rows]), np.concatenate([o for _, _, o in rows])
    own = np.zeros((len(new), len(rows)))
    for number, (row, _, _) in enumerate(rows):
        own[2 * number : 2 * number + 2, number] = row.gradient
    (keep, *shares), exact = fit(tolerance, new, old, *own.T)
    same = len({np.sign(share) for share in shares}) == 1
    return (keep, shares[-1]), exact and same


def _fit_most(new: Array, old: Array, gradient: Array, tolerance: float) -> tuple[tuple[float, float], bool]:
    """As `fit` for single numbers, of which one may have another rate: the last batch is seldom as large as others."""
    if new.size > FEW:
        return (0.0, 0.0), False
    for left in range(new.size if new.size > 4 else 0):
        most = np.arange(new.size) != left
        (keep, share), exact = fit(tolerance, new[most], old[most], gradient[most])
        if exact:
            return (keep, share), True
    return (0.0, 0.0), False


def _joined(seen: list[Seen], pick: str) -> Array:
    return np.concatenate([getattr(row, pick) for row in seen])


def _explained(training: Training, parameter: int, seen: list[Seen], tolerance: float) -> tuple[str, int]:
    """What is wrong with an optimizer, and where; '' if it is known, '?' if it is not, '~' if too little is seen."""
    site = training.chains[parameter].site
    usable = [row for row in seen if np.isfinite(row.move).all() and np.isfinite(row.gradient).all()]
    # a move that is lost in the rounding of what it is added to shows nothing
    usable = [row for row in usable if np.abs(row.move).max() > _LOST_DIGITS * np.abs(row.value).max()]
    if not usable or sum(told(row.move, row.gradient) for row in usable) < 6:
        return _UNTOLD, site
    seen = usable
    gradient = _joined(seen, "gradient")
    if not np.any(gradient):
        return _UNTOLD, site
    chains = sorted({chain for row in seen for chain, _, _ in row.states})
    running: list[int] = []
    squared: list[int] = []
    for chain in chains:
        kind, why = _moment(seen, chain, chains, tolerance)
        if why:
            return why, training.chains[chain].site
        running += [chain] * (kind == "running")
        squared += [chain] * (kind == "squared")
    if all(is_known(row, running, squared, tolerance) for row in seen):
        if len(running) == 1 and not squared and counts_twice(seen, running[0], tolerance):
            return "what is kept of earlier steps counts more than once", site
        return _decay(seen, site, tolerance)
    if squared and all(is_unrooted(row, running, squared, tolerance) for row in seen):
        return _UNROOTED, site
    if squared and all(row.move.size <= SEVERAL + 2 for row in seen):
        told_of = decoupled_over_steps(seen, running, squared)
        if told_of is not False:
            return ("" if told_of else _UNTOLD), site
    if not squared and running and all(is_over_root_of_mean(row, running, tolerance) for row in seen):
        return "the second moment is kept of the gradient and not of its square", training.chains[running[-1]].site
    if not running:
        opposed = [
            np.sign(row.move[big]) == -np.sign(row.gradient[big])
            for row in seen
            if (big := np.abs(row.gradient) > 1e-9 * np.abs(row.gradient).max()).any()
        ]
        share = float(np.concatenate(opposed).mean()) if opposed else 1.0
        down = share if direction(seen) <= 0 else 1 - share
        if chains and down < 0.9:
            return "the move does not go down the gradient", site
    if not squared and all(is_scrambled(row, running) for row in seen):
        return "the elements of what moves it are put into another order", site
    others = any(owner != parameter for owner in training.states.values())
    if others and not chains and all(is_sign(row) for row in seen):
        return _FORGOTTEN, site
    return "?" if chains or (others and not all(is_stateless(row, tolerance) for row in seen)) else "", site


def _moment(seen: list[Seen], chain: int, chains: list[int], tolerance: float) -> tuple[str, str]:
    """Whether what an optimizer keeps is a "running" mean of gradients, or one of their squares, "squared"; and what is
    wrong with it, as `_explained` says it."""
    rows = [(row, old, new) for row in seen for c, old, new in row.states if c == chain and c not in row.earlier]
    if not rows:
        return "squared", ""  # it takes in the gradient behind the move, as in GloVe: that of another step here
    if any(new.size != row.gradient.size for row, _, new in rows):
        return "", "?"
    new, old = np.concatenate([n for _, _, n in rows]), np.concatenate([o for _, o, _ in rows])
    own = np.concatenate([row.gradient for row, _, _ in rows])
    (keep, share), linear = _fit_mean([(row, n, o) for row, o, n in rows], tolerance)
    (faded, _), square = fit(tolerance, new, old, own * own)
    again = keep >= 1 - 1e-9 and abs(share) > 0 and bool(np.any(old))
    if not square and (again if linear else any(adds_up(row.gradient, o, n, tolerance) for row, o, n in rows)):
        return "", WHY
    if linear and not (again and square):  # where one number is not zero, its square is a multiple of it
        if keep < -1e-6 and np.any(old):
            return "", "what is kept of earlier steps is turned around at every step"
        # what keeps nothing is the gradient itself, to which something is added
        keeps = not np.any(old) or abs(keep) * np.abs(old).max() > tolerance * np.abs(new).max()
        return "running" if keeps else "", ""
    if square:
        forgotten = bool(np.any(old)) and abs(faded) * np.abs(old).max() <= tolerance * np.abs(new).max()
        return "squared", _FORGOTTEN if forgotten else ""
    if fit(tolerance, new, old, np.abs(own))[1]:
        return "", "the second moment is kept of the gradient and not of its square"
    (_, share, decay), decayed = fit(tolerance, new, old, own, np.concatenate([row.value for row, _, _ in rows]))
    if decayed:
        return "running", _GROWING if share * decay < -1e-9 * share**2 else ""
    if any(squares_another(seen, chain, other, tolerance) for other in chains if other != chain):
        return "", "the second moment is kept of the first one and not of the gradient"
    return "", "?"


def _decay(seen: list[Seen], site: int, tolerance: float) -> tuple[str, int]:
    """A weight may shrink at every step; it may not grow."""
    for row in seen:
        if row.states:
            return "", site
        # of a gradient that is clipped all over, a weight that it made may be a multiple: that alone explains it
        _, decay = beside_itself(tolerance, row) or (0.0, 0.0)
        if decay < -_SHRINKING:
            return _LOST.format(-decay), site
        if decay > 1e-12:
            return _GROWING, site
    return (_GROWING if _doubles(seen, tolerance) else ""), site


def _doubles(seen: list[Seen], tolerance: float) -> bool:
    """Whether single numbers grow by a share of themselves that only several steps tell, beside a steady rate."""
    rows = [row for row in seen if row.move.size <= TOO_FEW and np.any(row.move)]
    if len(rows) < len(seen) or sum(row.move.size for row in rows) < _TELLING:
        return False
    scales = [np.abs(row.move).max() for row in rows]  # what grows without end would be told by its last step alone
    move, gradient, value = (
        np.concatenate([getattr(row, term) / scale for row, scale in zip(rows, scales, strict=True)])
        for term in ("move", "gradient", "value")
    )
    (_, decay), exact = fit(tolerance, move, gradient, value)
    return exact and decay > _SHRINKING and not fit(tolerance, move, gradient)[1]
