"""MSELoss: the mean of the squared errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.ops.op import Array, Loss


@dataclass(frozen=True)
class MSELoss(Loss):
    """The mean of the squared errors over all elements, as in PyTorch.

    Shapes: predictions and targets (samples, outputs); the loss is one number.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
    """

    @staticmethod
    def forward(prediction: Array, y: Array) -> np.floating[Any]:
        # how far each prediction is from its target
        error = prediction - y
        # the mean of the squared errors; squared, an error cannot be negative
        loss = np.mean(error * error)
        return loss

    @staticmethod
    def backward(error: Array) -> Array:
        # the derivative of a square is twice its base; the mean divides it by how many errors there are
        d_prediction = 2.0 * error / error.size
        return d_prediction
