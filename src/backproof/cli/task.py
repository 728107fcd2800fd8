"""From the options to a program: the notebook's network, or one for a table."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.cli.options import TrainingOptions
from backproof.data.columns import Column, Number
from backproof.data.target import Target
from backproof.errors import DataError, DescriptionError
from backproof.network import widths
from backproof.ops.op import Activation, Initializer, Loss, Op, Optimizer, Schedule
from backproof.ops.registry import find, parse
from backproof.program.program import Program
from backproof.settings import Data, Settings

NOTEBOOK_X = (-2.0, -1.0, 0.0, 1.0, 2.0)
NOTEBOOK_Y = (0.0, 0.0, 0.0, 1.0, 1.0)
NOTEBOOK_NEW = (-3.0, -0.5, 0.75, 3.0, 1.0, 0.0)


@dataclass(frozen=True)
class Task:
    """A program, and what its rows and predictions mean."""

    program: Program
    columns: tuple[Column, ...]
    target: Target
    left_out: int = 0
    is_notebook: bool = False
    source: str = ""
    """The file of the table, as it was named."""


def make_task(options: TrainingOptions) -> Task:
    """The task that the options describe. Raises DescriptionError or DataError."""
    return _notebook(options) if options.data is None else _tables(options)[0]


def make_folds(options: TrainingOptions, folds: int) -> list[Task]:
    """The task of each fold of a cross-validation. Raises DescriptionError or DataError."""
    if options.data is None:
        raise DescriptionError("--folds needs a table: five points are too few to set some aside.")
    if options.validation:
        raise DescriptionError("Give --folds or --validation, not both: each fold sets its own rows aside.")
    return _tables(options, folds)


def _notebook(options: TrainingOptions) -> Task:
    for name in ("target", "features", "exclude"):
        if getattr(options, name):
            raise DescriptionError(f"--{name} needs a table: backproof train DATA.csv --target COLUMN.")
    loss = parse(options.loss or "MSELoss", Loss)
    last: Sequence[Op] = () if loss.link else (find("Sigmoid", Activation)(),)
    network = widths(1, _hidden(options, "1"), 1, _activation(options, "Sigmoid"), loss, last)
    settings = _settings(options, "SGD", epochs=5000, init="normal", batch_size="all")
    x, y, new = (np.array(values)[:, None] for values in (NOTEBOOK_X, NOTEBOOK_Y, NOTEBOOK_NEW))
    if options.validation:
        raise DescriptionError("--validation needs a table: five points are too few to set some aside.")
    program = Program(network, settings, Data(x, y, x_new=new))
    return Task(program, (Number("x", 0.0, 1.0, 0.0),), Target("y"), is_notebook=True)


def _tables(options: TrainingOptions, folds: int | None = None) -> list[Task]:
    """The task of a table, or one for each fold: the facts about its columns, and so its inputs, may differ."""
    from backproof.data.read import read_table
    from backproof.data.table import prepare, prepare_folds

    assert options.data is not None
    loss = parse(options.loss, Loss) if options.loss else None
    activation = _activation(options, "ReLU")
    hidden = _hidden(options, "16")
    settings = _settings(options, "Adam", epochs=100, init="torch", batch_size="32")
    frame = read_table(options.data)
    if options.target is None:
        shown = ", ".join(map(str, frame.columns[:20])) + (", …" if len(frame.columns) > 20 else "")
        raise DataError(f"Which column of {options.data} is to be predicted? Say --target COLUMN. There are: {shown}.")
    given: dict[str, Any] = {
        "features": _names(options.features, frame.columns),
        "exclude": _names(options.exclude, frame.columns),
        "loss": loss,
        "seed": options.seed,
        "where": str(options.data),
    }
    if folds is None:
        tables = [prepare(frame, options.target, validation=options.validation, **given)]
    else:
        tables = prepare_folds(frame, options.target, folds=folds, **given)
    tasks = []
    for table in tables:
        last: Sequence[Op] = (find("Sigmoid", Activation)(),) if type(table.loss).__name__ == "BCELoss" else ()
        inputs = table.data.x.shape[1]
        network = widths(inputs, hidden, table.target.outputs(table.loss), activation, table.loss, last)
        program = Program(network, settings, table.data)
        tasks.append(Task(program, table.columns, table.target, table.left_out, source=str(options.data)))
    return tasks


def _settings(options: TrainingOptions, optimizer: str, *, epochs: int, init: str, batch_size: str) -> Settings:
    words = options.optimizer or optimizer
    plain = type(parse(words, Optimizer)).__name__
    rate = options.learning_rate
    if rate is None:
        rate = 0.1 if plain == "SGD" else 0.01
    size = options.batch_size or batch_size
    if size != "all" and not size.isdecimal():
        raise DescriptionError(f'--batch-size is {size!r}, but it must be a whole number or "all".')
    return Settings(
        optimizer=parse(words, Optimizer, learning_rate=rate),
        epochs=options.epochs if options.epochs is not None else epochs,
        seed=options.seed,
        init=parse(options.init or init, Initializer),
        batch_size=None if size == "all" else int(size),
        schedule=parse(options.schedule, Schedule) if options.schedule else None,
        clip_norm=options.clip_norm,
        patience=options.patience,
        min_delta=options.min_delta,
        dtype=options.dtype,
        report_every=options.report_every,
    )


def _activation(options: TrainingOptions, default: str) -> Activation:
    return parse(options.activation or default, Activation)


def _hidden(options: TrainingOptions, default: str) -> list[int]:
    words = options.hidden if options.hidden is not None else default
    try:
        numbers = [int(word) for word in words.split(",") if word.strip()]
    except ValueError:
        numbers = [0]
    if any(number < 1 for number in numbers):
        raise DescriptionError(f"--hidden is {words!r}, but it must be whole numbers above 0, such as 16,8.")
    return numbers


def _names(words: str, columns: Collection[str]) -> list[str]:
    """The column names in words such as `a,"b, in cm"`; a whole column name needs no quotes."""
    if words in columns:
        return [words]
    return [word.strip() for word in next(csv.reader([words], skipinitialspace=True), []) if word.strip()]


def metrics(task: Task, y: Any, output: Any) -> dict[str, float]:
    """How good predictions are, in the target's own units. Shapes: targets of rows, and (rows, outputs)."""
    target, loss = task.target, task.program.network.loss
    if target.is_number:
        wanted = np.asarray(y, dtype=float)[:, 0] * target.scale + target.mean
        errors = target.decode(output, loss) - wanted
        found = {
            "rmse": float(np.sqrt(np.mean(errors**2))),
            "mean_absolute_error": float(np.mean(np.abs(errors))),
        }
        spread = float(np.sum((wanted - wanted.mean()) ** 2))
        if spread > 0:
            found["r2"] = 1.0 - float(np.sum(errors**2)) / spread
        return found
    wanted_labels = np.array(target.classes, dtype=object)[np.asarray(y).reshape(-1).astype(int)]
    return {"accuracy": float(np.mean(target.decode(output, loss) == wanted_labels))}
