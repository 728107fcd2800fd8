"""backproof explain: every line of both programs, with the numbers of the run."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backproof.cli.options import TrainingOptions, with_training_options
from backproof.errors import DescriptionError, nearest

if TYPE_CHECKING:
    from backproof.lesson import Lesson

ENDINGS = {".html": "html", ".htm": "html", ".ipynb": "notebook", ".md": "markdown", ".txt": "terminal"}
SHOW = "What to show"


@with_training_options
def explain(
    options: TrainingOptions,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help="terminal, html, notebook or markdown (the file's ending says it).", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file (the screen).", show_default=False),
    ] = None,
    sample: Annotated[
        int, typer.Option(help="The training row whose numbers are shown, counted from 0.", rich_help_panel=SHOW)
    ] = 0,
    epoch: Annotated[
        int, typer.Option(help="The epoch whose numbers are shown, counted from 0.", rich_help_panel=SHOW)
    ] = 0,
    row: Annotated[
        int | None,
        typer.Option(
            help="With a saved model: the row of the table whose prediction is explained, counted from 1.",
            rich_help_panel=SHOW,
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="With a saved model: the table that the row is in (the one that it was trained on).",
            rich_help_panel=SHOW,
            show_default=False,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="Where PyTorch computes, such as cpu or cuda.")] = "cpu",
) -> None:
    """Explain every line of both programs with the numbers of the run.

    Takes the same arguments as train. Or: backproof explain MODEL --row N explains one prediction of a saved model.
    """
    from backproof.files import check_writable
    from backproof.lesson import FORMS

    form = to or (ENDINGS.get(output.suffix.lower(), "") if output else "terminal")
    if not form:
        endings = ", ".join(ending for ending in ENDINGS if ending != ".htm")
        raise DescriptionError(f"{output}: a lesson's file ends in {endings}; or say --to {', '.join(FORMS)}.")
    if form not in FORMS:
        raise DescriptionError(f"--to is {form!r}.{nearest(form, FORMS)}")
    if output:
        check_writable(output)
    is_model = options.data is not None and options.data.suffix == ".safetensors"
    if not is_model and (row is not None or table is not None):
        raise DescriptionError(
            "--row and --table belong to a saved model: backproof explain MODEL.safetensors --row 1."
        )
    if is_model:
        assert options.data is not None
        if row is None:
            raise DescriptionError("Which prediction? Say --row N: row 1 is the first after the table's header.")
        _only_a_prediction(options, sample, epoch)
        lesson = _prediction(options.data, row, table)
    else:
        lesson = _training(options, sample, epoch, device)
    if output:
        lesson.write(form, output)
        typer.echo(f"The lesson is in {output}.", err=True)
    elif form == "terminal":
        from backproof.cli.screen import console

        lesson.to_terminal(console=console())
    else:
        typer.echo(lesson.write(form, None), nl=False)
    proof = lesson.study.proof if lesson.study else None
    if proof and any(run.interrupted for run in proof.runs.values()):
        typer.echo("Interrupted: the lesson covers what had been trained until then.", err=True)
        raise typer.Exit(130)
    if proof and not proof.holds:
        typer.echo("The two programs do not agree; the lesson shows where.", err=True)
        raise typer.Exit(1)


def _only_a_prediction(options: TrainingOptions, sample: int, epoch: int) -> None:
    """Refuse the options of a training beside a model that has been trained."""
    given = [
        part.name for part in fields(options) if part.name != "data" and getattr(options, part.name) != part.default
    ]
    given += [name for name, value in (("sample", sample), ("epoch", epoch)) if value]
    if given:
        words = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise DescriptionError(f"{words}: a saved model is trained already, so only --row and --table belong to it.")


def _training(options: TrainingOptions, sample: int, epoch: int, device: str) -> Lesson:
    from backproof.cli.screen import progress
    from backproof.cli.task import make_task
    from backproof.lesson import explain as write_lesson

    task = make_task(options)
    with progress(task, ["numpy", "torch"], quiet=False) as hooks:
        return write_lesson(
            task.program,
            sample=sample,
            epoch=epoch,
            columns=task.columns,
            target=task.target,
            device=device,
            on_epoch=hooks,
        )


def _prediction(model: Path, row: int, table: Path | None) -> Lesson:
    from backproof.data.columns import Category
    from backproof.data.read import read_table
    from backproof.errors import DataError
    from backproof.lesson.prediction import explain_prediction
    from backproof.model import load

    loaded = load(model)
    place = table or (Path(loaded.table) if loaded.table else None)
    if place is None:
        raise DataError(f"{model} does not say which table it was trained on: name one with --table FILE.csv.")
    if table is None and not place.is_file():
        raise DataError(
            f"{model} was trained on {place}, which is not there now: name the table with --table FILE.csv."
        )
    frame = read_table(place, text=[column.name for column in loaded.columns if isinstance(column, Category)])
    return explain_prediction(loaded, frame, row, str(place))
