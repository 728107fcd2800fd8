"""Of which quantities a value is the gradient: found for all of them at once as it is for each by itself."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from backproof.check.losses.evidence import same_factor
from backproof.check.losses.losses import Stated
from backproof.check.losses.truths import Place, Truths, most_alike


def places(count: int) -> list[Place]:
    return [((number, 0), 0) for number in range(count)]


def made(sizes: list[int], rng: np.random.Generator) -> Truths:
    """The true gradients of three steps, of which the last two lack some quantities and have others."""
    truths = Truths([], Stated((0, 0), True))
    for number in range(3):
        known = [place for place in places(40) if number == 0 or rng.random() < 0.8]
        rng.shuffle(known)
        truths.tables.append({size: (known, torch.from_numpy(rng.normal(size=(len(known), size)))) for size in sizes})
        truths.turns.append(Counter(key for key, _ in known))
    return truths


def one_by_one(truths: Truths, values: dict[int, torch.Tensor]) -> dict[Place, float]:
    rows = [truths.owners(number, value) for number, value in values.items()]
    common = rows[0]
    for row in rows[1:]:
        common = {p: f for p, f in row.items() if p in common and same_factor(f, common[p])}
    return common


def multiples(truths: Truths, size: int, rng: np.random.Generator) -> Iterator[dict[int, torch.Tensor]]:
    for place in places(40):
        rows = [(number, table[size]) for number, table in enumerate(truths.tables) if place in table[size][0]]
        factor = rng.normal()
        if len(rows) > 1:  # a single number at a single step says nothing
            yield {number: factor * gradients[known.index(place)] for number, (known, gradients) in rows}
    yield {number: torch.from_numpy(rng.normal(size=size)) for number in range(3)}


@pytest.mark.parametrize("size", [1, 4])
def test_a_value_is_looked_up_among_all_gradients_at_once(size: int) -> None:
    rng = np.random.default_rng(size)
    truths = made([1, 4], rng)
    found = [(truths.owner(values), one_by_one(truths, values)) for values in multiples(truths, size, rng)]
    assert all(one == pytest.approx(other) for one, other in found)
    assert sum(len(one) for one, _ in found) >= 30, "each is a multiple of its own gradient, at least"


def test_a_single_number_that_is_the_same_at_each_step_says_nothing() -> None:
    truths = made([1], np.random.default_rng(0))
    assert truths.owners(0, torch.tensor(0.5, dtype=torch.float64))
    assert truths.owner({number: torch.tensor(0.5, dtype=torch.float64) for number in range(3)}) == {}
    assert truths.owner({0: torch.zeros(2, dtype=torch.float64)}) == {}, "nothing of that size is known"


def test_the_most_nodes_that_have_a_factor_in_common_are_those_that_each_factor_finds() -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        usual = rng.normal(size=4)
        nodes = range(rng.integers(0, 40))
        multiples = {n: [float(f) for f in rng.choice(usual, 2) * (1 + 4e-6 * rng.random(2))] for n in nodes}
        multiples |= {n: [float(rng.normal())] for n in range(50, 55)}
        each = {factor for factors in multiples.values() for factor in factors}
        sets = [{n for n, own in multiples.items() if any(same_factor(f, g) for g in own)} for f in each]
        found = most_alike(multiples)
        assert len(found) == max(map(len, sets))
        assert found in sets
    assert most_alike({}) == set()


def test_turns_of_loops_of_other_lengths_are_matched_from_the_last_one() -> None:
    rng, loop = np.random.default_rng(4), (7, 1)
    truths = Truths([], Stated((0, 0), True))
    for turns in (2, 3, 5):
        known: list[Place] = [(loop, turn) for turn in range(turns)]
        truths.tables.append({4: (known, torch.from_numpy(rng.normal(size=(turns, 4))))})
        truths.turns.append(Counter({loop: turns}))
    last = {number: 2.0 * table[4][1][-1] for number, table in enumerate(truths.tables)}
    first = {number: 2.0 * table[4][1][0] for number, table in enumerate(truths.tables)}
    assert truths.owner(last) == pytest.approx({(loop, 1): 2.0})
    assert truths.owner(first) == pytest.approx({(loop, 0): 2.0})
    assert truths.owner({**last, 2: first[2]}) == {}


@pytest.mark.parametrize("times", [1e-200, 1e-6, -3.0, 1e150, 1e200])
@pytest.mark.parametrize(("off", "count"), [(0.0, 1), (0.5e-6, 1), (3e-6, 0), (1e-2, 0)])
def test_a_value_as_large_as_can_be_is_told_from_one_that_is_a_little_off(times: float, off: float, count: int) -> None:
    truths = made([50], np.random.default_rng(1))
    value = times * truths.tables[0][50][1][7]
    value[3] += off * value.abs().max()
    assert len(truths.owners(0, value)) == count
