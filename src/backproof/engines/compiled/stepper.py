"""Takes single steps of a program by compiled code, every quantity of which can be seen."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from backproof.engines.compiled.code import Code
from backproof.engines.compiled.expression import size_of
from backproof.engines.compiled.loops import ROOM
from backproof.engines.compiled.pieces import Piece, cut
from backproof.engines.compiled.source import Compilation, Writer
from backproof.engines.engine import Say, Snapshot, silent
from backproof.engines.numpy import NumPyEngine, first_arrays
from backproof.ops.op import Array
from backproof.program.derivation import draws, namespace
from backproof.program.program import Program

CACHE_LINE = 64
"""The bytes that a processor takes from memory in one go."""


class StepEngine:
    """Takes steps one by one, over flat arrays; predicts by the program's NumPy lines.

    A line that is beyond the compiler is computed as it is written, in NumPy, between compiled ones.

    Args:
        say: told, in a sentence, when something is compiled and for how long, and which lines are not.
    """

    name = "compiled"

    def __init__(self, program: Program, say: Say = silent) -> None:
        self.program, self.say = program, say
        self._dtype = np.dtype(program.settings.dtype)
        self._capacity = program.rows_a_step
        self._steps = self._t = 0
        self._room: dict[str, int] = {}  # for how many rows a function has its arrays
        first = first_arrays(program)
        self._arrays = {name: roomy(array.size, self._dtype) for name, array in first.items()}
        for name, array in first.items():
            self._arrays[name][:] = array.reshape(-1)
        self._shapes = {name: array.shape for name, array in first.items()}
        self._pieces: list[Piece] | None = None
        self._code: Code | None = None
        self._evaluation: Code | None = None

    @cached_property
    def generator(self) -> np.random.Generator:
        """What shuffles and masks are drawn from."""
        return np.random.default_rng(self.program.settings.seed)

    def load(self, array: Array) -> Array:
        """Labels take half of the room, so that as many fit into a vector as numbers do."""
        return np.ascontiguousarray(array, np.int32 if array.dtype.kind in "iu" else None)

    def end_epoch(self) -> None:
        pass

    def step(self, x: Array, y: Array, epoch: int) -> float:
        return float(self.quantities(x, y, epoch)["loss"])

    @cached_property
    def _numpy(self) -> NumPyEngine:
        return NumPyEngine(self.program)

    def evaluate(self, x: Array, y: Array) -> float:
        self._numpy.load_tensors(self.tensors())
        return self._numpy.evaluate(x, y)

    def predict(self, x: Array) -> Array:
        self._numpy.load_tensors(self.tensors())
        return self._numpy.predict(x)

    # -- what lasts from step to step

    def _shaped(self, name: str) -> Array:
        return self._arrays[name].reshape(self._shapes[name]).copy()

    def tensors(self) -> dict[str, Array]:
        return {tensor.name: self._shaped(tensor.name) for tensor in self.program.derivation.tensors}

    def load_tensors(self, tensors: dict[str, Array]) -> None:
        for name, array in tensors.items():
            self._arrays[name][:] = np.ravel(array)

    def snapshot(self) -> Snapshot:
        states = {state.name: self._shaped(state.name) for state in self.program.derivation.states}
        return Snapshot(self.tensors(), states, self._steps, dict(self.generator.bit_generator.state))

    def restore(self, snapshot: Snapshot) -> None:
        self.load_tensors(snapshot.tensors | snapshot.states)
        self._steps = self._t = snapshot.steps
        self.generator.bit_generator.state = snapshot.generator

    # -- one step

    def quantities(self, x: Array, y: Array, epoch: int, gradients: dict[str, Array] | None = None) -> dict[str, Array]:
        if self._pieces is None or self._code is None:
            writer = Writer(self.program)
            self._pieces = cut(self.program, writer)
            self._code = Code(writer.made, self.say)
            for piece in self._pieces:
                if piece.reason:
                    self.say(f"NumPy computes `{piece.steps[0].code}`: {piece.reason} is beyond the compiler.")
        numbers = np.zeros(len(self._code.made.numbers))
        found: dict[str, Array] = {}
        for piece in self._pieces:
            if not found and piece.steps[0].phase == "update":
                # its own gradients, before it is given others
                found = self._values("gradients", len(x), numbers)
                self._take(gradients or {})
            if piece.reason:
                self._as_written(piece, x, y, epoch, numbers)
            else:
                self._compiled(piece, x, y, epoch, numbers)
        self._steps += 1
        found |= self._values("update", len(x), numbers)
        if "t" in found:
            self._t = int(found["t"])
        return found

    def _values(self, part: str, rows: int, numbers: Array) -> dict[str, Array]:
        """What the steps of the update made, or those before it."""
        steps = [step for step in self.program.steps if (step.phase == "update") == (part == "update")]
        return {step.name: self._value(step.name, rows, numbers) for step in steps}

    def _take(self, gradients: dict[str, Array]) -> None:
        for tensor in self.program.derivation.trained if gradients else ():
            self._arrays[f"d_{tensor.name}"][:] = np.ravel(gradients[f"d_{tensor.name}"])

    def _compiled(self, piece: Piece, x: Array, y: Array, epoch: int, numbers: Array) -> None:
        assert self._code is not None
        arrays = self._memory(self._code.made, piece.name, len(x))
        arrays[:2] = [x.reshape(-1), self.load(y).reshape(-1)]
        head = [len(x), *([self.generator] if draws(piece.steps) else []), epoch, self._t]
        self._code.call(piece.name, *head, *self._constants(self._code), *arrays, numbers)

    def _as_written(self, piece: Piece, x: Array, y: Array, epoch: int, numbers: Array) -> None:
        """A line in NumPy, on what compiled lines made before it, and for those after it."""
        assert self._code is not None
        (step,) = piece.steps
        names: dict[str, Any] = namespace(self.program.steps) | self.program.derivation.constants
        names |= {"x": x, "y": y, "epoch": epoch, "t": self._t, "generator": self.generator}
        for read in step.reads:
            if read in self._code.made.names and read not in names:
                value = self._value(read, len(x), numbers)
                names[read] = value if value.shape else value[()]
        with np.errstate(all="ignore"):
            exec(step.code, names)
        if step.name in self._code.made.numbers:
            numbers[self._code.made.numbers.index(step.name)] = names[step.name]
            return
        value = np.ravel(names[step.name])
        if self._arrays.get(step.name, np.zeros(0)).size < value.size:
            shape = self._code.made.names[step.name].shape
            self._arrays[step.name] = roomy(size_of(shape, max(len(x), self._capacity)), self._dtype)
        self._arrays[step.name][: value.size] = value

    def _value(self, name: str, rows: int, numbers: Array) -> Array:
        """What a step made, in its own shape."""
        assert self._code is not None
        kind = self._code.made.names[name]
        if not kind.shape:
            return np.asarray(numbers[self._code.made.numbers.index(name)])
        shape = tuple(length if isinstance(length, int) else rows for length in kind.shape)
        array = self._arrays[name][: size_of(kind.shape, rows)].reshape(shape).copy()
        return array.astype(bool) if kind.kind == "flag" else array

    def _constants(self, code: Code) -> list[float]:
        return [float(self.program.derivation.constants[name]) for name in code.made.constants]

    def _memory(self, made: Compilation, function: str, rows: int) -> list[Array]:
        """The arrays that a function works on, in its order; those that it needs for the first time are made."""
        rows = max(rows, self._capacity)
        if self._room.get(function, 0) >= rows:
            return [self._arrays[name] for name in made.takes[function]]
        self._room[function] = rows
        for name in made.takes[function]:
            size = size_of(made.names[name].shape, rows)
            if name not in self._arrays or self._arrays[name].size < size:
                label = made.names[name].kind == "label"
                self._arrays[name] = roomy(size, np.dtype(np.int32) if label else self._dtype)
        return [self._arrays[name] for name in made.takes[function]]


def roomy(size: int, dtype: np.dtype[Any]) -> Array:
    """Zeros, with some memory behind them that loops may write into: see `ROOM`.

    They begin where a line of the cache does: a vector as long as a line is then never taken from two.
    """
    spare = CACHE_LINE // dtype.itemsize
    memory = np.zeros(size + ROOM + spare, dtype)
    first = -memory.__array_interface__["data"][0] % CACHE_LINE // dtype.itemsize
    return memory[first : first + size]
