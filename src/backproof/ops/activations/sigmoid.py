"""Sigmoid: every number is squashed into (0, 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class Sigmoid(Activation):
    """Squashes every number into (0, 1): 1 / (1 + exp(-z)). Shapes: any, kept.

    For z far below 0, exp(-z) overflows to infinity and 1 / infinity is the right answer, 0.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
    """

    gives_probabilities: ClassVar[bool] = True

    @staticmethod
    def forward(z: Array) -> Array:
        # a large z gives a number near 1, a very negative one a number near 0
        a = 1.0 / (1.0 + np.exp(-z))
        return a

    @staticmethod
    def backward(d_a: Array, a: Array) -> Array:
        # the slope is a (1 - a): largest at a = 0.5, nearly 0 at both ends
        d_z = d_a * a * (1.0 - a)
        return d_z
