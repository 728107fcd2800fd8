"""A lesson: a study told in chapters, in whatever form one reads it."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from backproof.errors import DescriptionError, nearest
from backproof.files import write_text
from backproof.lesson.blocks import Document
from backproof.lesson.formulas.symbols import Symbols

if TYPE_CHECKING:
    from rich.console import Console

    from backproof.lesson.study import Study

FORMS = ("terminal", "html", "notebook", "markdown")
"""The forms in which a lesson can be read."""

Place = str | os.PathLike[str] | None


class Lesson:
    """Every line of a network's programs, explained with the numbers of a run.

    Every `to_` method gives the text, and writes it to a file when it is given one.
    """

    def __init__(self, document: Document, symbols: Symbols, study: Study | None = None) -> None:
        self.document = document
        self.symbols = symbols
        self.study = study

    def to_html(self, path: Place = None) -> str:
        """One self-contained page. Raises DataError when the file cannot be written."""
        return _keep(self._html, path)

    @cached_property
    def _html(self) -> str:
        from backproof.lesson.forms.html import page

        return page(self.document, self.symbols)

    def to_markdown(self, path: Place = None) -> str:
        """Markdown with formulas in LaTeX. Raises DataError when the file cannot be written."""
        from backproof.lesson.forms.markdown import Markdown

        return _keep(Markdown(self.symbols).document(self.document), path)

    def to_notebook(self, path: Place = None) -> str:
        """A Jupyter notebook that needs NumPy and PyTorch alone.

        Raises DataError when the file cannot be written, DescriptionError for a lesson about a single prediction.
        """
        from backproof.lesson.forms.notebook import notebook

        if self.study is None:
            raise DescriptionError(
                "A prediction has no training to put into a notebook: use html, markdown or terminal."
            )
        return _keep(notebook(self.study, self.document), path)

    def to_terminal(self, path: Place = None, *, console: Console | None = None) -> str:
        """Plain characters: printed, paged and in colour where there is a terminal, or written to a file."""
        from rich.console import Console

        from backproof.lesson.forms.terminal import WIDEST, Terminal

        terminal = Terminal(self.symbols)
        recorder = Console(width=WIDEST, color_system=None, force_terminal=False, highlight=False)
        with recorder.capture() as capture:
            terminal.print(self.document, recorder)
        if path is None:
            terminal.print(self.document, console or Console(highlight=False))
        return _keep(capture.get(), path)

    def write(self, form: str, path: Place) -> str:
        """Write one of FORMS. Raises DescriptionError for any other."""
        if form not in FORMS:
            raise DescriptionError(f"There is no form {form!r}.{nearest(form, FORMS)}")
        text: str = getattr(self, f"to_{form}")(path)
        return text

    def _repr_html_(self) -> str:
        """In a notebook's cell a lesson is a page within the page, so that its styles stay its own."""
        from html import escape

        return (
            f'<iframe title="{escape(self.document.title)}" srcdoc="{escape(self._html)}" sandbox '
            'style="width: 100%; height: 80vh; border: 1px solid #bbb; border-radius: 8px"></iframe>'
        )


def _keep(text: str, path: Place) -> str:
    if path is not None:
        write_text(Path(path), text)
    return text
