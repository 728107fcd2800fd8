"""Builds every op that the registry finds in several settings, and runs its lines alone."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np

import backproof as bp
from backproof.errors import DescriptionError
from backproof.ops.op import Array, Described, Op
from backproof.ops.registry import all_of
from backproof.program.derivation import Derivation, Step
from backproof.program.placement import Placed

Kind = TypeVar("Kind", bound=Described)


def variants(kind: type[Kind], features: int = 3) -> list[Kind]:
    """Every class of this kind, with its defaults and with each of its settings changed, where that is allowed."""
    found: list[Kind] = []
    for made in all_of(kind).values():
        fields = dataclasses.fields(made)
        required = {f.name: features for f in fields if f.default is dataclasses.MISSING}
        if "out_features" in required:
            required["out_features"] = features + 2
        if "gamma" in required:
            required["gamma"] = 0.9  # type: ignore[assignment]
        optional = [f for f in fields if f.default is not dataclasses.MISSING]
        choices = [[(f.name, f.default), *((f.name, other) for other in _others(f.default))] for f in optional]
        single = [dict(required)]
        for names in choices:
            single += [{**required, name: value} for name, value in names[1:]]
        pairs = [
            {**required, a: va, b: vb}
            for (a, va), (b, vb) in itertools.chain.from_iterable(
                itertools.product(one[1:], other[1:]) for one, other in itertools.combinations(choices, 2)
            )
        ]
        triples = [{**required, **dict(chosen)} for chosen in [[names[-1] for names in choices]]]
        for settings in single + pairs + triples:
            try:
                candidate = made(**settings)
            except DescriptionError:
                continue
            if candidate not in found:
                found.append(candidate)
    return found


def _others(default: Any) -> list[Any]:
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, str):
        return ["none", "tanh"]
    if isinstance(default, tuple):
        return [(0.7, 0.95)]
    if isinstance(default, int):
        return [default + 1]
    return [0.3, default * 1.5 + 0.01]


class Alone:
    """One op between two Linear layers, of which only the op's own lines are run."""

    def __init__(self, op: Op, features: int) -> None:
        outputs = op.outputs(features)
        network = bp.Network([bp.Linear(features, features), op, bp.Linear(outputs, 1)], bp.MSELoss())
        self.derived = Derivation(network, bp.SGD())
        self.place: Placed = self.derived.placed[1]
        names = set(self.place.scope.values()) - {self.place.input}
        self.forward_steps = [step for step in self.derived.forward if step.name in names]
        gradients = {f"d_{name}" for name in {*self.place.scope.values()} - {self.place.output}} | names
        self.backward_steps = [step for step in self.derived.backward if step.name in gradients]
        self.names: dict[str, Any] = {"np": np}
        for step in (*self.forward_steps, *self.backward_steps):
            for statement in step.imports:
                exec(statement, self.names)

    def parameters(self) -> Iterator[tuple[str, Any]]:
        """The op's parameters, by their names in the program."""
        for parameter in self.place.op.parameters():
            yield self.place.scope[parameter.name], parameter

    def forward(self, x: Array, parameters: dict[str, Array], generator: np.random.Generator) -> Array:
        self.names |= {self.place.input: x, "generator": generator, **parameters}
        self._run(self.forward_steps)
        output: Array = self.names[self.place.output]
        return output

    def backward(self, d_output: Array) -> dict[str, Array]:
        """The gradients of the input ("x") and of every trained parameter."""
        self.names[f"d_{self.place.output}"] = d_output
        self._run(self.backward_steps)
        found = {"x": self.names[f"d_{self.place.input}"]}
        return found | {name: self.names[f"d_{name}"] for name, part in self.parameters() if part.trained}

    def _run(self, steps: list[Step]) -> None:
        with np.errstate(over="ignore", divide="ignore"):
            for step in steps:
                exec(step.code, self.names)
