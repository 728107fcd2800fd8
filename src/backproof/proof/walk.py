"""Follows a program line by line on the other engine's values, and judges each line by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from backproof.epochs import Moment
from backproof.ops.op import Array
from backproof.program.derivation import Step, namespace
from backproof.program.program import Program
from backproof.proof.compare import TOLERANCE, Row, compare

NOISE = {"float64": 1e-12, "float32": 1e-5}
"""How far operands are moved, as a part of each, to see how far rounding may move a line."""
DRAWS = 3


class Walk:
    """One step of a program on the values of another engine: PyTorch's, or the compiled one's.

    Where a module shows its own value, the next lines are given that one. What happens inside a module can only be
    replayed, so there a line's uncertainty is carried on to the next.
    """

    def __init__(self, program: Program, state: Mapping[str, Any], allowed: Mapping[str, float] = TOLERANCE) -> None:
        self.program, self.allowed = program, allowed
        self.imports = namespace(program.steps)
        self.names: dict[str, Any] = {**self.imports, **program.derivation.constants, **state}
        self.noise = NOISE[program.settings.dtype]
        self.uncertain: dict[str, Callable[[], Array]] = {}
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
            # what the line is given, before it assigns anything; how far rounding moves it is asked only in doubt
            given_names = {read: self.names[read] for read in step.reads if read in self.names}
            unsure = {read: self.uncertain[read] for read in step.reads if read in self.uncertain}
            rounding = cache(partial(self._rounding, step, given_names, unsure))
            with np.errstate(all="ignore"):
                exec(step.code, self.names)
            local = np.asarray(self.names[name])
            if name not in shown:
                self.uncertain[name] = rounding
            # a name that is assigned twice, such as a weight that decays and then moves, is compared at the end
            if name in theirs and last[name] == position:
                yield compare(
                    moment.number, moment.epoch, step, ours[name], theirs[name], local, rounding, self.allowed
                )
                self.names[name] = ours[name] if name in given else theirs[name]

    def _rounding(self, step: Step, names: dict[str, Any], unsure: Mapping[str, Callable[[], Array]]) -> Array:
        """How far the line's value moves, element by element, when rounding moves its operands."""
        operands = [name for name in names if _is_real(names[name])]
        if any(name.startswith("d_") for name in operands):
            # a module's own output is known exactly: moving it over a corner would excuse a wrong gradient
            operands = [name for name in operands if name.startswith("d_") or name in unsure]
        distances = {name: self.noise * np.abs(np.asarray(names[name])) for name in operands}
        distances |= {name: np.maximum(distances[name], unsure[name]()) for name in operands if name in unsure}
        local = self._value(step, names)
        moved = self.noise * np.abs(local)
        if step.phase == "loss":
            # PyTorch's own losses lose the digits that their logits, or errors, are too large for
            moved = moved + self.noise * np.max(np.abs(self.names[self.program.derivation.output]))
        for _ in range(DRAWS):
            noisy = dict(names)
            for name, distance in distances.items():
                value = np.asarray(names[name])
                noisy[name] = (value + distance * self.chance.normal(size=value.shape)).astype(value.dtype)
            moved = np.fmax(moved, np.abs(self._value(step, noisy) - local))
        found: Array = np.nan_to_num(moved, nan=0.0, posinf=0.0)
        return found

    def _value(self, step: Step, names: Mapping[str, Any]) -> Array:
        inner = {**self.imports, **names}
        with np.errstate(all="ignore"):
            exec(step.code, inner)
        return np.asarray(inner[step.name])


def _is_real(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"
