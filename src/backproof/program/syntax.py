"""Python text as a tree, whoever asks for it at the same time."""

from __future__ import annotations

import ast
from threading import Lock

BUSY = Lock()
"""Held while a tree is made or compiled: CPython 3.11 counts how deep it is for all threads together, and raises a
SystemError where two of them are at it at once (python/cpython issue 106905)."""


def parsed(text: str) -> ast.Module:
    """The tree of a text. Raises SyntaxError where it is no Python."""
    with BUSY:
        return ast.parse(text)
