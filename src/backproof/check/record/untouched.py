"""What is only tried in the middle of a run leaves arrays, lists, objects and tables as they are."""

import contextlib
from collections.abc import Container, Iterable, Iterator
from typing import Any

import numpy as np

_ITEMS = 200  # of a list or an object that are looked at
_MOST = 10_000  # items of a list or a dictionary that is put back as it was
_ELEMENTS = 400_000  # of a table, of which a copy is handed out


@contextlib.contextmanager
def untouched(names: dict[str, Any], spoken: Container[str]) -> Iterator[dict[str, Any]]:
    """What names stand for, to be computed with: arrays that they lead to cannot be written into meanwhile, as
    `softmax(z)` may take its maximum off `z` itself; lists, dictionaries and the attributes of objects hold afterwards
    what they held before, as `layer.forward(a)` keeps its input; and tables are copies.

    Args:
        spoken: the names of which something may be computed: of other tables nothing is copied.
    """
    met = {id(each): each for value in names.values() for each in _reached(value)}
    arrays = [each for each in met.values() if isinstance(each, np.ndarray) and each.flags.writeable]
    held = [each for each in met.values() if isinstance(each, list | dict) and len(each) <= _MOST]
    kept = [(holder, holder.copy()) for holder in held]
    frozen = sorted(arrays, key=lambda array: array.base is not None)
    tables = {n: value.copy() for n, value in names.items() if n in spoken and _is_table(value)}
    try:
        for array in frozen:
            array.flags.writeable = False
        yield names | tables
    finally:
        for array in frozen:  # what owns its numbers first: a view can be written into if that can
            array.flags.writeable = True
        for holder, items in kept:
            _put_back(holder, items)


def _put_back(holder: Any, items: Any) -> None:
    """Let a list or a dictionary hold what it held, if it holds something else now."""
    if isinstance(holder, dict):
        if list(map(id, holder.values())) != list(map(id, items.values())):
            holder.clear()
            holder.update(items)
    elif list(map(id, holder)) != list(map(id, items)):
        holder[:] = items


def _is_table(value: Any) -> bool:
    return _package(value) == "pandas" and hasattr(value, "iloc") and value.size <= _ELEMENTS


def _reached(value: Any, depth: int = 2) -> Iterator[Any]:
    """The arrays, lists and dictionaries that a value is, or holds: in its attributes, and in lists and dictionaries
    in these."""
    if isinstance(value, np.ndarray):
        yield value
        return
    held: Iterable[Any] = ()
    if isinstance(value, list | tuple):
        held = value[:_ITEMS]
        yield from [value] if isinstance(value, list) else []
    elif isinstance(value, dict):
        held = list(value.values())[:_ITEMS]
        yield value
    elif _is_the_programs(value) and isinstance(getattr(value, "__dict__", None), dict):
        held = list(vars(value).values())[:_ITEMS]
        yield vars(value)
    for item in held if depth else ():
        yield from _reached(item, depth - 1)


def _is_the_programs(value: Any) -> bool:
    """Whether a value may be an object of the program, and not one that records what it does."""
    return _package(value) not in ("builtins", "backproof")


def _package(value: Any) -> str:
    """The package that a value's type comes from."""
    return type(value).__module__.split(".")[0]
