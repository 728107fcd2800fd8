"""backproof predict: a saved model answers rows of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def predict(
    model: Annotated[Path, typer.Argument(help="A model that train --save wrote.")],
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file with the model's columns.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A CSV file (the screen).", show_default=False),
    ] = None,
) -> None:
    """Predict the rows of a table: the original classes and their probabilities, or numbers."""
    from backproof.data.columns import Category
    from backproof.data.read import read_table
    from backproof.files import check_writable, write_text
    from backproof.model import load

    if output:
        check_writable(output)
    loaded = load(model)
    frame = read_table(data, text=[column.name for column in loaded.columns if isinstance(column, Category)])
    answer = loaded.predict(frame, str(data))
    for name, words in loaded.unknown_words(frame).items():
        shown = ", ".join(words[:5]) + (", …" if len(words) > 5 else "")
        typer.echo(
            f"Note: column {name!r} holds words that the model has never seen: {shown}. "
            "They count as none of the words it knows.",
            err=True,
        )
    text = answer.to_csv(index=False, lineterminator="\n")
    if output:
        write_text(output, text)
        typer.echo(f"{len(answer)} predictions are in {output}.", err=True)
    else:
        typer.echo(text, nl=False)
