"""Computes, in the middle of a run, what edited expressions would give where they stand."""

import ast
import json
import math
import random
import re
import sys
import time
import types
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from backproof.check.record.log import followed
from backproof.check.record.memory import Array
from backproof.check.record.recorder import Recorder
from backproof.check.record.untouched import untouched

Unit = tuple[str, int, int, int, str, list[str]]
"""One expression to vary: the file, line and column of its statement, how often a step executes it, its own text, and
the texts to try instead."""

_ELEMENTS = 400_000  # a larger value is not kept
_BYTES = 400_000_000  # of all values together
_AT_ONCE = 24_000_000  # bytes of those of one execution: the likeliest texts, so that other statements have their turn
_SMALL = 4096  # bytes that are kept to tell a value from others
_EXECUTIONS = 400  # of one statement within a step
_PATIENCE = 3.0  # how much more than its share of the time an expression may take
_BINDING = re.compile(r":=|\b(?:for|yield|await)\b")  # without these, an expression writes into nothing
_ITEMS = 200  # of a list or an object whose numbers are looked at
_WORD = re.compile(r"\w+")
_FAILED = object()  # what an expression gives that ends with an error


class Trials:
    """Evaluates edited expressions in the frame that is about to execute them, within some windows of a stretch.

    A window is a training step: the numbers of the node before its first and of its last. What is evaluated is not
    recorded, and the run goes on as if nothing had been tried. What it may take is told in `seconds` of the processor,
    so that a busy machine tells the same.
    """

    def __init__(
        self,
        recorder: Recorder,
        units: Sequence[Unit],
        stretch: int,
        windows: Sequence[tuple[int, int]],
        finished: Callable[[], None],
        seconds: float,
        most: int | None = None,
    ) -> None:
        self.recorder = recorder
        self.units = units
        self.stretch = stretch
        self.windows = windows
        self.last = max((end for _, end in windows), default=-1)
        self.finished = finished
        self.codes: dict[int, list[types.CodeType | None]] = {}
        self.spoken: dict[int, set[str]] = {}
        self.rows: list[list[Any]] = []
        self.data: list[Array] = []
        self.bytes = 0
        self.counts: dict[tuple[int, int], int] = {}
        self.left = seconds  # for what is tried, whatever the program itself takes
        self.first: dict[int, tuple[float, int]] = {}  # of each unit the seconds of its first execution, and its texts
        self.most = _EXECUTIONS if most is None else most
        self.to_come = {n: self._times(n) for n in range(len(units))}  # executions
        self.failed: dict[int, set[int]] = defaultdict(set)  # of each unit the texts that ended with an error
        self.share = 1.0  # of the texts, the likeliest ones, that are computed at all other executions

    def at(self, number: int) -> None:
        """The statement of a unit is about to be executed."""
        recorder = self.recorder
        position = len(recorder.operations)
        if not recorder.on or recorder.number != self.stretch or not self.windows:
            return
        if position > self.last:
            self.finished()
            return
        window = next((w for w, (start, end) in enumerate(self.windows) if start < position <= end), None)
        if window is None or self.left <= 0:
            return
        count = self.counts[number, window] = self.counts.get((number, window), 0) + 1
        if count > self.most or self.bytes > _BYTES:
            return
        frame = sys._getframe(1)
        recorder.on = False
        state, plain = np.random.get_state(), random.getstate()
        begun = time.process_time()
        self.to_come[number] -= 1
        if number in self.first:
            # what is computed at one execution and not at the next tells nothing: fewer texts, and at all of them
            needed = sum(seconds * max(self.to_come[unit], 0) for unit, (seconds, _) in self.first.items())
            self.share = min(self.share, self.left / max(needed, 1e-9))
        tried = 0
        try:
            names = {**frame.f_globals, **frame.f_locals}
            with np.errstate(all="ignore"), warnings.catch_warnings(), untouched(names, self._spoken(number)) as own:
                warnings.simplefilter("ignore")
                tried = self._evaluate(number, window, position, own)
        finally:
            np.random.set_state(state)
            random.setstate(plain)
            recorder.on = True
            took = time.process_time() - begun
            self.left -= took
            self.first.setdefault(number, (took, tried))

    def _evaluate(self, number: int, window: int, position: int, names: dict[str, Any]) -> int:
        """Compute the texts of a unit, as many as there is time for; gives how many that was."""
        *_, own_text, texts = self.units[number]
        codes, patience = self.codes.get(number), self.left
        if codes is None:
            patience = self._share(number)
            codes = self.codes[number] = [_compiled(text) for text in (own_text, *texts)]
        present = _evaluated(codes[0], names)
        origin = self.recorder.memory.peek(present)
        parts = [self.recorder.memory.peek(number) for number in _numbers(present) or ()]
        own = _arrays(present)
        known: dict[Any, int] = {_key(own): -1}
        found: list[list[int]] = []  # of each different value, the texts that give it
        places: list[list[list[int]]] = []
        full, until = self.bytes + _AT_ONCE, time.process_time() + patience
        tried, count = 0, math.ceil(self.first[number][1] * self.share) if number in self.first else len(texts)
        for text, code in enumerate(codes[1 : 1 + count]):
            if self.bytes > full or time.process_time() > until:
                break
            tried += 1
            value = _evaluated(code, names)
            if value is _FAILED:
                self.failed[number].add(text)
            arrays = _arrays(value)
            if arrays is None:
                continue
            key = _key(arrays)
            at = known.get(key)
            if at is None:
                known[key] = len(found)
                found.append([text])
                places.append([self._kept(array) for array in arrays])
            elif at >= 0:
                found[at].append(text)
        kept = [self._kept(array) for array in own or ()]
        self.rows.append([number, window, position, origin, found, places, kept, tried, parts])
        return tried

    def _spoken(self, number: int) -> set[str]:
        """The names that the texts of a unit speak of."""
        if number not in self.spoken:
            *_, own_text, texts = self.units[number]
            self.spoken[number] = {word for text in (own_text, *texts) for word in _WORD.findall(text)}
        return self.spoken[number]

    def _share(self, number: int) -> float:
        """How many seconds a unit may take at its first execution: a slow one leaves time for the others, and for its
        own later ones."""
        *_, texts = self.units[number]
        waiting = sum(len(unit[-1]) for other, unit in enumerate(self.units) if other not in self.codes)
        share = min(_PATIENCE * len(texts) / max(waiting, 1), 1.0)
        return share * self.left / max(self._times(number), 1)

    def _times(self, number: int) -> int:
        """At how many executions a unit is to be tried."""
        return min(self.units[number][3], self.most) * len(self.windows)

    def _kept(self, array: Array) -> list[int]:
        """Where a value will stand in the file, and its shape; what is a parameter's own is moved before that."""
        place = [self.bytes // 8, *array.shape]
        self.data.append(array.copy())
        self.bytes += array.nbytes
        return place

    def write(self, folder: Path) -> None:
        with (folder / "trials.bin").open("wb") as stream:
            for array in self.data:
                array.tofile(stream)
        for row in self.rows:
            # what ends with an error at one execution ends the program there, whatever it gives at others
            row[4] = [[text for text in texts if text not in self.failed[row[0]]] for texts in row[4]]
        (folder / "trials.json").write_text(json.dumps(self.rows))


def _compiled(text: str) -> types.CodeType | None:
    whole = f"(\n{text}\n)"
    try:
        if _BINDING.search(text) and any(_writes(node) for node in ast.walk(ast.parse(whole, mode="eval"))):
            return None
        return compile(whole, "trial", "eval", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None


def _writes(node: ast.AST) -> bool:
    """Whether a part of an expression writes into something that lives on: `for self.w in …`, `(n := …)`."""
    stores = isinstance(getattr(node, "ctx", None), ast.Store) and not isinstance(node, ast.Name | ast.Tuple)
    return stores or isinstance(node, ast.NamedExpr | ast.Yield | ast.Await)


def _evaluated(code: types.CodeType | None, names: dict[str, Any]) -> Any:
    if code is None:
        return _FAILED
    try:
        return eval(code, names)
    except Exception:  # an edit may be any nonsense
        return _FAILED


def _numbers(value: Any, depth: int = 2) -> list[Any] | None:
    """The numbers of a list, of a list of lists, or of an object that holds one such list and nothing else of the kind
    but its shape, row by row; None if a value is nothing like this, or has more than are looked at."""
    if type(value).__module__ != "builtins" and isinstance(getattr(value, "__dict__", None), dict):
        held = [item for item in vars(value).values() if isinstance(item, list | tuple) and not _is_shape(item)]
        return _numbers(held[0], depth) if len(held) == 1 else None
    if not isinstance(value, list | tuple):
        return None
    found: list[Any] = []
    for item in value:
        number = isinstance(item, int | float) and not isinstance(item, bool)
        more = [item] if number else _numbers(item, depth - 1) if depth and isinstance(item, list | tuple) else None
        if more is None or len(found) + len(more) > _ITEMS:
            return None
        found += more
    return found or None


def _is_shape(value: list[Any] | tuple[Any, ...]) -> bool:
    return isinstance(value, tuple) and all(isinstance(length, int) for length in value)


def _arrays(value: Any) -> list[Array] | None:
    """A value as arrays of float64: itself, the items of a list, or its numbers where it holds lists of them; None if
    it is nothing of the kind."""
    items = value if isinstance(value, list) else [value]
    if (numbers := _numbers(value)) is not None:
        return [np.asarray(number, dtype=np.float64) for number in numbers]
    if not items or len(items) > 50:
        return None
    made: list[Array] = []
    for item in items:
        number = isinstance(item, int | float | np.integer) and not isinstance(item, bool)
        if not number and not followed(item) and not isinstance(item, np.floating):
            return None
        array = np.asarray(item)
        if array.dtype.kind not in "fiub" or array.size > _ELEMENTS:
            return None
        made.append(np.asarray(array, dtype=np.float64, order="C"))
    return made


def _key(arrays: list[Array] | None) -> Any:
    """What tells one value from another: of a large one a checksum and its beginning, which cost less than a copy."""
    if arrays is None:
        return None
    return tuple(
        (each.shape, each.tobytes() if each.nbytes <= _SMALL else (crc32(each.data), each.reshape(-1)[:8].tobytes()))
        for each in arrays
    )


@dataclass(frozen=True)
class Tried:
    """One execution of a unit: in which window, at which length of the record, and what its texts gave.

    `origin` is the node that the expression stood for already, if it is only a name; `values` are the different values
    (each of one array, or of the items of a list), `texts` the texts that gave each, and `own` is the value as it is.
    The first `tried` texts were computed: those that gave no other value than that end with an error, there or at
    another execution, or are the same.
    `parts` are the nodes of its numbers, as far as they are known, if it holds lists of them.
    """

    unit: int
    window: int
    position: int
    origin: int | None
    texts: list[list[int]]
    values: list[list[Array]]
    own: list[Array] = field(default_factory=list)
    tried: int = 0
    parts: list[int | None] = field(default_factory=list)


def by_value(executions: Iterable[tuple[int, Tried]]) -> dict[tuple[tuple[int, int], ...], list[int]]:
    """The texts that give the same value each time: by the number of each execution with that of the value there."""
    given: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, one in executions:
        for value, texts in enumerate(one.texts):
            for text in texts:
                given[text].append((number, value))
    found: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
    for text, values in given.items():
        found[tuple(values)].append(text)
    return found


def read_trials(folder: Path) -> list[Tried]:
    """What `Trials.write` wrote.

    Raises:
        OSError, ValueError, TypeError, IndexError: nothing whole was written.
    """
    rows = json.loads((folder / "trials.json").read_text())
    file = folder / "trials.bin"
    # few of the values are looked at, and only these are read
    raw = np.memmap(file, dtype=np.float64, mode="c").view(np.ndarray) if file.stat().st_size else np.zeros(0)
    made = []
    for number, window, position, origin, texts, places, own, tried, parts in rows:
        values = [[_part(raw, place) for place in each] for each in (*places, own)]
        made.append(
            Tried(int(number), int(window), int(position), origin, texts, values[:-1], values[-1], tried, parts)
        )
    return made


def _part(raw: Array, place: list[int]) -> Array:
    start, *shape = place
    size = 1
    for length in shape:
        size *= length
    return raw[start : start + size].reshape(shape)
