"""Python on a page: coloured by Pygments, with every name of the program marked so that it can be lit up."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Number, Operator, String, Token

CLASSES = ((Comment, "c"), (Keyword, "k"), (Number, "n"), (String, "s"), (Operator, "o"))


def highlight(code: str, names: Collection[str]) -> Markup:
    """The code as spans, without an element around it."""
    parts = []
    lexer: Any = PythonLexer(stripnl=False, ensurenl=False)
    for kind, text in lexer.get_tokens(code):
        if kind in Token.Name and text in names:
            parts.append(Markup('<span class="v v-{0}">{0}</span>').format(text))
            continue
        style = next((style for token, style in CLASSES if kind in token), "")
        parts.append(Markup('<span class="{}">{}</span>').format(style, text) if style else escape(text))
    return Markup("").join(parts)
