"""What every engine can do, so that one training loop and one proof serve them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from backproof.ops.op import Array

Say = Callable[[str], None]
"""What is told, in a sentence, what takes a while or is done otherwise than asked."""


def silent(_sentence: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that decides the next step, as NumPy arrays under the program's names."""

    tensors: dict[str, Array]
    """Parameters and buffers."""
    states: dict[str, Array]
    """What the optimizer keeps."""
    steps: int
    """How many steps have been taken."""
    generator: dict[str, Any]
    """The state of the generator of shuffles and masks."""


class Engine(Protocol):
    """Runs a program step by step."""

    name: str

    @property
    def generator(self) -> np.random.Generator:
        """What shuffles and masks are drawn from."""

    def load(self, array: Array) -> Any:
        """The array in the engine's own form; rows of it are taken with `[rows]`."""

    def step(self, x: Any, y: Any, epoch: int) -> float:
        """Take one training step on these rows and give the loss before it."""

    def end_epoch(self) -> None:
        """Whatever the engine has to do between epochs."""

    def evaluate(self, x: Any, y: Any) -> float:
        """The loss of the trained network on rows that are not learnt from."""

    def predict(self, x: Array) -> Array:
        """The trained network's output."""

    def tensors(self) -> dict[str, Array]:
        """Parameters and buffers as they are now, in NumPy's orientation; later steps do not change them."""

    def load_tensors(self, tensors: dict[str, Array]) -> None:
        """Put parameters and buffers in place."""

    def snapshot(self) -> Snapshot:
        """Everything that decides the next step."""

    def restore(self, snapshot: Snapshot) -> None:
        """Go to the state of a snapshot, whichever engine it comes from."""

    def quantities(self, x: Any, y: Any, epoch: int, gradients: dict[str, Array] | None = None) -> dict[str, Array]:
        """Take one step and give what it computed by name: forward, `loss`, `d_` gradients, updates.

        With `gradients`, the update starts from these instead of the engine's own, so that it is judged by itself.
        """


@runtime_checkable
class WholeEpochs(Protocol):
    """An engine that can take many steps without being asked for each."""

    def epochs(self, x: Any, y: Any, first: int, count: int) -> Array:
        """Train for some epochs, the first of this number, and give their losses.

        They end early with a loss that is no longer a number.
        """
