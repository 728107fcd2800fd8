"""What a lesson is made from: a proof, one step under the glass, and the steps that tell how it went over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from backproof.data.columns import Column
from backproof.data.target import Target
from backproof.engines import make_engine
from backproof.epochs import Moment
from backproof.errors import DescriptionError
from backproof.lesson.formulas.symbols import Symbols
from backproof.lesson.observation import Observation
from backproof.ops.op import Array, Initializer
from backproof.program.derivation import Step, draws
from backproof.program.placement import Placed
from backproof.program.program import Program
from backproof.proof.proof import Proof, prove_program, side_by_side
from backproof.training import OnEpoch, Run, fit

MOST_POINTS = 60
MEMORY = 64_000_000
"""Bytes that the snapshots of one lesson may take."""
FEWEST_POINTS = 8


@dataclass(frozen=True)
class Point:
    """A step on the way: its quantities as the hand-derived program computed them, from the state before it."""

    moment: Moment
    values: dict[str, Array]

    @property
    def epoch(self) -> int:
        return self.moment.epoch

    @property
    def number(self) -> int:
        return self.moment.number


@dataclass(frozen=True)
class Study:
    """Everything that a lesson tells."""

    proof: Proof
    observation: Observation
    moments: tuple[Moment, ...]
    """Recorded steps over the whole training, the first and the last among them."""
    columns: tuple[Column, ...] = ()
    target: Target = field(default_factory=lambda: Target("y"))

    @property
    def program(self) -> Program:
        return self.proof.program

    @property
    def run(self) -> Run:
        """The run by hand."""
        return self.proof.runs["numpy"]

    @cached_property
    def linear_places(self) -> tuple[Placed, ...]:
        """The ops that have a matrix of weights, from the first to the last."""
        return tuple(place for place in self.program.derivation.placed if place.weights)

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """How many neurons each hidden layer has."""
        ours = self.observation.sides.ours
        return tuple(int(ours[place.output].shape[1]) for place in self.linear_places[:-1])

    @property
    def descends_plainly(self) -> bool:
        """Whether a step is nothing but the learning rate times the gradient."""
        settings = self.program.settings
        optimizer = settings.optimizer
        only = not any(value for name, value in optimizer.settings().items() if name != "learning_rate")
        return type(optimizer).__name__ == "SGD" and only and not (settings.clip_norm or settings.schedule)

    @property
    def draws_in_training(self) -> bool:
        """Whether chance plays a part inside a step, as in dropout."""
        return draws(self.program.steps)

    @property
    def first_steps(self) -> tuple[Step, ...]:
        """The lines that draw the first weights; none where they were given as arrays."""
        init = self.program.settings.init
        return self.program.derivation.initial(init) if isinstance(init, Initializer) else ()

    @property
    def same_length(self) -> bool:
        """Whether both engines trained for as many epochs."""
        return len({len(run.losses) for run in self.proof.runs.values()}) == 1

    @cached_property
    def symbols(self) -> Symbols:
        return Symbols(tuple(tensor.name for tensor in self.program.derivation.tensors))

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The recorded steps, computed once more by hand."""
        engine = make_engine("numpy", self.program)
        data = self.program.data
        found = []
        for moment in self.moments:
            engine.restore(moment.snapshot)
            found.append(Point(moment, engine.quantities(*moment.batch(data), moment.epoch)))
        return tuple(found)

    @property
    def input_names(self) -> tuple[str, ...]:
        """A name for every input."""
        return name_inputs(self.program, self.columns)


def name_inputs(program: Program, columns: Sequence[Column]) -> tuple[str, ...]:
    """A name for every input: the column's own, with the word that it stands for where it is a category."""
    if not columns:
        width = program.data.x.shape[1]
        return ("x",) if width == 1 else tuple(f"x[{number}]" for number in range(width))
    names: list[str] = []
    for column in columns:
        words = getattr(column, "categories", None)
        names += [f"{column.name} = {word}" for word in words] if words is not None else [column.name]
    return tuple(names)


def study(
    subject: Run | Proof | Program,
    *,
    sample: int = 0,
    epoch: int = 0,
    columns: Sequence[Column] = (),
    target: Target | None = None,
    device: str = "cpu",
    on_epoch: dict[str, OnEpoch] | None = None,
) -> Study:
    """Gather what a lesson tells of a program, a run or a proof.

    A run is made again, on both engines, from its own program. `sample` is a row of the training data and `epoch` a
    time through it, both counted from 0: the numbers are those of the step of that epoch that learns from that row.
    Raises DescriptionError when the run has no such row or epoch, and the errors of `train`.
    """
    program = subject if isinstance(subject, Program) else subject.program
    if isinstance(subject, Run) and len(subject.losses) < program.settings.epochs and subject.interrupted:
        # Ctrl-C ended it: the lesson goes as far as the run did
        program = Program(program.network, replace(program.settings, epochs=len(subject.losses)), program.data)
    _check(program, sample, epoch)
    history, watch = _numbers(program), (epoch, sample)
    if isinstance(subject, Proof):
        proof = subject
        moments = fit(make_engine("numpy", program), program, keep=history, watch=watch).moments
    else:
        proof = prove_program(program, device=device, on_epoch=on_epoch, keep=history, watch=watch)
        moments = proof.runs["numpy"].moments
    observed = next(
        (m for m in moments if m.epoch == epoch and (m.rows is None or sample in m.rows)),
        None,
    )
    if observed is None:
        last = len(proof.runs["numpy"].losses) - 1
        raise DescriptionError(f"Training ended after epoch {last}, so there is no epoch {epoch} to show.")
    hand, autograd = make_engine("numpy", program), make_engine("torch", program, device=device)
    sides = side_by_side(program, hand, autograd, observed)
    kept = tuple(m for m in moments if m.number in history or m is moments[-1])
    told = target or _plain_target(program)
    inputs = name_inputs(program, columns) if columns else ()
    observation = Observation(program, observed, sides, sample, inputs, told.classes)
    return Study(proof, observation, kept, tuple(columns), told)


def _plain_target(program: Program) -> Target:
    """The target of a program that was given arrays: classes are called by their numbers."""
    loss = program.network.loss
    outputs = program.network.outputs(program.data.x.shape[1])
    classes = outputs if program.data.y.ndim == 1 else 2 if loss.link or loss.takes_probabilities else 0
    if program.data.y.ndim == 2 and not np.isin(program.data.y, (0.0, 1.0)).all():
        classes = 0
    return Target("y", tuple(map(str, range(classes))) if program.data.y.ndim == 1 or outputs == 1 else ())


def _check(program: Program, sample: int, epoch: int) -> None:
    rows, epochs = len(program.data.x), program.settings.epochs
    for name, value, count in (("sample", sample, rows), ("epoch", epoch, epochs)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < count:
            what = "training rows" if name == "sample" else "epochs"
            raise DescriptionError(
                f"{name} is {value!r}, but there are {count} {what}: it must be a whole number from 0 to {count - 1}."
            )


def _numbers(program: Program) -> frozenset[int]:
    """Steps that show how the training went: dense at the start, where most happens, and even after it."""
    total = program.settings.epochs * program.steps_an_epoch
    held = sum(int(np.prod(tensor.parameter.shape)) for tensor in program.derivation.tensors)
    held += sum(int(np.prod(state.tensor.parameter.shape)) for state in program.derivation.states)
    count = int(np.clip(MEMORY // (8 * held), FEWEST_POINTS, MOST_POINTS))
    even = np.linspace(0, total - 1, count // 2)
    early = np.geomspace(1, total, count // 2) - 1
    return frozenset(np.concatenate([even, early]).round().astype(int).tolist())
