"""Which node an object stands for: scalars by identity, arrays by identity and by the memory that they look at."""

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Ref(int):
    """The number of a node, among the arguments of another."""


HEAVY = 16_000_000  # bytes; something this big is not kept alive for having been seen
_KEPT_ELEMENTS = 4096  # the steps of an array that is filled element by element are kept up to this size


def instead(argument: Any, others: Mapping[int, int]) -> Any:
    """An argument, or several, with other nodes in the place of some, also within lists."""
    if isinstance(argument, Ref):
        return Ref(others.get(int(argument), int(argument)))
    if isinstance(argument, tuple | list):
        return type(argument)(instead(item, others) for item in argument)
    if isinstance(argument, dict):
        return {name: instead(item, others) for name, item in argument.items()}
    return argument


def owner(array: Array) -> Array:
    """The array whose memory `array` looks at: itself, unless it is a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def layout(array: Array, memory: Array) -> tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Offset, shape and strides of a view, and the strides of the memory's owner, counted in elements."""
    size = array.dtype.itemsize
    offset = array.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    own = tuple(stride // size for stride in memory.strides)
    return offset // size, array.shape, tuple(stride // size for stride in array.strides), own


def sampled(value: Array) -> list[float]:
    """Some numbers of an array, evenly spread."""
    numbers: list[float] = value.flat[:: max(value.size // 16, 1)].tolist()
    return numbers


def _held(value: Array) -> Any:
    """An array, or a weak way back to it if it is heavy."""
    return weakref.ref(value) if value.nbytes > HEAVY else value


def _is(held: Any, value: Array) -> bool:
    return held is value or (type(held) is weakref.ref and held() is value)


class Memory:
    """Remembers the node of every object that it was shown, and notices when an array was written into.

    A view (`w.T`, a row that `zip` hands out) has a node of its own as long as nobody writes into the memory below it;
    afterwards it is read anew from the owner's present node. A value that is about to be overwritten is copied first,
    so that what was recorded stays as it was.
    """

    def __init__(self, values: list[Any], made: Callable[[str, tuple[Any, ...], Any], int]) -> None:
        self._values = values
        self._made = made
        self.forget()

    def forget(self) -> None:
        """Start anew: every object is a stranger again."""
        self._scalars: dict[int, tuple[Any, int]] = {}
        self._arrays: dict[int, tuple[Any, int, int, int]] = {}
        self._owners: dict[int, tuple[Any, int]] = {}
        self._versions: dict[int, int] = {}
        self._holders: dict[int, list[int]] = {}
        self._passing: set[int] = set()
        self.copied = 0  # bytes of the values that were copied before they were overwritten

    def scalar(self, value: Any) -> int | None:
        entry = self._scalars.get(id(value))
        return entry[1] if entry is not None and entry[0] is value else None

    def _present(self, value: Array) -> int | None:
        """The node of an array itself, if nobody has written into its memory since."""
        entry = self._arrays.get(id(value))
        if entry is None or not _is(entry[0], value) or entry[3] != self._versions.get(entry[2], 0):
            return None
        return entry[1]

    def array(self, value: Array) -> int | None:
        """The node of an array, through the memory's owner if need be; None for one never seen."""
        node = self._present(value)
        if node is not None:
            return node
        memory = owner(value)
        owned = self.owned(memory)
        if owned is None or value is memory:
            return owned
        if value.dtype != memory.dtype:
            return None
        node = self._made("view", (Ref(owned), *layout(value, memory)), value)
        self.keep(value, node)
        return node

    def peek(self, value: Any) -> int | None:
        """The node of an object, if it has one already."""
        if not isinstance(value, np.ndarray):
            return self.scalar(value)
        node = self._present(value)
        if node is not None:
            return node
        return self.owned(value)

    def owned(self, memory: Array) -> int | None:
        """The node of an array that owns its memory, whoever has written into it."""
        entry = self._owners.get(id(memory))
        return entry[1] if entry is not None and _is(entry[0], memory) else None

    def keep(self, value: Any, node: int) -> None:
        """From now on `value` stands for `node`."""
        if not isinstance(value, np.ndarray):
            self._scalars[id(value)] = (value, node)
            return
        memory = owner(value)
        key = id(memory)
        self._arrays[id(value)] = (_held(value), node, key, self._versions.get(key, 0))
        if value is memory:
            self._owners[key] = (_held(value), node)
        self.holds(value, node)

    def holds(self, value: Array, node: int) -> None:
        """The recorded value of `node` lies in the memory of `value`: it is copied before that is written into."""
        self._holders.setdefault(id(owner(value)), []).append(node)

    def before_writing(self, target: Array) -> None:
        key = id(owner(target))
        for node in self._holders.pop(key, ()):
            value = self._values[node]
            if isinstance(value, np.ndarray):
                passing = node in self._passing and value.size > _KEPT_ELEMENTS
                self._values[node] = None if passing else value.copy()
                self.copied += 0 if passing else value.nbytes

    def written(self, target: Array, node: int, *, in_part: bool = False) -> None:
        """`target` was written into in place, and now stands for `node`; `in_part` if most of it stayed as it was."""
        if in_part:
            self._passing.add(node)
        memory = owner(target)
        key = id(memory)
        owned = self._owners.get(key)
        self._versions[key] = self._versions.get(key, 0) + 1
        self.keep(target, node)
        if target is memory or owned is None:
            return
        if (target.shape, target.strides, target.dtype) == (memory.shape, memory.strides, memory.dtype):
            self.keep(memory, node)  # `np.asmatrix(w)` looks at all of it
        else:
            whole = self._made("setview", (Ref(owned[1]), *layout(target, memory), Ref(node)), memory)
            self._passing.add(whole)
            self.keep(memory, whole)
            # from now on a part of the whole, as the other parts are, which were written before it
            self._arrays.pop(id(target), None)

    def changed(self, target: Array) -> None:
        """`target` was changed by something that is not followed: it and its views are strangers again."""
        key = id(owner(target))
        self._versions[key] = self._versions.get(key, 0) + 1
        self._owners.pop(key, None)
