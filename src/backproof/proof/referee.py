"""Central differences: the referee that trusts neither engine.

The loss is computed a little to both sides of one number, and the slope between the two is compared with the gradient
that was derived by hand. In float64, from forward lines alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.epochs import Moment
from backproof.ops.op import Array
from backproof.program.derivation import Step, namespace
from backproof.program.literals import element
from backproof.program.program import Program

EVERY_ELEMENT_UP_TO = 500
"""Networks of so many parameters are checked element by element; larger ones in a random sample."""
SAMPLE = 120
STEPS = tuple(float(np.cbrt(np.finfo(np.float64).eps)) / shorter for shorter in (1, 8, 64))
"""The distance at which rounding and curvature usually disturb a difference least, and shorter ones for sharp bends."""
TOLERANCE = 1e-5
"""How far a difference may be from the gradient, as a part of the largest gradient, besides rounding."""
NEARBY = 1e-3
"""How far beside a point, as a part of each parameter, to look when the point lies on a corner."""


@dataclass(frozen=True)
class Referee:
    """What central differences say of the hand-derived gradients."""

    checked: int
    elements: int
    """How many there are at each point, checked or not."""
    points: int
    """Steps at which the loss is smooth enough to be judged by differences."""
    on_kinks: int
    """Elements where the loss has a corner, which proves nothing."""
    largest: float
    """The largest disagreement, as a part of the largest gradient."""
    failures: tuple[str, ...]
    """The gradients that disagree, in words."""

    @property
    def holds(self) -> bool:
        return not self.failures


def referee(program: Program, moments: list[Moment]) -> Referee:
    """Check the hand-derived gradient of every parameter at these moments."""
    checked = on_kinks = 0
    largest = 0.0
    failures: list[str] = []
    elements = sum(int(np.prod(tensor.parameter.shape)) for tensor in program.derivation.trained)
    points = 0
    for moment in moments:
        loss = _Loss(program, moment)
        if not program.network.loss.is_smooth_at(loss.names[program.derivation.output]):
            continue
        points += 1
        gradients = loss.gradients()
        size = _largest(gradients)
        for name, index in _chosen(program, elements, moment.number):
            apart, allowed = loss.disagreement(name, index, gradients, size)
            if apart <= allowed:
                checked += 1
                largest = max(largest, apart / size if size > 0 else 0.0)
            elif loss.agrees_nearby(name, index):
                on_kinks += 1
            else:
                gradient, slope = float(gradients[name][index]), loss.slope(name, index, STEPS[0])
                words = f"{element(name, index)} at step {moment.number}"
                failures.append(f"{words}: derived by hand {gradient:.6g}, by differences {slope:.6g}")
    return Referee(checked, elements, points, on_kinks, largest, tuple(failures))


def _chosen(program: Program, elements: int, number: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    trained = program.derivation.trained
    if elements <= EVERY_ELEMENT_UP_TO:
        for tensor in trained:
            for index in np.ndindex(tensor.parameter.shape):
                yield tensor.name, index
        return
    chance = np.random.default_rng(number)
    for tensor in trained:
        size = int(np.prod(tensor.parameter.shape))
        for flat in chance.choice(size, min(size, max(4, SAMPLE // len(trained))), replace=False):
            yield tensor.name, tuple(int(i) for i in np.unravel_index(flat, tensor.parameter.shape))


class _Loss:
    """The loss of one batch as a function of single parameters, in float64."""

    def __init__(self, program: Program, moment: Moment) -> None:
        derived = program.derivation
        x, y = moment.batch(program.data)
        self.names = namespace(derived.steps)
        self.names |= {
            "x": x.astype(np.float64),
            "y": y if y.ndim == 1 else y.astype(np.float64),
        }
        self.parameters = {name: array.astype(np.float64) for name, array in moment.snapshot.tensors.items()}
        self.generator = np.random.default_rng()
        self.state = moment.snapshot.generator if program.uses_chance else None
        self.forward = _compile((*derived.forward, *derived.loss))
        self.backward = _compile(derived.backward)
        self.gradient_names = {tensor.name: f"d_{tensor.name}" for tensor in derived.trained}
        self.value = self.at({})
        self._nearby: tuple[_Loss, dict[str, Array]] | None = None

    def at(self, changed: Mapping[str, Array]) -> float:
        """The loss with some parameters changed."""
        self.names |= self.parameters
        self.names |= changed
        if self.state is not None:
            self.generator.bit_generator.state = self.state
            self.names["generator"] = self.generator
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            exec(self.forward, self.names)
        return float(self.names["loss"])

    def gradients(self) -> dict[str, Array]:
        """The hand-derived gradients."""
        self.at({})
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            exec(self.backward, self.names)
        return {name: self.names[gradient] for name, gradient in self.gradient_names.items()}

    def slope(self, name: str, index: tuple[int, ...], step: float) -> float:
        """The slope between a little to the left and a little to the right."""
        here = self.parameters[name]
        distance = step * max(1.0, abs(float(here[index])))
        above, below = here.copy(), here.copy()
        above[index] += distance
        below[index] -= distance
        # the distance that rounding has left
        width = float(above[index] - below[index])
        return (self.at({name: above}) - self.at({name: below})) / width

    def disagreement(
        self, name: str, index: tuple[int, ...], gradients: Mapping[str, Array], size: float
    ) -> tuple[float, float]:
        """How far slope and gradient are apart, and how far they may be; shorter steps are tried at sharp bends."""
        apart, allowed = np.inf, 0.0
        for step in STEPS:
            # what rounding in the loss itself does to a difference
            noise = 20 * np.finfo(np.float64).eps * max(1.0, abs(self.value)) / step
            if step < STEPS[0] and noise > 1e-4 * size:
                # a shorter step bends less but rounds more, and here it would prove nothing
                break
            apart = abs(self.slope(name, index, step) - float(gradients[name][index]))
            allowed = TOLERANCE * size + noise
            if apart <= allowed:
                break
        return apart, allowed

    def agrees_nearby(self, name: str, index: tuple[int, ...]) -> bool:
        """Whether slope and gradient agree a little beside this point: then the point itself lies on a corner."""
        if self._nearby is None:
            chance = np.random.default_rng(0)
            nearby = copy.copy(self)
            nearby.parameters = {
                other: array + NEARBY * np.maximum(1.0, np.abs(array)) * chance.normal(size=array.shape)
                for other, array in self.parameters.items()
            }
            nearby.value = nearby.at({})
            self._nearby = nearby, nearby.gradients()
        nearby, gradients = self._nearby
        apart, allowed = nearby.disagreement(name, index, gradients, _largest(gradients))
        return apart <= allowed


def _largest(gradients: Mapping[str, Array]) -> float:
    return max(float(np.max(np.abs(gradient))) for gradient in gradients.values())


def _compile(steps: tuple[Step, ...]) -> Any:
    return compile("\n".join(step.code for step in steps), "<program>", "exec")
