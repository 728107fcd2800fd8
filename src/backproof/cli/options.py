"""The options that describe a training, shared by every command that trains."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

TABLE, NETWORK, TRAINING = "The table", "The network", "The training"


def _option(*names: str, panel: str, text: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, rich_help_panel=panel, help=text, metavar=metavar, show_default=False)


@dataclass(frozen=True)
class TrainingOptions:
    """What to train, on what, and how. None stands for the default of the data."""

    data: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV or Parquet file. Without it: the notebook's five points.",
            show_default=False,
        ),
    ] = None
    target: Annotated[
        str | None,
        _option("--target", "-t", panel=TABLE, text="The column to predict.", metavar="COLUMN"),
    ] = None
    features: Annotated[
        str,
        _option(
            "--features",
            panel=TABLE,
            text="The columns to predict from (all others).",
            metavar="A,B,…",
        ),
    ] = ""
    exclude: Annotated[str, _option("--exclude", panel=TABLE, text="Columns to leave out.", metavar="A,B,…")] = ""
    validation: Annotated[
        float,
        _option("--validation", panel=TABLE, text="Part of the rows to set aside, such as 0.2 (none)."),
    ] = 0.0
    hidden: Annotated[
        str | None,
        _option(
            "--hidden",
            panel=NETWORK,
            text="Widths of the hidden layers (16; 1 for the notebook).",
            metavar="16,8",
        ),
    ] = None
    activation: Annotated[
        str | None,
        _option(
            "--activation",
            panel=NETWORK,
            text="Between the layers (ReLU; Sigmoid for the notebook).",
        ),
    ] = None
    loss: Annotated[
        str | None,
        _option(
            "--loss",
            panel=NETWORK,
            text="The loss (MSELoss for a number, cross-entropy for classes).",
        ),
    ] = None
    init: Annotated[
        str | None,
        _option(
            "--init",
            panel=NETWORK,
            text="First weights: normal, torch, xavier, he (torch; normal).",
        ),
    ] = None
    seed: Annotated[int, _option("--seed", panel=NETWORK, text="For weights, shuffles, masks and split (42).")] = 42
    dtype: Annotated[str, _option("--dtype", panel=NETWORK, text="float64 or float32 (float64).")] = "float64"
    optimizer: Annotated[
        str | None,
        _option("--optimizer", panel=TRAINING, text='Such as SGD or "SGD(momentum=0.9)" (Adam; SGD).'),
    ] = None
    learning_rate: Annotated[
        float | None,
        _option(
            "--learning-rate",
            "--lr",
            panel=TRAINING,
            text="Length of the steps (0.01; 0.1 for SGD).",
        ),
    ] = None
    epochs: Annotated[
        int | None,
        _option("--epochs", panel=TRAINING, text="Times through the rows (100; 5000 for the notebook)."),
    ] = None
    batch_size: Annotated[
        str | None,
        _option("--batch-size", panel=TRAINING, text='Rows a step, or "all" (32; all for the notebook).'),
    ] = None
    schedule: Annotated[
        str | None,
        _option("--schedule", panel=TRAINING, text='Such as "StepLR(30, gamma=0.1)" (none).'),
    ] = None
    clip_norm: Annotated[
        float | None,
        _option("--clip-norm", panel=TRAINING, text="Longest gradient, all parameters together (any)."),
    ] = None
    patience: Annotated[
        int | None,
        _option(
            "--patience",
            panel=TRAINING,
            text="Stop after so many epochs without a better loss (never).",
        ),
    ] = None
    min_delta: Annotated[
        float,
        _option("--min-delta", panel=TRAINING, text="By how much a loss must be better to count (0)."),
    ] = 0.0
    report_every: Annotated[
        int | None,
        _option("--report-every", panel=TRAINING, text="Epochs between printed losses (a fifth of all)."),
    ] = None


def with_training_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command whose first argument is a TrainingOptions all of its options."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    hints = typing.get_type_hints(TrainingOptions, include_extras=True)
    shared = [
        inspect.Parameter(
            part.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=part.default,
            annotation=hints[part.name],
        )
        for part in fields(TrainingOptions)
    ]
    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        options = TrainingOptions(**{part.name: given.pop(part.name) for part in fields(TrainingOptions)})
        try:
            command(options, **given)
        except KeyboardInterrupt:
            typer.echo("Interrupted before there was anything to keep.", err=True)
            raise typer.Exit(130) from None

    wrapped.__signature__ = inspect.Signature([*shared, *own])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*shared, *own)}
    del wrapped.__wrapped__
    return wrapped
