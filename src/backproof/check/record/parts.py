"""Parts of arrays: read, written, walked through, and other views of the same numbers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from backproof.check.record.log import followed
from backproof.check.record.loops import Loops
from backproof.check.record.memory import Array, Ref
from backproof.check.record.short import Short
from backproof.check.record.tables import numbers

OF_MATRIX = {"A": "asarray", "A1": "ravel", "I": "linalg.inv", "T": "transpose"}  # what a `np.matrix` calls them


def _as_slices(where: Any) -> Any:
    """The same part of a `np.matrix`, which has two dimensions whatever is taken of it."""
    items = where if isinstance(where, tuple) else (where,)
    return tuple(slice(n, n + 1 or None) if isinstance(n, int | np.integer) else n for n in items)


class Parts(Loops):
    """Logs what is read of an array and what is written into it."""

    def iterate(self, site: int, iterable: Any) -> Any:
        """A vector is walked through number by number, a `np.matrix` row by row, and each keeps its lineage."""
        apart = isinstance(iterable, np.ndarray) and (iterable.ndim == 1 or isinstance(iterable, np.matrix))
        if self.on and apart and followed(iterable):
            return self._items(site, iterable)
        return iterable

    def comprehend(self, site: int, iterable: Any) -> Any:
        """What a comprehension goes through, which may be left early as a loop is."""
        walked = self.iterate(site, iterable)
        return walked if self.short is None else self._turns(site, walked, self.short)

    def _turns(self, site: int, iterable: Any, short: Short) -> Iterator[Any]:
        loop = short.enter(site, len(self.operations))
        try:
            for item in iterable:
                if self.on and short.turn(loop, len(self.operations)):
                    self.cut = True
                    return
                yield item
        finally:
            short.leave(loop, len(self.operations))

    def _items(self, site: int, vector: Array) -> Iterator[Any]:
        for position in range(len(vector)):
            yield self.getitem(site, vector, position) if vector.dtype.kind == "f" else vector[position]

    def unpack(self, site: int, value: Any) -> Any:
        return (
            list(self.iterate(site, value)) if self.on and isinstance(value, np.ndarray) and value.ndim == 1 else value
        )

    def getitem(self, site: int, holder: Any, where: Any) -> Any:
        value = holder[where]
        if self.on and (holder is np.c_ or holder is np.r_) and followed(value):
            self.site = site
            self.node("c_" if holder is np.c_ else "r_", site, (self.encode(where),), value)
        if self.on and isinstance(holder, np.ndarray) and followed(value) and followed(holder):
            self.site = site
            if isinstance(value, np.matrix):
                where = _as_slices(where)
            self.node("getitem", site, (self.encode(holder), self.encode(where)), value)
        return value

    def assign(self, site: int, value: Any, holder: Any, where: Any) -> None:
        self.setitem(site, holder, where, value)

    def setitem(self, site: int, holder: Any, where: Any, value: Any) -> None:
        if not (self.on and isinstance(holder, np.ndarray) and followed(holder)):
            holder[where] = value
            return
        self.site = site
        if isinstance(value, np.ndarray) and value.size and np.may_share_memory(holder, value):
            written = holder[where]
            if (
                isinstance(written, np.ndarray)
                and written.base is not None
                and written.shape == value.shape
                and (written.__array_interface__["data"] == value.__array_interface__["data"])
            ):
                holder[where] = value  # `a[1:3] += b` writes its own view back
                return
        arguments = (self.encode(holder), self.encode(where), self.encode(value))
        self.memory.before_writing(holder)
        holder[where] = value
        node = self._add("setitem", site, arguments, holder)
        self.memory.written(holder, node, in_part=True)
        self.chained(node, arguments[:1])

    def held(self, site: int, holder: Any, where: Any) -> tuple[Any, Any, Any]:
        return holder, where, self.getitem(site, holder, where)

    def augment(self, site: int, method: str, holder: Any, where: Any, present: Any, operand: Any) -> None:
        self.setitem(site, holder, where, getattr(self, method)(site, present, operand))

    def attribute(self, site: int, holder: Any, name: str) -> Any:
        value = getattr(holder, name)
        if self.on and isinstance(holder, np.ndarray) and isinstance(value, np.ndarray) and followed(value):
            self.site = site
            name = OF_MATRIX.get(name, name)
            if name == "ravel" or holder.ndim > 1 or name == "real":
                self.node("transpose" if name in ("T", "mT") else name, site, (self.encode(holder),), value)
        elif self.on and name in ("T", "values") and (table := numbers(holder)) is not None:
            self.site = site
            known = Ref(self._table(holder, table))
            if name == "values" and followed(value):
                self.node("copy", site, (known,), value)
            elif name == "T" and table.ndim == 2:
                self._tabled("transpose", site, (known,), value)
        return value
