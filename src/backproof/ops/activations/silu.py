"""SiLU: every number times its own sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class SiLU(Activation):
    """Multiplies every number by its own sigmoid; also called swish. Shapes: any, kept.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html
    """

    @staticmethod
    def forward(z: Array) -> Array:
        # a gate between 0 and 1, opened by the number itself
        gate = 1.0 / (1.0 + np.exp(-z))
        # large numbers pass the gate, very negative ones do not
        a = z * gate
        return a

    @staticmethod
    def backward(d_a: Array, z: Array, gate: Array) -> Array:
        # the product rule: once for the number, once for the gate that it opens
        d_z = d_a * gate * (1.0 + z * (1.0 - gate))
        return d_z
