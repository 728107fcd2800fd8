"""LeakyReLU: negative numbers shrink instead of vanishing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """Keeps positive numbers and multiplies the others by `negative_slope`. Shapes: any, kept.

    It has no derivative at 0; there the slope is taken as `negative_slope`, as in PyTorch.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
    """

    negative_slope: float = 0.01

    def __post_init__(self) -> None:
        self.require_number("negative_slope")

    @staticmethod
    def forward(z: Array, *, negative_slope: float) -> Array:
        # what is negative leaks through, made small
        a = np.where(z > 0.0, z, negative_slope * z)
        return a

    @staticmethod
    def backward(d_a: Array, z: Array, *, negative_slope: float) -> Array:
        # the gradient passes whole on the positive side, made small on the other
        d_z = np.where(z > 0.0, d_a, negative_slope * d_a)
        return d_z
