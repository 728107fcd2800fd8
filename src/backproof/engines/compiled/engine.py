"""The compiled engine: the same steps as machine code, whole epochs at a time."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from backproof.engines.compiled.code import Code, Say
from backproof.engines.compiled.expression import NotLowered
from backproof.engines.compiled.source import SMALL, Compilation, Writer, uses_masks
from backproof.engines.compiled.stepper import StepEngine, silent
from backproof.ops.op import Array
from backproof.program.program import Program


def compiled_engine(program: Program, say: Say = silent) -> StepEngine:
    """The compiled engine of a program; it takes whole epochs unless a line of the program cannot be compiled.

    Args:
        say: told, in a sentence, when something is compiled and for how long, and which lines are not.
    """
    try:
        return CompiledEngine(program, say)
    except NotLowered:
        return StepEngine(program, say)


_written: WeakKeyDictionary[Program, Compilation] = WeakKeyDictionary()


def training_code(program: Program) -> Compilation:
    """What is compiled to train a program. Raises NotLowered where a line is beyond the compiler."""
    if program not in _written:
        _written[program] = _training_code(program)
    return _written[program]


def _training_code(program: Program) -> Compilation:
    data = program.data
    widths = [tensor.parameter.shape[-1] for tensor in program.derivation.tensors]
    literal = not program.settings.batch_size and len(data.x) * max([data.x.shape[1], *widths]) <= SMALL
    writer = Writer(program, len(data.x) if literal else None)
    writer.train()
    return writer.made


class CompiledEngine(StepEngine):
    """Takes whole epochs at a time. Raises NotLowered where a line of the program is beyond the compiler."""

    def __init__(self, program: Program, say: Say = silent) -> None:
        super().__init__(program, say)
        self._training = Code(training_code(program), say)

    @property
    def source(self) -> str:
        """The text that is compiled."""
        return self._training.made.text

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
        code, rows, y = self._training, len(x), self.load(y)
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

    def evaluate(self, x: Array, y: Array) -> float:
        if self._evaluation is None:
            writer = Writer(self.program)
            writer.evaluate()
            self._evaluation = Code(writer.made, self.say)
        made = self._evaluation.made
        arrays = self._memory(made, "evaluate", len(x))
        arrays[:2] = [x.reshape(-1), self.load(y).reshape(-1)]
        return float(self._evaluation.call("evaluate", len(x), *arrays))
