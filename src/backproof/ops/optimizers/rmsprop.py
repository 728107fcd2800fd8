"""RMSprop: the gradient over its own recent size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array, Formulas, Optimizer
from backproof.ops.weight_decay import decay


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Divides each gradient by the root of a running mean of its squares.

    As in PyTorch, eps is added after the root.
    Source: Hinton, Neural Networks for Machine Learning (2012), lecture 6, and
    https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
    """

    learning_rate: float = 0.01
    alpha: float = 0.99
    eps: float = 1e-08
    weight_decay: float = 0.0
    momentum: float = 0.0
    centered: bool = False

    def __post_init__(self) -> None:
        for name in ("learning_rate", "alpha", "eps", "weight_decay", "momentum"):
            self.require_number(name, least=0)
        self.require(self.alpha <= 1, f"alpha must be at most 1, not {self.alpha}.")

    @staticmethod
    def normalize(gradient: Array, square: Array, *, alpha: float, eps: float) -> Array:
        # a running mean of the squared gradient: how large its gradients are
        square = alpha * square + (1.0 - alpha) * gradient * gradient
        # the gradient over its own size
        direction = gradient / (np.sqrt(square) + eps)
        return direction

    @staticmethod
    def normalize_centered(gradient: Array, square: Array, mean_gradient: Array, *, alpha: float, eps: float) -> Array:
        # a running mean of the squared gradient: how large its gradients are
        square = alpha * square + (1.0 - alpha) * gradient * gradient
        # a running mean of the gradient itself over the last steps
        mean_gradient = alpha * mean_gradient + (1.0 - alpha) * gradient
        # the gradient over its standard deviation
        direction = gradient / (np.sqrt(square - mean_gradient * mean_gradient) + eps)
        return direction

    @staticmethod
    def accelerate(direction: Array, velocity: Array, *, momentum: float) -> Array:
        # the velocity keeps a part of itself and gains the new direction
        velocity = momentum * velocity + direction
        return velocity

    @staticmethod
    def descend(direction: Array, w: Array, *, learning_rate: float) -> Array:
        # a step downhill, as long as the learning rate says
        w = w - learning_rate * direction
        return w

    def formulas(self) -> Formulas:
        pieces: Formulas = (decay,) if self.weight_decay else ()
        pieces += (self.normalize_centered if self.centered else self.normalize,)
        pieces += (self.accelerate,) if self.momentum else ()
        return (*pieces, self.descend)

    def states(self) -> dict[str, tuple[str, float]]:
        states = {"square": ("square_avg", 0.0)}
        if self.centered:
            states["mean_gradient"] = ("grad_avg", 0.0)
        if self.momentum:
            states["velocity"] = ("momentum_buffer", 0.0)
        return states
