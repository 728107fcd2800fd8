"""The command line: it parses words, calls the library and prints. Exit codes: 0 fine, 1 no, 2 bad usage or input."""

from __future__ import annotations

import sys

import typer

from backproof.cli.check import check
from backproof.cli.explain import explain
from backproof.cli.predict import predict
from backproof.cli.prove import prove
from backproof.cli.sweep import sweep
from backproof.cli.train import train
from backproof.cli.write import write
from backproof.errors import BackproofError

app = typer.Typer(
    help="Train one network by hand in NumPy and by autograd in PyTorch, and prove the two equal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (train, prove, explain, write, predict, sweep, check):
    app.command()(command)


def _version(asked: bool) -> None:
    if asked:
        from backproof import __version__

        typer.echo(f"backproof {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    del version


def main() -> None:
    """Run the command line. Whatever the user can mend is one sentence and exit code 2."""
    try:
        app()
    except BackproofError as error:
        _refuse(str(error))
    except MemoryError as error:
        _refuse(f"There is not enough memory for this: {error}. Make the network or the batches smaller.")
    except OSError as error:
        _refuse(f"{error.filename or 'A file'}: {error.strerror or error}.")


def _refuse(sentence: str) -> None:
    from rich.console import Console
    from rich.text import Text

    screen = Console(stderr=True, soft_wrap=True, highlight=False)
    screen.print(Text("Error:", style="bold red"), Text(sentence))
    sys.exit(2)
