"""What a rewritten file tells: each operation with its site, its operands and its value, in the order of execution."""

import copy
import functools
import math
import operator
import time
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from backproof.check.memory import HEAVY, Array, Memory, Ref, sampled
from backproof.check.tables import METHODS, Tables, numbers

Arguments = tuple[Any, ...]
_ROOM = 300_000_000  # bytes of values that are kept in any case
_LOOK = 150_000_000  # bytes after which it is asked anew whether enough was seen
_LIGHT = {
    "add", "subtract", "multiply", "divide", "negative", "power", "exp", "log", "tanh", "maximum", "minimum", "matmul",
    "dot", "where", "square", "sqrt", "clip", "absolute", "float_power", "reciprocal", "astype", "copy",
}  # fmt: skip
_NOTHING = object()
_PREDICTING = 40_000  # operations after training that tell how it predicts
_LIST_LIMIT = 20_000  # longer lists are taken as data
_VECTORIZE_LIMIT = 20_000
_MATH = {"fabs": "absolute", "pow": "power", "fsum": "pysum"}
_BUILTINS: dict[Any, str] = {sum: "pysum", abs: "absolute", pow: "power", float: "float", round: "round"}
_WALKERS = (zip, enumerate, map, reversed, iter, list, tuple, filter, sorted)
_CREATORS = {
    "zeros", "ones", "empty", "full", "eye", "identity", "arange", "linspace", "zeros_like", "ones_like",
    "empty_like", "full_like", "loadtxt", "genfromtxt", "load", "fromiter", "frombuffer", "fromfunction", "rand",
}  # fmt: skip
_FIRST_WRITTEN = {"copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis"}
_METHODS_WRITING = {"fill", "sort", "put", "partition", "resize", "itemset", "setfield", "byteswap"}


def followed(value: object) -> bool:
    """Whether a value is one that gradients can flow through, or an array."""
    if isinstance(value, np.ndarray):
        return value.dtype != object and value.dtype.kind in "fiubc"
    return isinstance(value, float | np.floating)


class Recorder:
    """Records while `on`; rewritten files call its methods. Budgets decide when enough was seen."""

    slice = slice
    error = Exception

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
        self.loops: list[int] = []
        self.entered = 0  # how much was recorded when the outermost loop was entered
        self.again = False  # whether what was recorded before a loop was thrown away
        self.stopped_in = 0
        self.leaving = 0
        self.cut = False  # whether a loop was left before its end
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
            if len(value) > _LIST_LIMIT:
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
            node = self.leaf(made.copy())
            self.tables.keep(value, made, node)
        self.reads[node] += 1
        return node

    def _tabled(self, name: str, site: int, logged: Arguments, value: Any) -> None:
        """Log an operation that gives a table, or nothing if it gives none."""
        made = numbers(value)
        if made is not None and self.tables.known(value, made) is None:
            self.tables.keep(value, made, self.node(name, site, logged, made.copy()))

    def _met(self, value: Any, other: Any) -> Any:
        """An operand as it is logged: a list that meets an array is the array that NumPy makes of it."""
        if isinstance(value, list) and isinstance(other, np.ndarray) and followed(made := np.asarray(value)):
            return Ref(self.node("array", self.site, (self.encode(value),), made))
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
        self.samples.clear()
        self.kept = self.passed = self.weighed = self.longest = self.looked_at = 0
        self.wanted = 1.0

    # -- loops

    def enter(self, loop: int) -> None:
        if not self.loops:
            self.entered = len(self.operations)
        self.loops.append(loop)

    def turn(self, _loop: int) -> bool:
        """A new turn of a loop begins; true if the loop is to be left."""
        if self.on:
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
        if not self.loops:
            self.leaving = 0
        if not self.on and len(self.loops) < self.stopped_in and not self.loops:
            # training is over: what comes now, predictions above all, is seen again
            self.stopped_in = 0
            self.deadline = math.inf
            nodes, size, _ = self._limits
            self._limits = nodes, size, time.monotonic() + 5.0
            self.on = True

    def iterate(self, site: int, iterable: Any) -> Any:
        """A vector is walked through number by number, and each keeps its lineage."""
        if self.on and isinstance(iterable, np.ndarray) and iterable.ndim == 1 and followed(iterable):
            return self._items(site, iterable)
        return iterable

    def _items(self, site: int, vector: Array) -> Iterator[Any]:
        for position in range(len(vector)):
            yield self.getitem(site, vector, position) if vector.dtype.kind == "f" else vector[position]

    def unpack(self, site: int, value: Any) -> Any:
        return (
            list(self.iterate(site, value)) if self.on and isinstance(value, np.ndarray) and value.ndim == 1 else value
        )

    # -- reading and writing parts

    def getitem(self, site: int, holder: Any, where: Any) -> Any:
        value = holder[where]
        if self.on and (holder is np.c_ or holder is np.r_) and followed(value):
            self.site = site
            self.node("c_" if holder is np.c_ else "r_", site, (self.encode(where),), value)
        if self.on and isinstance(holder, np.ndarray) and followed(value) and followed(holder):
            self.site = site
            self.node("getitem", site, (self.encode(holder), self.encode(where)), value)
        return value

    def assign(self, site: int, value: Any, holder: Any, where: Any) -> None:
        self.setitem(site, holder, where, value)

    def setitem(self, site: int, holder: Any, where: Any, value: Any) -> None:
        if not (self.on and isinstance(holder, np.ndarray) and followed(holder)):
            holder[where] = value
            return
        self.site = site
        if isinstance(value, np.ndarray) and value.size and np.shares_memory(holder, value, max_work=1):  # type: ignore[arg-type]
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
            if holder.ndim > 1 or name == "real":
                self.node("transpose" if name in ("T", "mT") else name, site, (self.encode(holder),), value)
        elif self.on and name in ("T", "values") and (table := numbers(holder)) is not None:
            self.site = site
            known = Ref(self._table(holder, table))
            if name == "values" and followed(value):
                self.node("copy", site, (known,), value)
            elif name == "T" and table.ndim == 2:
                self._tabled("transpose", site, (known,), value)
        return value

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

    # -- calls

    def call(self, site: int, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
        if not self.on:
            return function(*arguments, **keywords)
        if function is copy.deepcopy or function is copy.copy:
            self.site = site
            value = function(*arguments, **keywords)
            self._copied(site, arguments[0], value)
            return value
        if isinstance(function, types.FunctionType | types.MethodType) and not _from_numpy(function):
            if function.__name__ in METHODS and (table := numbers(getattr(function, "__self__", None))) is not None:
                return self._of_table(site, function, table, arguments, keywords)
            return self._within(site, function, arguments, keywords)
        return self._library(site, function, arguments, keywords)

    def _of_table(self, site: int, function: Any, table: Array, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        """What a pandas table or column computes of its numbers as an array does."""
        self.site = site
        logged = (Ref(self._table(function.__self__, table)), *self._logged(arguments, keywords))
        value = function(*arguments, **keywords)
        self._result(METHODS[function.__name__], site, logged, value, ())
        return value

    def _within(self, site: int, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        before = self.path
        self.path = self.call_paths.setdefault((before, site), len(self.call_paths))
        try:
            return function(*arguments, **keywords)
        finally:
            self.path = before

    def _library(self, site: int, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        self.site = site
        if isinstance(function, np.vectorize):
            return self._vectorized(site, function, arguments, keywords)
        if isinstance(function, types.MethodDescriptorType) and arguments and isinstance(arguments[0], np.ndarray):
            function, arguments = getattr(arguments[0], function.__name__), arguments[1:]  # np.ndarray.copy(w)
        holder = getattr(function, "__self__", None)
        if isinstance(holder, np.ndarray | np.generic) and isinstance(function, types.BuiltinMethodType):
            return self._method(site, function, holder, arguments, keywords)
        if isinstance(holder, np.ufunc) and getattr(function, "__name__", "") == "at":
            return self._first_written(site, "at", function, arguments, keywords)
        if function is functools.reduce and arguments:
            return self._folded(site, *arguments)
        if function in _WALKERS if isinstance(function, type | types.BuiltinFunctionType) else False:
            walked = [self.iterate(site, argument) for argument in arguments]
            if function is reversed:  # it needs to know the length
                walked = [
                    list(w) if isinstance(w, types.GeneratorType) and w is not a else w
                    for w, a in zip(walked, arguments, strict=True)
                ]
            return self._within(site, function, tuple(walked), keywords)
        name = self._name(function)
        if name is None:
            return self._unknown(site, function, holder, arguments, keywords)
        if name == "pysum":
            arguments = (list(self.iterate(site, arguments[0])), *arguments[1:])
        return self._apply(site, name, function, arguments, keywords)

    def _folded(self, site: int, function: Any, items: Any, *first: Any) -> Any:
        """`functools.reduce`, call by call."""
        rest = iter(self.iterate(site, items))
        value = first[0] if first else next(rest, _NOTHING)
        if value is _NOTHING:
            return functools.reduce(function, [])  # with the error that plain Python has for it
        for item in rest:
            value = self.call(site, function, value, item)
        return value

    def _copied(self, site: int, original: Any, duplicate: Any, seen: set[int] | None = None) -> None:
        """The arrays in a copied list, dictionary or object stand for copies of the original ones; objects that know
        each other are walked once."""
        seen = set() if seen is None else seen
        if duplicate is original or id(original) in seen:
            return
        seen.add(id(original))
        if followed(original) and not isinstance(original, float):
            self.node("copy", site, (self.encode(original),), duplicate)
        elif isinstance(original, dict):
            for key in original:
                if key in duplicate:
                    self._copied(site, original[key], duplicate[key], seen)
        elif isinstance(original, list | tuple):
            for one, other in zip(original, duplicate, strict=False):
                self._copied(site, one, other, seen)
        elif hasattr(original, "__dict__") and hasattr(duplicate, "__dict__") and not callable(original):
            self._copied(site, vars(original), vars(duplicate), seen)

    def _name(self, function: Any) -> str | None:
        """The operation's name, or None for a function that is not followed."""
        if isinstance(function, np.ufunc):
            return function.__name__
        try:
            if function in _BUILTINS:
                return _BUILTINS[function]
        except TypeError:
            return None
        module, name = getattr(function, "__module__", None) or "", getattr(function, "__name__", "")
        if module == "math":
            return _MATH.get(name, name)
        if isinstance(function, type):
            return "astype" if issubclass(function, np.floating | np.integer) else None
        if module.split(".")[0] == "numpy" and "random" not in module and name not in _CREATORS:
            return f"linalg.{name}" if "linalg" in module else name
        if module.startswith(("scipy.special", "scipy.signal")):
            return name
        return None

    def _logged(self, arguments: Arguments, keywords: dict[str, Any]) -> Arguments:
        """The arguments of a call as they are logged, the keywords last; where the result goes is no argument."""
        logged = tuple(self.encode(argument) for argument in arguments)
        if keywords:
            logged = (*logged, {key: self.encode(value) for key, value in keywords.items() if key != "out"})
        return logged

    def _apply(self, site: int, name: str, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        target = keywords.get("out")
        if isinstance(function, np.ufunc) and len(arguments) > function.nin:
            target = arguments[function.nin]
        if isinstance(target, tuple) and len(target) == 1:
            target = target[0]
        if name in _FIRST_WRITTEN or name == "at":
            return self._first_written(site, name, function, arguments, keywords)
        logged = self._logged(arguments, keywords)
        if isinstance(target, np.ndarray):
            self.memory.before_writing(target)
            value = function(*arguments, **keywords)
            inputs = logged[: function.nin] if isinstance(function, np.ufunc) else logged
            node = self._add(name, site, inputs, target)
            self.memory.written(target, node)
            self.chained(node, inputs)
            return value
        value = function(*arguments, **keywords)
        self._result(name, site, logged, value, arguments)
        return value

    def _result(self, name: str, site: int, logged: Arguments, value: Any, arguments: Arguments) -> None:
        if followed(value):
            if not any(value is argument for argument in arguments):
                node = self.node(name, site, logged, value)
                if name in ("add", "subtract"):
                    self.chained(node, logged)
        elif isinstance(value, tuple | list) and value and all(followed(item) for item in value):
            whole = self._add(name, site, logged, None)
            for position, item in enumerate(value):
                self.node("item", site, (Ref(whole), position), item)
        else:
            self._tabled(name, site, logged, value)

    def _first_written(
        self, site: int, name: str, function: Any, arguments: Arguments, keywords: dict[str, Any]
    ) -> Any:
        target = arguments[0]
        if not isinstance(target, np.ndarray):
            return function(*arguments, **keywords)
        holder = getattr(function, "__self__", None)
        logged = self._logged(arguments, keywords)
        self.memory.before_writing(target)
        value = function(*arguments, **keywords)
        known = f"{holder.__name__}.at" if isinstance(holder, np.ufunc) else name
        self.memory.written(target, self._add(known, site, logged, target))
        return value

    def _method(self, site: int, function: Any, holder: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        name = function.__name__
        if name == "tolist" and isinstance(holder, np.ndarray) and holder.size <= _LIST_LIMIT:
            return self._listed(site, holder)
        if name in _METHODS_WRITING and isinstance(holder, np.ndarray):
            logged = self._logged((holder, *arguments), {})
            self.memory.before_writing(holder)
            value = function(*arguments, **keywords)
            self.memory.written(holder, self._add(name, site, logged, holder))
            return value
        if isinstance(holder, np.ndarray) and not followed(holder):
            return function(*arguments, **keywords)
        name = {"item": "float"}.get(name, name)
        target = keywords.get("out")
        logged = self._logged((holder, *arguments), keywords)
        if isinstance(target, np.ndarray):
            self.memory.before_writing(target)
        value = function(*arguments, **keywords)
        if isinstance(target, np.ndarray):
            self.memory.written(target, self._add(name, site, logged, target))
        else:
            self._result(name, site, logged, value, (holder, *arguments))
        return value

    def _listed(self, site: int, array: Array) -> Any:
        if array.ndim == 0:
            return self.call(site, float, array) if array.dtype.kind == "f" else array.item()
        if array.ndim == 1:
            items = self.iterate(site, array)
            return [self.call(site, float, item) if isinstance(item, np.floating) else item.item() for item in items]
        return [self._listed(site, row) for row in array]

    def _vectorized(self, site: int, function: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        single = arguments[0] if len(arguments) == 1 and not keywords else None
        if isinstance(single, float | np.floating):
            item = self._within(site, function.pyfunc, arguments, {})
            value = np.asarray(item).astype((function.otypes or np.asarray(item).dtype.char)[0])
            self.node("stack_list", site, ([self.encode(item)], ()), value)
            return value
        if not isinstance(single, np.ndarray) or not followed(single) or not 0 < single.size <= _VECTORIZE_LIMIT:
            value = self._within(site, function, arguments, keywords)
            self._unfollowed(site, "np.vectorize", arguments)
            return value
        flat = single.reshape(-1)
        self.node("reshape", site, (self.encode(single), -1), flat)
        items = [self._within(site, function.pyfunc, (self.getitem(site, flat, i),), {}) for i in range(flat.size)]
        otype = function.otypes or np.asarray(items[0]).dtype.char
        value = np.array(items).astype(otype[0]).reshape(single.shape)
        self.node("stack_list", site, (self.encode(items), single.shape), value)
        return value

    def _unknown(self, site: int, function: Any, holder: Any, arguments: Arguments, keywords: dict[str, Any]) -> Any:
        if function is print or isinstance(holder, str) or function in (str, repr, format) or isinstance(holder, list):
            for argument in arguments:
                self._show(argument)
        name = getattr(function, "__name__", type(function).__name__)
        writes = name in ("shuffle", "fill")
        if writes:
            for argument in arguments:
                if isinstance(argument, np.ndarray):
                    self.memory.before_writing(argument)
        value = self._within(site, function, arguments, keywords)
        if writes:
            for argument in arguments:
                if isinstance(argument, np.ndarray):
                    self.memory.changed(argument)
        self.site = site
        if self.on and followed(value) and not isinstance(function, type):
            known = self.memory.array(value) if isinstance(value, np.ndarray) else self.memory.scalar(value)
            if known is None:
                self.leaf(value, f"{getattr(function, '__module__', None) or type(holder).__name__}.{name}")
                self._unfollowed(site, name, arguments)
        return value

    def _unfollowed(self, site: int, name: str, arguments: Arguments) -> None:
        """Remember where a recorded value went into a function that is not followed."""
        for argument in (a for given in arguments for a in (given if isinstance(given, list | tuple) else [given])):
            if (
                isinstance(argument, np.ndarray)
                and self.memory.array(argument) is not None
                and argument.dtype.kind == "f"
            ):
                self.lost[site] = name


def _from_numpy(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return module.split(".")[0] in ("numpy", "scipy")


def _binary(name: str, compute: Callable[[Any, Any], Any], canonical: str) -> Callable[[Recorder, int, Any, Any], Any]:
    chains = canonical in ("add", "subtract")

    def operation(self: Recorder, site: int, left: Any, right: Any) -> Any:
        if not self.on:
            return compute(left, right)
        value = compute(left, right)
        if isinstance(value, float | np.ndarray | np.floating) and followed(value):
            self.site = site
            logged = (self._met(left, right), self._met(right, left))
            node = self.node(canonical, site, logged, value)
            if chains:
                self.chained(node, logged)
        elif isinstance(value, str):
            self._show(right)
        elif numbers(value) is not None:
            self.site = site
            self._tabled(canonical, site, (self._met(left, right), self._met(right, left)), value)
        return value

    operation.__name__ = name
    return operation


def _in_place(
    name: str, compute: Callable[[Any, Any], Any], canonical: str
) -> Callable[[Recorder, int, Any, Any], Any]:
    plain = _binary(name, compute, canonical)

    def operation(self: Recorder, site: int, target: Any, operand: Any) -> Any:
        if not (self.on and isinstance(target, np.ndarray) and followed(target)):
            return plain(self, site, target, operand)
        self.site = site
        logged = (self.encode(target), self.encode(operand))
        self.memory.before_writing(target)
        value = compute(target, operand)
        node = self._add(canonical, site, logged, value)
        self.memory.written(value, node)
        self.chained(node, logged)
        return value

    operation.__name__ = name
    return operation


def _unary(name: str, compute: Callable[[Any], Any], canonical: str) -> Callable[[Recorder, int, Any], Any]:
    def operation(self: Recorder, site: int, operand: Any) -> Any:
        value = compute(operand)
        if self.on and followed(value):
            self.site = site
            self.node(canonical, site, (self.encode(operand),), value)
        elif self.on and numbers(value) is not None:
            self._tabled(canonical, site, (self.encode(operand),), value)
        return value

    operation.__name__ = name
    return operation


CANONICAL = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "power",
    "matmul": "matmul",
    "and_": "bitwise_and",
    "or_": "bitwise_or",
    "xor": "bitwise_xor",
}
COMPARISONS = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}

for _name, _canonical in {**CANONICAL, **COMPARISONS}.items():
    setattr(Recorder, _name, _binary(_name, getattr(operator, _name), _canonical))
for _name, _canonical in CANONICAL.items():
    _method = f"i{_name.strip('_')}"
    setattr(Recorder, _method, _in_place(_method, getattr(operator, _method), _canonical))
Recorder.neg = _unary("neg", operator.neg, "negative")  # type: ignore[attr-defined]
Recorder.invert = _unary("invert", operator.invert, "invert")  # type: ignore[attr-defined]
