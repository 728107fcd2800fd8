"""ExponentialLR: the learning rate falls by the same factor every epoch."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.ops.op import Schedule


@dataclass(frozen=True)
class ExponentialLR(Schedule):
    """Multiplies the learning rate by `gamma` every epoch.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
    """

    gamma: float

    def __post_init__(self) -> None:
        self.require_number("gamma")

    @staticmethod
    def rate(learning_rate: float, epoch: int, *, gamma: float) -> float:
        # the learning rate falls by the same factor every epoch
        rate = learning_rate * gamma**epoch
        return rate
