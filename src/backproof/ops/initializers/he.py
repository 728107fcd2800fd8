"""he: weights that keep the variance for ReLU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array, Initializer


@dataclass(frozen=True)
class He(Initializer):
    """Normal weights with standard deviation sqrt(2 / inputs), zero biases.

    Source: He, Zhang, Ren, Sun (2015), https://arxiv.org/abs/1502.01852, and
    torch.nn.init.kaiming_normal_
    """

    @staticmethod
    def weight(random: np.random.RandomState, *, inputs: int, outputs: int) -> Array:
        # ReLU switches about half of the numbers off; twice the variance makes up for it
        w = random.randn(inputs, outputs) * np.sqrt(2.0 / inputs)
        return w

    @staticmethod
    def bias(*, outputs: int) -> Array:
        # biases start at 0
        b = np.zeros(outputs)
        return b
