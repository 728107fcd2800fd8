"""SGD: a step against the gradient, with momentum if asked."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.ops.op import Array, Formulas, Optimizer, count
from backproof.ops.weight_decay import decay


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
    """

    learning_rate: float = 0.001
    momentum: float = 0.0
    dampening: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        self.require_number("learning_rate", least=0)
        self.require_number("momentum", least=0)
        self.require_number("dampening")
        self.require_number("weight_decay", least=0)
        self.require(
            not self.nesterov or (self.momentum > 0 and self.dampening == 0),
            "Nesterov needs a momentum above 0 and a dampening of 0.",
        )

    @staticmethod
    def descend(gradient: Array, w: Array, *, learning_rate: float) -> Array:
        # a step downhill: the learning rate times what the gradient says, subtracted
        w = w - learning_rate * gradient
        return w

    @staticmethod
    def accelerate(gradient: Array, velocity: Array, *, momentum: float) -> Array:
        # the velocity keeps a part of itself and gains the new gradient
        velocity = momentum * velocity + gradient
        return velocity

    @staticmethod
    def accelerate_dampened(gradient: Array, velocity: Array, t: int, *, momentum: float, dampening: float) -> Array:
        # the first gradient starts the velocity whole; later ones are dampened
        push = 1.0 - dampening * (t > 1)
        # the velocity keeps a part of itself and gains the new gradient
        velocity = momentum * velocity + push * gradient
        return velocity

    @staticmethod
    def accelerate_ahead(gradient: Array, velocity: Array, *, momentum: float) -> Array:
        # the velocity keeps a part of itself and gains the new gradient
        velocity = momentum * velocity + gradient
        # Nesterov: go where this velocity would lead one step later
        ahead = gradient + momentum * velocity
        return ahead

    def formulas(self) -> Formulas:
        pieces: Formulas = (decay,) if self.weight_decay else ()
        if self.nesterov:
            pieces += (self.accelerate_ahead,)
        elif self.momentum:
            pieces += (self.accelerate_dampened if self.dampening else self.accelerate,)
        return (*pieces, self.descend)

    def step_formulas(self) -> Formulas:
        return (count,) if self.momentum and self.dampening else ()

    def states(self) -> dict[str, tuple[str, float]]:
        return {"velocity": ("momentum_buffer", 0.0)} if self.momentum else {}
