"""The compiled engine: the same steps as machine code, whole epochs at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from backproof.engines.compiled.cache import is_compiled, module_of
from backproof.engines.compiled.expression import Shape
from backproof.engines.compiled.source import SMALL, Compilation, Writer, lasting, uses_masks
from backproof.engines.engine import Snapshot
from backproof.engines.numpy import NumPyEngine, first_arrays
from backproof.ops.op import Array
from backproof.program.program import Program

Say = Callable[[str], None]


def silent(_sentence: str) -> None:
    """Say nothing."""


def training_code(program: Program) -> Compilation:
    """What is compiled to train a program."""
    data = program.data
    widths = [tensor.parameter.shape[-1] for tensor in program.derivation.tensors]
    literal = not program.settings.batch_size and len(data.x) * max([data.x.shape[1], *widths]) <= SMALL
    writer = Writer(program, len(data.x) if literal else None)
    writer.train()
    return writer.made


class CompiledEngine:
    """Trains by compiled loops over flat arrays; predicts by the program's NumPy lines.

    Args:
        say: told, in a sentence, when it compiles and for how long.
    """

    name = "compiled"

    def __init__(self, program: Program, say: Say = silent) -> None:
        self.program, self.say = program, say
        self._numpy = NumPyEngine(program)
        self._generator = np.random.default_rng(program.settings.seed)
        self._dtype = np.dtype(program.settings.dtype)
        self._capacity = program.settings.batch_size or len(program.data.x)
        self._capacity = min(self._capacity, len(program.data.x))
        self._steps = self._t = 0
        self._arrays = {name: array.reshape(-1).copy() for name, array in first_arrays(program).items()}
        self._shapes = {name: array.shape for name, array in first_arrays(program).items()}
        self._lasting = lasting(program)
        self._training = _Code(training_code(program), say)
        self._judged: _Code | None = None
        self._evaluation: _Code | None = None

    @property
    def generator(self) -> np.random.Generator:
        """What shuffles and masks are drawn from."""
        return self._generator

    @property
    def source(self) -> str:
        """The text that is compiled."""
        return self._training.made.text

    def load(self, array: Array) -> Array:
        return np.ascontiguousarray(array)

    # -- training

    def epochs(self, x: Array, y: Array, first: int, count: int) -> Array:
        """Train for some epochs and give their losses; the last one is no number if training failed there."""
        batched = self.program.settings.batch_size is not None
        if batched and uses_masks(self.program) and count > 1:
            losses = np.zeros(0)
            for epoch in range(first, first + count):
                losses = np.append(losses, self.epochs(x, y, epoch, 1))
                if not np.isfinite(losses[-1]):
                    break
            return losses
        code, rows = self._training, len(x)
        each = -(-rows // self._capacity)
        found = np.zeros(count)
        head: list[Any] = [rows]
        if batched:
            orders = np.concatenate([self._generator.permutation(rows) for _ in range(count)])
            head = [x.reshape(-1), y.reshape(-1), orders, rows, self._capacity]
        if uses_masks(self.program):
            head.append(self._generator)
        arrays = self._memory(code.made, "train", self._capacity)
        if not batched:
            arrays[:2] = [x.reshape(-1), y.reshape(-1)]
        done, more, self._t = code.call("train", *head, first, count, self._t, *self._constants(code), *arrays, found)
        self._steps += done * each + more
        return found[: done + 1]

    def step(self, x: Array, y: Array, epoch: int) -> float:
        return float(self._judge(x, y, epoch)["loss"])

    def _constants(self, code: _Code) -> list[float]:
        return [float(self.program.derivation.constants[name]) for name in code.made.constants]

    def _memory(self, made: Compilation, function: str, rows: int) -> list[Array]:
        """The arrays that a function works on, in its order; those that it needs for the first time are made."""
        for name in made.takes[function]:
            size = _size(made.names[name].shape, max(rows, self._capacity))
            if name not in self._arrays or self._arrays[name].size < size:
                label = made.names[name].kind == "label"
                self._arrays[name] = np.zeros(size, np.int64 if label else self._dtype)
        return [self._arrays[name] for name in made.takes[function]]

    def end_epoch(self) -> None:
        pass

    def evaluate(self, x: Array, y: Array) -> float:
        if self._evaluation is None:
            writer = Writer(self.program)
            writer.evaluate()
            self._evaluation = _Code(writer.made, self.say)
        made = self._evaluation.made
        arrays = self._memory(made, "evaluate", len(x))
        arrays[:2] = [x.reshape(-1), y.reshape(-1)]
        return float(self._evaluation.call("evaluate", len(x), *arrays))

    # -- what the run and the proof ask for

    def predict(self, x: Array) -> Array:
        self._numpy.load_tensors(self.tensors())
        return self._numpy.predict(x)

    def _shaped(self, name: str) -> Array:
        return self._arrays[name].reshape(self._shapes[name]).copy()

    def tensors(self) -> dict[str, Array]:
        return {tensor.name: self._shaped(tensor.name) for tensor in self.program.derivation.tensors}

    def load_tensors(self, tensors: dict[str, Array]) -> None:
        for name, array in tensors.items():
            self._arrays[name][:] = np.ravel(array)

    def snapshot(self) -> Snapshot:
        states = {state.name: self._shaped(state.name) for state in self.program.derivation.states}
        return Snapshot(self.tensors(), states, self._steps, dict(self._generator.bit_generator.state))

    def restore(self, snapshot: Snapshot) -> None:
        self.load_tensors(snapshot.tensors | snapshot.states)
        self._steps = self._t = snapshot.steps
        self._generator.bit_generator.state = snapshot.generator

    def quantities(self, x: Array, y: Array, epoch: int, gradients: dict[str, Array] | None = None) -> dict[str, Array]:
        return self._judge(x, y, epoch, gradients)

    def _judge(self, x: Array, y: Array, epoch: int, gradients: dict[str, Array] | None = None) -> dict[str, Array]:
        """One step with every quantity of it kept."""
        if self._judged is None:
            self._judged = _Code(self._parts(), self.say)
        code, rows, steps = self._judged, len(x), self.program.steps
        made = code.made
        numbers = np.zeros(len(made.numbers))
        for name, own in (("gradients", False), ("update", True)):
            if own and gradients is not None:
                for tensor in self.program.derivation.trained:
                    self._arrays[f"d_{tensor.name}"][:] = np.ravel(gradients[f"d_{tensor.name}"])
            draws = any("generator" in step.reads for step in steps if (step.phase == "update") == own)
            head = [rows, *([self._generator] if draws else []), epoch, self._t]
            arrays = self._memory(made, name, rows)
            arrays[:2] = [x.reshape(-1), y.reshape(-1)]
            code.call(name, *head, *self._constants(code), *arrays, numbers)
        self._steps += 1
        found = {}
        for step in steps:
            kind = made.names[step.name]
            if not kind.shape:
                found[step.name] = np.asarray(numbers[made.numbers.index(step.name)])
                continue
            shape = tuple(length if isinstance(length, int) else rows for length in kind.shape)
            array = self._arrays[step.name][: _size(kind.shape, rows)].reshape(shape).copy()
            found[step.name] = array.astype(bool) if kind.kind == "flag" else array
        if "t" in found:
            self._t = int(found["t"])
        return found

    def _parts(self) -> Compilation:
        writer = Writer(self.program)
        steps = self.program.steps
        writer.part("gradients", [step for step in steps if step.phase != "update"], keep_all=True)
        writer.part("update", [step for step in steps if step.phase == "update"], keep_all=True)
        return writer.made


class _Code:
    """Functions that are compiled when they are first called."""

    def __init__(self, made: Compilation, say: Say) -> None:
        self.made, self.say = made, say
        self._functions: dict[str, Any] = {}

    def call(self, name: str, *arguments: Any) -> Any:
        function = self._functions.get(name)
        if function is None:
            module = module_of(self.made.text, self.say)
            function = self._functions[name] = getattr(module, name)
            if not function.signatures and not is_compiled(module, name):
                return self._compiled(function, arguments)
        return function(*arguments)

    def _compiled(self, function: Any, arguments: tuple[Any, ...]) -> Any:
        from numba import typeof  # without types

        self.say(f"Compiling `{function.__name__}` of this network: this is done once, and takes a few seconds.")
        started = time.perf_counter()
        function.compile(tuple(map(typeof, arguments)))
        self.say(f"Compiled in {time.perf_counter() - started:.1f} seconds.")
        return function(*arguments)


def _size(shape: Shape, rows: int) -> int:
    size = 1
    for length in shape:
        size *= length if isinstance(length, int) else rows
    return size
