"""Clipping by norm: gradients that are too long together are shortened together.

Source: Pascanu, Mikolov, Bengio (2013), https://arxiv.org/abs/1211.5063, and
https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
"""

from __future__ import annotations

import numpy as np

from backproof.ops.op import Array


def start() -> float:
    """The sum of no squares."""
    # the squares of all gradients together, starting from none
    squares = 0.0
    return squares


def add(gradient: Array, squares: float) -> float:
    """The sum with this parameter's gradient added."""
    # one parameter after the other adds its gradient's squares
    squares = squares + np.sum(gradient * gradient)
    return squares


def measure(squares: float, *, clip_norm: float) -> Array:
    """The length of all gradients together, and what it has to be multiplied by."""
    # the length of the whole gradient, as if all parameters were one long list
    norm = np.sqrt(squares)
    # 1 leaves a short gradient alone; a long one is scaled down to the limit
    shrinkage = np.minimum(1.0, clip_norm / (norm + 1e-06))
    return shrinkage


def shorten(gradient: Array, shrinkage: Array) -> Array:
    """The gradient that the optimizer is given."""
    # every gradient is shortened by the same factor, so that the direction stays
    clipped = gradient * shrinkage
    return clipped
