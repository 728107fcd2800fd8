"""Shapes that say the same."""

from collections.abc import Sequence


def same_but_for_ones(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two shapes are the same without their axes of length 1, as (3,) and (1, 3) are."""
    return [n for n in one if n != 1] == [n for n in other if n != 1]
