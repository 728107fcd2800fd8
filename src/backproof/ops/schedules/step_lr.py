"""StepLR: the learning rate falls in steps."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.ops.op import Schedule


@dataclass(frozen=True)
class StepLR(Schedule):
    """Multiplies the learning rate by `gamma` every `step_size` epochs.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
    """

    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self.require_number("step_size", least=1, whole=True)
        self.require_number("gamma")

    @staticmethod
    def rate(learning_rate: float, epoch: int, *, step_size: int, gamma: float) -> float:
        # the learning rate falls after every so many epochs
        rate = learning_rate * gamma ** (epoch // step_size)
        return rate
