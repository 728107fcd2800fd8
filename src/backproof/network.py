"""The description of a network: ops in order and a loss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backproof.display import Shown
from backproof.errors import DescriptionError
from backproof.ops.layers.linear import Linear
from backproof.ops.op import Loss, Op
from backproof.ops.registry import parse


@dataclass(frozen=True, init=False)
class Network(Shown):
    """Ops in order and a loss. Rows are samples.

    Raises DescriptionError when neighbouring ops do not fit, naming the op and the numbers.
    """

    ops: tuple[Op, ...]
    loss: Loss

    def __init__(self, ops: Iterable[Op], loss: Loss) -> None:
        if not isinstance(ops, Iterable):
            raise DescriptionError(f"The ops are {ops!r}, but they must be a list such as [bp.Linear(4, 1)].")
        object.__setattr__(self, "ops", tuple(ops))
        object.__setattr__(self, "loss", loss)
        for position, op in enumerate(self.ops, start=1):
            if not isinstance(op, Op) or isinstance(op, Loss):
                raise DescriptionError(
                    f"Part {position} of the network is {op!r}, but it must be a layer or an activation "
                    "such as bp.Linear(4, 16) or bp.ReLU()."
                )
        if not isinstance(loss, Loss):
            raise DescriptionError(f"The loss is {loss!r}, but it must be one such as bp.MSELoss().")
        if not any(parameter.trained for op in self.ops for parameter in op.parameters()):
            raise DescriptionError("The network has nothing to train: give it a Linear layer.")
        if loss.takes_probabilities and not getattr(self.ops[-1], "gives_probabilities", False):
            raise DescriptionError(
                f"{loss} needs probabilities, but {self.ops[-1]} at the end gives numbers of any size: "
                "end the network with a Sigmoid, or use BCEWithLogitsLoss."
            )
        if self.in_features is not None:
            self.outputs(self.in_features)

    @property
    def in_features(self) -> int | None:
        """How many numbers a row has to have: what the first op with a fixed size takes."""
        for op in self.ops:
            for name in ("in_features", "normalized_shape", "num_features"):
                if hasattr(op, name):
                    return int(getattr(op, name))
        return None

    def outputs(self, features: int) -> int:
        """How many numbers the network answers to a row of `features` numbers.

        Raises DescriptionError naming the first op that does not fit.
        """
        for position, op in enumerate(self.ops, start=1):
            try:
                features = op.outputs(features)
            except DescriptionError as error:
                before = f"{self.ops[position - 2]} before it" if position > 1 else "the data"
                raise DescriptionError(f"Op {position} of the network and {before} do not fit: {error}") from None
        return features

    @property
    def least_rows(self) -> int:
        """How many rows every training batch needs."""
        return max(op.least_rows for op in self.ops)

    def __str__(self) -> str:
        return f"Network([{', '.join(map(str, self.ops))}], loss={self.loss})"


def widths(
    inputs: int,
    hidden: Sequence[int],
    outputs: int,
    activation: Op,
    loss: Loss,
    last: Sequence[Op] = (),
) -> Network:
    """The usual network: Linear layers of these widths with the activation between them."""
    ops: list[Op] = []
    for width in hidden:
        ops += [Linear(inputs, width), activation]
        inputs = width
    ops.append(Linear(inputs, outputs))
    return Network([*ops, *last], loss)


def read_network(ops: Sequence[str], loss: str) -> Network:
    """The network that `[str(op) for op in network.ops]` and `str(network.loss)` describe.

    Raises DescriptionError for words that describe no op.
    """
    return Network([parse(words, Op) for words in ops], parse(loss, Loss))
