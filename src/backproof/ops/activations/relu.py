"""ReLU: negative numbers become 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class ReLU(Activation):
    """Keeps positive numbers and sets the others to 0. Shapes: any, kept.

    It has no derivative at 0; there the slope is taken as 0, as in PyTorch.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    """

    @staticmethod
    def forward(z: Array) -> Array:
        # what is negative is cut off
        a = np.maximum(z, 0.0)
        return a

    @staticmethod
    def backward(d_a: Array, a: Array) -> Array:
        # the gradient passes where the number did, and stops where it was cut off
        d_z = d_a * (a > 0.0)
        return d_z
