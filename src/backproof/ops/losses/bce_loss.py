"""BCELoss: the surprise at a yes or no, from probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from backproof.ops.op import Array, Loss


@dataclass(frozen=True)
class BCELoss(Loss):
    """Binary cross-entropy from probabilities, mean over all elements.

    A logarithm is never taken below -100, as in PyTorch. From logits, BCEWithLogitsLoss is more exact.
    Shapes: predictions and targets (samples, outputs), both between 0 and 1; the loss is one number.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
    """

    takes_probabilities: ClassVar[bool] = True

    @staticmethod
    def forward(prediction: Array, y: Array) -> np.floating[Any]:
        # the logarithm of the probability of yes, never below -100
        log_yes = np.maximum(np.log(prediction), -100.0)
        # the logarithm of the probability of no, never below -100
        log_no = np.maximum(np.log1p(-prediction), -100.0)
        # minus the logarithm of the probability of the right answer, on average
        loss = np.mean(-(y * log_yes + (1.0 - y) * log_no))
        return loss

    @staticmethod
    def backward(prediction: Array, y: Array) -> Array:
        # the slope of the logarithm; PyTorch's floor, 1e-12 in single precision, keeps it from dividing by zero
        slope = np.maximum(prediction * (1.0 - prediction), 9.999999960041972e-13)
        # too high a probability is pushed down, too low a one up, and harder the surer it was
        d_prediction = (prediction - y) / slope / prediction.size
        return d_prediction

    def is_smooth_at(self, prediction: Array) -> bool:
        # a probability so near 0 or 1 has lost the digits that a difference would need, or stands on the floor
        return bool(np.all(prediction * (1.0 - prediction) > 1e-6))

    def check_target(self, y: Array, shape: tuple[int, ...]) -> None:
        super().check_target(y, shape)
        self.check_between_0_and_1(y)
