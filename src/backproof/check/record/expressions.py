"""Finds the sites of a program's expressions that are written in some way."""

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from backproof.check.record.trace import Sites
from backproof.check.syntax import parsed

Chosen = Callable[[ast.Module], Iterator[ast.expr | ast.AugAssign]]
"""What looks for some expressions of a file."""

Span = tuple[int, int, int, int]


def sites_of(chosen: Chosen, texts: Mapping[str, str], sites: Sites) -> frozenset[int]:
    """The sites of the expressions that are looked for.

    Args:
        texts: those of the files, by their names.
    """
    spans = {name: _spans(chosen, text) for name, text in texts.items()}
    rows = enumerate(zip(sites.files, sites.sites, strict=True))
    return frozenset(
        number
        for number, (file, site) in rows
        if (site.line, site.column, site.end_line, site.end_column) in spans.get(file, frozenset())
    )


@lru_cache(maxsize=128)
def _spans(chosen: Chosen, text: str) -> frozenset[Span]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            tree = parsed(text)
        except SyntaxError:
            return frozenset()
    return frozenset(
        (value.lineno, value.col_offset, value.end_lineno or value.lineno, value.end_col_offset or value.col_offset)
        for value in chosen(tree)
    )
