"""GELU: every number times the probability that a normal number is smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from backproof.ops.op import Activation, Array, Formulas


@dataclass(frozen=True)
class GELU(Activation):
    """Multiplies every number by the standard normal distribution function at it. Shapes: any, kept.

    `approximate` is "none" (exact, with erf) or "tanh".
    Source: Hendrycks, Gimpel (2016), https://arxiv.org/abs/1606.08415, and
    https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html
    """

    approximate: str = "none"

    def __post_init__(self) -> None:
        self.require(self.approximate in ("none", "tanh"), 'approximate must be "none" or "tanh".')

    @staticmethod
    def forward(z: Array) -> Array:
        # the error function knows the normal distribution, from -1 to 1; 0.7071... is 1 / sqrt(2)
        centered = erf(z * 0.7071067811865476)
        # the probability that a standard normal number is below this one
        gate = 0.5 * (1.0 + centered)
        # large numbers pass the gate, very negative ones do not
        a = z * gate
        return a

    @staticmethod
    def backward(d_a: Array, z: Array, gate: Array) -> Array:
        # the gate's slope is the normal density; 0.3989... is 1 / sqrt(2 pi)
        density = 0.3989422804014327 * np.exp(-0.5 * z * z)
        # the product rule: once for the number, once for the gate that it opens
        d_z = d_a * (gate + z * density)
        return d_z

    @staticmethod
    def forward_tanh(z: Array) -> Array:
        # a polynomial that makes tanh follow the normal distribution; 0.7978... is sqrt(2 / pi)
        inner = 0.7978845608028654 * (z + 0.044715 * z * z * z)
        # tanh reaches from -1 to 1, the gate from 0 to 1
        bend = np.tanh(inner)
        # large numbers pass the gate, very negative ones do not
        a = 0.5 * z * (1.0 + bend)
        return a

    @staticmethod
    def backward_tanh(d_a: Array, z: Array, bend: Array) -> Array:
        # the slope of the polynomial inside
        inner_slope = 0.7978845608028654 * (1.0 + 0.134145 * z * z)
        # the product rule, and the slope of tanh, which is 1 minus its square
        d_z = d_a * 0.5 * ((1.0 + bend) + z * (1.0 - bend * bend) * inner_slope)
        return d_z

    def forward_formulas(self) -> Formulas:
        return (self.forward,) if self.approximate == "none" else (self.forward_tanh,)

    def backward_formulas(self) -> Formulas:
        return (self.backward,) if self.approximate == "none" else (self.backward_tanh,)
