"""ELU: negative numbers bend smoothly towards -alpha."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Activation, Array


@dataclass(frozen=True)
class ELU(Activation):
    """Keeps positive numbers; the others become alpha (exp(z) - 1). Shapes: any, kept.

    For alpha other than 1 it has no derivative at 0; there the slope is taken as alpha, as in PyTorch.
    Source: Clevert, Unterthiner, Hochreiter (2015), https://arxiv.org/abs/1511.07289, and
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        self.require_number("alpha")

    @staticmethod
    def forward(z: Array, *, alpha: float) -> Array:
        # only negative numbers are bent; expm1(z) is exp(z) - 1 without losing small digits
        a = np.where(z > 0.0, z, alpha * np.expm1(np.minimum(z, 0.0)))
        return a

    @staticmethod
    def backward(d_a: Array, z: Array, *, alpha: float) -> Array:
        # the slope is 1 on the positive side and fades with exp(z) on the other
        d_z = np.where(z > 0.0, d_a, d_a * alpha * np.exp(np.minimum(z, 0.0)))
        return d_z
