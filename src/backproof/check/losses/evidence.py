"""What a parameter's moves say about a loss: whether they are its gradient times a number, and which number."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor, real

TOLERANCE = 1e-6
SAME = 1e-5  # relative, of two factors that are one and the same but for rounding
_UNSEEN, _NONE = 1e-16, 1e-300  # what is lost beside 1, and what is nothing
_BLURRED = 1e-3  # what is further off is off by more than lost digits, or can be looked at elsewhere only
_WITH_ALL_DIGITS = 1e-9  # what fits so well has lost none
_ALONE = 3  # as few elements
_CANCELLED = 2e-15  # what a difference of two numbers near 1 can be off by, and ten times that to be safe
_DIVERGED = 100.0  # times as large no weight becomes by learning in a few steps
_FEWEST = 5  # elements that tell two shares
_FEW = 200  # elements by which a large parameter is looked at first
_FAR = 1000.0  # times the factor of other steps


@dataclass
class Evidence:
    """What one parameter's moves say about a loss: at how many steps they follow its gradient, and at how many not."""

    agreeing: int = 0
    differing: int = 0
    factors: dict[int, float] = field(default_factory=dict)  # of each step
    steady: bool = True  # whether the factor is the same at every step, or a rate explains how it changes
    decay: float = 0.0  # the share of the parameter itself that is taken away beside the gradient
    saturated: dict[int, float] = field(default_factory=dict)  # the factors that are no more than a guess
    handed: Key | None = None  # where the gradient stands before the optimizer; None: the move itself
    counted: float = 1.0  # the whole numbers that it is multiplied with from there on, until the optimizer gets it
    endless: bool = False  # whether some move is no number

    @property
    def holds(self) -> bool:
        nothing = self.endless and not self.agreeing and not self.saturated
        return self.differing == 0 and not nothing

    @property
    def goes_up(self) -> bool:
        """Whether some move, or what is handed to the optimizer, points along the gradient and not against it."""
        return any(factor > 0 for factor in self.factors.values())


def factor_and_residual(found: Tensor, wanted: Tensor) -> tuple[float, float]:
    """The factor `f` in `found ≈ f · wanted`, and the largest difference, relative to the largest value found."""
    if found.numel() != wanted.numel() or not found.numel():  # an edit may leave nothing of an array
        return 0.0, math.inf
    if found.numel() == 1:  # of a network that is written with single numbers there are very many
        return _of_numbers(float(real(found)), float(wanted))
    found, wanted = real(found).detach().reshape(-1), wanted.reshape(-1)
    scale, length = float(found.abs().max()), float(torch.dot(wanted, wanted))
    if not scale < float("inf") or math.isnan(scale):
        return 0.0, float("inf")
    if length == 0.0:
        return 0.0, 0.0 if scale == 0.0 else float("inf")
    factor = float(torch.dot(found, wanted)) / length
    if scale == 0.0:
        return 0.0, float("inf")
    return factor, float((found - factor * wanted).abs().max()) / scale


def _of_numbers(found: float, wanted: float) -> tuple[float, float]:
    """The factor and the difference of two single numbers."""
    if not math.isfinite(found):
        return 0.0, math.inf
    if wanted * wanted == 0.0:
        return 0.0, 0.0 if found == 0.0 else math.inf
    if found == 0.0:
        return 0.0, math.inf
    factor = found * wanted / (wanted * wanted)
    return factor, abs(found - factor * wanted) / abs(found)


def largest_element(value: Tensor) -> float:
    """The largest of a value's elements, without their signs; 0 if it has none."""
    if value.numel() == 1:
        return abs(float(value))
    return float(value.abs().max()) if value.numel() else 0.0


def same_factor(a: float, b: float) -> bool:
    """Whether two factors are one and the same, rounding apart."""
    return abs(a - b) <= SAME * max(abs(a), abs(b))


def usual_factor(factors: Sequence[float]) -> float | None:
    """The factor that most of some have, rounding apart; None if there are none."""
    alike = Counter(next(f for f in factors if same_factor(f, factor)) for factor in factors)
    return alike.most_common(1)[0][0] if alike else None


def same_factors(one: Any, others: Any) -> Any:
    """Of some rows of factors, whether each is the same as one row wherever both have any (others are nan)."""
    apart = np.abs(others - one) > SAME * np.maximum(np.abs(others), np.abs(one))
    return ~apart.any(axis=-1)


def is_steady(factors: list[float]) -> bool:
    return bool(factors) and max(factors) - min(factors) <= SAME * max(abs(f) for f in factors)


def direct_evidence(
    frames: list[Frame], gradients: dict[int, dict[int, Tensor]], largest: dict[int, float], parameter: int
) -> Evidence:
    evidence = Evidence()
    for number, found in gradients.items():
        frame = frames[number]
        if parameter not in found:
            continue
        start = frame.start(parameter)
        weigh(
            evidence,
            number,
            frame.move(parameter),
            found[parameter],
            largest[number],
            _rounding(frame, parameter, start),
            frame.nearest_rest,
        )
    tiny_moves_fit(evidence)
    return evidence


def _rounding(frame: Frame, parameter: int, start: Tensor) -> float:
    """How far a move can be off because it is the difference of two numbers."""
    if frame.added(parameter) is not None:
        return 0.0
    return 4e-16 * largest_element(start.detach())


def weigh(
    evidence: Evidence, number: int, found: Tensor, wanted: Tensor, largest: float, rounding: float, rest: float
) -> None:
    """Add to the evidence what a move says at one step; see `weigh_fit`."""
    found = found.detach()
    fit, moved, asked = factor_and_residual(found, wanted), largest_element(found), largest_element(wanted)
    weigh_fit(evidence, number, fit, moved, asked, largest, rounding, rest, wanted)


def _is_alone(gradient: Tensor) -> bool:
    """Whether so few of a gradient's elements, or rows or columns of them, are seen beside its largest one that much
    else is a multiple of it: those of one unit are the inputs times one number, whatever has become of that."""
    seen = gradient.abs() > _WITH_ALL_DIGITS * gradient.abs().max()
    sides = [seen] if seen.dim() < 2 else [seen.flatten(1).any(dim=1), seen.flatten(1).any(dim=0)]
    return min(int(torch.count_nonzero(side)) for side in sides) < _ALONE


def weigh_fit(
    evidence: Evidence,
    number: int,
    fit: tuple[float, float],
    moved: float,
    asked: float,
    largest: float,
    rounding: float,
    rest: float,
    wanted: Tensor,
) -> None:
    """Add to the evidence what a value says at one step.

    Args:
        fit: the factor of the gradient that it is, and how far it is from that.
        moved: the largest element of what is moved, or handed on.
        asked: that of the gradient.
        largest: the largest element of all parameters' gradients.
        rounding: how far what was found can be off.
        rest: the smallest 1 - p that a logarithm is taken of.
        wanted: the gradient.
    """
    if not math.isfinite(moved):
        evidence.endless = True
        return  # near the recorded point it is no number, as the root of a mean of squares may be: this proves nothing
    if asked <= 1e-13 * largest and moved <= max(rounding * 100, _NONE):
        return  # nothing is asked for and nothing is done: this proves nothing
    if asked <= _UNSEEN and moved <= _NONE:
        return  # a sigmoid that is 1 but for what no digit shows has a slope of zero
    if moved and rounding > 0.01 * moved:
        return  # a move so small is lost in the rounding of what it is added to
    if asked <= 1e-13 * largest and moved and moved < 1e-12:
        return
    factor, residual = fit
    # where a unit is saturated, `1 - a` has lost the digits that tell how far from 1 it is
    lost = _CANCELLED * largest / asked + min(_CANCELLED / rest, _BLURRED) if asked else 0.0
    if residual > TOLERANCE + lost + (rounding / moved if moved else 0.0):
        evidence.differing += 1
    elif lost > TOLERANCE and (residual > _WITH_ALL_DIGITS or _is_alone(wanted)):
        evidence.saturated[number] = factor
    else:
        evidence.agreeing += 1
        evidence.factors[number] = factor


def tiny_moves_fit(evidence: Evidence, others: Iterable[float] = ()) -> None:
    """What is so small that its digits are lost shows nothing but that it is small, as it should be: beside the other
    moves of the parameter or, where all of them are so small, beside those of `others`, by their factors."""
    known = evidence.factors.values() or others
    usual = max((abs(factor) for factor in known), default=None)
    if usual is not None:
        evidence.differing += sum(abs(factor) > _FAR * usual for factor in evidence.saturated.values())


def largest_of(frames: list[Frame], gradients: dict[int, dict[int, Tensor]]) -> dict[int, float]:
    """What the largest element of all gradients is in some frame, times its inputs where they are large: where it is
    much less, all is saturated and has lost its digits. Where training goes to infinity, each frame stands alone."""
    largest = {
        number: max(map(largest_element, found.values()), default=0.0) * frames[number].largest_input
        for number, found in gradients.items()
    }
    weights = [weight for number in largest if (weight := frames[number].largest_weight)]  # they may begin as zeros
    if not weights or not max(weights) < _DIVERGED * min(weights):
        return largest
    return dict.fromkeys(largest, max(largest.values()))


def _fits_nowhere(moved: Tensor, gradient: Tensor, weights: Tensor) -> bool:
    """Whether a few elements of a large parameter already show that its move at one step is no sum of its gradient and
    of a share of its weights: what fits all elements within the tolerance fits some of them, too."""
    if moved.numel() < 10 * _FEW:
        return False
    some = slice(None, None, moved.numel() // _FEW)
    wanted, terms = moved[some], torch.stack([gradient[some], weights[some]], dim=1)
    norms = terms.abs().amax(dim=0)
    if not bool((norms > 0).all()) or not bool(torch.isfinite(terms).all() and torch.isfinite(wanted).all()):
        return False
    left = wanted - terms / norms @ torch.linalg.lstsq(terms / norms, wanted[:, None]).solution[:, 0]
    return float(left.square().mean().sqrt()) > TOLERANCE * float(moved.abs().max())


def shares_of(wanted: Tensor, terms: Tensor, fewest: int = _FEWEST) -> tuple[float, float] | None:
    """The numbers by which some elements are the sum of two terms, a column each; None if they are not, if a term is
    nothing, or if they are too few to tell."""
    if wanted.numel() < fewest or not bool(torch.isfinite(terms).all() and torch.isfinite(wanted).all()):
        return None
    norms, scale = terms.abs().amax(dim=0), wanted.abs().max()
    if not bool((norms > 0).all()) or float(scale) == 0.0:
        return None
    solved = torch.linalg.lstsq(terms / norms, (wanted / scale)[:, None]).solution[:, 0]
    if float(((terms / norms) @ solved - wanted / scale).abs().max()) > TOLERANCE:
        return None
    one, other = (float(number) for number in solved * scale / norms)
    return one, other


def decayed_evidence(frames: list[Frame], gradients: dict[int, dict[int, Tensor]], parameter: int) -> Evidence | None:
    """The evidence if a parameter's moves are its gradient and a share of the parameter itself: weight decay. Where the
    rate is another one at each step, the decay is the same part of it."""
    rows: list[tuple[Tensor, Tensor]] = []
    told: list[int] = []
    numbers = [number for number in gradients if parameter in gradients[number]]
    if sum(gradients[number][parameter].numel() for number in numbers) < _FEWEST:
        return None
    for number in numbers:
        moved, gradient = frames[number].move(parameter).detach().reshape(-1), gradients[number][parameter].reshape(-1)
        weights = frames[number].start(parameter).detach().reshape(-1)
        if _fits_nowhere(moved, gradient, weights):
            return None
        if not bool(weights.any()) and factor_and_residual(moved, gradient)[1] <= TOLERANCE:
            continue  # of what is zero, nothing is lost
        touched = (moved != 0) | (gradient != 0)
        told.append(number)
        rows.append((moved[touched], torch.stack([gradient[touched], weights[touched]], dim=1).detach()))
    if not rows:
        return None
    together = _rate_and_decay(torch.cat([moved for moved, _ in rows]), torch.cat([terms for _, terms in rows]))
    few = 3 if len(rows) > 2 else _FEWEST  # of several steps together, three numbers of each tell
    known = [together] * len(rows) if together is not None else [_rate_and_decay(*row, few) for row in rows]
    found = [one for one in known if one is not None]
    shares = [decay / rate for rate, decay in found]
    if len(found) < len(rows) or not (is_steady(shares) or (is_steady([rate for rate, _ in found]) and _fall(shares))):
        return None
    rates = {number: rate for number, (rate, _) in zip(told, found, strict=True)}
    return Evidence(len(numbers), 0, rates, decay=found[0][1] / found[0][0])


def _fall(shares: list[float]) -> bool:
    """Whether shares become smaller, step by step or now and then, as a penalty that is divided by the epoch."""
    return len(shares) > 2 and all(later <= earlier * (1 + TOLERANCE) for earlier, later in pairwise(shares))


def _rate_and_decay(moved: Tensor, terms: Tensor, fewest: int = _FEWEST) -> tuple[float, float] | None:
    """The factors of the gradient and of the weights, which are the columns of the terms, in moves; None if the moves
    are nothing of the kind."""
    shares = shares_of(moved, terms, fewest)
    if shares is None:
        return None
    rate, decay = shares
    norms, scale = terms.abs().amax(dim=0), moved.abs().max()
    # where only one of the two is seen, it is no decay beside a gradient, or no gradient
    if rate >= 0 or decay >= 0 or min(-rate * float(norms[0]), -decay * float(norms[1])) < 1e-7 * float(scale):
        return None
    return rate, decay
