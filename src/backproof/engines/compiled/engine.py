"""The compiled engine: the same steps as machine code, whole epochs at a time."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from backproof.engines.compiled.code import Code
from backproof.engines.compiled.expression import NotLowered
from backproof.engines.compiled.source import SMALL, Compilation, Writer
from backproof.engines.compiled.stepper import StepEngine
from backproof.engines.engine import Say, silent
from backproof.ops.op import Array
from backproof.program.derivation import draws
from backproof.program.program import Program


def compiled_engine(program: Program, say: Say = silent, threads: int | None = None) -> StepEngine:
    """The compiled engine of a program; it takes whole epochs unless a line of the program cannot be compiled.

    Args:
        say: told, in a sentence, when something is compiled and for how long, and which lines are not.
        threads: how many threads may share a step (all of the machine's); small steps have one.
    """
    try:
        return CompiledEngine(program, say, threads)
    except NotLowered:
        return StepEngine(program, say)


THREADED = 5e6
"""From so many multiplications and additions in a step on, several threads share it."""

_written: WeakKeyDictionary[Program, dict[bool, Compilation]] = WeakKeyDictionary()


def training_code(program: Program, *, threaded: bool = False) -> Compilation:
    """What is compiled to train a program; `threaded`: by several threads that share the work of each step.

    Raises NotLowered where a line is beyond the compiler.
    """
    known = _written.setdefault(program, {})
    if threaded not in known:
        rows = len(program.data.x)
        literal = not program.settings.batch_size and rows * program.widest <= SMALL
        writer = Writer(program, rows if literal else None, threaded=threaded)
        writer.train()
        known[threaded] = writer.made
    return known[threaded]


def operations(program: Program) -> int:
    """About how many multiplications and additions a step of training takes, in products alone."""
    weights = sum(
        math.prod(tensor.parameter.shape) for tensor in program.derivation.trained if len(tensor.parameter.shape) == 2
    )
    return 6 * program.rows_a_step * weights


class CompiledEngine(StepEngine):
    """Takes whole epochs at a time. Raises NotLowered where a line of the program is beyond the compiler."""

    def __init__(self, program: Program, say: Say = silent, threads: int | None = None) -> None:
        super().__init__(program, say)
        self.threaded = operations(program) >= THREADED
        self.threads = (threads or os.cpu_count() or 1) if self.threaded else 1
        self._training = Code(training_code(program, threaded=self.threaded), say)

    @property
    def source(self) -> str:
        """The text that is compiled."""
        return self._training.made.text

    def epochs(self, x: Array, y: Array, first: int, count: int) -> Array:
        """Train for some epochs and give their losses; the last one is no number if training failed there."""
        batched = self.program.settings.batch_size is not None
        if batched and draws(self.program.steps) and count > 1:
            losses = np.zeros(0)
            for epoch in range(first, first + count):
                losses = np.append(losses, self.epochs(x, y, epoch, 1))
                if not np.isfinite(losses[-1]):
                    break
            return losses
        code, rows, y = self._training, len(x), self.load(y)
        found = np.zeros(count)
        head: list[Any] = [rows]
        if batched:
            orders = np.concatenate([self.generator.permutation(rows) for _ in range(count)])
            head = [x.reshape(-1), y.reshape(-1), orders, rows, self._capacity]
        if draws(self.program.steps):
            head.append(self.generator)
        arrays = self._memory(code.made, "train", self._capacity)
        if not batched:
            arrays[:2] = [x.reshape(-1), y.reshape(-1)]
        done, more, self._t = self._called(first, count, *head, self._t, *self._constants(code), *arrays, found)
        self._steps += done * self.program.steps_an_epoch + more
        return found[: done + 1]

    def _called(self, first: int, count: int, *arguments: Any) -> Any:
        code = self._training
        if not self.threaded:
            return code.call("train", first, count, *arguments)
        meeting, told = np.zeros(1, np.int64), np.zeros(code.made.told)
        # no epoch at all: so that it is compiled before several threads call it
        code.call("train", 0, 1, meeting, told, first, 0, *arguments)
        with ThreadPoolExecutor(self.threads) as pool:
            others = [
                pool.submit(code.call, "train", thread, self.threads, meeting, told, first, count, *arguments)
                for thread in range(1, self.threads)
            ]
            result = code.call("train", 0, self.threads, meeting, told, first, count, *arguments)
            for other in others:
                other.result()
        return result

    def evaluate(self, x: Array, y: Array) -> float:
        if self._evaluation is None:
            writer = Writer(self.program)
            writer.evaluate()
            self._evaluation = Code(writer.made, self.say)
        made = self._evaluation.made
        arrays = self._memory(made, "evaluate", len(x))
        arrays[:2] = [x.reshape(-1), self.load(y).reshape(-1)]
        return float(self._evaluation.call("evaluate", len(x), *arrays))
