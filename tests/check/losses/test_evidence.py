"""What a parameter's moves say about a loss."""

import math
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from backproof.check.losses.evidence import Evidence, decayed_evidence, factor_and_residual, weigh

_SIZE = 5000


def _moved(weights: torch.Tensor, move: torch.Tensor) -> Any:
    return cast(Any, SimpleNamespace(move=lambda _: move, start=lambda _: weights))


@pytest.mark.parametrize("size", [8, _SIZE])
@pytest.mark.parametrize("spoiled", [None, 3, -1])
def test_a_decay_is_seen_in_large_parameters_as_in_small_ones(size: int, spoiled: int | None) -> None:
    generator = torch.Generator().manual_seed(4)
    weights, gradient = torch.randn(2, size, dtype=torch.float64, generator=generator)
    move = -0.1 * gradient - 0.02 * weights
    if spoiled is not None:
        move[spoiled] += 1e-3 * move.abs().max()  # one element that the few that are looked at first need not show
    found = decayed_evidence([_moved(weights, move)], {0: {7: gradient}}, 7)
    if spoiled is not None:
        assert found is None
    else:
        assert found is not None
        assert found.factors[0] == pytest.approx(-0.1)
        assert found.decay == pytest.approx(0.2)


def test_a_move_that_is_neither_gradient_nor_decay_is_no_evidence_of_it() -> None:
    weights, gradient, noise = torch.randn(3, _SIZE, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    move = -0.1 * gradient - 0.02 * weights + 1e-4 * noise
    assert decayed_evidence([_moved(weights, move)], {0: {7: gradient}}, 7) is None


@pytest.mark.parametrize(("size", "told"), [(6, True), (1, False)])
def test_what_fits_with_all_digits_has_lost_none_beside_larger_gradients(size: int, told: bool) -> None:
    """The gradients of a recurrent network may be a million times as large at one weight as at another; only a single
    number is a multiple of whatever else."""
    gradient = torch.randn(size, dtype=torch.float64, generator=torch.Generator().manual_seed(6))
    evidence = Evidence()
    weigh(evidence, 0, -0.1 * gradient, gradient, largest=1e12, rounding=0.0, rest=1.0)
    assert (evidence.agreeing, evidence.differing, len(evidence.saturated)) == (int(told), 0, int(not told))


def test_nothing_is_no_multiple_of_anything() -> None:
    assert factor_and_residual(torch.zeros(0), torch.zeros(0, dtype=torch.float64)) == (0.0, math.inf)
