"""Keeps what is found in the record of a step, which many questions ask for."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from backproof.check.replay.frame import Frame

Asked = ParamSpec("Asked")
Found = TypeVar("Found")


def kept(function: Callable[Concatenate[Frame, Asked], Found]) -> Callable[Concatenate[Frame, Asked], Found]:
    """A function that looks at the record of a step alone, which is the same whatever values are put into it: it looks
    once."""

    @wraps(function)
    def once(frame: Frame, /, *arguments: Asked.args, **named: Asked.kwargs) -> Found:
        key = function, *arguments, *named.items()
        if key not in frame.found:
            frame.found[key] = function(frame, *arguments, **named)
        found: Found = frame.found[key]
        return found

    return once
