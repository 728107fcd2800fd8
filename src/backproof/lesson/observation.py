"""One training step under the glass: every line with its formula, its numbers at one sample, and PyTorch's number."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.lesson.expression import Expression, assigned_expression, read_formula
from backproof.lesson.substitution import Index, substitute
from backproof.lesson.twin import Twin, Twins
from backproof.ops.op import Array
from backproof.program.derivation import Step, namespace
from backproof.program.program import Program
from backproof.proof.compare import Row
from backproof.proof.proof import SideBySide
from backproof.training import Moment


@dataclass(frozen=True)
class Explained:
    """A step of the program with what it did in this run."""

    step: Step
    formula: Expression
    numbers: Expression
    """The formula for one element, with the numbers of the run."""
    value: Array
    """The whole result."""
    index: Index
    """The element that is followed."""
    shape: str
    element: str
    """Which element it is, in words; empty for a single number."""
    changes: bool
    """Whether the line gives a new value to a name that it reads."""
    twin: Twin
    theirs: Array | None
    """PyTorch's result, where it shows one."""
    row: Row | None
    """The proof's judgement of this line at this step."""

    @property
    def number(self) -> float:
        """The element that is followed, as the hand-derived program has it."""
        return float(self.value[self.index])

    @property
    def their_number(self) -> float | None:
        """The same element as PyTorch has it."""
        return None if self.theirs is None else float(self.theirs[self.index])


class Observation:
    """What both engines did in one training step, followed along one sample and one neuron of each layer."""

    def __init__(self, program: Program, moment: Moment, sides: SideBySide, sample: int) -> None:
        self.program, self.moment, self.sides, self.sample = program, moment, sides, sample
        rows = np.arange(len(program.data.x)) if moment.rows is None else moment.rows
        self.x, self.y = program.data.x[rows], program.data.y[rows]
        self.position = int(np.flatnonzero(rows == sample)[0])
        """Where the sample stands in its batch."""
        derived = program.derivation
        self.before: dict[str, Any] = {
            **derived.constants,
            **moment.snapshot.tensors,
            **moment.snapshot.states,
            "x": self.x,
            "y": self.y,
            "t": moment.snapshot.steps,
            "epoch": moment.epoch,
        }
        self.tensors = {tensor.name: tensor for tensor in derived.tensors}
        self.units = self._units()
        self.steps = tuple(self._explain())

    def _units(self) -> dict[str, int]:
        """The neuron that is followed, by the name of what a layer computes: the one with the most to learn."""
        units = {"x": int(np.argmax(np.abs(self.x[self.position])))}
        current = units["x"]
        for place in self.program.derivation.placed:
            if any(len(parameter.shape) == 2 for parameter in place.op.parameters()):
                slope = self.sides.ours.get(f"d_{place.output}", self.sides.ours[place.output])[self.position]
                if not np.any(slope):
                    slope = self.sides.ours[place.output][self.position]
                current = int(np.argmax(np.abs(slope)))
            for name in place.scope.values():
                if name != place.input:
                    units[name] = current
        return units

    def index_of(self, name: str, value: Array) -> Index:
        """The element of a quantity that belongs to the sample and the neurons that are followed."""
        if value.ndim == 0:
            return ()
        name = name.removeprefix("d_")
        owner = name if name in self.tensors else next((t for t in self.tensors if name.endswith(f"_{t}")), "")
        if owner:
            unit = self.units[owner]
            place = next(p for p in self.program.derivation.placed if p.attribute == self.tensors[owner].attribute)
            return (self.units[place.input], unit) if value.ndim == 2 else (unit,)
        unit = self.units.get(name, self.units[self.program.derivation.output])
        if name == "y" and value.ndim == 1:
            return (self.position,)
        if value.ndim == 1:
            return (unit,)
        return (self.position, 0 if value.shape[1] == 1 else unit)

    def _explain(self) -> Iterator[Explained]:
        program, sides = self.program, self.sides
        names: dict[str, Any] = {**namespace(program.steps), **self.before}
        twins = Twins(program)
        rows = {row.name: row for row in sides.rows}
        last = {step.name: position for position, step in enumerate(program.steps)}
        for position, step in enumerate(program.steps):
            node = assigned_expression(step.code)
            if "generator" in step.reads:
                value = np.asarray(sides.ours[step.name])
            else:
                with np.errstate(all="ignore"):
                    value = np.asarray(eval(compile(ast.Expression(node), "<step>", "eval"), names))
            index = self.index_of(step.name, value)
            is_last = last[step.name] == position
            theirs = sides.theirs.get(step.name) if is_last else None
            yield Explained(
                step,
                read_formula(step.code, lambda name: np.ndim(names[name]) == 0),
                substitute(step.code, names, index),
                value,
                index,
                self.shape_words(step.name, value),
                self.element_words(step.name, value, index),
                step.name in step.reads,
                twins.of(step),
                theirs if theirs is not None and theirs.shape == value.shape else None,
                rows.get(step.name) if is_last else None,
            )
            names[step.name] = value if value.ndim else value[()]

    def shape_words(self, name: str, value: Array) -> str:
        """A shape as people say it: samples × outputs."""
        if value.ndim == 0:
            return "one number"
        sizes = " × ".join(map(str, value.shape))
        if self._is_weight(name):
            return f"{sizes} (inputs × outputs)" if value.ndim == 2 else f"{sizes} (outputs)"
        if value.ndim == 1:
            return f"{sizes} (samples)" if name.removeprefix("d_") == "y" else f"{sizes} (outputs)"
        return f"{sizes} (samples × {'1' if value.shape[1] < self._width(name) else 'outputs'})"

    def _width(self, name: str) -> int:
        """How many outputs the op has that this quantity belongs to."""
        name = name.removeprefix("d_")
        placed = self.program.derivation.placed
        place = next((p for p in placed if name in p.scope.values() and name != p.input), placed[-1])
        return int(self.sides.ours[place.output].shape[1])

    def _is_weight(self, name: str) -> bool:
        name = name.removeprefix("d_")
        return any(name == tensor or name.endswith(f"_{tensor}") for tensor in self.tensors)

    def element_words(self, name: str, value: Array, index: Index) -> str:
        """Which element the numbers belong to."""
        if not index or value.size == 1:
            return ""
        if self._is_weight(name):
            if len(index) == 2:
                return f"from input {index[0]} to output {index[1]}"
            return f"output {index[0]}"
        if len(index) == 1:
            return f"sample {self.sample}" if name == "y" else f"output {index[0]}"
        neuron = f", output {index[1]}" if value.shape[1] > 1 else ""
        return f"sample {self.sample}{neuron}"
