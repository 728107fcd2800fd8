"""Every op, loss, optimizer and schedule: each line that is compiled gives what the line in NumPy gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import backproof as bp
from backproof.engines.compiled import CompiledEngine
from backproof.network import Network
from backproof.ops.op import Array, Loss, Op, Optimizer, Schedule
from backproof.program.derivation import Derivation
from tests.engines.compiled.lines import make_program, worst_line
from tests.ops.harness import variants

ALLOWED = {"float64": 1e-13, "float32": 3e-6}
CHANCE = np.random.default_rng(0)
X = CHANCE.normal(size=(9, 3))
Y = CHANCE.normal(size=(9, 2))


def both_dtypes(kind: type[Any]) -> list[Any]:
    """Every variant in float64 whose lines are not those of another; in float32 the last of each class."""
    found: dict[tuple[Any, ...], Any] = {}
    for each in variants(kind):
        found.setdefault((type(each), lines_of(each)), each)
    last = {type(each): each for each in found.values()}
    return [(each, "float64") for each in found.values()] + [(each, "float32") for each in last.values()]


def lines_of(part: Any) -> tuple[str, ...]:
    """The lines that an optimizer or a loss adds to a program, whatever its numbers are."""
    if isinstance(part, Optimizer):
        derived = Derivation(Network([bp.Linear(2, 2)], bp.MSELoss()), part)
        return tuple(step.code for step in derived.update)
    return (str(part),)


def chains(count: int) -> Iterator[Network]:
    """Networks that hold, between them, every layer and activation in every setting, some in each."""
    ops = [op for op in variants(Op) if not isinstance(op, Loss)]
    for start in range(0, len(ops), count):
        layers: list[Op] = [bp.Linear(3, 3)]
        for op in ops[start : start + count]:
            layers += [op, bp.Linear(op.outputs(3), 3)]
        yield Network([*layers, bp.Linear(3, 2)], bp.MSELoss())


def check(network: Network, y: Array, dtype: str, **settings: Any) -> None:
    engine = CompiledEngine(make_program(network, X, y, dtype=dtype, **settings))
    for epoch, rows in enumerate((np.arange(9), np.arange(2, 9), np.arange(9))):
        apart, line = worst_line(engine, rows, epoch)
        assert apart <= ALLOWED[dtype], line


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("network", list(chains(3)), ids=lambda network: type(network.ops[1]).__name__)
def test_layers_and_activations(network: Network, dtype: str) -> None:
    check(network, Y, dtype)


@pytest.mark.parametrize(("loss", "dtype"), both_dtypes(Loss), ids=str)
def test_losses(loss: Loss, dtype: str) -> None:
    name = type(loss).__name__
    y: Array = Y
    if name == "CrossEntropyLoss":
        y = CHANCE.integers(0, 2, 9)
    elif loss.takes_probabilities or loss.link:
        y = (Y > 0).astype(float)
    check(Network([bp.Linear(3, 2), *([bp.Sigmoid()] if name == "BCELoss" else [])], loss), y, dtype)


@pytest.mark.parametrize(("optimizer", "dtype"), both_dtypes(Optimizer), ids=str)
def test_optimizers(optimizer: Optimizer, dtype: str) -> None:
    check(Network([bp.Linear(3, 2)], bp.MSELoss()), Y, dtype, optimizer=optimizer)


@pytest.mark.parametrize("schedule", variants(Schedule, 4), ids=str)
def test_schedules_and_clipping(schedule: Schedule) -> None:
    check(Network([bp.Linear(3, 2)], bp.MSELoss()), Y, "float64", schedule=schedule, clip_norm=0.1)
