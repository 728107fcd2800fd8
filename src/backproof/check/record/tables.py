"""pandas' tables and columns in a record: each stands for the array of its numbers.

They go through NumPy's functions and operators as arrays do, and give tables again, or arrays.
"""

import sys
from typing import Any

import numpy as np

from backproof.check.record.memory import HEAVY, Array

METHODS = {"sum": "sum", "mean": "mean", "to_numpy": "copy", "dot": "dot", "abs": "absolute"}
"""What a table computes of its numbers as an array does, by NumPy's names."""


def is_table(value: object) -> bool:
    """Whether something is one of pandas' tables or columns, of whatever."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series)


def numbers(value: object) -> Array | None:
    """The numbers of a table or a column, as an array; None for anything else, and for tables of words."""
    if not is_table(value):
        return None
    made = np.asarray(value)
    return made if made.dtype.kind in "fiub" else None


class Tables:
    """Which node a table stands for, as long as it has the numbers that it had."""

    def __init__(self) -> None:
        self._nodes: dict[int, tuple[Any, Array, int]] = {}

    def keep(self, value: Any, made: Array, node: int) -> None:
        """Let a node stand for a table with these numbers, which nobody else may change."""
        self._nodes[id(value)] = value, made, node

    def known(self, value: Any, made: Array) -> int | None:
        kept = self._nodes.get(id(value))
        if kept is None or kept[0] is not value or not _same(kept[1], made):
            return None
        return kept[2]

    def forget(self) -> None:
        self._nodes.clear()


def _same(a: Array, b: Array) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return a.nbytes > HEAVY or bool(np.array_equal(a, b))  # of large ones, data mostly, it is taken for granted
