"""Dropout: a random part of the numbers is switched off while training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.ops.op import Array, Formulas, Layer


@dataclass(frozen=True)
class Dropout(Layer):
    """Sets each number to 0 with probability `p` while training, and does nothing when predicting.

    Shapes: any, kept. The mask comes from a NumPy generator that every engine starts from the same seed.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        self.require_number("p", least=0, most=1)

    @property
    def scale(self) -> float:
        """What the survivors are multiplied by, so that the expected value stays the same."""
        return 1.0 / (1.0 - self.p) if self.p < 1 else 0.0

    @staticmethod
    def forward(a: Array, generator: np.random.Generator, *, p: float, scale: float) -> Array:
        # each number is kept or dropped by chance, anew in every step
        mask = generator.random(a.shape) >= p
        # the survivors are scaled up, so that the next layer sees the same sum on average
        dropped = a * mask * scale
        return dropped

    @staticmethod
    def backward(d_dropped: Array, mask: Array, *, scale: float) -> Array:
        # what was dropped has no gradient, and what was scaled up has its gradient scaled up
        d_a = d_dropped * mask * scale
        return d_a

    def evaluation_formulas(self) -> Formulas:
        return ()

    def torch(self) -> str:
        return f"SharedDropout(p={self.p!r}, generator=generator)"

    def torch_class(self) -> Callable[[], type[Any]]:
        def shared_dropout() -> type[Any]:
            from backproof.ops.shared_dropout import SharedDropout

            return SharedDropout

        return shared_dropout
