"""backproof write: the program as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backproof.cli.options import TrainingOptions, with_training_options

if TYPE_CHECKING:
    from backproof.program.program import Program


FORMS = {"numpy": "NumPy", "torch": "PyTorch", "compiled": "compiled"}


@with_training_options
def write(
    options: TrainingOptions,
    to: Annotated[str, typer.Option("--to", help="numpy, torch or compiled (what Numba compiles).")] = "numpy",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file (the screen).", show_default=False),
    ] = None,
) -> None:
    """Hand out the complete program, in NumPy or in PyTorch, ready to be run by python, or as it is compiled.

    Takes the same arguments as train.
    """
    from backproof.cli.task import make_task
    from backproof.errors import DescriptionError
    from backproof.files import check_writable, write_text
    from backproof.program.program import check_name

    if to not in FORMS:
        raise DescriptionError(f"--to is {to!r}, but it must be one of {', '.join(FORMS)}.")
    if output:
        check_writable(output)
    program = make_task(options).program
    texts = {
        "numpy": lambda: program.source,
        "torch": lambda: program.torch_source,
        "compiled": lambda: _compiled(program),
    }
    text = texts[to]()
    if output is None:
        typer.echo(text, nl=False)
        return
    check_name(output)
    write_text(output, text)
    program_is = f"The {FORMS[to]} program is in {output}: python {output}"
    typer.echo(f"What Numba compiles is in {output}." if to == "compiled" else program_is, err=True)


def _compiled(program: Program) -> str:
    from backproof.errors import MissingLibraryError

    try:
        from backproof.engines.compiled.engine import training_code
    except ImportError as error:
        raise MissingLibraryError(
            f"Numba cannot be imported here ({error}). Install it with: pip install numba."
        ) from None
    return training_code(program).text
