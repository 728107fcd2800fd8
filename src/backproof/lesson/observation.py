"""One training step under the glass: every line with its formula, its numbers at one sample, and PyTorch's number."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from backproof.epochs import Moment
from backproof.lesson.formulas.expression import Expression, assigned_expression, read_formula
from backproof.lesson.formulas.substitution import Index, substitute
from backproof.lesson.twin import Twin, Twins
from backproof.ops.op import Array
from backproof.program.derivation import Step, namespace
from backproof.program.placement import Placed
from backproof.program.program import Program
from backproof.proof.compare import TOLERANCE, Row
from backproof.proof.proof import SideBySide


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
    after_wrong: bool
    """Whether a line before it, at this step, is not equal to PyTorch's."""

    @property
    def number(self) -> float:
        """The element that is followed, as the hand-derived program has it."""
        return float(self.value[self.index])

    @property
    def agreement(self) -> Literal["exact", "rounded", "wrong", "inherited", "unseen"]:
        """How the line's value stands to PyTorch's.

        A line that is right by itself inherits a difference from a wrong one that it reads.
        """
        if self.theirs is None:
            return "unseen"
        if self.row and not self.row.holds:
            return "wrong"
        apart = float(np.max(np.abs(self.value.astype(float) - self.theirs), initial=0.0))
        largest = float(np.max(np.abs(self.theirs), initial=0.0))
        if self.after_wrong and not apart <= TOLERANCE[self.value.dtype.name] * largest:
            return "inherited"
        return "exact" if self.number == self.their_number else "rounded"

    @property
    def their_number(self) -> float | None:
        """The same element as PyTorch has it."""
        return None if self.theirs is None else float(self.theirs[self.index])


class Observation:
    """What both engines did in one training step, followed along one sample and one neuron of each layer."""

    def __init__(
        self,
        program: Program,
        moment: Moment,
        sides: SideBySide,
        sample: int,
        inputs: Sequence[str],
        classes: Sequence[str],
    ) -> None:
        self.program, self.moment, self.sides, self.sample = program, moment, sides, sample
        self.inputs, self.classes = inputs, classes
        rows = np.arange(len(program.data.x)) if moment.rows is None else moment.rows
        self.rows = rows
        """The training rows of the batch, by their numbers."""
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
            if place.weights:
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
        owner = self.owner(name)
        if owner:
            unit = self.units[owner]
            place = self._place_of(owner)
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
        wrong = False
        for position, step in enumerate(program.steps):
            node = assigned_expression(step.code)
            if "generator" in step.reads:
                value = np.asarray(sides.ours[step.name])
            else:
                with np.errstate(all="ignore"):
                    value = np.asarray(eval(compile(ast.Expression(node), "<step>", "eval"), names))
            index = self.index_of(step.name, value)
            is_last = last[step.name] == position
            row = rows.get(step.name) if is_last else None
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
                row,
                wrong,
            )
            wrong = wrong or bool(row and not row.holds)
            names[step.name] = value if value.ndim else value[()]

    def shape_words(self, name: str, value: Array) -> str:
        """A shape as people say it: samples × outputs."""
        if value.ndim == 0:
            return "one number"
        sizes = " × ".join(map(str, value.shape))
        if self.owner(name):
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

    def owner(self, name: str) -> str:
        """The parameter that a quantity belongs to, such as w1 for d_w1 and m_w1; empty for all others."""
        name = name.removeprefix("d_")
        return next((tensor for tensor in self.tensors if name == tensor or name.endswith(f"_{tensor}")), "")

    def loss_with(self, tensors: Mapping[str, Array]) -> float:
        """The loss of the batch if these parameters were as given, by the program's own forward lines."""
        derived = self.program.derivation
        names: dict[str, Any] = {**namespace(self.program.steps), **self.before, **tensors}
        with np.errstate(all="ignore"):
            for step in (*derived.forward, *derived.loss):
                exec(step.code, names)
        return float(names["loss"])

    def _place_of(self, tensor: str) -> Placed:
        """The op that owns a parameter."""
        return next(p for p in self.program.derivation.placed if p.attribute == self.tensors[tensor].attribute)

    def element_words(self, name: str, value: Array, index: Index) -> str:
        """Which element the numbers belong to."""
        if not index or value.size == 1:
            return ""
        if self.owner(name):
            owner = self.owner(name)
            output = self._output(self._place_of(owner).output, index[-1])
            if len(index) == 2:
                named = f" ({self.inputs[index[0]]})" if self._place_of(owner).input == "x" and self.inputs else ""
                return f"from input {index[0]}{named} to {output}"
            return output
        if len(index) == 1:
            return f"sample {self.sample}" if name == "y" else f"output {index[0]}"
        name = name.removeprefix("d_")
        placed = self.program.derivation.placed
        within = next((p.output for p in placed if name in p.scope.values() and name != p.input), placed[-1].output)
        return f"sample {self.sample}" + (f", {self._output(within, index[1])}" if value.shape[1] > 1 else "")

    def _output(self, output: str, number: int) -> str:
        """An output of an op in words, with the class that it stands for where it is the last."""
        last = output == self.program.derivation.output and len(self.classes) == self._width(output)
        named = last and len(self.classes) > 1 and self.classes[number] != str(number)
        return f"output {number}" + (f" ({self.classes[number]})" if named else "")
