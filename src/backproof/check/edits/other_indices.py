"""The same expression with other indices: `a[1][0] * x[1]` for `a[0][0] * x[1]`."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

from backproof.check.syntax import expression_of

_CHANGED = 3  # elements of one expression
_LARGEST = 8  # index that is tried


def with_other_indices(text: str) -> Iterator[str]:
    """A text with a few of the whole numbers that are indices in it changed, one first; those of an element that stands
    there twice both times."""
    if "\n" in text or not text.isascii():
        return
    expression = expression_of(text)
    inner = {node.value for node in ast.walk(expression) if isinstance(node, ast.Subscript)}
    places: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    numbers: dict[tuple[str, int], int] = {}
    for node in ast.walk(expression):
        if isinstance(node, ast.Subscript) and node not in inner:
            for order, part in enumerate(_indices(node)):
                key = text[node.col_offset : node.end_col_offset], order
                places[key].append((part.col_offset, part.end_col_offset or 0))
                numbers[key] = part.value
    largest = min(max(numbers.values(), default=0) + 1, _LARGEST)
    for count in range(1, _CHANGED + 1):
        for chosen in combinations(places, count):
            for made in product(*([n for n in range(largest + 1) if n != numbers[key]] for key in chosen)):
                spans = [(*span, n) for key, n in zip(chosen, made, strict=True) for span in places[key]]
                other = text
                for start, end, number in sorted(spans, reverse=True):
                    other = other[:start] + str(number) + other[end:]
                yield other


def _indices(node: ast.expr) -> list[Any]:
    """The whole numbers by which an element is taken, the outer ones first."""
    parts: list[Any] = []
    while isinstance(node, ast.Subscript):
        own = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        parts += [part for part in own if isinstance(part, ast.Constant) and type(part.value) is int]
        node = node.value
    return parts
