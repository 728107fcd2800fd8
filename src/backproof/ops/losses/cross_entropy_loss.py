"""CrossEntropyLoss: the surprise at the right class, from logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from backproof.errors import DataError
from backproof.ops.op import Array, Formulas, Loss


@dataclass(frozen=True)
class CrossEntropyLoss(Loss):
    """Cross-entropy of class indices from logits, mean over the samples: a Softmax and a logarithm in one.

    With label smoothing, the right class is asked for a little less than 1 and every class for a little.
    Shapes: logits (samples, classes), targets (samples,) of whole numbers from 0; the loss is one number.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
    """

    link: ClassVar[str | None] = "Softmax"

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        self.require_number("label_smoothing", least=0, most=1)

    @staticmethod
    def forward(prediction: Array) -> Array:
        # taking the row's maximum away changes nothing in the result and keeps exp from overflowing
        shifted = prediction - np.max(prediction, axis=1, keepdims=True)
        # the sum of the exponentials of a row; the largest of them is 1
        partition = np.sum(np.exp(shifted), axis=1, keepdims=True)
        # the logarithm of each class's probability
        log_probability = shifted - np.log(partition)
        return log_probability

    @staticmethod
    def one_hot(log_probability: Array, y: Array) -> Array:
        # a 1 in the column of the right class, 0 elsewhere
        target = (y[:, None] == np.arange(log_probability.shape[1])).astype(log_probability.dtype)
        return target

    @staticmethod
    def smooth(target: Array, *, label_smoothing: float) -> Array:
        # the right class gives up a little, which all classes share
        smoothed = target * (1.0 - label_smoothing) + label_smoothing / target.shape[1]
        return smoothed

    @staticmethod
    def surprise(wanted: Array, log_probability: Array) -> np.floating[Any]:
        # minus the logarithm of the probability of what was wanted, on average over the samples
        loss = -np.sum(wanted * log_probability) / len(log_probability)
        return loss

    @staticmethod
    def backward(log_probability: Array, target: Array) -> Array:
        # the logarithm and the softmax cancel: what is left is probability minus target
        d_prediction = (np.exp(log_probability) - target) / len(target)
        return d_prediction

    @staticmethod
    def backward_smooth(log_probability: Array, smoothed: Array) -> Array:
        # the logarithm and the softmax cancel: what is left is probability minus target
        d_prediction = (np.exp(log_probability) - smoothed) / len(smoothed)
        return d_prediction

    def forward_formulas(self) -> Formulas:
        smoothing: Formulas = (self.smooth,) if self.label_smoothing else ()
        return (self.forward, self.one_hot, *smoothing, self.surprise)

    def backward_formulas(self) -> Formulas:
        return (self.backward_smooth,) if self.label_smoothing else (self.backward,)

    def check_target(self, y: Array, shape: tuple[int, ...]) -> None:
        samples, classes = shape
        if y.shape != (samples,):
            raise DataError(
                f"{self}: y has shape {y.shape}, but class indices have shape ({samples},): one whole number a row."
            )
        if not np.issubdtype(y.dtype, np.integer):
            raise DataError(f"{self}: y holds {y.dtype}, but class indices are whole numbers: y.astype(int).")
        wrong = np.flatnonzero((y < 0) | (y >= classes))
        if wrong.size:
            raise DataError(
                f"{self}: row {wrong[0]} has class {y[wrong[0]]}, but the network has {classes} outputs, "
                f"for the classes 0 to {classes - 1}."
            )
