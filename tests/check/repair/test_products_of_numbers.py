"""Which numbers give a wanted one if they are multiplied."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backproof.check.repair.products_of_numbers import products_of

RNG = np.random.default_rng(4)
NUMBERS = [RNG.normal(size=7) for _ in range(30)]


@given(st.lists(st.integers(0, 29), min_size=1, max_size=4, unique=True), st.sampled_from([1.0, -0.25, 12.0]))
def test_a_product_of_up_to_four_is_found_with_its_factor(chosen: list[int], times: float) -> None:
    wanted = np.prod([NUMBERS[n] for n in chosen], axis=0) / times
    (found,) = (one for one in products_of(wanted, NUMBERS) if len(one.terms) == 1)
    assert found.terms == (tuple(sorted(chosen)),)
    np.testing.assert_allclose(found.times, times)


def test_a_sum_of_two_products_times_another_number_is_found() -> None:
    wanted = (NUMBERS[3] * NUMBERS[20] + NUMBERS[5] * NUMBERS[11]) * NUMBERS[8]
    (found,) = products_of(wanted, NUMBERS)
    assert ({*found.terms}, found.by, found.times) == ({(3, 20), (5, 11)}, (8,), 1.0)


def test_nothing_is_found_by_chance_or_of_too_few_executions() -> None:
    assert not list(products_of(RNG.normal(size=7), NUMBERS))
    assert not list(products_of(np.array([2.0, 3.0]), [np.array([2.0, 3.0])]))
    assert not list(products_of(np.array([2.0, 0.0, 0.0, 3.0]), [np.array([2.0, 1.0, 1.0, 3.0])]))


def test_where_nothing_is_wanted_a_product_has_to_be_nothing() -> None:
    mask, value = np.array([1.0, 0.0, 1.0, 1.0, 0.0]), np.array([0.3, 2.0, -1.0, 4.0, 5.0])
    (found,) = products_of(mask * value, [value, mask])
    assert found.terms == ((0, 1),)
