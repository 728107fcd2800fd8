"""torch: as PyTorch starts a Linear layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array, Initializer


@dataclass(frozen=True)
class Torch(Initializer):
    """Weights and biases uniform within 1 / sqrt(inputs), PyTorch's default for Linear.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    """

    @staticmethod
    def weight(random: np.random.RandomState, *, inputs: int, outputs: int) -> Array:
        # the more inputs a neuron has, the smaller its weights, so that their sum stays moderate
        bound = 1.0 / np.sqrt(inputs)
        # every weight is drawn evenly from within the bound
        w = random.uniform(-bound, bound, (inputs, outputs))
        return w

    @staticmethod
    def bias(random: np.random.RandomState, bound: float, *, outputs: int) -> Array:
        # so is every bias
        b = random.uniform(-bound, bound, outputs)
        return b
