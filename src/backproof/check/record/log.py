"""The log of what a rewritten file computes: a node for each operation, as long as the budget lasts."""

import math
import sys
import time
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from backproof.check.record.later import Later
from backproof.check.record.memory import HEAVY, Array, Memory, Ref, owner, sampled
from backproof.check.record.short import Short
from backproof.check.record.tables import Tables, numbers

Arguments = tuple[Any, ...]
_ROOM = 300_000_000  # bytes of values that are kept in any case
_LIGHT = {
    "add", "subtract", "multiply", "divide", "negative", "power", "exp", "log", "tanh", "maximum", "minimum", "matmul",
    "dot", "where", "square", "sqrt", "clip", "absolute", "float_power", "reciprocal", "astype", "copy",
}  # fmt: skip
NODE_LIMIT = 300_000  # operations of a stretch that are followed
LIST_LIMIT = 20_000  # longer lists are taken as data


def followed(value: object) -> bool:
    """Whether a value is one that gradients can flow through, or an array."""
    if isinstance(value, np.ndarray):
        return value.dtype != object and value.dtype.kind in "fiubc"
    return isinstance(value, float | np.floating)


def as_numbers(value: Any, other: Any) -> Any:
    """An array of Python objects that are all numbers, as a row of a table with words in other columns is, as numbers:
    what an array of numbers makes with it can be followed then. Anything else stays as it is."""
    if not (isinstance(value, np.ndarray) and value.dtype == object and value.size) or not followed(other):
        return value
    plain = all(isinstance(item, int | float | np.integer | np.floating) for item in value.flat)
    return value.astype(float) if plain else value


_ITS_OWN = 3  # references to an array that a view of it alone holds: the view's, ours, and the one that counts them
WRITTEN = "written"  # what made a number that is written down


class Log:
    """The nodes of a record with all that is known of each, and what may be kept of them."""

    def __init__(self, *, enough: int = 16) -> None:
        self.on = True
        self.stretch = 0  # the number of what is recorded now, or would be next
        self.operations: list[str] = []
        self.sites: list[int] = []
        self.arguments: list[Arguments] = []
        self.values: list[Any] = []
        self.paths: list[int] = []
        self.reads: list[int] = []
        self.depths: list[int] = []
        self.shown_nodes: list[int] = []
        self.rounds = True  # whether numbers are rounded where the file says so, and
        self.rounded = False  # whether it does
        self.retired: list[str] = []  # what the file uses that today's libraries no longer have
        self.samples: dict[int, list[float]] = {}  # some numbers of each value that was not kept
        self.call_paths: dict[tuple[int, int], int] = {(-1, -1): 0}
        self.path = 0
        self.site = -1
        self.kept = 0  # bytes of the values that were kept when they were made
        self.passed = 0  # bytes of the values that were not kept
        self.weighed = 0
        self.longest = self.looked_at = 0
        self.lost: dict[int, str] = {}
        self.memory = Memory(self.values, self._seen_in_memory)
        self.tables = Tables()
        self.lists: dict[int, tuple[Any, Any, int]] = {}  # lists that met arrays, with what they held and their nodes
        self.loops: list[int] = []
        self.entered = 0  # how much was recorded when the outermost loop was entered
        self.again = False  # whether what was recorded before a loop was thrown away
        self.stopped_in = 0
        self.leaving = 0
        self.cut = False  # whether a loop was left before its end, and
        self.half_done = False  # whether that was within another one, the turn of which may not make sense then
        self.short: Short | None = None  # where loops over samples are left early
        self.later = Later()
        self.on_look: Callable[[], None] | None = None
        self.deadline = math.inf
        self.on_stop: Callable[[], None] | None = None
        self.trial: Callable[[int], None] | None = None  # called where expressions are to be tried
        self.steps_seen: Callable[[], int] | None = None
        self.trainings_seen: Callable[[], int] | None = None  # how many follow each other in what was recorded
        self.wanted = 1.0
        self.trained = False  # whether an earlier stretch trained something
        self.patience = 1.0
        self.limit(enough=enough)

    def limit(
        self,
        *,
        node_limit: int = NODE_LIMIT,
        byte_limit: int = 1_400_000_000,
        second_limit: float = 12.0,
        enough: int = 16,
        fewest: int = 4000,
    ) -> None:
        """Say how much is enough, in updates and operations, and what a stretch may take."""
        self.plenty, self.fewest = enough, fewest
        self._limits = node_limit, byte_limit, time.monotonic() + second_limit

    # -- the log

    def _add(self, operation: str, site: int, arguments: Arguments, value: Any) -> int:
        node = len(self.operations)
        if operation == "add" and isinstance(value, np.ndarray) and value.shape:
            operation, arguments = self._less(arguments)
        self.operations.append(operation)
        self.sites.append(site)
        self.arguments.append(arguments)
        self.values.append(value)
        if isinstance(value, np.ndarray) and value.base is None:
            if value.nbytes > HEAVY and self._is_light(operation, value):
                self.samples[node] = sampled(value)
                self.values[node] = np.broadcast_to(np.float64(np.nan), value.shape)
                self.passed += value.nbytes
            elif self.memory.owned(value) is None:  # what is written into in place is weighed when it is copied
                self.kept += value.nbytes
        self.paths.append(self.path)
        self.reads.append(0)
        self.depths.append(0)
        return node

    def _less(self, arguments: Arguments) -> tuple[str, Arguments]:
        """A sum of two arrays as what it is: `t + -p` is `t - p`, bit by bit."""
        first, second = arguments[:2]
        for kept, turned in ((first, second), (second, first)):
            if len(arguments) == 2 and isinstance(turned, Ref) and self.operations[turned] == "negative":
                return "subtract", (kept, self.arguments[turned][0])
        return "add", arguments

    def _seen_in_memory(self, operation: str, arguments: Arguments, value: Any) -> int:
        """Log what happens to an array that others share memory with: a part of it is looked at, or written."""
        node = self._add(operation, self.site, arguments, value)
        if operation == "setview":
            self.chained(node, arguments[:1])
        return node

    @property
    def bytes(self) -> int:
        """How much the recorded values weigh."""
        return self.kept + self.memory.copied

    def _is_light(self, operation: str, value: Array) -> bool:
        """Whether a big value need not be kept, since it can be computed again from what is."""
        return value.dtype.kind == "f" and self.bytes > _ROOM and operation in _LIGHT

    def node(self, operation: str, site: int, arguments: Arguments, value: Any) -> int:
        """Log an operation and let its value stand for it."""
        node = self._add(operation, site, arguments, value)
        self.memory.keep(value, node)
        return node

    def leaf(self, value: Any, made_by: str = "") -> int:
        node = self._add("leaf", self.site, (made_by,), value)
        self.memory.keep(value, node)
        return node

    def _stranger(self, value: Array) -> int:
        """The node of an array that is new here. What is first seen through `w.T` may be written into through `w`: then
        the array that owns the memory is what is new."""
        memory = owner(value)
        if value is memory or value.size != memory.size or value.dtype != memory.dtype:
            return self.leaf(value)
        if sys.getrefcount(memory) <= _ITS_OWN:
            return self.leaf(value)  # nobody else has that array, as of one that was loaded
        self.leaf(memory)
        node = self.memory.array(value)
        assert node is not None, "what looks at a known array is known through it"
        return node

    def encode(self, value: Any) -> Any:
        """An argument as it is logged: nodes by their numbers, everything else as itself."""
        if isinstance(value, np.ndarray):
            if not followed(value):
                return value
            found = self.memory.array(value)
            node = self._stranger(value) if found is None else found
            self.reads[node] += 1
            return Ref(node)
        if isinstance(value, float | np.floating):
            found = self.memory.scalar(value)
            if found is None:
                return float(value)
            self.reads[found] += 1
            return Ref(found)
        if isinstance(value, list | tuple):
            if len(value) > LIST_LIMIT:
                return np.array(value)
            items = [self.encode(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, np.integer | np.bool_):
            return value.item()
        if (table := numbers(value)) is not None:
            return Ref(self._table(value, table))
        if isinstance(value, np.flatiter) and followed(value.base):
            return Ref(self.node("ravel", self.site, (self.encode(value.base),), value.base.ravel()))
        if isinstance(value, types.GeneratorType | map | zip):
            return None
        return value

    def _table(self, value: Any, made: Array) -> int:
        """The node of a pandas table or column: a new one is data."""
        node = self.tables.known(value, made)
        if node is None:
            own = made.copy()
            node = self.leaf(own)
            self.tables.keep(value, own, node)
        self.reads[node] += 1
        return node

    def _tabled(self, name: str, site: int, logged: Arguments, value: Any) -> None:
        """Log an operation that gives a table, or nothing if it gives none."""
        made = numbers(value)
        if made is None:
            return
        own = made.copy()
        node = self.node(name, site, logged, own)
        self.tables.keep(value, own, node)
        if name in ("add", "subtract"):
            self.chained(node, logged)

    def _met(self, value: Any, other: Any) -> Any:
        """An operand as it is logged: a list that meets an array is the array that NumPy makes of it."""
        return self._as_array(value) if isinstance(other, np.ndarray) else self.encode(value)

    def _as_array(self, value: Any) -> Any:
        """What NumPy computes with as it is logged: of a list, the array that it makes of it."""
        try:
            made = np.asarray(value) if isinstance(value, list) else None
        except ValueError:  # rows of different lengths
            made = None
        if made is None or not followed(made):
            return self.encode(value)
        items = self.encode(value)
        _, before, node = self.lists.get(id(value), (None, None, -1))
        if node < 0 or not _same(before, items):
            node = self.node("array", self.site, (items,), made)
            self.lists[id(value)] = value, items, node
        return Ref(node)

    def chained(self, node: int, operands: Iterable[Any]) -> None:
        """Count how often a value was replaced at one and the same place: that is what training does."""
        site, depths = self.sites[node], self.depths
        for operand in operands:
            if isinstance(operand, Ref) and self.sites[operand] == site:
                # the elements of a row are replaced one by one, and nobody reads the row in between
                depths[node] = max(depths[node], depths[operand] + (self.reads[operand] > 1))
                self.longest = max(self.longest, depths[node])

    def clear(self) -> None:
        for log in (self.operations, self.sites, self.arguments, self.values, self.paths, self.reads, self.depths):
            log.clear()
        self.shown_nodes.clear()
        self.lost.clear()
        self.memory.forget()
        self.tables.forget()
        self.lists.clear()
        self.samples.clear()
        if self.short is not None:
            self.short.forget()
        self.kept = self.passed = self.weighed = self.longest = self.looked_at = 0
        self.wanted = 1.0

    # -- what is shown

    def shown(self, value: Any) -> Any:
        if self.on:
            self._show(value)
        return value

    def _show(self, value: Any) -> None:
        found = self.memory.scalar(value) if isinstance(value, float | np.floating) else None
        if isinstance(value, np.ndarray) and value.size == 1 and followed(value):
            found = self.memory.array(value)
        if found is not None:
            self.shown_nodes.append(found)
        elif isinstance(value, tuple | list) and len(value) < 20:
            for item in value:
                self._show(item)


def _same(before: Any, now: Any) -> bool:
    """Whether two arguments are logged as one and the same: a node is not the number that it has."""
    if type(before) is not type(now):
        return False
    if isinstance(now, list | tuple):
        return len(before) == len(now) and all(map(_same, before, now))
    return np.array_equal(before, now) if isinstance(now, np.ndarray) else bool(before == now)
