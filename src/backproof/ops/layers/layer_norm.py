"""LayerNorm: every sample is brought to mean 0 and variance 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.errors import DescriptionError
from backproof.ops.op import Array, Formulas, Layer, Parameter
from backproof.ops.scale import scale, scale_backward, scale_parameters


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Normalises each row over its features, then scales by `gain` and shifts by `shift`.

    Shapes: (samples, normalized_shape), kept; `gain` and `shift` are (normalized_shape,).
    Source: Ba, Kiros, Hinton (2016), https://arxiv.org/abs/1607.06450, and
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
    """

    normalized_shape: int
    eps: float = 1e-05
    elementwise_affine: bool = True

    def __post_init__(self) -> None:
        self.require_number("normalized_shape", least=1, whole=True)
        self.require_number("eps", least=0)

    @staticmethod
    def forward(x: Array, *, eps: float) -> Array:
        # the mean of each sample over its own features
        mean = np.mean(x, axis=1, keepdims=True)
        # how far each number is from the mean of its sample
        centered = x - mean
        # the mean square of these distances is the sample's variance
        variance = np.mean(centered * centered, axis=1, keepdims=True)
        # one over the standard deviation; eps keeps a constant sample from dividing by zero
        inverse_deviation = 1.0 / np.sqrt(variance + eps)
        # now every sample has mean 0 and variance 1
        normalized = centered * inverse_deviation
        return normalized

    @staticmethod
    def backward(d_normalized: Array, normalized: Array, inverse_deviation: Array) -> Array:
        # the part of the gradient that would only move the mean, which normalising takes out again
        through_mean = np.mean(d_normalized, axis=1, keepdims=True)
        # the part that would only stretch the sample, which normalising takes out as well
        through_variance = np.mean(d_normalized * normalized, axis=1, keepdims=True)
        # what is left reaches the input, divided by the deviation as the input was
        d_x = inverse_deviation * (d_normalized - through_mean - normalized * through_variance)
        return d_x

    def forward_formulas(self) -> Formulas:
        return (self.forward, scale) if self.elementwise_affine else (self.forward,)

    def backward_formulas(self) -> Formulas:
        return (scale_backward, self.backward) if self.elementwise_affine else (self.backward,)

    def parameters(self) -> tuple[Parameter, ...]:
        return scale_parameters(self.normalized_shape) if self.elementwise_affine else ()

    def outputs(self, features: int) -> int:
        if features != self.normalized_shape:
            raise DescriptionError(
                f"{self} normalises {self.normalized_shape} numbers a row, but what comes in has {features}."
            )
        return features
