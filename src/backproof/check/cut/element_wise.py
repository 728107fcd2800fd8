"""Arrays that an inner loop writes element by element and reads in between: the writes of a step are one update."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.check.cut.long_lived import Chain
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace

_READS = {"getitem", "view", "leaf", "transpose", "array", "copy"}
_MOST = 4000  # elements that are written at once, and operations that a move is computed from
_TRIED = 6  # pairs of updates that tell whether any of a chain belong together

Elements = frozenset[int]
Layout = tuple[tuple[int, ...], tuple[int, ...]]  # shape and strides, in elements
Place = tuple[int, Layout]  # where something lies from the beginning of a memory, in elements, and its layout


def put_together(trace: Trace, chains: list[Chain]) -> list[Chain]:
    """The chains, with those writes made one update that come from one and the same forward pass.

    What is read in between, but was not written yet, is read from the array as it was before the update: the arguments
    of the trace are changed so.
    """
    trained = {version for chain in chains for version in chain.versions if version is not None}
    trained |= {node for chain in chains for path in chain.paths for node in path}
    search = _Search(trace, trained)
    made = [search.together(chain) for chain in chains]
    parts = [part for chain in made for part in sorted(chain.parts)]
    if parts:
        trace.rewire(_seen_through(trace, parts))
    return made


class _Search:
    def __init__(self, trace: Trace, trained: set[int]) -> None:
        self.trace, self.trained = trace, trained

    def together(self, chain: Chain) -> Chain:
        updates = chain.updates
        partial = all(self.trace.operations[update] in ("setitem", "setview") for update in updates)
        if not partial or len(updates) != len(chain.versions) - 1 or len(updates) < 4:
            return chain
        versions, paths, parts = [chain.versions[0]], [list(chain.paths[0])], set[int]()
        written = self._written(updates[0], chain.paths[0])
        behind, joined = self._behind(chain, 0), 0
        for position in range(1, len(updates)):
            if position > _TRIED and not joined:
                return chain
            here, path = updates[position], chain.paths[position]
            mine, computed = self._written(here, path), self._behind(chain, position)
            if written and mine and not written & mine and behind & computed:
                parts |= self._writes(updates[position - 1], chain.paths[position - 1]) | self._writes(None, path)
                paths[-1] += [updates[position - 1], *path]
                written, joined = written | mine, joined + 1
            else:
                versions.append(updates[position - 1])
                paths.append(list(path))
                written = mine
            behind = computed
        versions.append(updates[-1])
        if not parts or len(versions) < 3:
            return chain
        return replace(chain, versions=versions, paths=paths, parts=frozenset(parts))

    def _written(self, update: int, path: list[int]) -> Elements:
        """The elements that an update writes; none if they are not known."""
        found = [written_by(self.trace, node) for node in self._writes(update, path)]
        return frozenset().union(*found) if all(found) else frozenset()

    def _writes(self, update: int | None, path: list[int]) -> set[int]:
        """The writes into an array that lead to an update; one into a row is not told beside that of the row."""
        nodes = path if update is None else [*path, update]
        writes = {node for node in nodes if self.trace.operations[node] in ("setitem", "setview")}
        return writes - {inner for write in nodes for inner in self.trace.inputs(write)[1:]}

    def _behind(self, chain: Chain, position: int) -> set[int]:
        """What a move is computed from, as far as that is computed from what is trained: its forward pass."""
        trace, path = self.trace, chain.paths[position]
        carrying = {*path, chain.versions[position + 1], chain.versions[position]}
        stack = [n for node in carrying if node is not None for n in trace.inputs(node) if n not in carrying]
        seen: set[int] = set()
        while stack and len(seen) < _MOST:
            node = stack.pop()
            if node not in seen and node not in self.trained:
                seen.add(node)
                stack += trace.inputs(node)
        found: set[int] = set()
        for node in sorted(seen):
            if any(earlier in self.trained or earlier in found for earlier in trace.inputs(node)):
                found.add(node)
        return {node for node in found if trace.operations[node] not in _READS}


def written_by(trace: Trace, node: int) -> Elements:
    """The elements of an array, counted in its memory, that a node writes; none if they are not known."""
    operation, arguments = trace.operations[node], trace.arguments[node]
    if operation == "setitem":
        return _elements(_part(_own(trace.shape(node)), arguments[1]))
    _, offset, shape, strides, _, value = arguments
    inner = int(value)
    whole = offset, (tuple(shape), tuple(strides))
    if trace.operations[inner] == "setitem" and trace.shape(inner) == tuple(shape):
        return _elements(_part(whole[1], trace.arguments[inner][1], offset))
    return _elements(whole)


def _own(shape: tuple[int, ...]) -> Layout:
    """An array of this shape whose rows lie one behind the other."""
    return shape, tuple(stride // 8 for stride in np.empty(shape, np.int64).strides)


def _part(layout: Layout, index: Any, offset: int = 0) -> Place | None:
    """Where a part of an array lies, from the beginning of its memory; None if it is no plain part."""
    items = index if isinstance(index, tuple) else (index,)
    if not all(isinstance(item, int | slice) and not isinstance(item, bool) for item in items):
        return None
    shape, strides = layout
    if 0 in shape:
        return None
    base = np.lib.stride_tricks.as_strided(np.empty(1, np.int8), shape, strides)
    try:
        # an element alone is an array too, so that it has an address
        found = base[(*items, ...)]
    except IndexError:
        return None
    ahead = found.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return offset + ahead, (found.shape, found.strides)


def _elements(part: Place | None) -> Elements:
    if part is None or np.prod(part[1][0], dtype=int) > _MOST:
        return frozenset()
    offset, (shape, strides) = part
    places = np.array(offset)
    for length, stride in zip(shape, strides, strict=True):
        places = np.add.outer(places, np.arange(length) * stride)
    return frozenset(places.ravel().tolist())


def _seen_through(trace: Trace, parts: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """New arguments for what reads elements that a write has not touched: the array as it was before that write."""
    sight = _Sight(trace)
    # the last write first: what does not meet it may not meet the one before it either
    for write in sorted(parts, reverse=True):
        sight.through(write)
    return sight.changed


class _Sight:
    """Reads of arrays, which are led around the writes that they do not meet."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.changed: dict[int, tuple[Any, ...]] = {}
        self.added: dict[int, list[int]] = {}  # what reads a node now, and did not before

    def through(self, write: int) -> None:
        before = int(self.trace.arguments[write][0])
        self._around(write, before, (0, _own(self.trace.shape(write))), written_by(self.trace, write))

    def _around(self, node: int, before: int, place: Place, written: Elements) -> None:
        """Let what reads elements of `node` that were not written read them of `before`, which is the same place."""
        reads = {
            reader: part for reader in self._readers(node) if (part := self._read(reader, node, place)) is not None
        }
        earlier = {n: part for n in self._readers(before) if (part := self._read(n, before, place)) is not None}
        for reader, part in reads.items():
            if self._is_holder(reader):
                continue
            if not _elements(part) & written:
                self.changed[reader] = (Ref(before), *self._arguments(reader)[1:])
                self.added.setdefault(before, []).append(reader)
                continue
            # a row, of which one element is read: the same row as it was before
            twin = next((n for n, other in earlier.items() if n < reader and other == part), None)
            if twin is not None:
                self._around(reader, twin, part, written)

    def _arguments(self, node: int) -> tuple[Any, ...]:
        return self.changed.get(node, self.trace.arguments[node])

    def _readers(self, node: int) -> list[int]:
        return [n for n in (*self.trace.readers[node], *self.added.get(node, ())) if self._arguments(n)[0] == node]

    def _read(self, node: int, holder: int, place: Place) -> Place | None:
        """The place that a node reads of `holder`, which has its own; None if it is no plain read."""
        operation, arguments = self.trace.operations[node], self._arguments(node)
        offset, (shape, strides) = place
        if operation == "getitem" and len(arguments) == 2:
            return _part((shape, strides), arguments[1], offset)
        if operation == "transpose" and len(arguments) == 1:
            return offset, (shape[::-1], strides[::-1])
        whole = offset == 0 and (shape, strides) == _own(self.trace.shape(holder))
        if operation == "view" and whole and tuple(arguments[4]) == strides:
            return arguments[1], (tuple(arguments[2]), tuple(arguments[3]))
        return None

    def _is_holder(self, node: int) -> bool:
        """Whether a part of an array is written into."""
        trace = self.trace
        return any(trace.operations[r] == "setitem" and trace.arguments[r][0] == node for r in self.trace.readers[node])
