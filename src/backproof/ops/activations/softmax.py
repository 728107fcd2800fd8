"""Softmax: every row becomes probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class Softmax(Activation):
    """Turns every row into positive numbers with sum 1. Shapes: (samples, features), kept.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
    """

    gives_probabilities: ClassVar[bool] = True

    dim: int = 1

    def __post_init__(self) -> None:
        self.require(self.dim in (1, -1), "dim must be 1: a row is a sample, and its numbers compete.")

    def torch(self) -> str:
        return "nn.Softmax(dim=1)"

    @staticmethod
    def forward(z: Array) -> Array:
        # taking the row's maximum away changes nothing in the result and keeps exp from overflowing
        shifted = z - np.max(z, axis=1, keepdims=True)
        # every number becomes positive, and differences become ratios
        exponentials = np.exp(shifted)
        # divided by their sum, the numbers of a row add up to 1
        a = exponentials / np.sum(exponentials, axis=1, keepdims=True)
        return a

    @staticmethod
    def backward(d_a: Array, a: Array) -> Array:
        # the mean gradient of the row, weighted with the outputs
        shared = np.sum(d_a * a, axis=1, keepdims=True)
        # the outputs of a row add up to 1, so only the difference from that mean counts
        d_z = a * (d_a - shared)
        return d_z
