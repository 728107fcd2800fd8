"""Whether the factors between moves and gradients are the same at each step, but for rates, and counts of samples."""

import math

from backproof.check.losses.evidence import Evidence, is_steady
from backproof.check.losses.rates import FEWER, HOPS, constants, is_counted, measured, numbers_on_the_way
from backproof.check.replay.frame import Frame, Key


def unsteady(found: dict[int, Evidence], frames: list[Frame]) -> bool:
    """Whether the factor of the moves changes from step to step in a way that no rate and no count explains."""
    for parameter, evidence in found.items():
        if not evidence.holds or len(evidence.factors) < 2 or evidence.handed is not None or evidence.decay:
            continue
        evidence.steady = is_steady(list(evidence.factors.values())) or any(
            _explain(evidence.factors, parts)
            for hops in (HOPS, *FEWER)
            # what is the same at each step explains no change
            if len({*(parts := {n: constants(frames[n], parameter, hops) for n in evidence.factors}).values()}) > 1
        )
        evidence.steady = evidence.steady or is_counted(evidence.factors, frames)
    if any(evidence.holds and not evidence.steady for evidence in found.values()):
        _measure(found, frames)
    if any(evidence.holds and not evidence.steady for evidence in found.values()):
        _share_a_number(found, frames)
    return any(not evidence.steady for evidence in found.values())


def _measure(found: dict[int, Evidence], frames: list[Frame]) -> None:
    """See whether the factors are steady but for one number that is measured of the network at each step, as the mean
    of its errors, and that multiplies the moves of all parameters alike: a rate that is chosen anew for each step."""
    rates: dict[int, tuple[int, float]] = {}  # of each step that number, with its node
    for parameter, evidence in found.items():
        for number in evidence.factors:
            rate = measured(frames[number], parameter)
            if rate is None or rate[1] <= 0 or rates.setdefault(number, rate) != rate:
                return
    for evidence in found.values():
        own = [factor / rates[number][1] for number, factor in evidence.factors.items()]
        evidence.steady = evidence.steady or is_steady(own)


def _share_a_number(found: dict[int, Evidence], frames: list[Frame]) -> None:
    """See whether the factors are steady but for a number that all parameters' moves are multiplied with, where it
    stands beside others: beside the slope of a hinge, which no weight is part of, or a decay."""
    if not all(evidence.holds for evidence in found.values()):
        return
    rates: list[dict[Key, float]] = []
    numbers = sorted({number for evidence in found.values() for number in evidence.factors})
    for number in numbers:
        known = [numbers_on_the_way(frames[number], p) for p, e in found.items() if number in e.factors]
        shared = set.intersection(*({*own.values()} for own in known))
        rates.append({key: value for own in known for key, value in own.items() if value in shared})
    alone = [math.prod(frames[0].training.chains[p].shape) for p in found] == [1]
    for key in set.intersection(*map(set, rates)) if rates and not alone else ():
        rate = {number: own[key] for number, own in zip(numbers, rates, strict=True)}
        if min(rate.values()) > 0 and all(
            is_steady([factor / rate[number] for number, factor in evidence.factors.items()])
            for evidence in found.values()
            if evidence.factors
        ):
            for evidence in found.values():
                evidence.steady = True
            return


def _explain(factors: dict[int, float], parts: dict[int, tuple[float, float]]) -> bool:
    """Whether the factors are steady but for their rates, or for these and the counts of samples."""
    rated = [factor / (parts[n][0] or 1.0) for n, factor in factors.items()]
    counted = [factor / ((parts[n][0] * parts[n][1]) or 1.0) for n, factor in factors.items()]
    return is_steady(rated) or is_steady(counted)
