"""Reads Python, one thread at a time (see `backproof.program.syntax`)."""

import ast
from types import CodeType

from backproof.program.syntax import BUSY, parsed

__all__ = ["compiled", "expression_of", "parsed"]


def expression_of(text: str) -> ast.expr:
    """The syntax of an expression.

    Raises:
        SyntaxError, ValueError: it is none.
    """
    with BUSY:
        return ast.parse(text, mode="eval").body


def compiled(expression: ast.expr) -> CodeType:
    """The code of an expression whose parts have their places.

    Raises:
        SyntaxError, ValueError, TypeError: it is none.
    """
    with BUSY:
        return compile(ast.Expression(expression), "expression", "eval")
