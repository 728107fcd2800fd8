"""Tanh: every number is squashed into (-1, 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class Tanh(Activation):
    """Squashes every number into (-1, 1). Shapes: any, kept.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
    """

    @staticmethod
    def forward(z: Array) -> Array:
        # large numbers end near 1, very negative ones near -1, and 0 stays 0
        a = np.tanh(z)
        return a

    @staticmethod
    def backward(d_a: Array, a: Array) -> Array:
        # the slope is 1 - a squared: 1 in the middle, nearly 0 at both ends
        d_z = d_a * (1.0 - a * a)
        return d_z
