"""Which of some numbers give a wanted one if they are multiplied, at all the executions of a place at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from backproof.check.record.memory import Array

_SAME = 1e-8
_TELLING = 3  # executions at which something other than zero is wanted: fewer are met by chance
_MOST = 140  # different numbers that are multiplied


@dataclass(frozen=True)
class Product:
    """A product of some of the numbers, or the sum of two such products times another number.

    `terms` are the products, each as the places of its numbers; `by` are those that the sum is multiplied with; all of
    it is `times` what is wanted.
    """

    terms: tuple[tuple[int, ...], ...]
    by: tuple[int, ...]
    times: float


def products_of(wanted: Array, numbers: Sequence[Array]) -> Iterator[Product]:
    """The products of one to four numbers, and the sums of two products of two, that are what is wanted, the products
    up to a factor.

    Args:
        wanted: a number for each execution.
        numbers: others, each for the same executions; no two of them alike.
    """
    telling = wanted != 0.0
    if telling.sum() < _TELLING or not np.isfinite(wanted).all():
        return
    usable = [n for n, row in enumerate(numbers) if np.isfinite(row).all() and (row[telling] != 0.0).all()][:_MOST]
    rows = np.array([numbers[n] for n in usable]).reshape(len(usable), len(wanted))
    pairs = list(combinations(range(len(usable)), 2))
    sets: list[tuple[int, ...]] = [(), *((n,) for n in range(len(usable))), *pairs]
    made = np.array([np.prod(rows[[*chosen]], axis=0) for chosen in sets]).reshape(len(sets), len(wanted))
    seen: set[tuple[int, ...]] = set()
    own = made[:, telling]
    ratios, asked = own / own[:, :1], wanted[telling] / wanted[telling][0]
    for one, other in _meeting(ratios, asked / ratios):
        chosen = tuple(sorted({*sets[one], *sets[other]}))
        if not chosen or chosen in seen or len(chosen) != len(sets[one]) + len(sets[other]):
            continue
        seen.add(chosen)
        whole = np.prod(rows[[*chosen]], axis=0)
        times = float(whole[telling][0] / wanted[telling][0])
        if np.allclose(whole, times * wanted, rtol=_SAME, atol=0.0):
            yield Product((tuple(usable[n] for n in chosen),), (), times)
    first = 1 + len(usable)
    for by in range(1 + len(usable)):
        needed = wanted[telling] / own[by]
        for one, other in _meeting(own[first:], needed - own[first:]):
            shared = {*sets[first + one]} & {*sets[first + other]}
            if one < other and not shared and not {*sets[by]} & {*sets[first + one], *sets[first + other]}:
                terms = tuple(tuple(usable[n] for n in sets[first + number]) for number in (one, other))
                yield Product(terms, tuple(usable[n] for n in sets[by]), 1.0)


def _meeting(rows: Array, needed: Array) -> Iterator[tuple[int, int]]:
    """The rows that are the same as what is needed beside others: the number of the one, and that of the other."""
    if not len(rows):
        return
    # all start with the same number where they are ratios, so that the next ones are held against each other
    column = int(np.argmax(rows.std(axis=0)))
    order = np.argsort(rows[:, column])
    ranked = rows[order, column]
    width = _SAME * np.abs(needed[:, column])
    low = np.searchsorted(ranked, needed[:, column] - width, "left")
    high = np.searchsorted(ranked, needed[:, column] + width, "right")
    for other in np.nonzero(high > low)[0].tolist():
        places, wanted = order[low[other] : high[other]], needed[other]
        apart = np.abs(rows[places] - wanted) - _SAME * np.abs(wanted)
        yield from ((place, other) for place in places[(apart <= _SAME * np.abs(wanted).max()).all(axis=1)].tolist())
