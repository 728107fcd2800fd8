"""backproof sweep: many trainings with other settings."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backproof.cli.options import TrainingOptions, with_training_options

if TYPE_CHECKING:
    from backproof.cli.task import Task
    from backproof.sweeps.grid import Point
    from backproof.sweeps.sweep import Sweep


@with_training_options
def sweep(
    options: TrainingOptions,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            "-v",
            metavar="NAME=VALUES",
            help="A setting and its values: learning_rate=0.01,0.1 or seed=0:100 or hidden=4,8,16-8. Repeat it.",
            show_default=False,
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            metavar="K", help="Cross-validate: train each K times, with another part set aside.", show_default=False
        ),
    ] = None,
    engine: Annotated[str, typer.Option(help="compiled, numpy or torch.")] = "compiled",
    threads: Annotated[int | None, typer.Option(help="At most so many at a time (all).", show_default=False)] = None,
    rows: Annotated[int, typer.Option(help="Print so many of the trainings, the best first.")] = 10,
    csv: Annotated[Path | None, typer.Option(help="Write the whole table here.", show_default=False)] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw a heat map or curves here (.png, .svg or .pdf).", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Train many times, once for every combination of some settings, and say which did best.

    Takes the same arguments as train. Ctrl-C keeps what is done.
    """
    from backproof.cli.screen import console, counting, json_text, tell
    from backproof.cli.task import make_folds, make_task
    from backproof.files import check_writable, write_text
    from backproof.plot import check_format
    from backproof.sweeps.grid import points
    from backproof.sweeps.sweep import sweep_folds, sweep_points

    _check_numbers(engine, threads, rows)
    varied = {} if folds is not None and not vary else read_varied(vary or [])
    if "optimizer" in varied and "learning_rate" not in varied:
        varied["optimizer"] = [_with_rate(str(words), options.learning_rate) for words in varied["optimizer"]]
    for path in filter(None, (csv, plot)):
        check_writable(path)
    if plot:
        check_format(plot)
    tasks = [make_task(options)] if folds is None else make_folds(options, folds)
    settings = tasks[0].program.settings
    given: dict[str, Any] = {name: value for name, value in vars(settings).items() if name not in varied}
    parts = [(points(task.program.network, given | varied), task.program.data) for task in tasks]
    count = sum(len(chosen) for chosen, _ in parts)
    with counting(count, "trained") as counter:
        how: dict[str, Any] = {"engine": engine, "threads": threads, "say": tell}
        how["on_done"] = lambda _done, _all: counter.advance()
        done = sweep_points(*parts[0], **how) if folds is None else sweep_folds(parts, **how)
    table = done.table
    for name, values in _metrics(done, tasks, [chosen for chosen, _ in parts]).items():
        table[name] = values
    if csv:
        write_text(csv, table.to_csv(index=False))
    if plot:
        done.plot(plot)
    score = "validation_loss" if "validation_loss" in table else "loss"
    ranked = table.sort_values(score, kind="stable", na_position="last")
    if as_json:
        print(json_text({"interrupted": done.interrupted, "trainings": json.loads(ranked.to_json(orient="records"))}))
    else:
        _print(console(), ranked, rows, len(parts[0][0]), done.interrupted, folds)
        for written, what in ((csv, "The table"), (plot, "The picture")):
            if written:
                print(f"{what} is in {written}.")
    if done.interrupted:
        trained = sum(map(len, done.by_fold)) if done.by_fold else len(table)
        print(f"Interrupted: {trained} of {count} trainings were done.", file=sys.stderr)
        raise typer.Exit(130)


def _metrics(done: Sweep, tasks: list[Task], chosen: list[list[Point]]) -> dict[str, list[float]]:
    """How good the predictions for the rows that were set aside are, in the target's own units; the mean of the folds.
    Nothing where no rows were set aside.

    Args:
        chosen: the points of each task, in one order.
    """
    import numpy as np

    from backproof.cli.task import metrics
    from backproof.engines.numpy import NumPyEngine
    from backproof.program.program import Program

    found: dict[str, list[float]] = {}
    numbers = {id(point): number for number, point in enumerate(chosen[0])}
    for place, point in enumerate(done.points):
        rows: list[dict[str, float]] = []
        outcomes = done.by_fold[place] if done.by_fold else (done.outcomes[place],)
        for task, points, outcome in zip(tasks, chosen, outcomes, strict=False):
            data, own = task.program.data, points[numbers[id(point)]]
            if data.x_validation is not None and not outcome.error:
                engine = NumPyEngine(Program(own.network, own.settings, data))
                engine.load_tensors(outcome.parameters)
                rows.append(metrics(task, data.y_validation, engine.predict(data.x_validation)))
        for name in rows[0] if rows else ():
            values = found.setdefault(name, [float("nan")] * len(done.points))
            values[place] = float(np.mean([row[name] for row in rows]))
    return found


def read_varied(words: list[str]) -> dict[str, list[Any]]:
    """The settings in words such as `learning_rate=0.01,0.1` or `seed=0:100`. Raises DescriptionError for others."""
    from backproof.errors import DescriptionError

    if not words:
        raise DescriptionError("What is to vary? Say for instance --vary learning_rate=0.01,0.1 --vary seed=0:20.")
    varied: dict[str, list[Any]] = {}
    for each in words:
        name, equals, values = each.partition("=")
        name = {"lr": "learning_rate"}.get(name.strip(), name.strip()).replace("-", "_")
        if not equals or not values.strip():
            raise DescriptionError(f"--vary {each!r} must be a name and values, such as learning_rate=0.01,0.1.")
        if name in varied:
            raise DescriptionError(f"--vary {name} is given twice: list all of its values once.")
        varied[name] = [value for part in _split(values) for value in _values(name, part.strip(), each)]
    return varied


def _check_numbers(engine: str, threads: int | None, rows: int) -> None:
    from backproof.engines import NAMES
    from backproof.errors import DescriptionError, nearest

    if engine not in NAMES:
        raise DescriptionError(f"--engine is {engine!r}.{nearest(engine, NAMES)}")
    if threads is not None and threads < 1:
        raise DescriptionError(f"--threads is {threads}, but it must be 1 or more.")
    if rows < 0:
        raise DescriptionError(f"--rows is {rows}, but it must be 0 or more.")


def _with_rate(words: str, rate: float | None) -> Any:
    """An optimizer with the learning rate that train would give it."""
    from backproof.ops.op import Optimizer
    from backproof.ops.registry import parse

    plain = type(parse(words, Optimizer)).__name__
    return parse(words, Optimizer, learning_rate=(0.1 if plain == "SGD" else 0.01) if rate is None else rate)


def _split(words: str) -> list[str]:
    """The parts between commas that are in no brackets."""
    parts, depth = [""], 0
    for letter in words:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _values(name: str, word: str, whole: str) -> list[Any]:
    from backproof.errors import DescriptionError

    first, colon, last = word.partition(":")
    if colon:
        try:
            numbers = list(range(int(first or 0), int(last)))
        except ValueError:
            numbers = []
        if not numbers:
            raise DescriptionError(f"--vary {whole!r}: {word} must be a range of whole numbers, such as 0:100.")
        return list(numbers)
    if name == "hidden" and "-" in word:
        try:
            return [tuple(int(part) for part in word.split("-"))]
        except ValueError:
            raise DescriptionError(f"--vary {whole!r}: {word} must be whole numbers, such as 16-8.") from None
    for kind in (int, float):
        try:
            return [kind(word)]
        except ValueError:
            continue
    if not word:
        raise DescriptionError(f"--vary {whole!r} has an empty value.")
    known = {"none": None, "all": None, "true": True, "false": False}
    return [known.get(word.lower(), word)]


def _print(screen: Any, ranked: Any, rows: int, total: int, interrupted: bool, folds: int | None) -> None:
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in ranked.columns:
        number = ranked[name].dtype.kind in "if"
        made.add_column(str(name).replace("_", " "), justify="right" if number else "left")
    for row in ranked.head(rows).itertuples(index=False):
        cells = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in row]
        made.add_row(*(cell.replace("[", "\\[") for cell in cells))
    screen.print(made)
    left = len(ranked) - rows
    failed = int(ranked["loss"].isna().sum())
    words = f"{len(ranked)} trainings" if not interrupted else f"{len(ranked)} of {total} trainings"
    words += f" of {folds} folds" if folds else ""
    words += f", {failed} failed" if failed else ""
    screen.print(f"\n{words}{f'; {left} more are not shown' if left > 0 else ''}", markup=False)
