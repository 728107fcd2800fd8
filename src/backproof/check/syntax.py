"""Reads Python, one thread at a time: CPython 3.11 counts for all threads together how deep it is in what it reads, and
fails where two of them do so at once (https://github.com/python/cpython/issues/106905)."""

import ast
from threading import RLock

_ALONE = RLock()


def parsed(text: str) -> ast.Module:
    """The syntax of a text.

    Raises:
        SyntaxError, ValueError: it is no Python.
    """
    with _ALONE:
        return ast.parse(text)


def expression_of(text: str) -> ast.expr:
    """The syntax of an expression.

    Raises:
        SyntaxError, ValueError: it is none.
    """
    with _ALONE:
        return ast.parse(text, mode="eval").body
