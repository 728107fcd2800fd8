"""The errors that backproof raises on purpose, each worded for the person who has to mend the cause."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BackproofError(Exception):
    """Something the user can mend: the message says what, where and what to do."""


class DescriptionError(BackproofError, ValueError):
    """A network, an optimizer or a setting that cannot be."""


class DataError(BackproofError, ValueError):
    """Rows, columns or arrays that a network cannot be trained on."""


class TrainingError(BackproofError, ArithmeticError):
    """Training that cannot go on: the loss is no longer a number."""


class ModelError(BackproofError, ValueError):
    """A model file that cannot be read."""


class MissingLibraryError(BackproofError, ImportError):
    """A library that this engine or file format needs is not installed."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A half sentence that helps with a misspelt word: ' Did you mean age?', or the whole list."""
    names = list(known)
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if close:
        return f" Did you mean {by_lower[close[0]]}?"
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f" There are: {shown}."
