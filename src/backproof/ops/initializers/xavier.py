"""xavier: weights that keep the variance for tanh and sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array, Initializer


@dataclass(frozen=True)
class Xavier(Initializer):
    """Weights uniform within sqrt(6 / (inputs + outputs)), zero biases.

    Source: Glorot, Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html, and
    torch.nn.init.xavier_uniform_
    """

    @staticmethod
    def weight(random: np.random.RandomState, *, inputs: int, outputs: int) -> Array:
        # neither the numbers going forward nor the gradients going back should grow or shrink
        bound = np.sqrt(6.0 / (inputs + outputs))
        # every weight is drawn evenly from within the bound
        w = random.uniform(-bound, bound, (inputs, outputs))
        return w

    @staticmethod
    def bias(*, outputs: int) -> Array:
        # biases start at 0
        b = np.zeros(outputs)
        return b
