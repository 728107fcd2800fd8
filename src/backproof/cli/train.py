"""backproof train: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backproof.cli.options import TrainingOptions, with_training_options

if TYPE_CHECKING:
    from rich.console import Console

    from backproof.cli.task import Task
    from backproof.proof import Proof
    from backproof.training import Run


@with_training_options
def train(
    options: TrainingOptions,
    engine: Annotated[str, typer.Option(help="both (compiled and torch), or one: numpy, compiled, torch.")] = "both",
    device: Annotated[str, typer.Option(help="Where PyTorch computes, such as cpu or cuda.")] = "cpu",
    threads: Annotated[
        int | None,
        typer.Option(help="Threads that may share a large step of the compiled engine (all).", show_default=False),
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write the trained model here.", show_default=False)] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the losses and predictions here (.png, .svg or .pdf).", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Train a network by hand and by PyTorch, and prove the two equal.

    Without DATA: the notebook's network on its five points. With DATA and --target: a network for your table.
    """
    from backproof.cli.screen import console, describe, json_text
    from backproof.cli.task import make_task
    from backproof.engines import NAMES
    from backproof.errors import DescriptionError, nearest
    from backproof.model import Model
    from backproof.plot import draw

    if engine not in ("both", *NAMES):
        raise DescriptionError(f"--engine is {engine!r}.{nearest(engine, ('both', *NAMES))}")
    _check_places(save, plot)
    task = make_task(options)
    screen = console()
    if not as_json:
        describe(screen, task)
    runs, proof = _train(task, engine, device, threads, quiet=as_json)
    first = next(iter(runs.values()))
    if save:
        Model(task.program.network, first.parameters, task.columns, task.target, task.source).save(save)
    if plot:
        draw(plot, task.program, runs, task.columns, task.target)
    if as_json:
        print(json_text(_as_json(task, runs, proof)))
    else:
        _print(screen, task, runs, proof)
        for written, what in ((save, "The model"), (plot, "The picture")):
            if written:
                screen.print(f"{what} is in {written}.", markup=False)
    if any(run.interrupted for run in runs.values()):
        print(f"Interrupted: kept the parameters of epoch {first.best_epoch}, the best so far.", file=sys.stderr)
        raise typer.Exit(130)
    if proof and not proof.holds:
        raise typer.Exit(1)


def _check_places(save: Path | None, plot: Path | None) -> None:
    """Refuse a place that cannot be written to before the training, not after it."""
    from backproof.files import check_writable
    from backproof.plot import check_format

    for path in filter(None, (save, plot)):
        check_writable(path)
    if plot:
        check_format(plot)


def _train(
    task: Task, engine: str, device: str, threads: int | None, *, quiet: bool
) -> tuple[dict[str, Run], Proof | None]:
    from backproof.cli.screen import progress, tell
    from backproof.engines import make_engine
    from backproof.proof.proof import prove_program
    from backproof.training import fit

    names = ["compiled", "torch"] if engine == "both" else [engine]
    with progress(task, names, quiet=quiet) as hooks:
        if engine == "both":
            both = ("compiled", "torch")
            proof = prove_program(task.program, engines=both, device=device, threads=threads, on_epoch=hooks, say=tell)
            return proof.runs, proof
        made = make_engine(engine, task.program, device=device, say=tell, threads=threads)
        return {engine: fit(made, task.program, on_epoch=hooks.get(engine))}, None


def _measure(task: Task, run: Run) -> dict[str, float]:
    from backproof.cli.task import metrics

    data = task.program.data
    found = {"final_loss": float(run.losses[-1])}
    if run.best_epoch is not None:
        found["best_epoch"] = run.best_epoch
    found |= metrics(task, data.y, run.predict(data.x))
    if data.x_validation is not None and run.validation_losses is not None:
        found["validation_loss"] = float(run.validation_losses[run.best_epoch if run.best_epoch is not None else -1])
        aside = metrics(task, data.y_validation, run.predict(data.x_validation))
        found |= {f"validation_{name}": value for name, value in aside.items()}
    return found


def _print(screen: Console, task: Task, runs: dict[str, Run], proof: Proof | None) -> None:
    from backproof.cli import screen as show

    screen.print(show.losses_table(runs))
    for run in runs.values():
        if run.stopped_early:
            screen.print(f"{run.engine}: stopped after epoch {len(run.losses) - 1}; kept epoch {run.best_epoch}.")
    screen.print()
    if task.is_notebook:
        screen.print(show.predictions_table(task, runs))
    else:
        screen.print(show.metrics_table({name: _measure(task, run) for name, run in runs.items()}))
    screen.print()
    if proof:
        show.print_verdict(screen, proof)


def _as_json(task: Task, runs: dict[str, Run], proof: Proof | None) -> dict[str, Any]:
    from backproof.cli.screen import answer

    data, settings = task.program.data, task.program.settings
    asked = data.x_new if data.x_new is not None else data.x_validation if data.x_validation is not None else data.x
    engines: dict[str, Any] = {}
    for name, run in runs.items():
        epochs = range(0, len(run.losses), settings.every)
        engines[name] = {
            "losses": {str(epoch): float(run.losses[epoch]) for epoch in epochs},
            "predictions": list(answer(task, run, asked)),
            "metrics": _measure(task, run),
            "seconds": run.seconds,
            "interrupted": run.interrupted,
            "stopped_early": run.stopped_early,
        }
        if run.validation_losses is not None:
            engines[name]["validation_losses"] = {str(epoch): float(run.validation_losses[epoch]) for epoch in epochs}
    found: dict[str, Any] = {
        "network": [str(op) for op in task.program.network.ops],
        "loss": str(task.program.network.loss),
        "optimizer": str(settings.optimizer),
        "epochs": settings.epochs,
        "seed": settings.seed,
        "target": {"name": task.target.name, "classes": list(task.target.classes)},
        "columns": [{"name": column.name, "kind": column.kind, "done": column.sentence()} for column in task.columns],
        "engines": engines,
    }
    if proof:
        found["proof"] = {
            "holds": proof.holds,
            "largest_difference": proof.largest_difference,
            "steps": list(proof.steps),
            "quantities": len(proof.worst),
            "central_differences": {"holds": proof.referee.holds, "largest": proof.referee.largest},
            "drift": proof.drift,
        }
    return found
