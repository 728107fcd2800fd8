"""Weight decay as most of torch.optim has it: a part of the gradient."""

from __future__ import annotations

from backproof.ops.op import Array


def decay(gradient: Array, w: Array, *, weight_decay: float) -> Array:
    """The gradient of the loss plus `weight_decay` times half the squared weight."""
    # a large weight is pulled towards 0, as if the loss grew with its square
    decayed = gradient + weight_decay * w
    return decayed
