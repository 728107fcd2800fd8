"""Whole trainings: the compiled engine against the other engines, its threads, chance, and what stops it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import backproof as bp
from backproof.engines import make_engine
from backproof.engines.compiled import CompiledEngine
from backproof.errors import TrainingError
from backproof.network import Network
from backproof.ops.op import Array
from backproof.program.program import Program
from backproof.training import fit
from tests.engines.compiled.lines import make_program
from tests.proof.test_proof import tasks


@given(task=tasks())
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
def test_three_engines_train_alike(task: tuple[Network, Array, Array, dict[str, Any]]) -> None:
    network, x, y, chosen = task
    chosen = {**chosen, "epochs": 4}
    try:
        numpy = bp.train(network, x, y, engine="numpy", **chosen)
    except TrainingError:
        with pytest.raises(TrainingError):
            bp.train(network, x, y, engine="compiled", **chosen)
        return
    compiled = bp.train(network, x, y, engine="compiled", **chosen)
    proof = bp.prove(network, x, y, engines=("compiled", "torch"), **chosen)
    assert proof.holds, str(proof)
    tolerance = 1e-9 if chosen.get("dtype", "float64") == "float64" else 2e-3
    np.testing.assert_allclose(compiled.losses, numpy.losses, rtol=tolerance, atol=tolerance)


def large(threads: int, **chosen: Any) -> bp.Run:
    """A training by this many threads, with steps that are worth sharing."""
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(300, 90)), chance.integers(0, 7, 300)
    network = Network(
        [
            bp.Linear(90, 120),
            bp.BatchNorm1d(120),
            bp.ReLU(),
            bp.Dropout(0.2),
            bp.Linear(120, 70),
            bp.Tanh(),
            bp.Linear(70, 7),
        ],
        bp.CrossEntropyLoss(),
    )
    program = make_program(network, x, y, epochs=3, batch_size=128, optimizer=bp.Adam(0.01), clip_norm=1.0, **chosen)
    return by_threads(program, threads)


def by_threads(program: Program, threads: int) -> bp.Run:
    engine = make_engine("compiled", program, threads=threads)
    assert isinstance(engine, CompiledEngine)
    assert engine.threads == threads
    return fit(engine, program)


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "others"), [("float64", (2, 2, 3)), ("float32", (2,))])
def test_the_result_is_the_same_whatever_the_number_of_threads(dtype: str, others: tuple[int, ...]) -> None:
    first = large(1, dtype=dtype)
    for other in (large(threads, dtype=dtype) for threads in others):
        np.testing.assert_array_equal(other.losses, first.losses)
        for name, array in first.parameters.items():
            np.testing.assert_array_equal(other.parameters[name], array)


@pytest.mark.slow
def test_large_products_whose_strips_are_copied_are_numpys() -> None:
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(300, 90)), chance.normal(size=(300, 7))
    network = Network([bp.Linear(90, 120), bp.Tanh(), bp.Linear(120, 7)], bp.MSELoss())
    program = make_program(network, x, y, epochs=3, batch_size=128)
    ours, numpy = by_threads(program, 2), fit(make_engine("numpy", program), program)
    np.testing.assert_allclose(ours.losses, numpy.losses, rtol=1e-12)
    for name, array in numpy.parameters.items():
        np.testing.assert_allclose(ours.parameters[name], array, rtol=1e-9, atol=1e-9)


def test_what_dies_away_ends_at_zero_and_the_thread_is_left_as_it_was() -> None:
    # of eight units some are soon active for no row: their velocity is 0.8 times itself at each step from then on
    chance = np.random.default_rng(0)
    x = chance.normal(size=(20, 3))
    y = x[:, :1] * x[:, 1:2] - 2
    network = Network([bp.Linear(3, 8), bp.ReLU(), bp.Linear(8, 1)], bp.MSELoss())
    program = make_program(network, x, y, epochs=900, optimizer=bp.SGD(0.1, momentum=0.8), dtype="float32", seed=3)
    smallest = np.finfo(np.float32).tiny
    tiny, last = {}, {}
    for name in ("numpy", "compiled"):
        engine = make_engine(name, program)
        last[name] = fit(engine, program).losses[-1]
        velocity = np.abs(engine.snapshot().states["velocity_w1"])
        tiny[name] = int(((velocity > 0) & (velocity < smallest)).sum())
    assert tiny["numpy"] > 0
    assert tiny["compiled"] == 0
    np.testing.assert_allclose(last["compiled"], last["numpy"], rtol=1e-3)
    assert np.float32(smallest) / np.float32(2) > 0, "tiny numbers are again what they were"


def test_a_small_step_has_one_thread() -> None:
    program = make_program(Network([bp.Linear(2, 3), bp.Linear(3, 1)], bp.MSELoss()), np.ones((5, 2)), np.ones((5, 1)))
    engine = make_engine("compiled", program, threads=8)
    assert isinstance(engine, CompiledEngine)
    assert engine.threads == 1


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("batch_size", [None, 7])
def test_masks_and_orders_are_numpys(batch_size: int | None) -> None:
    chance = np.random.default_rng(4)
    x = chance.normal(size=(20, 3))
    network = Network([bp.Linear(3, 6), bp.Dropout(0.5), bp.Tanh(), bp.Linear(6, 2)], bp.MSELoss())
    runs = [
        bp.train(network, x, x[:, :2], engine=engine, epochs=9, batch_size=batch_size, seed=5, validation=0.3)
        for engine in ("numpy", "compiled")
    ]
    numpy, compiled = runs
    np.testing.assert_allclose(compiled.losses, numpy.losses, rtol=1e-12)
    assert numpy.validation_losses is not None
    assert compiled.validation_losses is not None
    np.testing.assert_allclose(compiled.validation_losses, numpy.validation_losses, rtol=1e-12)
    np.testing.assert_allclose(compiled.predict(x), numpy.predict(x), rtol=1e-10)


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("rate", [1e200, 1e3])
def test_a_loss_that_is_no_number_ends_it_in_the_same_epoch(rate: float, batch_size: int | None) -> None:
    x = np.arange(6.0)[:, None]
    network = Network([bp.Linear(1, 4), bp.ReLU(), bp.Linear(4, 1)], bp.MSELoss())
    said = []
    for engine in ("numpy", "compiled"):
        with pytest.raises(TrainingError) as error:
            bp.train(network, x, x, engine=engine, optimizer=bp.SGD(rate), epochs=500, batch_size=batch_size)
        said.append(str(error.value))
    assert said[0] == said[1]


def test_the_first_step_can_fail() -> None:
    x = np.array([[1e200], [-1e200]])
    with pytest.raises(TrainingError, match="before any step"):
        bp.train(Network([bp.Linear(1, 1)], bp.MSELoss()), x, x, engine="compiled", init={"w1": [[2.0]], "b1": [0.0]})


def test_moments_are_recorded_between_whole_epochs() -> None:
    x = np.linspace(-1, 1, 11)[:, None]
    network = Network([bp.Linear(1, 3), bp.Tanh(), bp.Linear(3, 1)], bp.MSELoss())
    program = make_program(network, x, x**2, epochs=40, batch_size=4, optimizer=bp.Adam(0.01))
    ours, theirs = (
        fit(make_engine(engine, program), program, keep={0, 50, 119}, watch=(20, 3)) for engine in ("compiled", "numpy")
    )
    assert [moment.number for moment in ours.moments] == [moment.number for moment in theirs.moments]
    for a, b in zip(ours.moments, theirs.moments, strict=True):
        assert a.snapshot.steps == b.snapshot.steps
        assert a.snapshot.generator == b.snapshot.generator
        for name, array in b.snapshot.tensors.items():
            np.testing.assert_allclose(a.snapshot.tensors[name], array, rtol=1e-10)
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-10)


def test_its_own_gradients_are_shown_when_the_update_is_given_others() -> None:
    x = np.linspace(-1, 1, 7)[:, None]
    network = Network([bp.Linear(1, 3), bp.Tanh(), bp.Linear(3, 1)], bp.MSELoss())
    program = make_program(network, x, x**2, optimizer=bp.SGD(0.01))
    ours, theirs = (make_engine(name, program).quantities(x, x**2, 0) for name in ("compiled", "numpy"))
    others = {name: np.full_like(array, 7.0) for name, array in theirs.items() if name.startswith("d_")}
    given = make_engine("compiled", program).quantities(x, x**2, 0, gradients=others)
    np.testing.assert_array_equal(given["d_w1"], ours["d_w1"])
    np.testing.assert_allclose(given["w1"], ours["w1"] + 0.01 * (ours["d_w1"] - 7.0), rtol=1e-12)


def test_a_wrong_compiled_line_fails_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    from backproof.engines.compiled.elements import Elements

    x = np.linspace(-1, 1, 9)[:, None]
    network = Network([bp.Linear(1, 3), bp.Tanh(), bp.Linear(3, 1)], bp.MSELoss())
    for engines in (("numpy", "compiled"), ("compiled", "torch")):
        assert bp.prove(network, x, x**2, epochs=3, engines=engines).holds
    real = Elements.real
    wrong = "(same1 - (get_a1(a1, at) * get_a1(a1, at)))"

    def mutated(self: Elements, node: Any, place: Any) -> str:
        return real(self, node, place).replace(wrong, wrong.replace(" * get_a1(a1, at)", ""))

    monkeypatch.setattr(Elements, "real", mutated)
    for engines in (("numpy", "compiled"), ("compiled", "torch")):
        proof = bp.prove(network, x, x**2, epochs=3, engines=engines)
        assert proof.first_failure is not None
        assert proof.first_failure[0].name == "d_z1"


def test_what_cancels_in_numpy_cancels_here() -> None:
    chance = np.random.default_rng(3)
    x, y = chance.normal(size=(30, 4)), chance.normal(size=(30, 3))
    settings: dict[str, Any] = {"optimizer": bp.RMSprop(0.01, alpha=0.0, centered=True), "epochs": 5, "batch_size": 3}
    numpy, compiled = (
        bp.train(Network([bp.Linear(4, 3)], bp.L1Loss()), x, y, engine=engine, **settings)
        for engine in ("numpy", "compiled")
    )
    np.testing.assert_allclose(compiled.losses, numpy.losses, rtol=1e-6)
