"""L1Loss: the mean of the absolute errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.ops.op import Array, Loss


@dataclass(frozen=True)
class L1Loss(Loss):
    """The mean of the absolute errors over all elements.

    It has no derivative where a prediction hits its target; there the slope is taken as 0, as in PyTorch.
    Shapes: predictions and targets (samples, outputs); the loss is one number.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
    """

    @staticmethod
    def forward(prediction: Array, y: Array) -> np.floating[Any]:
        # how far each prediction is from its target
        error = prediction - y
        # the loss is the mean distance, whatever its direction
        loss = np.mean(np.abs(error))
        return loss

    @staticmethod
    def backward(error: Array) -> Array:
        # each error pulls with the same force, whatever its size
        d_prediction = np.sign(error) / error.size
        return d_prediction
