"""Derives the steps of a network: forward, loss, backward, update, one assignment a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from backproof.network import Network
from backproof.ops import clipping
from backproof.ops.op import Formulas, Initializer, Op, Optimizer, Parameter, Schedule
from backproof.program.formula import Line, inline, literal, read
from backproof.program.placement import place_ops


@dataclass(frozen=True)
class Step:
    """One assignment of the program."""

    name: str
    """What it assigns."""
    phase: str
    """forward, loss, backward or update."""
    code: str
    sentence: str
    """What it does, in words: the comment above the line in the op's own source."""
    reads: tuple[str, ...]
    op: str
    """The description of the op that it comes from."""
    imports: tuple[str, ...] = ()
    """What has to be imported for it, besides NumPy."""


@dataclass(frozen=True)
class Tensor:
    """A parameter or buffer of the network: its name in the program, and where PyTorch keeps it."""

    name: str
    parameter: Parameter
    attribute: str
    """The attribute of the PyTorch network that holds the op, such as `linear1`."""

    @property
    def trained(self) -> bool:
        return self.parameter.trained


@dataclass(frozen=True)
class State:
    """An array that the optimizer keeps for one parameter."""

    name: str
    tensor: Tensor
    torch_key: str
    initial: float


class Derivation:
    """The steps of a network under an optimizer.

    Steps are in the order in which they run. Nothing is hidden between them: what a step reads is the data
    (`x`, `y`), a parameter, a state, a constant, `epoch`, `generator`, or what an earlier step assigned.
    """

    def __init__(
        self,
        network: Network,
        optimizer: Optimizer,
        schedule: Schedule | None = None,
        clip_norm: float | None = None,
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.schedule = schedule
        self.clip_norm = clip_norm
        self.placed = place_ops(network)
        self.tensors = tuple(
            Tensor(place.scope[parameter.name], parameter, place.attribute)
            for place in self.placed
            for parameter in place.op.parameters()
        )
        self.trained = tuple(tensor for tensor in self.tensors if tensor.trained)
        self.states = tuple(
            State(f"{name}_{tensor.name}", tensor, key, initial)
            for tensor in self.trained
            for name, (key, initial) in optimizer.states().items()
        )
        self.output = self.placed[-1].output

    @cached_property
    def constants(self) -> dict[str, float]:
        """The numbers that the update reads by name: the learning rate, the momentum and so on."""
        read_names = {name for step in self.update for name in step.reads}
        known = self.optimizer.constants() | ({"clip_norm": self.clip_norm} if self.clip_norm else {})
        return {name: value for name, value in known.items() if name in read_names}

    @property
    def counts_steps(self) -> bool:
        """Whether the optimizer needs the number of the step."""
        return bool(self.optimizer.step_formulas())

    @cached_property
    def forward(self) -> tuple[Step, ...]:
        """From the data to the network's output, while training."""
        return self._forward(lambda op: op.forward_formulas())[0]

    @cached_property
    def evaluation(self) -> tuple[tuple[Step, ...], str]:
        """From the data to the output of the trained network, and the name of the output."""
        return self._forward(lambda op: op.evaluation_formulas())

    def _forward(self, formulas: Callable[[Op], Formulas]) -> tuple[tuple[Step, ...], str]:
        steps: list[Step] = []
        current = "x"
        for place in self.placed:
            scope = {parameter.name: place.scope[parameter.name] for parameter in place.op.parameters()}
            chain = formulas(place.op)
            lines, current = _chain(chain, current, scope, place.scope.__getitem__, _settings(place.op, chain))
            steps += _steps(lines, "forward", str(place.op))
        return tuple(steps), current

    def loss_steps(self, output: str) -> tuple[Step, ...]:
        """From an output to the loss."""
        loss = self.network.loss
        chain = loss.forward_formulas()
        lines, _ = _chain(chain, output, {"y": "y"}, str, _settings(loss, chain))
        return tuple(_steps(lines, "loss", str(loss)))

    @cached_property
    def loss(self) -> tuple[Step, ...]:
        """From the network's output to the loss."""
        return self.loss_steps(self.output)

    @cached_property
    def backward(self) -> tuple[Step, ...]:
        """From the loss back to the gradient of every parameter, without what no parameter needs."""
        loss = self.network.loss
        scope = {"y": "y", "prediction": self.output}
        _chain(
            loss.forward_formulas(),
            self.output,
            scope,
            str,
            _settings(loss, loss.forward_formulas()),
        )
        steps = _backward(loss, scope, str, loss.backward_formulas())
        for place in reversed(self.placed):
            steps += _backward(place.op, place.scope, place.scope.__getitem__, place.op.backward_formulas())
        return _needed(steps, {f"d_{tensor.name}" for tensor in self.trained})

    @cached_property
    def update(self) -> tuple[Step, ...]:
        """The optimizer's step, with the schedule and the clipping before it."""
        steps: list[Step] = []
        settings = {name: name for name in (*self.optimizer.constants(), "clip_norm")}
        if self.schedule:
            settings["learning_rate"] = "rate"
            scope = {"learning_rate": "learning_rate", "epoch": "epoch"}
            lines = inline(
                read(self.schedule.rate),
                scope,
                str,
                _settings(self.schedule, (self.schedule.rate,)),
            )
            steps += _steps(lines, "update", str(self.schedule))
        gradients = {tensor.name: f"d_{tensor.name}" for tensor in self.trained}
        if self.clip_norm:
            steps += self._clip(gradients, settings)
        for formula in self.optimizer.step_formulas():
            steps += _steps(inline(read(formula), {"t": "t"}, str, settings), "update", str(self.optimizer))
        for tensor in self.trained:
            scope = {"w": tensor.name, "t": "t"}
            scope |= {name: f"{name}_{tensor.name}" for name in self.optimizer.states()}
            lines, _ = _chain(
                self.optimizer.formulas(),
                gradients[tensor.name],
                scope,
                partial(_owned, tensor.name),
                settings,
            )
            steps += _steps(lines, "update", str(self.optimizer))
        return tuple(steps)

    def _clip(self, gradients: dict[str, str], settings: Mapping[str, str]) -> list[Step]:
        lines: list[Line] = inline(read(clipping.start), {}, str, settings)
        for gradient in gradients.values():
            scope = {"gradient": gradient, "squares": "squares"}
            lines += inline(read(clipping.add), scope, str, settings)
        lines += inline(read(clipping.measure), {"squares": "squares"}, str, settings)
        for name, gradient in gradients.items():
            scope = {"gradient": gradient, "shrinkage": "shrinkage", "clipped": f"clipped_{name}"}
            lines += inline(read(clipping.shorten), scope, str, settings)
            gradients[name] = f"clipped_{name}"
        return _steps(lines, "update", f"clip_norm={self.clip_norm}")

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step of one training step, in order."""
        return (*self.forward, *self.loss, *self.backward, *self.update)

    def initial(self, initializer: Initializer) -> tuple[Step, ...]:
        """The lines that draw the first weights, layer by layer."""
        steps: list[Step] = []
        for place in self.placed:
            scope = {"random": "random"}
            sizes = {"inputs": "in_features", "outputs": "out_features"}
            settings = {name: str(getattr(place.op, size, "")) for name, size in sizes.items()}
            for parameter in place.op.parameters():
                name = place.scope[parameter.name]
                if parameter.initial is not None:
                    make = "zeros" if parameter.initial == 0 else "ones"
                    lines = [Line(name, f"{name} = np.{make}({parameter.shape[0]})", ("np",), "", ())]
                else:
                    formula = initializer.weight if len(parameter.shape) == 2 else initializer.bias
                    scope[parameter.name] = name
                    number = name.removeprefix(parameter.name)
                    lines = inline(read(formula), scope, partial(_numbered, number), settings)
                steps += _steps(lines, "setup", str(place.op))
        return tuple(steps)


def draws(steps: Iterable[Step]) -> bool:
    """Whether a step draws random numbers."""
    return any("generator" in step.reads for step in steps)


def namespace(steps: Iterable[Step]) -> dict[str, Any]:
    """The global names that these steps read: NumPy, and whatever has to be imported besides."""
    names: dict[str, Any] = {"np": np}
    for statement in {statement for step in steps for statement in step.imports}:
        exec(statement, names)
    return names


def _numbered(number: str, name: str) -> str:
    return name + number


def _owned(owner: str, name: str) -> str:
    return f"{name}_{owner}"


def _settings(thing: object, formulas: Iterable[Callable[..., object]]) -> dict[str, str]:
    """The settings that the formulas ask for, as literals."""
    names = {name for formula in formulas for name in read(formula).settings}
    return {name: literal(getattr(thing, name)) for name in names}


def _chain(
    formulas: Formulas,
    first: str,
    scope: dict[str, str],
    rename: Callable[[str], str],
    settings: Mapping[str, str],
) -> tuple[list[Line], str]:
    """Inline functions one after the other; the first argument of each is what the one before returned."""
    lines: list[Line] = []
    for formula in formulas:
        source = read(formula)
        inner = scope | {"generator": "generator"}
        if source.arguments:
            inner[source.arguments[0]] = first
        lines += inline(source, inner, rename, settings)
        first = inner[source.returns[0]]
        scope |= {name: inner[name] for name in source.assigned}
    return lines, first


def _backward(op: Op, names: Mapping[str, str], rename: Callable[[str], str], formulas: Formulas) -> list[Step]:
    """Inline an op's backward: a gradient is `d_` plus the name of what it is the gradient of."""
    gradients = {f"d_{name}": f"d_{renamed}" for name, renamed in names.items()}
    lines: list[Line] = []
    for formula in formulas:
        scope = {**names, **gradients}
        lines += inline(read(formula), scope, rename, _settings(op, formulas))
    return _steps(lines, "backward", str(op))


def _steps(lines: Iterable[Line], phase: str, op: str) -> list[Step]:
    return [Step(line.name, phase, line.code, line.sentence, line.reads, op, line.imports) for line in lines]


def _needed(steps: list[Step], wanted: set[str]) -> tuple[Step, ...]:
    """Leave out every step that does not lead to what is wanted."""
    kept: list[Step] = []
    for step in reversed(steps):
        if step.name in wanted:
            wanted = wanted | set(step.reads)
            kept.append(step)
    return tuple(reversed(kept))
