"""Which way the newest gradient moves a parameter through a mean that is kept."""

import numpy as np

from backproof.check.optimizers.observed import Seen
from backproof.check.optimizers.upward import _through_mean

GRADIENT = np.array([0.3, -0.2, 0.5, 0.1, -0.4, 0.6])
OLD = np.array([0.2, 0.1, -0.3, 0.4, 0.5, -0.1])


def _seen(gradient: np.ndarray, move: np.ndarray, new: np.ndarray) -> Seen:
    return Seen(gradient, move, OLD, ((0, OLD, new),))


def test_a_mean_that_a_gradient_is_seen_in_tells() -> None:
    mean = 0.9 * OLD + 0.1 * GRADIENT
    assert _through_mean(_seen(GRADIENT, -0.01 * mean, mean)) == -1
    assert _through_mean(_seen(GRADIENT, 0.01 * mean, mean)) == 1


def test_a_gradient_that_is_next_to_nothing_tells_nothing() -> None:
    """What it adds is rounding, of either sign."""
    small = 1e-9 * GRADIENT
    new = OLD - 3e-7 * small
    assert _through_mean(_seen(small, -0.01 * OLD, new)) == 0
