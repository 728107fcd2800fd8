"""Where two texts differ."""

import operator
from collections.abc import Sequence
from itertools import takewhile


def difference(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, str]:
    """From where to where two texts differ, given in words or letters, and what stands there in the second."""
    ahead = _same(old, new)
    behind = _same(old[ahead:][::-1], new[ahead:][::-1])
    first, last = len("".join(old[:ahead])), len("".join(old[: len(old) - behind]))
    return first, last, "".join(new[ahead : len(new) - behind])


def _same(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words two texts begin with in common."""
    return sum(takewhile(bool, map(operator.eq, old, new)))
