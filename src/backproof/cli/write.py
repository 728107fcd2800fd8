"""backproof write: the program as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backproof.cli.options import TrainingOptions, with_training_options


@with_training_options
def write(
    options: TrainingOptions,
    to: Annotated[str, typer.Option("--to", help="numpy or torch.")] = "numpy",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file (the screen).", show_default=False),
    ] = None,
) -> None:
    """Hand out the complete program, in NumPy or in PyTorch, ready to be run by python.

    Takes the same arguments as train.
    """
    from backproof.cli.task import make_task
    from backproof.errors import DescriptionError
    from backproof.files import check_writable

    if to not in ("numpy", "torch"):
        raise DescriptionError(f"--to is {to!r}, but it must be numpy or torch.")
    if output:
        check_writable(output)
    program = make_task(options).program
    if output:
        program.write(output, to)
        typer.echo(
            f"The {'NumPy' if to == 'numpy' else 'PyTorch'} program is in {output}: python {output}",
            err=True,
        )
    else:
        typer.echo(program.source if to == "numpy" else program.torch_source, nl=False)
