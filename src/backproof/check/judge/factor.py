"""The factor of a report: what the updates are times the gradient of the stated loss."""

import math
from collections.abc import Callable
from functools import cache, partial

from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, is_steady
from backproof.check.losses.handed import factors_before
from backproof.check.losses.losses import Standard
from backproof.check.losses.outputs import nodes_at, output_nodes, outputs
from backproof.check.losses.pairs import pairs
from backproof.check.losses.rates import constants
from backproof.check.losses.scaled import data_of

_EXACT = 1e-6  # how far a factor may be from 1 and still be it


def reported_factor(judgement: Judgement) -> float | None:
    """What the update is times the gradient of the stated loss, the learning rate apart."""
    found = judgement.match
    if found is None or (judgement.kind == "absolute" and found.loss != judgement.stated):
        return None
    apart = judgement.kind is not None and isinstance(found.loss, Standard)
    scale = judgement.stated_multiple * _more_samples(judgement) if apart else _beside_stated(judgement)
    values: list[float] = []
    alike = _alike(judgement)
    rates: Callable[[int, int], float] = cache(partial(_rate, judgement))
    steady = _steady(judgement, alike, scale or 1.0, rates)
    if alike and len(steady) != 1:
        bare = cache(partial(_rate, judgement, without_data=True))
        alone = _steady(judgement, alike, scale or 1.0, bare)
        if len(alone) == 1 or not steady:  # of several, each holds a number of the data, which is no rate
            rates, steady = bare, alone
    for parameter, evidence in found.evidence.items():
        for number, factor in evidence.factors.items():
            if number >= len(judgement.frames):
                continue
            frame = judgement.frames[number]
            before = factors_before(frame, parameter, found.gradients[number][parameter])
            if any(abs(abs(f / (scale or 1.0)) - 1) < _EXACT for f in before):
                factors = [scale or 1.0]  # somewhere on the way stands the very gradient, whatever the rate is
            elif evidence.handed is None:
                # moves that are all the same multiple have one rate: what else is on the way to some is of the gradient
                same = found.evidence if number in alike else [parameter]
                factors = [factor / rates(number, each) for each in same if each in frame.moves]
                # an element of the data may look like a rate, but it is another one at another step
                factors = [f for f in factors if _rounded(f / (scale or 1.0)) in steady] or factors
            else:  # an optimizer takes in a share of the gradient: it is the gradient that counts
                factors = [factor, *before]
            value = min((abs(f / (scale or 1.0)) for f in factors), key=lambda f: abs(math.log(f or 1e-300)))
            values.append(_rounded(value))
    return max(values, key=values.count, default=None)


def _rate(judgement: Judgement, number: int, parameter: int, *, without_data: bool = False) -> float:
    """What a move is multiplied with beside its gradient at a step, or without what the network multiplies its
    parameters with."""
    frame = judgement.frames[number]
    data = frozenset(map(abs, data_of(frame))) if without_data else frozenset[float]()
    return constants(frame, parameter, data=data)[0] or 1.0


def _steady(judgement: Judgement, alike: set[int], scale: float, rates: Callable[[int, int], float]) -> set[float]:
    """The factors, the rates apart, that some move has at each of the `alike` steps."""
    assert judgement.match is not None
    rows = [
        {
            _rounded(e.factors[number] / rates(number, p) / scale)
            for p, e in judgement.match.evidence.items()
            if number in e.factors and p in judgement.frames[number].moves
        }
        for number in alike
    ]
    return set.intersection(*rows) if rows else set()


def _rounded(factor: float) -> float:
    return 1.0 if abs(abs(factor) - 1) < _EXACT else float(f"{abs(factor):.6g}")


def _beside_stated(judgement: Judgement) -> float:
    """How many times the descended loss's gradient the stated one's is, where they are told apart: the sum of which a
    mean is stated, for one."""
    assert judgement.match is not None
    told = judgement.told
    if told is None or told.loss == judgement.match.loss:
        return 1.0
    for number in sorted(told.gradients.keys() & judgement.match.gradients.keys()):
        for parameter, gradient in judgement.match.gradients[number].items():
            stated = told.gradients[number].get(parameter)
            if stated is not None and bool(gradient.any()):
                factor, residual = factor_and_residual(stated, gradient)
                return factor if residual <= TOLERANCE and factor else 1.0
    return 1.0


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


def _more_samples(judgement: Judgement) -> float:
    """Of how many times as many outputs the loss is told as a step sees: of a mean, a batch has the mean of its own."""
    assert judgement.match is not None
    loss, spoken = judgement.match.loss, judgement.stated
    if not isinstance(loss, Standard) or spoken is None:
        return 1.0
    for frame in judgement.frames:
        behind = frame.ancestors(nodes_at(frame, spoken.key), frame.forward)
        own = sum(output.numel() for output, _ in outputs(frame, loss.pair))
        for pair in pairs([frame]) if behind and own else ():
            met = output_nodes(frame, pair)
            if pair.key == loss.pair.key or not met or not behind.issuperset(met):
                continue
            told = sum(output.numel() for output, _ in outputs(frame, pair))
            if told:
                return told / own
    return 1.0
