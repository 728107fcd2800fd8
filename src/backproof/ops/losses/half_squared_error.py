"""HalfSquaredError: half the sum of the squared errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from backproof.ops.op import Array, Loss


@dataclass(frozen=True)
class HalfSquaredError(Loss):
    """Half the sum of the squared errors, whose gradient is the error itself.

    Many hand-written networks descend it while they print the mean: with n numbers its steps are n / 2 times
    those of MSELoss at the same learning rate.
    Shapes: predictions and targets (samples, outputs); the loss is one number.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), equation 5.11.
    """

    reduction: ClassVar[str] = "sum"

    def torch(self) -> str:
        return 'nn.MSELoss(reduction="sum")'

    def torch_loss(self, output: str, y: str) -> str:
        return f"0.5 * criterion({output}, {y})"

    @staticmethod
    def forward(prediction: Array, y: Array) -> np.floating[Any]:
        # how far each prediction is from its target
        error = prediction - y
        # half the sum of the squares: the half is there to cancel the 2 of the derivative
        loss = 0.5 * np.sum(error * error)
        return loss

    @staticmethod
    def backward(error: Array) -> Array:
        # twice the base of the square, times the half: the error itself
        d_prediction = error
        return d_prediction
