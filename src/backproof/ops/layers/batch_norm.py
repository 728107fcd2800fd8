"""BatchNorm1d: every feature is brought to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from backproof.errors import DescriptionError
from backproof.ops.op import Array, Formulas, Layer, Parameter
from backproof.ops.scale import scale, scale_backward, scale_parameters


@dataclass(frozen=True)
class BatchNorm1d(Layer):
    """Normalises each feature over the batch, then scales by `gain` and shifts by `shift`.

    While training it uses the batch's own mean and variance and keeps running ones, which it uses when it
    predicts. The running variance is the unbiased one, as in PyTorch.
    Shapes: (samples, num_features), kept; `gain`, `shift` and the running arrays are (num_features,).
    Source: Ioffe, Szegedy (2015), https://arxiv.org/abs/1502.03167, and
    https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
    """

    least_rows: ClassVar[int] = 2

    num_features: int
    eps: float = 1e-05
    momentum: float = 0.1
    affine: bool = True

    def __post_init__(self) -> None:
        self.require_number("num_features", least=1, whole=True)
        self.require_number("eps", least=0)
        self.require_number("momentum", least=0, most=1)

    @staticmethod
    def forward(x: Array, *, eps: float) -> Array:
        # the mean of each feature over the samples of this batch
        mean = np.mean(x, axis=0)
        # how far each number is from the mean of its feature
        centered = x - mean
        # the mean square of these distances is the feature's variance
        variance = np.mean(centered * centered, axis=0)
        # one over the standard deviation; eps keeps a constant feature from dividing by zero
        inverse_deviation = 1.0 / np.sqrt(variance + eps)
        # now every feature has mean 0 and variance 1 over the batch
        normalized = centered * inverse_deviation
        return normalized

    @staticmethod
    def backward(d_normalized: Array, normalized: Array, inverse_deviation: Array) -> Array:
        # the part of the gradient that would only move the mean, which normalising takes out again
        through_mean = np.mean(d_normalized, axis=0)
        # the part that would only stretch the feature, which normalising takes out as well
        through_variance = np.mean(d_normalized * normalized, axis=0)
        # what is left reaches the input, divided by the deviation as the input was
        d_x = inverse_deviation * (d_normalized - through_mean - normalized * through_variance)
        return d_x

    @staticmethod
    def track(
        output: Array,
        centered: Array,
        mean: Array,
        running_mean: Array,
        running_var: Array,
        *,
        momentum: float,
    ) -> Array:
        # a running mean, for the predictions, follows the means of the batches
        running_mean = (1.0 - momentum) * running_mean + momentum * mean
        # divided by one less than the samples, the variance is right on average
        unbiased = np.sum(centered * centered, axis=0) / (len(centered) - 1)
        # a running variance, for the predictions, follows the variances of the batches
        running_var = (1.0 - momentum) * running_var + momentum * unbiased
        return output

    @staticmethod
    def evaluate(x: Array, running_mean: Array, running_var: Array, *, eps: float) -> Array:
        # the trained network normalises with what it has seen, so that no sample depends on another
        normalized = (x - running_mean) / np.sqrt(running_var + eps)
        return normalized

    def forward_formulas(self) -> Formulas:
        scaling: Formulas = (scale,) if self.affine else ()
        return (self.forward, *scaling, self.track)

    def backward_formulas(self) -> Formulas:
        return (scale_backward, self.backward) if self.affine else (self.backward,)

    def evaluation_formulas(self) -> Formulas:
        return (self.evaluate, scale) if self.affine else (self.evaluate,)

    def parameters(self) -> tuple[Parameter, ...]:
        shape = (self.num_features,)
        scaling = scale_parameters(self.num_features) if self.affine else ()
        return (
            *scaling,
            Parameter("running_mean", shape, torch="running_mean", initial=0.0, trained=False),
            Parameter("running_var", shape, torch="running_var", initial=1.0, trained=False),
        )

    def outputs(self, features: int) -> int:
        if features != self.num_features:
            raise DescriptionError(f"{self} normalises {self.num_features} features, but what comes in has {features}.")
        return features
