"""The numpy engine executes the program's text, line by line as it is written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from backproof.engines.engine import Snapshot
from backproof.ops.op import Array, Initializer
from backproof.program.derivation import Derivation
from backproof.program.program import Program


class NumPyEngine:
    """Executes sections of the program's own text in one namespace.

    The text is registered with linecache: a traceback shows the line, and a debugger steps through it.
    """

    name = "numpy"

    def __init__(self, program: Program) -> None:
        self.program = program
        outline = program.numpy_outline
        filename = f"<backproof program {id(self):x}>"
        sections = [name for name in ("imports", "constants", "predict", "evaluate") if name in outline.sections]
        self._step, *definitions = outline.compile(filename, "step", *sections)
        self._names: dict[str, Any] = {}
        for definition in definitions:
            exec(definition, self._names)
        derived = program.derivation
        self._tensors = [tensor.name for tensor in derived.tensors]
        self._states = [state.name for state in derived.states]
        self._steps = 0
        self._names["generator"] = np.random.default_rng(program.settings.seed)
        self._names["t"] = 0
        self._names |= first_arrays(program)

    @property
    def generator(self) -> np.random.Generator:
        """What shuffles and masks are drawn from."""
        generator: np.random.Generator = self._names["generator"]
        return generator

    def load(self, array: Array) -> Array:
        return array

    def step(self, x: Array, y: Array, epoch: int) -> float:
        names = self._names
        names["x"], names["y"], names["epoch"] = x, y, epoch
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            exec(self._step, names)
        self._steps += 1
        return float(names["loss"])

    def end_epoch(self) -> None:
        pass

    def evaluate(self, x: Array, y: Array) -> float:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            return float(self._names["evaluate"](x, y))

    def predict(self, x: Array) -> Array:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            output: Array = self._names["predict"](x)
        return output

    def tensors(self) -> dict[str, Array]:
        # the program never writes into an array, so the arrays themselves are safe to hand out
        return {name: self._names[name] for name in self._tensors}

    def load_tensors(self, tensors: dict[str, Array]) -> None:
        self._names |= tensors

    def snapshot(self) -> Snapshot:
        states = {name: self._names[name] for name in self._states}
        return Snapshot(self.tensors(), states, self._steps, dict(self.generator.bit_generator.state))

    def restore(self, snapshot: Snapshot) -> None:
        self._names |= snapshot.tensors | snapshot.states
        self._steps = self._names["t"] = snapshot.steps
        self.generator.bit_generator.state = snapshot.generator

    def quantities(self, x: Array, y: Array, epoch: int, gradients: dict[str, Array] | None = None) -> dict[str, Array]:
        assert gradients is None, "the numpy engine is the one that is judged"
        self.step(x, y, epoch)
        return {step.name: np.asarray(self._names[step.name]) for step in self.program.steps}


def first_arrays(program: Program) -> dict[str, Array]:
    """The first weights, buffers and optimizer states, made by the program's own lines."""
    return first_arrays_by_seed(program)(program.settings.seed)


_draws: WeakKeyDictionary[Program, Callable[[int], dict[str, Array]]] = WeakKeyDictionary()


def first_arrays_by_seed(program: Program) -> Callable[[int], dict[str, Array]]:
    """What `first_arrays` gives, for any seed in the place of the program's own."""
    if program not in _draws:
        _draws[program] = _drawing(program.settings.init, program.settings.dtype, program.derivation)
    return _draws[program]


def _drawing(init: object, dtype: str, derived: Derivation) -> Callable[[int], dict[str, Array]]:
    lines = []
    if isinstance(init, Initializer):
        lines = [compile(step.code, "<first weights>", "exec") for step in derived.initial(init)]

    # to seed a generator takes a hundredth of the time of a new one, and gives the same numbers: each thread has one
    kept = threading.local()

    def draw(seed: int) -> dict[str, Array]:
        if not hasattr(kept, "random"):
            kept.random = np.random.RandomState()
        kept.random.seed(seed)
        names: dict[str, Any] = {"np": np, "random": kept.random}
        names |= init if isinstance(init, Mapping) else {}
        for line in lines:
            exec(line, names)
        found = {tensor.name: names[tensor.name].astype(dtype) for tensor in derived.tensors}
        return found | {state.name: np.full_like(found[state.tensor.name], state.initial) for state in derived.states}

    return draw
