"""Goes through the epochs of a training: batches, validation, the best parameters so far, recorded moments."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backproof.engines.engine import Engine, Snapshot, WholeEpochs
from backproof.errors import TrainingError
from backproof.ops.op import Array
from backproof.program.program import Program
from backproof.settings import Data

LEAST_SECONDS = 0.05
"""Without early stopping, the best parameters are wanted for Ctrl-C alone, and kept no more often than this."""


@dataclass(frozen=True)
class Moment:
    """The state right before a step, and the rows and the epoch of that step."""

    number: int
    epoch: int
    rows: Array | None
    """Row numbers; None: all rows."""
    snapshot: Snapshot

    def batch(self, data: Data) -> tuple[Array, Array]:
        """The rows of the step: what the network is given, and what it should answer."""
        rows = slice(None) if self.rows is None else self.rows
        return data.x[rows], data.y[rows]


class Epochs:
    """A training under way: what has been seen so far, and the best parameters."""

    def __init__(self, engine: Engine, program: Program, keep: frozenset[int], watch: tuple[int, int] | None) -> None:
        self.engine, self.program, self.keep, self.watch = engine, program, keep, watch
        self.losses = array("d")
        self.validation_losses = array("d")
        self.moments: list[Moment] = []
        self.number = 0
        self.place: tuple[int, Array | None] = (0, None)
        data = program.data
        self.x, self.y = engine.load(data.x), engine.load(data.y)
        self.aside = None
        if data.x_validation is not None and data.y_validation is not None:
            self.aside = engine.load(data.x_validation), engine.load(data.y_validation)
        self.steps_an_epoch = program.steps_an_epoch
        # at first as many epochs as surely are short: a billion operations a second is little
        weights = sum(tensor.size for tensor in engine.tensors().values())
        self.at_a_time = max(
            1, int(0.4 * LEAST_SECONDS * 1e9 / (6 * len(data.x) * weights + 1000 * self.steps_an_epoch))
        )
        self.whole = engine if isinstance(engine, WholeEpochs) else None
        self.best_loss, self.best_epoch, self.kept_at = math.inf, 0, 0.0
        self.best = engine.tensors()

    @property
    def validation_loss(self) -> float | None:
        """The loss of the validation rows after the last epoch."""
        return self.validation_losses[-1] if self.validation_losses else None

    def some_epochs(self, first: int) -> int:
        """Go through the rows once, or as often at a time as the engine can and nobody has to look in between.

        Gives the number of epochs.
        """
        engine, settings = self.whole, self.program.settings
        if engine is None or self._is_recorded(first):
            self.epoch(first)
            return 1
        count = 1
        if not (self.aside or settings.patience):
            count = max(1, min(settings.epochs - first, self.at_a_time, self._free_epochs(first)))
        started = time.perf_counter()
        losses = engine.epochs(self.x, self.y, first, count)
        seconds = time.perf_counter() - started
        # as many as can be done before somebody wants to see how far it is
        self.at_a_time = count * 16 if seconds < LEAST_SECONDS / 16 else max(1, int(count * LEAST_SECONDS / seconds))
        self.number += self.steps_an_epoch * len(losses)
        if not math.isfinite(losses[-1]):
            if self.engine.snapshot().steps == 0:
                raise _impossible(self.program, losses[-1])
            raise diverged(self.program, first + len(losses) - 1, losses[-1])
        self.losses.frombytes(losses.tobytes())
        if self.aside:
            self.validation_losses.append(self.engine.evaluate(*self.aside))
        return len(losses)

    def _is_recorded(self, epoch: int) -> bool:
        """Whether a state within this epoch is to be recorded."""
        if self.watch is not None and self.watch[0] == epoch:
            return True
        return any(number // self.steps_an_epoch == epoch for number in self.keep)

    def _free_epochs(self, first: int) -> int:
        """How many epochs follow, this one counted, in which nothing is to be recorded."""
        later = [number // self.steps_an_epoch for number in self.keep]
        later += [self.watch[0]] if self.watch else []
        return min((epoch - first for epoch in later if epoch > first), default=self.program.settings.epochs)

    def epoch(self, epoch: int) -> None:
        """Go through the rows once, a step at a time."""
        reduction = self.program.network.loss.reduction
        total = 0.0
        for rows in self._batches():
            self.place = (epoch, rows)
            if self.number in self.keep or self._is_watched(epoch, rows):
                self.moments.append(Moment(self.number, epoch, rows, self.engine.snapshot()))
            if rows is None:
                loss = total = self.engine.step(self.x, self.y, epoch)
            else:
                loss = self.engine.step(self.x[rows], self.y[rows], epoch)
                total += loss * len(rows) if reduction == "mean" else loss
            if not math.isfinite(loss):
                raise diverged(self.program, epoch, loss) if self.number else _impossible(self.program, loss)
            self.number += 1
        if self.program.settings.batch_size and reduction == "mean":
            total /= len(self.program.data.x)
        self.engine.end_epoch()
        self.losses.append(total)
        if self.aside:
            self.validation_losses.append(self.engine.evaluate(*self.aside))

    def _is_watched(self, epoch: int, rows: Array | None) -> bool:
        return self.watch is not None and self.watch[0] == epoch and (rows is None or self.watch[1] in rows)

    def _batches(self) -> Sequence[Array | None]:
        size = self.program.settings.batch_size
        if size is None:
            return (None,)
        order = self.engine.generator.permutation(len(self.program.data.x))
        return [order[start : start + size] for start in range(0, len(order), size)]

    def nothing_better(self, epoch: int) -> bool:
        """Keep the parameters if they are the best so far; tell whether patience is over."""
        settings = self.program.settings
        loss = (self.validation_losses or self.losses)[-1]
        now = time.perf_counter()
        if loss < self.best_loss - settings.min_delta and (settings.patience or now > self.kept_at + LEAST_SECONDS):
            self.best_loss, self.best_epoch, self.kept_at = loss, epoch, now
            self.best = self.engine.tensors()
            return False
        return settings.patience is not None and epoch - self.best_epoch >= settings.patience

    def record_next(self) -> None:
        """Record the step that would come next: training ended before the last step that was to be recorded."""
        if self.keep and self.number <= max(self.keep):
            epoch, rows = self.place
            self.moments.append(Moment(self.number, epoch, rows, self.engine.snapshot()))


def _impossible(program: Program, loss: float) -> TrainingError:
    largest = float(np.max(np.abs(program.data.x)))
    return TrainingError(
        f"The loss is {loss} before any step is taken: the inputs (up to {largest:.3g}) or the first weights are too "
        "large for it. Scale them, or start from other weights."
    )


def diverged(program: Program, epoch: int, loss: float) -> TrainingError:
    """The error of a loss that is no longer a number."""
    rate = program.settings.optimizer.settings()["learning_rate"]
    return TrainingError(
        f"The loss became {loss} in epoch {epoch}: the steps are too long. Try a learning rate of {rate / 10:g} "
        f"instead of {rate:g}, or clip the gradients (clip_norm=1)."
    )
