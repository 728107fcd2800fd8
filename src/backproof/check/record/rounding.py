"""Calls that round numbers to some digits: such a number has no gradient, and hides what it was made of."""

from collections.abc import Mapping, Sequence
from typing import Any

ROUNDING = {"round", "around", "round_"}
_DIGITS = 2  # that are kept; a number that is rounded to fewer is counted, or told apart from others


def rounds(name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Whether an operation rounds its first argument to some digits."""
    if name not in ROUNDING:
        return False
    digits = arguments[1] if len(arguments) > 1 else keywords.get("decimals", keywords.get("ndigits"))
    return isinstance(digits, int) and digits >= _DIGITS
