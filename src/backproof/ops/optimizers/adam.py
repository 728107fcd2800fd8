"""Adam: every weight has a step size of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array, Formulas, Optimizer, count
from backproof.ops.weight_decay import decay


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps of at most about the learning rate, whatever the size of the gradient.

    Source: Kingma, Ba (2014), https://arxiv.org/abs/1412.6980, and
    https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
    """

    learning_rate: float = 0.001
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-08
    weight_decay: float = 0.0
    amsgrad: bool = False

    def __post_init__(self) -> None:
        self.require_number("learning_rate", least=0)
        self.require_number("eps", least=0)
        self.require_number("weight_decay", least=0)
        self.require(
            isinstance(self.betas, (tuple, list))
            and len(self.betas) == 2
            and all(isinstance(beta, (int, float)) and 0 <= beta < 1 for beta in self.betas),
            "betas must be two numbers from 0 to below 1.",
        )

    @staticmethod
    def average(gradient: Array, m: Array, v: Array, *, beta1: float, beta2: float) -> Array:
        # a running mean of the gradient over the last steps
        m = beta1 * m + (1.0 - beta1) * gradient
        # a running mean of the squared gradient: how large the gradients are
        v = beta2 * v + (1.0 - beta2) * gradient * gradient
        return m

    @staticmethod
    def adapt(
        m: Array,
        w: Array,
        v: Array,
        t: int,
        *,
        learning_rate: float,
        beta1: float,
        beta2: float,
        eps: float,
    ) -> Array:
        # the mean m started at 0, so it is too small at first; this division corrects it
        m_hat = m / (1.0 - beta1**t)
        # the same correction for the mean square
        v_hat = v / (1.0 - beta2**t)
        # the mean gradient over its own size: seldom a longer step than the learning rate
        w = w - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
        return w

    @staticmethod
    def adapt_to_largest(
        m: Array,
        w: Array,
        v: Array,
        v_max: Array,
        t: int,
        *,
        learning_rate: float,
        beta1: float,
        beta2: float,
        eps: float,
    ) -> Array:
        # the mean m started at 0, so it is too small at first; this division corrects it
        m_hat = m / (1.0 - beta1**t)
        # AMSGrad: the largest mean square so far, so that the divisor never falls
        v_max = np.maximum(v_max, v)
        # the same correction for the square
        v_hat = v_max / (1.0 - beta2**t)
        # the mean gradient over its own size: seldom a longer step than the learning rate
        w = w - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
        return w

    def formulas(self) -> Formulas:
        pieces: Formulas = (decay,) if self.weight_decay else ()
        return (*pieces, self.average, self.adapt_to_largest if self.amsgrad else self.adapt)

    def step_formulas(self) -> Formulas:
        return (count,)

    def states(self) -> dict[str, tuple[str, float]]:
        states = {"m": ("exp_avg", 0.0), "v": ("exp_avg_sq", 0.0)}
        return states | {"v_max": ("max_exp_avg_sq", 0.0)} if self.amsgrad else states

    def constants(self) -> dict[str, float]:
        return super().constants() | {"beta1": self.betas[0], "beta2": self.betas[1]}
