"""The training loop, the same for every engine, and the run that it gives."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backproof.display import Shown
from backproof.engines import make_engine
from backproof.engines.engine import Engine
from backproof.epochs import Epochs, Moment, diverged
from backproof.errors import DataError
from backproof.network import Network
from backproof.ops.op import Array
from backproof.program.program import Program
from backproof.settings import Data, Settings, check_inputs, make_settings, split

OnEpoch = Callable[[int, float, float | None], object]


@dataclass(frozen=True)
class Run(Shown):
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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trained network to a file that `load` reads. Raises DataError when it cannot be written."""
        from backproof.model import Model

        Model(self.network, self.parameters).save(path)


def fit(
    engine: Engine,
    program: Program,
    *,
    on_epoch: OnEpoch | None = None,
    keep: Collection[int] = (),
    watch: tuple[int, int] | None = None,
) -> Run:
    """Train: epochs, batches, validation, early stopping. Ctrl-C ends it and keeps the best so far.

    `keep` are numbers of steps, counted from 0, before which the state is recorded; `watch` is an epoch and a row,
    and the state is recorded before the step of that epoch that learns from that row, too.
    Raises TrainingError when the loss is no longer a number.
    """
    started = time.perf_counter()
    training = Epochs(engine, program, frozenset(keep), watch)
    ended = ""
    try:
        epoch = 0
        if on_epoch:
            training.at_a_time = 1  # somebody looks, and may stop it at once
        while epoch < program.settings.epochs and not ended:
            first, epoch = epoch, epoch + training.some_epochs(epoch)
            if on_epoch:
                for passed in range(first, epoch):
                    on_epoch(passed, training.losses[passed], training.validation_loss)
            if training.nothing_better(epoch - 1):
                ended = "early"
    except KeyboardInterrupt:
        if not training.losses:
            raise
        ended = "interrupted"
    if ended:
        training.record_next()
    keeps_best = ended == "interrupted" or program.settings.patience is not None
    if keeps_best:
        engine.load_tensors(training.best)
    tensors = engine.tensors()
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise diverged(program, len(training.losses) - 1, math.nan)
    return Run(
        engine.name,
        program,
        np.array(training.losses),
        np.array(training.validation_losses) if training.validation_losses else None,
        tensors,
        time.perf_counter() - started,
        interrupted=ended == "interrupted",
        stopped_early=ended == "early",
        best_epoch=training.best_epoch if keeps_best else None,
        moments=tuple(training.moments),
        _engine=engine,
    )


def make_data(x: Any, y: Any, validation: Any, seed: int, x_new: Any = None) -> Data:
    """The data of a run; `validation` is None, a part of the rows to set aside, or (x, y).

    Raises DataError when it is none of these.
    """
    if validation is None:
        return Data(x, y, x_new=x_new)
    if isinstance(validation, (int, float)):
        return replace(split(x, y, validation, seed), x_new=x_new)
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
    threads: int | None = None,
    validation: Any = None,
    x_new: Any = None,
    on_epoch: OnEpoch | None = None,
    **settings: Any,
) -> Run:
    """Train a network by hand-derived NumPy (`engine="numpy"`), the same compiled ("compiled"), or PyTorch ("torch").

    `x` is (samples, inputs) and `y` what the loss compares with, usually (samples, outputs). `validation` is a part
    of the rows to set aside, such as 0.2, or arrays (x, y). `threads` may share a large step of the compiled engine
    (all of the machine's); the result is the same. `settings` are those of `Settings`: `optimizer`,
    `epochs`, `seed`, `init`, `batch_size`, `schedule`, `clip_norm`, `patience`, `min_delta`, `dtype`.
    Raises DescriptionError, DataError or TrainingError, each with what to do.
    """
    made = make_settings(settings)
    program = Program(network, made, make_data(x, y, validation, made.seed, x_new))
    return fit(make_engine(engine, program, device=device, threads=threads), program, on_epoch=on_epoch)
