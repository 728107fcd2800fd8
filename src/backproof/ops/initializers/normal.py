"""normal: standard normal weights, zero biases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array, Initializer


@dataclass(frozen=True)
class Normal(Initializer):
    """Standard normal weights and zero biases, as many hand-written networks have them."""

    @staticmethod
    def weight(random: np.random.RandomState, *, inputs: int, outputs: int) -> Array:
        # every weight is drawn from the standard normal distribution
        w = random.randn(inputs, outputs)
        return w

    @staticmethod
    def bias(*, outputs: int) -> Array:
        # biases start at 0
        b = np.zeros(outputs)
        return b
