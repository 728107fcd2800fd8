"""Linear: a weighted sum of the inputs for every output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.errors import DescriptionError
from backproof.ops.op import Array, Formulas, Layer, Parameter


@dataclass(frozen=True)
class Linear(Layer):
    """Every output is a weighted sum of all inputs, plus a bias.

    Shapes: (samples, in_features) to (samples, out_features). `w` is (in_features, out_features), the
    transpose of PyTorch's `weight`; `b` is (out_features,).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    """

    in_features: int
    out_features: int
    bias: bool = True

    def __post_init__(self) -> None:
        self.require_number("in_features", least=1, whole=True)
        self.require_number("out_features", least=1, whole=True)

    @staticmethod
    def forward(x: Array, w: Array, b: Array) -> Array:
        # every neuron adds up its inputs, each times its weight, and then its bias
        z = x @ w + b
        return z

    @staticmethod
    def backward(d_z: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
        # a weight's gradient is its input times the gradient of its output, summed over the samples
        d_w = x.T @ d_z
        # a bias is added to every sample, so its gradient is the sum over the samples
        d_b = np.sum(d_z, axis=0)
        # the gradient goes back through the same weights that the input went through
        d_x = d_z @ w.T
        return d_x, d_w, d_b

    @staticmethod
    def forward_without_bias(x: Array, w: Array) -> Array:
        # every neuron adds up its inputs, each times its weight
        z = x @ w
        return z

    @staticmethod
    def backward_without_bias(d_z: Array, x: Array, w: Array) -> tuple[Array, Array]:
        # a weight's gradient is its input times the gradient of its output, summed over the samples
        d_w = x.T @ d_z
        # the gradient goes back through the same weights that the input went through
        d_x = d_z @ w.T
        return d_x, d_w

    def forward_formulas(self) -> Formulas:
        return (self.forward,) if self.bias else (self.forward_without_bias,)

    def backward_formulas(self) -> Formulas:
        return (self.backward,) if self.bias else (self.backward_without_bias,)

    def parameters(self) -> tuple[Parameter, ...]:
        w = Parameter("w", (self.in_features, self.out_features), torch="weight", transposed=True)
        b = Parameter("b", (self.out_features,), torch="bias")
        return (w, b) if self.bias else (w,)

    def outputs(self, features: int) -> int:
        if features != self.in_features:
            raise DescriptionError(f"{self} takes {self.in_features} inputs a row, but what comes in has {features}.")
        return self.out_features
