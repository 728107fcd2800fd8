"""Softplus: a smooth ReLU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class Softplus(Activation):
    """Computes log(1 + exp(beta z)) / beta; where beta z is above `threshold`, z itself. Shapes: any, kept.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html
    """

    beta: float = 1.0
    threshold: float = 20.0

    def __post_init__(self) -> None:
        self.require_number("beta", above=0)
        self.require_number("threshold")

    @staticmethod
    def forward(z: Array, *, beta: float, threshold: float) -> Array:
        # nearly 0 for very negative numbers, nearly z for large ones, with a round corner between
        a = np.where(z * beta > threshold, z, np.log1p(np.exp(z * beta)) / beta)
        return a

    @staticmethod
    def backward(d_a: Array, z: Array, *, beta: float, threshold: float) -> Array:
        # the slope of the round corner is a sigmoid
        d_z = np.where(z * beta > threshold, d_a, d_a / (1.0 + np.exp(-z * beta)))
        return d_z
