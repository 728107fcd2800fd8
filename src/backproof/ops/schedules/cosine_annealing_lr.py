"""CosineAnnealingLR: the learning rate falls along half a cosine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Schedule


@dataclass(frozen=True)
class CosineAnnealingLR(Schedule):
    """Lets the learning rate fall to `eta_min` in `T_max` epochs along half a cosine, and rise again after.

    Source: Loshchilov, Hutter (2016), https://arxiv.org/abs/1608.03983, and
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
    """

    T_max: int
    eta_min: float = 0.0

    def __post_init__(self) -> None:
        self.require_number("T_max", least=1, whole=True)
        self.require_number("eta_min", least=0)

    @staticmethod
    def rate(learning_rate: float, epoch: int, *, T_max: int, eta_min: float) -> float:
        # the way from 1 to 0 along half a cosine: slow, fast, slow
        wave = 0.5 + 0.5 * float(np.cos(np.pi * epoch / T_max))
        # the learning rate follows it down to its lowest value
        rate = eta_min + (learning_rate - eta_min) * wave
        return rate
