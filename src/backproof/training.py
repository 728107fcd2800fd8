"""The training loop, the same for every engine, and the run that it gives."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from backproof.engines import make_engine
from backproof.engines.engine import Engine, Snapshot
from backproof.errors import DataError, TrainingError
from backproof.network import Network
from backproof.ops.op import Array
from backproof.program.program import Program
from backproof.settings import Data, Settings, check_inputs, make_settings, split

OnEpoch = Callable[[int, float, float | None], object]


@dataclass(frozen=True)
class Moment:
    """The state right before a step, and the rows and the epoch of that step."""

    number: int
    epoch: int
    rows: Array | None
    """Row numbers; None: all rows."""
    snapshot: Snapshot


@dataclass(frozen=True)
class Run:
    """What an engine gives back."""

    engine: str
    program: Program
    losses: npt.NDArray[np.float64]
    """The loss of every epoch: over all rows before the epoch's step, or over its batches as they came."""
    validation_losses: npt.NDArray[np.float64] | None
    """The loss of the validation rows after every epoch."""
    parameters: dict[str, Array]
    """Every parameter and buffer after training, by its name in the program."""
    seconds: float
    interrupted: bool = False
    """Ctrl-C ended it; the parameters are the best so far."""
    stopped_early: bool = False
    best_epoch: int | None = None
    """The epoch whose parameters were kept, when they are not the last ones."""
    moments: tuple[Moment, ...] = ()
    _engine: Engine = field(repr=False, kw_only=True)

    @property
    def network(self) -> Network:
        return self.program.network

    @property
    def settings(self) -> Settings:
        return self.program.settings

    def predict(self, x: Any) -> Array:
        """The trained network's output for rows of x, as `model(x)` gives it in PyTorch.

        Shapes: (rows, columns) to (rows, outputs). Raises DataError for rows that do not fit.
        """
        width = self.program.data.x.shape[1]
        checked = check_inputs("x", x, self.network, self.settings.dtype, width)
        self._engine.load_tensors(self.parameters)
        return self._engine.predict(checked)


def fit(
    engine: Engine, program: Program, *, on_epoch: OnEpoch | None = None, keep: Collection[int] = ()
) -> Run:
    """Train: epochs, batches, validation, early stopping. Ctrl-C ends it and keeps the best so far.

    `keep` are numbers of steps, counted from 0, before which the state is recorded.
    Raises TrainingError when the loss is no longer a number.
    """
    started = time.perf_counter()
    watch = _Watch(engine, program)
    losses: list[float] = []
    validation_losses: list[float] = []
    moments: list[Moment] = []
    wanted = frozenset(keep)
    data, settings = program.data, program.settings
    x, y = engine.load(data.x), engine.load(data.y)
    validation = None
    if data.x_validation is not None and data.y_validation is not None:
        validation = engine.load(data.x_validation), engine.load(data.y_validation)
    number = epoch = 0
    ended = ""
    rows: Array | None = None
    try:
        for epoch in range(settings.epochs):
            total = 0.0
            for rows in _batches(engine, program):
                if number in wanted:
                    moments.append(Moment(number, epoch, rows, engine.snapshot()))
                if rows is None:
                    loss = total = engine.step(x, y, epoch)
                else:
                    loss = engine.step(x[rows], y[rows], epoch)
                    total += loss * len(rows) if program.network.loss.reduction == "mean" else loss
                if not math.isfinite(loss):
                    raise _diverged(program, epoch, loss)
                number += 1
            if settings.batch_size and program.network.loss.reduction == "mean":
                total /= len(data.x)
            losses.append(total)
            engine.end_epoch()
            validation_loss = engine.evaluate(*validation) if validation else None
            if validation_loss is not None:
                validation_losses.append(validation_loss)
            if on_epoch:
                on_epoch(epoch, total, validation_loss)
            if watch.ends(epoch, total if validation_loss is None else validation_loss):
                ended = "early"
                break
    except KeyboardInterrupt:
        if not losses:
            raise
        ended = "interrupted"
    if ended and wanted and max(wanted) >= number and (not moments or moments[-1].number < number):
        # the last step is unknown until training stops: judge the one that would have come next
        moments.append(Moment(number, epoch, rows, engine.snapshot()))
    keeps_best = ended == "interrupted" or settings.patience is not None
    if keeps_best:
        engine.load_tensors(watch.best)
    tensors = engine.tensors()
    _check_finite(program, tensors, epoch)
    return Run(
        engine.name,
        program,
        np.array(losses),
        np.array(validation_losses) if validation else None,
        tensors,
        time.perf_counter() - started,
        interrupted=ended == "interrupted",
        stopped_early=ended == "early",
        best_epoch=watch.best_epoch if keeps_best else None,
        moments=tuple(moments),
        _engine=engine,
    )


class _Watch:
    """Keeps the best parameters and tells when nothing has become better for a while."""

    def __init__(self, engine: Engine, program: Program) -> None:
        self.engine = engine
        self.patience = program.settings.patience
        self.margin = program.settings.min_delta if self.patience else 0.0
        self.best_loss, self.best_epoch = math.inf, 0
        self.best = engine.tensors()

    def ends(self, epoch: int, loss: float) -> bool:
        if loss < self.best_loss - self.margin:
            self.best_loss, self.best_epoch = loss, epoch
            self.best = self.engine.tensors()
            return False
        return self.patience is not None and epoch - self.best_epoch >= self.patience


def _batches(engine: Engine, program: Program) -> Any:
    size = program.settings.batch_size
    if size is None:
        return (None,)
    order = engine.generator.permutation(len(program.data.x))
    return [order[start : start + size] for start in range(0, len(order), size)]


def _diverged(program: Program, epoch: int, loss: float) -> TrainingError:
    rate = program.settings.optimizer.settings()["learning_rate"]
    return TrainingError(
        f"The loss became {loss} in epoch {epoch}: the steps are too long. Try a learning rate of {rate / 10:g} "
        f"instead of {rate:g}, or clip the gradients (clip_norm=1)."
    )


def _check_finite(program: Program, tensors: dict[str, Array], epoch: int) -> None:
    for array in tensors.values():
        if not np.isfinite(array).all():
            raise _diverged(program, epoch, math.nan)


def make_data(x: Any, y: Any, validation: Any, seed: int, x_new: Any = None) -> Data:
    """The data of a run; `validation` is None, a part of the rows to set aside, or (x, y).

    Raises DataError when it is none of these.
    """
    if validation is None:
        return Data(x, y, x_new=x_new)
    if isinstance(validation, (int, float)):
        parts = split(x, y, validation, seed)
        return Data(parts.x, parts.y, parts.x_validation, parts.y_validation, x_new)
    try:
        x_validation, y_validation = validation
    except (TypeError, ValueError):
        raise DataError("validation must be a part such as 0.2, or a pair of arrays (x, y).") from None
    return Data(x, y, x_validation, y_validation, x_new)


def train(
    network: Network,
    x: Any,
    y: Any,
    *,
    engine: str = "numpy",
    device: str = "cpu",
    validation: Any = None,
    x_new: Any = None,
    on_epoch: OnEpoch | None = None,
    **settings: Any,
) -> Run:
    """Train a network by hand-derived NumPy (`engine="numpy"`) or by PyTorch (`engine="torch"`).

    `x` is (samples, inputs) and `y` what the loss compares with, usually (samples, outputs). `validation` is a part
    of the rows to set aside, such as 0.2, or arrays (x, y). `settings` are those of `Settings`: `optimizer`,
    `epochs`, `seed`, `init`, `batch_size`, `schedule`, `clip_norm`, `patience`, `min_delta`, `dtype`.
    Raises DescriptionError, DataError or TrainingError, each with what to do.
    """
    made = make_settings(settings)
    program = Program(network, made, make_data(x, y, validation, made.seed, x_new))
    return fit(make_engine(engine, program, device=device), program, on_epoch=on_epoch)
