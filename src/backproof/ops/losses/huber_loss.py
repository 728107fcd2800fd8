"""HuberLoss: squares for small errors, absolute values for large ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.ops.op import Array, Loss


@dataclass(frozen=True)
class HuberLoss(Loss):
    """Squares errors up to `delta` and grows in a straight line beyond, so outliers pull less.

    Shapes: predictions and targets (samples, outputs); the loss is one number.
    Source: Huber (1964), https://doi.org/10.1214/aoms/1177703732, and
    https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        self.require_number("delta", above=0)

    @staticmethod
    def forward(prediction: Array, y: Array, *, delta: float) -> np.floating[Any]:
        # how far each prediction is from its target
        error = prediction - y
        # an error counts in full up to delta and no further
        clipped = np.clip(error, -delta, delta)
        # the square up to delta, a straight line beyond; the loss is the mean
        loss = np.mean(clipped * (error - 0.5 * clipped))
        return loss

    @staticmethod
    def backward(clipped: Array) -> Array:
        # each error pulls with its size, but never harder than delta
        d_prediction = clipped / clipped.size
        return d_prediction
