"""Follows a program line by line on the other engine's values, and judges each line by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backproof.ops.op import Array
from backproof.program.derivation import Step
from backproof.program.program import Program
from backproof.proof.compare import Row, compare
from backproof.training import Moment

NOISE = {"float64": 1e-12, "float32": 1e-5}
"""How far operands are moved, as a part of each, to see how far rounding may move a line."""
DRAWS = 3


class Walk:
    """One step of a program on PyTorch's values.

    Where a module shows its own value, the next lines are given that one. What happens inside a module can only be
    replayed, so there a line's uncertainty is carried on to the next.
    """

    def __init__(self, program: Program, state: Mapping[str, Any]) -> None:
        self.program = program
        self.names: dict[str, Any] = {"np": np, **program.derivation.constants, **state}
        for statement in {statement for step in program.steps for statement in step.imports}:
            exec(statement, self.names)
        self.noise = NOISE[program.settings.dtype]
        self.uncertain: dict[str, Array] = {}
        self.chance = np.random.default_rng(0)

    def rows(
        self, ours: Mapping[str, Array], shown: Mapping[str, Array], replayed: Mapping[str, Array], moment: Moment
    ) -> Iterator[Row]:
        """Judge every quantity that both engines have. `shown` are PyTorch's own values, `replayed` those inside."""
        theirs = {**replayed, **shown}
        # the update has been given the gradients of the hand-derived program
        given = {f"d_{tensor.name}" for tensor in self.program.derivation.trained}
        last = {step.name: position for position, step in enumerate(self.program.steps)}
        for position, step in enumerate(self.program.steps):
            name = step.name
            if "generator" in step.reads:
                self.names[name] = ours[name]
                continue
            before = dict(self.names) if name in step.reads else self.names
            with np.errstate(all="ignore"):
                exec(step.code, self.names)
            local = np.asarray(self.names[name])
            if name not in shown:
                self.uncertain[name] = self._rounding(step, before, local)
            # a name that is assigned twice, such as a weight that decays and then moves, is compared at the end
            if name in theirs and last[name] == position:

                def rounding(step: Step = step, before: dict[str, Any] = before, local: Array = local) -> Array:
                    return self._rounding(step, before, local)

                yield compare(moment.number, moment.epoch, step, ours[name], theirs[name], local, rounding)
                self.names[name] = ours[name] if name in given else theirs[name]

    def _rounding(self, step: Step, names: dict[str, Any], local: Array) -> Array:
        """How far the line's value moves, element by element, when rounding moves its operands."""
        operands = [name for name in step.reads if _is_real(names.get(name))]
        if any(name.startswith("d_") for name in operands):
            # a module's own output is known exactly: moving it over a corner would excuse a wrong gradient
            operands = [name for name in operands if name.startswith("d_") or name in self.uncertain]
        moved = self.noise * np.abs(local)
        for _ in range(DRAWS):
            noisy = dict(names)
            for name in operands:
                value = np.asarray(names[name])
                distance = np.maximum(self.noise * np.abs(value), self.uncertain.get(name, 0.0))
                noisy[name] = (value + distance * self.chance.normal(size=value.shape)).astype(value.dtype)
            with np.errstate(all="ignore"):
                exec(step.code, noisy)
                moved = np.fmax(moved, np.abs(np.asarray(noisy[step.name]) - local))
        found: Array = np.nan_to_num(moved, nan=0.0, posinf=0.0)
        return found


def _is_real(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"
