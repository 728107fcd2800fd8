"""Every op, loss, optimizer and schedule: each line that is compiled gives what the line in NumPy gives."""

from __future__ import annotations

import itertools
import re
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


def written_apart() -> list[Op]:
    """Every layer and activation in every set of settings, whatever their numbers are."""
    found: dict[str, Op] = {}
    for op in variants(Op):
        if not isinstance(op, Loss):
            found.setdefault(re.sub(r"\d[\d.]*", "0", str(op)), op)
    return list(found.values())


def chains(count: int) -> Iterator[tuple[Network, str]]:
    """Networks of so many ops that hold, between them, each one in float64, and one of each class in float32."""
    ops = written_apart()
    last = {type(op): op for op in ops}
    for chosen, dtype in ((ops, "float64"), (list(last.values()), "float32")):
        for start in range(0, len(chosen), count):
            layers: list[Op] = [bp.Linear(3, 3)]
            for op in chosen[start : start + count]:
                layers += [op] if op.outputs(3) == 3 else [op, bp.Linear(op.outputs(3), 3)]
            yield Network([*layers, bp.Linear(3, 2)], bp.MSELoss()), dtype


def check(network: Network, y: Array, dtype: str, **settings: Any) -> None:
    engine = CompiledEngine(make_program(network, X, y, dtype=dtype, **settings))
    for epoch, rows in enumerate((np.arange(9), np.arange(2, 9), np.arange(9))):
        apart, line = worst_line(engine, rows, epoch)
        assert apart <= ALLOWED[dtype], line


@pytest.mark.slow(but=2)
@pytest.mark.parametrize(("network", "dtype"), list(chains(6)))
def test_layers_and_activations(network: Network, dtype: str) -> None:
    check(network, Y, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_products_of_widths_that_fill_their_vectors_in_part(dtype: str) -> None:
    widths = [3, 5, 13, 21, 10, 7, 35, 2]
    layers = [bp.Linear(a, b) for a, b in itertools.pairwise(widths)]
    x, y = CHANCE.normal(size=(47, 3)), CHANCE.normal(size=(47, 2))
    engine = CompiledEngine(make_program(Network(layers, bp.MSELoss()), x, y, dtype=dtype, optimizer=bp.Adam()))
    for rows in (np.arange(47), np.arange(40, 47)):
        apart, line = worst_line(engine, rows)
        assert apart <= ALLOWED[dtype], line


@pytest.mark.slow(but=5)
@pytest.mark.parametrize(("loss", "dtype"), both_dtypes(Loss), ids=str)
def test_losses(loss: Loss, dtype: str) -> None:
    name = type(loss).__name__
    y: Array = Y
    if name == "CrossEntropyLoss":
        y = CHANCE.integers(0, 2, 9)
    elif loss.takes_probabilities or loss.link:
        y = (Y > 0).astype(float)
    check(Network([bp.Linear(3, 2), *([bp.Sigmoid()] if name == "BCELoss" else [])], loss), y, dtype)


@pytest.mark.slow(but=12)
@pytest.mark.parametrize(("optimizer", "dtype"), both_dtypes(Optimizer), ids=str)
def test_optimizers(optimizer: Optimizer, dtype: str) -> None:
    check(Network([bp.Linear(3, 2)], bp.MSELoss()), Y, dtype, optimizer=optimizer)


@pytest.mark.parametrize("schedule", variants(Schedule, 4), ids=str)
def test_schedules_and_clipping(schedule: Schedule) -> None:
    check(Network([bp.Linear(3, 2)], bp.MSELoss()), Y, "float64", schedule=schedule, clip_norm=0.1)
