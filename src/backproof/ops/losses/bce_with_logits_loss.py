"""BCEWithLogitsLoss: the surprise at a yes or no, from logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from backproof.ops.op import Array, Loss


@dataclass(frozen=True)
class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy from logits, mean over all elements: a Sigmoid and a BCELoss in one, exact for any logit.

    Shapes: logits and targets (samples, outputs), targets between 0 and 1; the loss is one number.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
    """

    link: ClassVar[str | None] = "Sigmoid"

    @staticmethod
    def forward(prediction: Array, y: Array) -> np.floating[Any]:
        # what the logit's sign costs: nothing when it is right and the answer sure, its size when it is wrong
        cost = np.maximum(prediction, 0.0) - prediction * y
        # the rest of the loss fades as the logit grows; no exponential overflows here
        rest = np.log1p(np.exp(-np.abs(prediction)))
        # minus the logarithm of the probability of the right answer, on average
        loss = np.mean(cost + rest)
        return loss

    @staticmethod
    def backward(prediction: Array, y: Array) -> Array:
        # the probability of yes
        probability = 1.0 / (1.0 + np.exp(-prediction))
        # the logarithm and the sigmoid cancel: what is left is probability minus answer
        d_prediction = (probability - y) / y.size
        return d_prediction

    def check_target(self, y: Array, shape: tuple[int, ...]) -> None:
        super().check_target(y, shape)
        self.check_between_0_and_1(y)
