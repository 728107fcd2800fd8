"""Adagrad: weights that have moved much move less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array, Formulas, Optimizer, count
from backproof.ops.weight_decay import decay


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Divides each gradient by the root of the sum of all its squares so far.

    Source: Duchi, Hazan, Singer (2011), https://jmlr.org/papers/v12/duchi11a.html, and
    https://docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
    """

    learning_rate: float = 0.01
    lr_decay: float = 0.0
    weight_decay: float = 0.0
    initial_accumulator_value: float = 0.0
    eps: float = 1e-10

    def __post_init__(self) -> None:
        for name in (
            "learning_rate",
            "lr_decay",
            "weight_decay",
            "initial_accumulator_value",
            "eps",
        ):
            self.require_number(name, least=0)

    @staticmethod
    def adapt(gradient: Array, w: Array, total: Array, *, learning_rate: float, eps: float) -> Array:
        # the sum of all squared gradients so far
        total = total + gradient * gradient
        # the larger its gradients have been, the smaller its steps
        w = w - learning_rate * gradient / (np.sqrt(total) + eps)
        return w

    @staticmethod
    def adapt_slower(
        gradient: Array,
        w: Array,
        total: Array,
        t: int,
        *,
        learning_rate: float,
        lr_decay: float,
        eps: float,
    ) -> Array:
        # the sum of all squared gradients so far
        total = total + gradient * gradient
        # the learning rate itself falls with the number of the step
        slower = learning_rate / (1.0 + (t - 1) * lr_decay)
        # the larger its gradients have been, the smaller its steps
        w = w - slower * gradient / (np.sqrt(total) + eps)
        return w

    def formulas(self) -> Formulas:
        pieces: Formulas = (decay,) if self.weight_decay else ()
        return (*pieces, self.adapt_slower if self.lr_decay else self.adapt)

    def step_formulas(self) -> Formulas:
        return (count,) if self.lr_decay else ()

    def states(self) -> dict[str, tuple[str, float]]:
        return {"total": ("sum", self.initial_accumulator_value)}
