"""What the commands print: the table of losses, the predictions, the progress bar, the verdict."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from backproof.cli.task import Task
from backproof.data.columns import MISSING
from backproof.engines import NAMES

if TYPE_CHECKING:
    from backproof.proof import Proof
    from backproof.training import OnEpoch, Run


class Screen(Console):
    """A console that takes a reader who has seen enough, such as `head`, for what it is."""

    def on_broken_pipe(self) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # as the shell counts a program that a closed pipe ends
        raise SystemExit(128 + 13)


def console() -> Console:
    """A console that is wide enough for a file or a pipe, where no terminal says how wide it is."""
    made = Screen(highlight=False)
    return made if made.is_terminal or "COLUMNS" in os.environ else Screen(highlight=False, width=120)


@contextmanager
def progress(task: Task, engines: Sequence[str], *, quiet: bool) -> Iterator[dict[str, OnEpoch]]:
    """A progress bar with losses for each engine, on the error stream, only where a terminal shows it."""
    screen = Console(stderr=True)
    if quiet or not screen.is_terminal:
        yield {}
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
    )
    epochs = task.program.settings.epochs
    with Progress(*columns, console=screen, transient=True) as bars:
        yield {engine: _on_epoch(bars, engine, epochs) for engine in engines}


def tell(sentence: str) -> None:
    """Say on the error stream what takes a while, or is done otherwise than asked."""
    print(sentence, file=sys.stderr, flush=True)


class Counter:
    """A bar that counts what is done. It can be taken away for the time in which something else is printed."""

    def __init__(self, bars: Progress | None, total: int, words: str) -> None:
        self.bars = bars
        self.number = bars.add_task("", total=total, words=words) if bars else None

    def advance(self) -> None:
        if self.bars and self.number is not None:
            self.bars.advance(self.number)

    @contextmanager
    def paused(self) -> Iterator[None]:
        if self.bars:
            self.bars.stop()
        yield
        if self.bars and not self.bars.finished:
            self.bars.start()


@contextmanager
def counting(total: int, words: str) -> Iterator[Counter]:
    """A bar of how many things are done, on the error stream, only where a terminal shows it."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield Counter(None, total, words)
        return
    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True, redirect_stdout=False) as bars:
        yield Counter(bars, total, words)


def _on_epoch(bars: Progress, engine: str, epochs: int) -> OnEpoch:
    number = bars.add_task(NAMES[engine], total=epochs, words="")
    drawn = 0.0

    def show(epoch: int, loss: float, validation_loss: float | None) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn < 0.1 and epoch + 1 < epochs:
            return
        drawn = now
        words = f"epoch {epoch + 1}, loss {loss:.6f}"
        words += f", validation {validation_loss:.6f}" if validation_loss is not None else ""
        bars.update(number, completed=epoch + 1, words=words)

    return show


def describe(screen: Console, task: Task) -> None:
    """What is about to be trained, and what was done to each column."""
    program, settings = task.program, task.program.settings
    ops = " → ".join(map(str, program.network.ops))
    rows = len(program.data.x)
    aside = program.data.x_validation
    screen.print(Text(program.title, style="bold"), Text(f": {ops}, {program.network.loss}"), sep="")
    batches = f"batches of {settings.batch_size}" if settings.batch_size else "all rows at once"
    more = "".join(
        f", {word}"
        for word in (
            f"{settings.schedule}" if settings.schedule else "",
            f"clip_norm {settings.clip_norm:g}" if settings.clip_norm else "",
            f"patience {settings.patience}" if settings.patience else "",
            settings.dtype if settings.dtype != "float64" else "",
        )
        if word
    )
    rate = settings.optimizer.settings()["learning_rate"]
    optimizer = str(settings.optimizer)
    initial = type(settings.init).__name__.lower()
    if "learning_rate" not in optimizer:
        optimizer += f" with learning rate {rate:g}"
    screen.print(
        f"{rows} rows" + (f", {len(aside)} more for validation" if aside is not None else "") + f"; {optimizer}, "
        f"{settings.epochs} epochs, {batches}, {initial} weights from seed {settings.seed}{more}",
        markup=False,
    )
    if not task.is_notebook:
        screen.print()
        screen.print(columns_table(task))
        if any(column.missing for column in task.columns):
            screen.print("Missing is a cell that is empty or says NA, NaN or null.")
        if task.left_out:
            screen.print(f"{task.left_out} rows whose {task.target.name} is {MISSING} are left out.", markup=False)
    screen.print()


def columns_table(task: Task, most: int = 12) -> Table:
    """What is done to each column; of very many columns, the first ones."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("column", "kind", "what is done"):
        made.add_column(heading, overflow="fold")
    for column in task.columns[:most]:
        made.add_row(Text(column.name), column.kind, Text(column.sentence()))
    if len(task.columns) > most:
        made.add_row(
            "…",
            "",
            f"and {len(task.columns) - most} more, likewise (all of them are kept with the model)",
        )
    made.add_row(Text(task.target.name), "target", Text(task.target.sentence()))
    return made


def losses_table(runs: dict[str, Run]) -> Table:
    """The losses of the engines side by side, at every reported epoch and the last."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("epoch", justify="right")
    validated = any(run.validation_losses is not None for run in runs.values())
    for name in runs:
        made.add_column(f"loss {NAMES[name]}", justify="right")
    if validated:
        for name in runs:
            made.add_column(f"validation {NAMES[name]}", justify="right")
    longest = max(runs.values(), key=lambda run: len(run.losses))
    every, last = longest.settings.every, len(longest.losses) - 1
    for epoch in sorted({*range(0, last + 1, every), last}):
        made.add_row(
            str(epoch),
            *(f"{run.losses[epoch]:.6f}" if epoch < len(run.losses) else "" for run in runs.values()),
            *(
                f"{run.validation_losses[epoch]:.6f}" if epoch < len(run.losses) else ""
                for run in runs.values()
                if run.validation_losses is not None
            ),
        )
    return made


def predictions_table(task: Task, runs: dict[str, Run]) -> Table:
    """What the trained network answers to the notebook's new inputs."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("x", justify="right")
    for name in runs:
        made.add_column(f"prediction {NAMES[name]}", justify="right")
    x_new = task.program.data.x_new
    assert x_new is not None
    answers = [answer(task, run, x_new) for run in runs.values()]
    for row, x in enumerate(x_new[:, 0]):
        made.add_row(f"{x:g}", *(f"{values[row]:.8f}" for values in answers))
    return made


def answer(task: Task, run: Run, x: Any) -> Any:
    """Predictions in the target's own values: probabilities of yes where the loss works on logits."""
    output = run.predict(x)
    loss = task.program.network.loss
    if task.is_notebook:
        return task.target.probabilities(output, loss)[:, 1] if loss.link else output[:, 0].astype(float)
    return task.target.decode(output, loss)


def json_text(value: Any) -> str:
    """The value as JSON, with null for the numbers that JSON has no word for."""
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def metrics_table(found: dict[str, dict[str, float]]) -> Table:
    """The metrics of the engines side by side."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("")
    for name in found:
        made.add_column(NAMES[name], justify="right")
    names = dict.fromkeys(name for values in found.values() for name in values)
    for name in names:
        made.add_row(name.replace("_", " "), *(f"{values[name]:.6g}" for values in found.values()))
    return made


def print_verdict(screen: Console, proof: Proof) -> None:
    """What the proof says, in colour."""
    from backproof.proof.table import verdict

    for line in verdict(proof):
        style = "green" if line.startswith("✓") else "bold red" if line.startswith("✗") else ""
        screen.print(Text(line, style=style))
