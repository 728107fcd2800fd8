"""Functions that NumPy calls once for each element, or for each row: what they do is followed call by call."""

from typing import Any

import numpy as np

from backproof.check.record.log import Arguments, followed
from backproof.check.record.parts import Parts

_MOST = 20_000  # calls


class OneByOne(Parts):
    """Logs `np.vectorize` and `np.apply_along_axis`."""

    def call(self, site: int, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
        """Call something that may have to be followed."""
        raise NotImplementedError

    def _within(self, site: int, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        before = self.path
        self.path = self.call_paths.setdefault((before, site), len(self.call_paths))
        try:
            return function(*arguments, **keywords)
        finally:
            self.path = before

    def _vectorized(self, site: int, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        single = arguments[0] if len(arguments) == 1 and not keywords else None
        if isinstance(single, float | np.floating):
            item = self._within(site, function.pyfunc, arguments, {})
            value = np.asarray(item).astype((function.otypes or np.asarray(item).dtype.char)[0])
            self.node("stack_list", site, ([self.encode(item)], ()), value)
            return value
        if not isinstance(single, np.ndarray) or not followed(single) or not 0 < single.size <= _MOST:
            value = self._within(site, function, arguments, keywords)
            self._unfollowed(site, "np.vectorize", arguments)
            return value
        flat = np.asarray(single).reshape(-1)  # a part of a matrix would be a matrix
        self.node("reshape", site, (self.encode(single), -1), flat)
        items = [self._within(site, function.pyfunc, (self.getitem(site, flat, i),), {}) for i in range(flat.size)]
        otype = function.otypes or np.asarray(items[0]).dtype.char
        value = np.array(items).astype(otype[0]).reshape(single.shape)
        value = np.asmatrix(value) if isinstance(single, np.matrix) else value
        self.node("stack_list", site, (self.encode(items), single.shape), value)
        return value

    def _along_axis(self, site: int, function: Any, axis: Any, array: Any, *arguments: Any, **keywords: Any) -> Any:
        """`np.apply_along_axis`: what a function makes of each row, put together along the axis that the rows had."""
        plain = isinstance(array, np.ndarray) and not isinstance(array, np.matrix)
        if not plain or not followed(array) or not 0 < array.size <= _MOST:
            value = self._within(site, np.apply_along_axis, (function, axis, array, *arguments), keywords)
            self._unfollowed(site, "apply_along_axis", (array,))
            return value
        axis = range(array.ndim)[axis]
        others = (*array.shape[:axis], *array.shape[axis + 1 :])
        made = []
        for where in np.ndindex(*others):
            row = self.getitem(site, array, (*where[:axis], slice(None), *where[axis:]))
            made.append(self.call(site, function, row, *arguments, **keywords))
        first = np.asarray(made[0])
        value = np.array(made, dtype=first.dtype).reshape((*others, *first.shape))
        self.node("stack_list", site, (self.encode(made), value.shape), value)
        order = (*range(axis), array.ndim - 1, *range(axis, array.ndim - 1))
        if first.ndim != 1 or axis == array.ndim - 1:
            return value
        turned = value.transpose(order)
        self.node("transpose", site, (self.encode(value), order), turned)
        return turned

    def _unfollowed(self, site: int, name: str, arguments: Arguments) -> None:
        """Remember where a recorded value went into a function that is not followed."""
        for argument in (a for given in arguments for a in (given if isinstance(given, list | tuple) else [given])):
            if (
                isinstance(argument, np.ndarray)
                and self.memory.array(argument) is not None
                and argument.dtype.kind == "f"
            ):
                self.lost[site] = name
