"""AdamW: Adam with weight decay that is no part of the gradient."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.ops.op import Array, Formulas
from backproof.ops.optimizers.adam import Adam


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose weight decay shrinks every weight directly, before the step.

    Source: Loshchilov, Hutter (2017), https://arxiv.org/abs/1711.05101, and
    https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
    """

    weight_decay: float = 0.01

    @staticmethod
    def shrink(gradient: Array, w: Array, *, learning_rate: float, weight_decay: float) -> Array:
        # every weight loses a small part of itself, whatever its gradient
        w = w * (1.0 - learning_rate * weight_decay)
        return gradient

    def formulas(self) -> Formulas:
        pieces: Formulas = (self.shrink,) if self.weight_decay else ()
        return (*pieces, self.average, self.adapt_to_largest if self.amsgrad else self.adapt)
