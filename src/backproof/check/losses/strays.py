"""The parameters that follow their gradient by another factor than the others do."""

import math
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from backproof.check.losses.evidence import Evidence, same_factor
from backproof.check.losses.handed import rate_of
from backproof.check.losses.rates import FEWER, HOPS, handed_on
from backproof.check.losses.scaled_errors import by_scaled_error, readers_ahead
from backproof.check.replay.frame import Frame

_BUCKETS = 100  # of factors, for each time that they are e times as large
_POWER = 1e-3  # how far from a whole number the power of a rate may be


def strays(
    found: dict[int, Evidence], frames: list[Frame], shares: Callable[[], AbstractSet[float]] = frozenset
) -> list[int]:
    """The parameters whose factor differs from the others', and not by a learning rate of their own.

    Args:
        shares: gives those of the loss that training may well descend, as 1 of what the program states: who follows
            such a share of it by a rate alone is rather right, if not all do.
    """
    holding = {p: e for p, e in found.items() if e.holds and e.factors and e.steady}
    factors = {p: {n: f * e.counted for n, f in e.factors.items()} for p, e in holding.items()}
    plain = _apart(factors, frames[0])
    if not plain:
        return []
    rest = _without_rates(holding, frames, HOPS)
    if exact := _by_rate_alone(holding, rest, shares()):
        plain = _apart(factors, frames[0], exact)
    if _by_what_is_handed_on(holding, plain, frames):
        return plain
    if scaled := by_scaled_error(holding, plain, frames):
        return scaled
    # numbers that the gradients themselves are divided by pass for rates too: they must explain all, not a few more;
    # those further back may be the network's own, as what a dropout divides by
    fewer = (_without_rates(holding, frames, hops) for hops in FEWER)
    return plain if all(_apart(each, frames[0]) for each in (rest, *fewer)) else []


def _by_rate_alone(
    holding: dict[int, Evidence], rest: dict[int, dict[int, float]], shares: AbstractSet[float]
) -> set[int]:
    """The parameters that are moved by one of some shares of a loss's gradient times a rate, and nothing else, or whose
    optimizer is handed that gradient, or its negative; none if all are.

    Args:
        rest: their factors without the rates.
    """

    def is_share(parameter: int, factor: float) -> bool:
        down = factor if holding[parameter].handed is None else -abs(factor)
        return any(same_factor(down, -share) for share in shares)

    found = {p for p, own in rest.items() if all(is_share(p, factor) for factor in own.values())}
    return found if len(found) < len(rest) else set()


def _without_rates(holding: dict[int, Evidence], frames: list[Frame], hops: int) -> dict[int, dict[int, float]]:
    """The factors without the rates of the last so many operations before each move."""
    return {
        parameter: {
            number: factor * evidence.counted / (rate_of(frames[number], parameter, evidence, hops) or 1.0)
            for number, factor in evidence.factors.items()
        }
        for parameter, evidence in holding.items()
    }


def _by_what_is_handed_on(holding: dict[int, Evidence], plain: list[int], frames: list[Frame]) -> bool:
    """Whether the factors of some parameters differ from the others' by a power of a rate that each layer hands on with
    its error: that is no rate of its own."""
    # not every parameter is moved at every step
    rates = {rate for p, e in holding.items() for rate in handed_on(frames[min(e.factors)], p)} - {0.0, 1.0}
    others = [evidence for parameter, evidence in holding.items() if parameter not in plain]
    if not rates or not others:
        return False
    ratios = [
        math.log(abs(own / others[0].factors[number]))
        for parameter in plain
        for number, own in holding[parameter].factors.items()
        if own and others[0].factors.get(number)
    ]
    powers = [[ratio / math.log(rate) for ratio in ratios] for rate in rates]
    return any(bool(own) and all(abs(p - round(p)) < _POWER and round(p) != 0 for p in own) for own in powers)


def _apart(factors: dict[int, dict[int, float]], frame: Frame, exact: AbstractSet[int] = frozenset()) -> list[int]:
    """Who disagrees with the largest group that agrees; of two as large, with the one that is `exact`, or goes down, or
    else with the one that has the weights nearest to the loss: a backward pass goes wrong on its way. So if all of the
    last layer agrees, and all before it agrees in something else, it is the last layer that is right."""
    groups = _grouped(factors)
    down = {p: all(factor < 0 for factor in own.values()) for p, own in factors.items()}
    uses = {parameter: _first_use(frame, parameter) for parameter in factors}

    def standing(group: list[int]) -> tuple[bool, int, bool, bool, int]:
        layer = len(groups) == 2 and len(group) > 1 and len({*down.values()}) == 1
        last = layer and min(uses[p] for p in group) > max(uses[p] for p in factors if p not in group)
        nearest = max(_first_use(frame, p, added=False) for p in group)
        return last, len(group), exact >= {*group}, down[group[0]], nearest

    largest = max(groups, key=standing, default=[])
    return [parameter for parameter in factors if parameter not in largest]


def _grouped(factors: dict[int, dict[int, float]]) -> list[list[int]]:
    """The parameters whose factors are the same at every step that both know."""
    groups: list[list[int]] = []
    near: dict[tuple[int, int], set[int]] = defaultdict(set)  # those with a factor of about that size, by steps
    known: dict[frozenset[int], set[int]] = defaultdict(set)  # and those that know just these steps
    for parameter, own in factors.items():
        sizes = {number: round(_BUCKETS * math.log(abs(factor) or 1e-300)) for number, factor in own.items()}
        among = {group for number, size in sizes.items() for step in (-1, 0, 1) for group in near[number, size + step]}
        among |= {group for steps, those in known.items() if steps.isdisjoint(own) for group in those}
        found = next((group for group in sorted(among) if _same(own, factors[groups[group][0]])), None)
        if found is not None:
            groups[found].append(parameter)
            continue
        for number, size in sizes.items():
            near[number, size].add(len(groups))
        known[frozenset(own)].add(len(groups))
        groups.append([parameter])
    return groups


def _first_use(frame: Frame, parameter: int, *, added: bool = True) -> int:
    """Where in the forward pass a parameter is first read, or first read to be more than `added`, as a bias is; -1 if
    nowhere."""
    readers = readers_ahead(frame, parameter)
    return min((r for r in readers if added or frame.trace.operations[r] != "add"), default=-1)


def _same(a: dict[int, float], b: dict[int, float]) -> bool:
    return all(other is None or same_factor(own, other) for n, own in a.items() for other in (b.get(n),))
