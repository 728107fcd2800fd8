"""The numbers put into a formula must give the number that the line gives: for every line of every op."""

from __future__ import annotations

import math

import numpy as np
import pytest

import backproof as bp
from backproof.engines import make_engine
from backproof.lesson import Lesson
from backproof.lesson.formulas.expression import Operation, Words, read_formula
from backproof.lesson.formulas.plain import Plain
from backproof.lesson.formulas.substitution import MOST_TERMS, substitute
from backproof.lesson.observation import Explained
from backproof.lesson.study import Study, study
from backproof.network import Network
from backproof.ops.op import Activation, Array, Layer, Loss, Op, Optimizer, Schedule
from backproof.program.program import Program
from backproof.settings import Data, Settings
from tests.lesson.formulas.evaluate import evaluate, evaluate_text
from tests.ops.harness import variants

CHANCE = np.random.default_rng(11)
X = CHANCE.normal(size=(9, 3))


def _close(found: float, wanted: float, within: float = 1e-9) -> bool:
    return math.isclose(found, wanted, rel_tol=within, abs_tol=within) or found == wanted


def _check(made: Study) -> int:
    checked = 0
    for step in made.observation.steps:
        if _draws(step):
            continue
        assert _close(evaluate(step.numbers), step.number, 1e-7), (step.step.code, step.numbers, step.number)
        checked += 1
    return checked


def _draws(step: Explained) -> bool:
    """Whether a line draws a random number, which a formula can only say in words."""
    return isinstance(step.numbers, Operation) and any(isinstance(part, Words) for part in step.numbers.parts)


def _study(network: Network, y: Array, **settings: object) -> Study:
    given = {"epochs": 3, "optimizer": bp.SGD(0.01), "batch_size": 3, **settings}
    return study(Program(network, Settings(**given), Data(X, y)), sample=2, epoch=1)


def _target(loss: Loss, outputs: int) -> Array:
    if type(loss).__name__ == "CrossEntropyLoss":
        return CHANCE.integers(0, outputs, len(X))
    return CHANCE.uniform(0.1, 0.9, size=(len(X), outputs))


@pytest.mark.parametrize("op", [*variants(Layer), *variants(Activation)], ids=str)
def test_of_every_layer_and_activation(op: Op) -> None:
    network = bp.Network([bp.Linear(3, 3), op, bp.Linear(op.outputs(3), 2)], loss=bp.MSELoss())
    assert _check(_study(network, CHANCE.normal(size=(len(X), 2)))) >= 10


@pytest.mark.parametrize("loss", variants(Loss), ids=str)
def test_of_every_loss(loss: Loss) -> None:
    network = bp.Network([bp.Linear(3, 8), bp.Sigmoid()], loss=loss)
    assert _check(_study(network, _target(loss, 8))) >= 6


@pytest.mark.parametrize("optimizer", variants(Optimizer)[::3], ids=str)
def test_of_every_optimizer(optimizer: Optimizer) -> None:
    network = bp.Network([bp.Linear(3, 2)], loss=bp.MSELoss())
    assert _check(_study(network, CHANCE.normal(size=(len(X), 2)), optimizer=optimizer, clip_norm=0.1)) >= 10


@pytest.mark.parametrize("schedule", variants(Schedule), ids=str)
def test_of_every_schedule(schedule: Schedule) -> None:
    network = bp.Network([bp.Linear(3, 2)], loss=bp.MSELoss())
    assert _check(_study(network, CHANCE.normal(size=(len(X), 2)), schedule=schedule)) >= 8


def test_the_plain_text_means_what_the_tree_means(notebook_lesson: Lesson, penguins_lesson: Lesson) -> None:
    """Brackets: Python reads the written formula and comes to the same number, but for its five digits."""
    for lesson in (notebook_lesson, penguins_lesson):
        assert lesson.study
        write = Plain(lesson.symbols.plain).write
        for step in lesson.study.observation.steps:
            text = write(step.numbers)
            if any(sign in text for sign in "[|⌊"):
                continue
            size = sum(abs(evaluate(part)) for part in getattr(step.numbers, "parts", ())) or 1.0
            assert abs(evaluate_text(text) - step.number) <= 2e-4 * max(size, abs(step.number)), (text, step.number)


def test_a_long_sum_shows_its_largest_terms_and_the_rest_with_its_total() -> None:
    left = np.arange(1.0, 21.0)[None, :]
    right = np.ones((20, 1))
    found = substitute("z = x @ w", {"x": left, "w": right}, (0, 0))
    assert isinstance(found, Operation)
    assert found.kind == "sum"
    assert len(found.parts) < MOST_TERMS
    assert evaluate(found) == 210.0
    *shown, rest = found.parts
    assert [evaluate(part) for part in shown] == [17.0, 18.0, 19.0, 20.0]
    assert isinstance(rest, Operation)
    assert [evaluate(part) for part in rest.parts] == [16.0, 136.0]


def test_an_element_is_the_one_of_its_sample_and_its_neurons(penguins_lesson: Lesson) -> None:
    """The numbers belong to the row that was asked for, wherever its batch put it."""
    assert penguins_lesson.study
    observation, program = penguins_lesson.study.observation, penguins_lesson.study.program
    rows = observation.moment.rows
    assert rows is not None
    assert rows[observation.position] == 17
    assert observation.moment.epoch == 4
    z1 = next(step for step in observation.steps if step.step.name == "z1")
    before = observation.moment.snapshot.tensors
    wanted = program.data.x[17] @ before["w1"][:, z1.index[1]] + before["b1"][z1.index[1]]
    assert _close(z1.number, float(wanted), 1e-12)
    d_w1 = next(step for step in observation.steps if step.step.name == "d_w1")
    assert d_w1.element.startswith(f"from input {d_w1.index[0]} ({penguins_lesson.study.input_names[d_w1.index[0]]})")


def test_the_numbers_are_those_of_a_run_made_anew(notebook_lesson: Lesson) -> None:
    """A thousand steps of the engine, and then one more, give the numbers that the lesson shows."""
    assert notebook_lesson.study
    program = notebook_lesson.study.program
    engine = make_engine("numpy", program)
    for epoch in range(1000):
        engine.step(program.data.x, program.data.y, epoch)
    values = engine.quantities(program.data.x, program.data.y, 1000)
    for step in notebook_lesson.study.observation.steps:
        assert np.array_equal(step.value, values[step.step.name])
        assert step.their_number is not None
        assert _close(step.number, step.their_number, 1e-12)


def test_scalars_and_arrays_have_their_own_products() -> None:
    tree = read_formula("w1 = w1 - learning_rate * d_w1 * mask1", lambda name: name == "learning_rate")
    assert Plain(lambda name: name).write(tree) == "w1 − learning_rate·d_w1 ⊙ mask1"
