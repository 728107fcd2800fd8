"""The log of what a rewritten file computes: a node for each operation, as long as the budget lasts."""

import math
import time
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from backproof.check.record.later import Later
from backproof.check.record.memory import HEAVY, Array, Memory, Ref, sampled
from backproof.check.record.short import Short
from backproof.check.record.tables import Tables, numbers

Arguments = tuple[Any, ...]
_ROOM = 300_000_000  # bytes of values that are kept in any case
_LOOK = 150_000_000  # bytes after which it is asked anew whether enough was seen
_LIGHT = {
    "add", "subtract", "multiply", "divide", "negative", "power", "exp", "log", "tanh", "maximum", "minimum", "matmul",
    "dot", "where", "square", "sqrt", "clip", "absolute", "float_power", "reciprocal", "astype", "copy",
}  # fmt: skip
_PREDICTING = 40_000  # operations after training that tell how it predicts
LIST_LIMIT = 20_000  # longer lists are taken as data


def followed(value: object) -> bool:
    """Whether a value is one that gradients can flow through, or an array."""
    if isinstance(value, np.ndarray):
        return value.dtype != object and value.dtype.kind in "fiubc"
    return isinstance(value, float | np.floating)


WRITTEN = "written"  # what made a number that is written down


class Log:
    """The nodes of a record with all that is known of each, its budget, and the loops that are gone through."""

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
        self.cut = False  # whether a loop was left before its end
        self.short: Short | None = None  # where loops over samples are left early
        self.later = Later()
        self.on_look: Callable[[], None] | None = None
        self.deadline = math.inf
        self.on_stop: Callable[[], None] | None = None
        self.trial: Callable[[int], None] | None = None  # called where expressions are to be tried
        self.steps_seen: Callable[[], int] | None = None
        self.wanted = 1.0
        self.trained = False  # whether an earlier stretch trained something
        self.patience = 1.0
        self.limit(enough=enough)

    def limit(
        self,
        *,
        node_limit: int = 300_000,
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

    def encode(self, value: Any) -> Any:
        """An argument as it is logged: nodes by their numbers, everything else as itself."""
        if isinstance(value, np.ndarray):
            if not followed(value):
                return value
            found = self.memory.array(value)
            node = self.leaf(value) if found is None else found
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
        if isinstance(value, list) and isinstance(other, np.ndarray) and followed(made := np.asarray(value)):
            items = self.encode(value)
            _, before, node = self.lists.get(id(value), (None, None, -1))
            if node < 0 or not _same(before, items):
                node = self.node("array", self.site, (items,), made)
                self.lists[id(value)] = value, items, node
            return Ref(node)
        return self.encode(value)

    def chained(self, node: int, operands: Iterable[Any]) -> None:
        """Count how often a value was replaced at one and the same place: that is what training does."""
        site, depths = self.sites[node], self.depths
        for operand in operands:
            if isinstance(operand, Ref) and self.sites[operand] == site and self.reads[operand] > 1:
                depths[node] = depths[operand] + 1
                self.longest = max(self.longest, depths[node])

    def _enough(self) -> None:
        """Stop when enough was seen, or when it has become too much."""
        self.looked_at = nodes = len(self.operations)
        self.weighed = weight = self.bytes + self.passed
        hard_nodes, hard_bytes, hard_time = self._limits
        if nodes >= hard_nodes or self.bytes > hard_bytes or time.monotonic() > hard_time:
            seen = self.longest > 0 and (self.steps_seen is None or self.steps_seen() > 1)
            if not seen and 2 * self.entered > nodes and not self.again:
                # a plot of what is predicted, perhaps, before training: the loop that has begun is seen from here on
                self.again = True
                self.clear()
                self._limits = hard_nodes, hard_bytes, max(hard_time, time.monotonic() + 5.0)
            else:
                self.stop()
            return
        longest, scale = self.longest, self.wanted
        if self.trained and longest == 0 and nodes >= _PREDICTING:
            self.stop()
        elif (
            (longest >= self.plenty and nodes >= scale * self.fewest)
            or (longest >= 3 and (nodes >= scale * 40_000 or weight > scale * 350_000_000))
            or (longest >= 2 and weight > scale * 700_000_000)
        ):
            few = 4 if nodes < 40_000 and weight < 350_000_000 else 2
            if self.steps_seen is None or self.steps_seen() >= few:
                self.stop()
            else:
                self.wanted *= 2  # something was counted up that is not trained: look on

    def stop(self) -> None:
        """Enough was seen: hand over the record, and let the loops run on at their own speed, though not for ever."""
        self.on = False
        if self.later.kind:
            self._looked()
            return
        self.later.stopped(trains=self.longest > 1)
        self.trained = self.trained or self.longest > 1
        self.stopped_in = len(self.loops)
        if self.on_stop is not None:
            self.on_stop()
        self.stretch += 1
        self.clear()
        self.deadline = time.monotonic() + self.patience

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

    # -- looks at what comes later

    @property
    def number(self) -> int:
        """The number of the stretch that is recorded now; -1 for one that is not asked for."""
        looks = self.later.kind == "turn"
        if self.later.instead:
            return self.stretch - 1 if looks else -1
        return -1 if self.later.kind else self.stretch

    def _look(self, kind: str) -> None:
        """From here on a little is recorded again."""
        self.clear()
        self.later.begin(kind, (self.plenty, self.fewest, self._limits))
        self.limit(**self.later.limits)
        self.entered = 0
        self.on = True

    def _looked(self) -> None:
        """Hand over what was seen, and run on as before."""
        self.on = False
        if self.on_look is not None:
            self.on_look()
        self.plenty, self.fewest, self._limits = self.later.end()
        self.clear()

    def told(self, site: int) -> None:
        """Something is told, and recorded."""
        self.later.sites.add(site)

    def aside(self, site: int) -> bool:
        """Whether something is told that is to be recorded, though nothing is recorded now."""
        if self.on or not self.stopped_in or not self.later.is_aside(site):
            return False
        self._look("aside")
        return True

    def aside_over(self) -> None:
        if self.later.kind == "aside":
            self._looked()

    # -- loops

    def enter(self, loop: int) -> None:
        if not self.loops:
            self.entered = len(self.operations)
        self.loops.append(loop)
        self.later.enter()
        if self.short is not None:
            self.short.enter(loop, len(self.operations))

    def turn(self, _loop: int) -> bool:
        """A new turn of a loop begins; true if the loop is to be left."""
        if self.later.depth and not self.on and not self.leaving and self.later.is_turn():
            self._look("turn")
        if self.on:
            self.later.turns[-1] += 1
            if self.short is not None and self.short.turn(self.short.loops[-1], len(self.operations)):
                self.cut = True
                return True
            weight = self.bytes + self.passed
            if len(self.operations) > self.looked_at + 20 * self.plenty or weight > self.weighed + _LOOK:
                self._enough()
            return False
        if self.leaving:
            return len(self.loops) <= self.leaving
        if time.monotonic() > self.deadline and self.stopped_in:
            self.leaving = len(self.loops)
            self.cut = True
            return True
        return False

    def leave(self, _loop: int) -> None:
        self.loops.pop()
        self.later.leave()
        if self.later.kind == "turn" and not self.loops:
            self._looked()
        if self.short is not None:
            self.short.leave(self.short.loops[-1], len(self.operations))
        if not self.loops:
            self.leaving = 0
        if not self.on and len(self.loops) < self.stopped_in and not self.loops:
            # training is over: what comes now, predictions above all, is seen again
            self.stopped_in = 0
            self.deadline = math.inf
            nodes, size, _ = self._limits
            self._limits = nodes, size, time.monotonic() + 5.0
            self.on = True

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
