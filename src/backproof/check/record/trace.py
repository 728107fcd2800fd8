"""A record on disk: what a file did, written by the process that ran it and read by the one that judges it.

Plain JSON and raw numbers, nothing that could run: the one who writes is a stranger.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from backproof.check.record.log import WRITTEN
from backproof.check.record.memory import Ref, owner
from backproof.check.record.recorder import Recorder
from backproof.check.record.untold import Site

Array = np.ndarray[Any, Any]
_BIG = 1_000_000  # bytes; a view of something this big is not written a second time
_VIEWS = {"transpose", "reshape", "view", "ravel", "squeeze", "expand_dims", "swapaxes", "atleast_2d"}


PRODUCTS = {"matmul", "dot", "inner", "einsum", "tensordot"}  # of matrices
CLIPPING = ("clip", "maximum", "minimum")
COPIES = ("copy", "array")
ABSOLUTE = ("absolute", "abs")
WRITES = {"setitem", "setview", "add.at", "subtract.at"}
"""The operations that write into a part of an array."""


@dataclass
class Trace:
    """The operations of one stretch of a run, in the order of execution. Node `n` is entry `n` of each list.

    `arguments` hold `Ref(node)` for what was computed before; `values` the value of each node, an array (read from disk
    when touched) or a float, or None where it was not kept; `sites` the number of the site, -1 if there is none.
    `begin` and `end` are the nodes between which the training lies that is looked at (None: to the last one). It is
    `late` where it begins with a later turn of a loop, so that what came before in the same step is not in it.
    """

    operations: list[str]
    sites: list[int]
    arguments: list[tuple[Any, ...]]
    values: list[Any]
    paths: list[int]
    call_paths: list[tuple[int, int]]  # of each path: the one that it was called from, and the site of the call
    shown: frozenset[int]
    lost: dict[int, str] = field(default_factory=dict)
    samples: dict[int, list[float]] = field(default_factory=dict)  # some numbers of each value that was not kept
    begin: int = 0
    end: int | None = None
    number: int = 0  # of the stretch in its run
    left: list[tuple[int, int]] = field(default_factory=list)  # from where to where loops were that were left early
    rising: frozenset[int] = frozenset()  # the sites whose value is to become great (see `rising`)
    named: frozenset[int] = frozenset()  # the sites whose value is called a loss (see `named`)
    differences: frozenset[int] = frozenset()  # the sites at which what has a name is subtracted (see `differences`)
    late: bool = False

    def __len__(self) -> int:
        return len(self.operations)

    def inputs(self, node: int) -> list[int]:
        """The nodes that a node was computed from."""
        return self._inputs[node]

    def calls(self, path: int) -> Iterator[int]:
        """The sites of the calls on a path, the innermost first."""
        while path > 0:
            path, site = self.call_paths[path]
            yield site

    def is_written(self, argument: object) -> bool:
        """Whether an argument is a number that is written down in the file."""
        return isinstance(argument, Ref) and self.arguments[int(argument)] == (WRITTEN,)

    def rewire(self, changed: Mapping[int, tuple[Any, ...]]) -> None:
        """Let some nodes be computed from other ones, of which they have the same value."""
        self.arguments = [changed.get(node, arguments) for node, arguments in enumerate(self.arguments)]
        for derived in ("_inputs", "readers", "last_reader"):
            self.__dict__.pop(derived, None)

    @cached_property
    def _inputs(self) -> list[list[int]]:
        return [list(_refs(argument)) for argument in self.arguments]

    @cached_property
    def readers(self) -> list[list[int]]:
        """Of each node, the nodes that are computed from it."""
        readers: list[list[int]] = [[] for _ in range(len(self))]
        for node, inputs in enumerate(self._inputs):
            for earlier in inputs:
                readers[earlier].append(node)
        return readers

    @cached_property
    def by_site(self) -> dict[int, list[int]]:
        """The nodes that were computed at each site."""
        found: dict[int, list[int]] = defaultdict(list)
        for node, site in enumerate(self.sites):
            found[site].append(node)
        return dict(found)

    @cached_property
    def last_reader(self) -> list[int]:
        """Of each node the last one that is computed from it; -1 if nothing is."""
        last = [-1] * len(self)
        for node, inputs in enumerate(self._inputs):
            for earlier in inputs:
                last[earlier] = node
        return last

    def shape(self, node: int) -> tuple[int, ...]:
        return self._shapes[node]

    @cached_property
    def _shapes(self) -> list[tuple[int, ...]]:
        shapes: list[tuple[int, ...]] = []
        for value, operation, arguments in zip(self.values, self.operations, self.arguments, strict=True):
            if value is None and operation in WRITES and isinstance(arguments[0], Ref):
                shapes.append(shapes[int(arguments[0])])  # a stage of an array that is written in parts is not kept
            else:
                shapes.append(value.shape if isinstance(value, np.ndarray) else ())
        return shapes

    @cached_property
    def is_single(self) -> bool:
        """Whether arrays of single precision take part."""
        return any(is_single(value) for value in self.values)


def is_single(value: Any) -> bool:
    """Whether an array is of single precision, or less."""
    return isinstance(value, np.ndarray) and value.dtype.itemsize <= 4 and value.dtype.kind == "f"


def _refs(argument: Any) -> Any:
    if isinstance(argument, Ref):
        yield int(argument)
    elif isinstance(argument, tuple | list):
        for item in argument:
            yield from _refs(item)
    elif isinstance(argument, dict):
        for item in argument.values():
            yield from _refs(item)


def _encoded(argument: Any) -> Any:
    if isinstance(argument, Ref):
        return ["r", int(argument)]
    if argument is None or isinstance(argument, bool | int | str):
        return argument if not isinstance(argument, int) or abs(argument) < 2**60 else float(argument)
    if isinstance(argument, float):
        return argument if math.isfinite(argument) else ["f", repr(argument)]
    if isinstance(argument, list | tuple):
        return ["l" if isinstance(argument, list) else "t", [_encoded(item) for item in argument]]
    if isinstance(argument, dict):
        return ["d", {str(key): _encoded(item) for key, item in argument.items()}]
    if isinstance(argument, slice):
        return ["s", [_encoded(part) for part in (argument.start, argument.stop, argument.step)]]
    if isinstance(argument, range):
        return ["g", [argument.start, argument.stop, argument.step]]
    if argument is Ellipsis:
        return ["e", 0]
    if isinstance(argument, np.dtype) or (
        isinstance(argument, type) and issubclass(argument, np.generic | float | int | complex)
    ):
        return ["y", np.dtype(argument).name]
    return ["x", type(argument).__name__]


def _decoded(coded: Any) -> Any:
    if not isinstance(coded, list):
        return coded
    kind, content = coded
    if kind == "r":
        return Ref(content)
    if kind in ("l", "t"):
        items = [_decoded(item) for item in content]
        return items if kind == "l" else tuple(items)
    if kind == "d":
        return {key: _decoded(item) for key, item in content.items()}
    if kind == "s":
        return slice(*(_decoded(part) for part in content))
    if kind == "g":
        return range(*content)
    makers: dict[str, Callable[[], Any]] = {
        "f": lambda: float(content),
        "e": lambda: Ellipsis,
        "y": lambda: np.dtype(content),
    }
    return makers.get(kind, Unknown)()


class Unknown:
    """An argument that cannot be written down: a function, an object of the file's own."""


def trace_of(recorder: Recorder) -> Trace:
    """A recorder's log as it stands, in the process that records: its paths may be joined, and the log's stay."""
    log = recorder.operations, recorder.sites, recorder.arguments, recorder.values, [*recorder.paths]
    return Trace(*log, _call_paths(recorder), frozenset(recorder.shown_nodes), recorder.lost, recorder.samples)


def _call_paths(recorder: Recorder) -> list[tuple[int, int]]:
    """The paths of calls in the order of their numbers."""
    return sorted(recorder.call_paths, key=lambda key: recorder.call_paths[key])


def write_trace(recorder: Recorder, folder: Path, name: str, trained: Iterable[int] = ()) -> None:
    """Write a recorder's log as `name`.json and `name`.bin.

    Args:
        trained: the values of what is trained, if they are known: big data that nothing is computed from but what was
            there before them need not be written.
    """
    count = len(recorder.paths)  # what other threads add from here on, or have only begun to add, is left out
    arguments, written = _folded(recorder, set(trained))
    codes: list[Any] = []
    offsets: dict[int, int] = {}
    with (folder / f"{name}.bin").open("wb") as stream:
        for node, value in enumerate(recorder.values[:count]):
            if isinstance(value, np.ndarray):
                if not written[node]:
                    codes.append([0, list(value.shape)])
                    continue
                memory = owner(value)
                large = id(memory) not in offsets and memory.nbytes > 2 * value.nbytes
                if large or not memory.flags.c_contiguous:
                    memory = value  # of a little of something large only that is written
                place = offsets.get(id(memory))
                if place is None:
                    place = offsets[id(memory)] = stream.tell()
                    _write(stream, memory)
                if memory is value:
                    codes.append([value.dtype.str, list(value.shape), place])
                else:
                    ahead = value.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
                    codes.append([value.dtype.str, list(value.shape), place + ahead, list(value.strides)])
            else:
                codes.append(None if value is None else _encoded(float(value)))
    content = {
        "operations": recorder.operations[:count],
        "sites": recorder.sites[:count],
        "arguments": [_encoded(argument) for argument in arguments[:count]],
        "values": codes,
        "paths": recorder.paths[:count],
        "call_paths": _call_paths(recorder),
        "shown": [node for node in recorder.shown_nodes if node < count],
        "lost": [[site, lost] for site, lost in recorder.lost.items()],
        "samples": [[node, [repr(number) for number in row]] for node, row in recorder.samples.items()],
        "left": recorder.short.left if recorder.short is not None else [],
    }
    (folder / f"{name}.json").write_text(json.dumps(content))


def _write(stream: BinaryIO, value: Array) -> None:
    """Write an array's numbers, and fill up to where the next one is to begin."""
    whole = np.ascontiguousarray(value)
    if value.nbytes < _BIG:
        stream.write(whole.tobytes())
    else:
        whole.tofile(stream)
    stream.write(b"\0" * (-value.nbytes % 64))


def _folded(recorder: Recorder, trained: set[int]) -> tuple[list[tuple[Any, ...]], list[bool]]:
    """Which values to write: a slice of big data stands for itself, so that the data need not be written."""
    again: set[int] = set()  # what will be computed again
    arguments = list(recorder.arguments)
    operations, values = recorder.operations, recorder.values
    written = [True] * len(arguments)
    needed = [False] * len(arguments)
    for node in range(len(arguments)):
        value = values[node]
        big = isinstance(value, np.ndarray) and value.nbytes > _BIG
        inputs = list(_refs(arguments[node]))
        if operations[node] == "getitem" and operations[inputs[0]] == "leaf" and _size(values[inputs[0]]) > _BIG:
            operations[node], arguments[node] = "leaf", ("",)
            continue
        if (big and operations[node] in _VIEWS) or node in recorder.samples:
            written[node] = False
        if node not in trained and any(n in again or n in trained for n in inputs):
            again.add(node)
        if not trained or node in again or not written[node]:
            for earlier in inputs:
                needed[earlier] = True
    for node in range(len(arguments)):
        if operations[node] == "leaf" and _size(values[node]) > _BIG and not needed[node] and node not in trained:
            written[node] = False
    return arguments, written


def _size(value: Any) -> int:
    return value.nbytes if isinstance(value, np.ndarray) else 8


def read_trace(folder: Path, name: str) -> Trace:
    """Read what `write_trace` wrote.

    Raises:
        OSError, ValueError, KeyError: nothing whole was written.
    """
    content = json.loads((folder / f"{name}.json").read_text())
    binary = folder / f"{name}.bin"
    raw = np.memmap(binary, dtype=np.uint8, mode="r") if binary.stat().st_size else np.zeros(0, np.uint8)
    values: list[Any] = []
    for code in content["values"]:
        if isinstance(code, list) and code[0] == 0:
            values.append(np.broadcast_to(np.float64(np.nan), tuple(code[1])))
        elif isinstance(code, list) and len(code) > 2:
            strides = code[3] if len(code) > 3 else None
            values.append(np.ndarray(tuple(code[1]), np.dtype(code[0]), raw, code[2], strides))
        else:
            values.append(_decoded(code))
    return Trace(
        content["operations"],
        content["sites"],
        [_decoded(argument) for argument in content["arguments"]],
        values,
        content["paths"],
        [tuple(path) for path in content["call_paths"]],
        frozenset(content["shown"]),
        dict(content["lost"]),
        {int(node): [float(number) for number in row] for node, row in content["samples"]},
        left=[(int(start), int(end)) for start, end in content["left"]],
    )


@dataclass(frozen=True)
class Sites:
    """The sites of a run: which file each is in, and where."""

    files: list[str]
    sites: list[Site]

    def line(self, site: int) -> tuple[str, int]:
        """The file of a site, and the line that it begins in."""
        return self.files[site], self.sites[site].line


def write_sites(folder: Path, files: list[str], sites: list[Site]) -> None:
    rows = [[f, s.line, s.column, s.end_line, s.end_column] for f, s in zip(files, sites, strict=True)]
    (folder / "sites.json").write_text(json.dumps(rows))


def read_sites(folder: Path) -> Sites:
    rows = json.loads((folder / "sites.json").read_text())
    return Sites([row[0] for row in rows], [Site(*row[1:]) for row in rows])
