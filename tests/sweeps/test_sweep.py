"""Sweeps: every combination, the same numbers as single trainings, failures, interruptions, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import backproof as bp
from backproof.errors import BackproofError, DescriptionError
from backproof.network import Network
from backproof.ops.op import Array
from backproof.sweeps import training
from backproof.sweeps.grid import points, with_hidden
from tests.interrupted import interrupted

Notebook = tuple[Network, Array, Array]


def single(x: Array, y: Array, point: Any) -> bp.Run:
    settings = {name: getattr(point.settings, name) for name in ("optimizer", "seed", "epochs", "batch_size", "init")}
    return bp.train(point.network, x, y, **settings)


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("batch_size", [None, 6])
def test_each_training_is_what_it_is_alone(batch_size: int | None) -> None:
    chance = np.random.default_rng(2)
    x = chance.normal(size=(17, 3))
    y = np.sin(x[:, :2])
    network = Network([bp.Linear(3, 4), bp.Tanh(), bp.LayerNorm(4), bp.Linear(4, 2)], bp.MSELoss())
    sweep = bp.sweep(
        network,
        x,
        y,
        optimizer="Adam",
        learning_rate=[0.01, 0.1],
        seed=range(3),
        hidden=[2, 5],
        epochs=12,
        batch_size=batch_size,
        init="he",
    )
    assert list(sweep.table.columns) == ["learning_rate", "seed", "hidden", "loss"]
    assert len(sweep.table) == 12
    for point, outcome in zip(sweep.points, sweep.outcomes, strict=True):
        alone = single(x, y, point)
        assert outcome.loss == pytest.approx(alone.losses[-1], rel=1e-9)
        np.testing.assert_allclose(outcome.losses, alone.losses[outcome.epochs], rtol=1e-9)
        for name, array in alone.parameters.items():
            np.testing.assert_allclose(outcome.parameters[name], array, rtol=1e-7, atol=1e-9)
    best = sweep.best
    assert best is not None
    assert sweep.table["loss"].iloc[best] == sweep.table["loss"].min()


@pytest.mark.slow
def test_small_networks_share_vectors_and_constants_may_differ(notebook: Notebook) -> None:
    network, x, y = notebook
    values: dict[str, Any] = {"learning_rate": [0.1, 0.3], "betas": [(0.9, 0.999), (0.5, 0.9)], "seed": [1, 2, 3, 4, 5]}
    sweep = bp.sweep(network, x, y, optimizer="Adam", epochs=50, clip_norm=0.5, **values)
    for point, outcome in zip(sweep.points, sweep.outcomes, strict=True):
        alone = bp.train(
            network, x, y, optimizer=point.settings.optimizer, seed=point.settings.seed, epochs=50, clip_norm=0.5
        )
        np.testing.assert_allclose(outcome.losses, alone.losses, rtol=1e-9)


@pytest.mark.slow
def test_validation_rows_decide_which_is_best(notebook: Notebook) -> None:
    network, x, y = notebook
    aside = x + 0.1, y
    sweep = bp.sweep(network, x, y, seed=range(4), learning_rate=0.5, epochs=30, validation=aside)
    run = bp.train(network, x, y, seed=2, optimizer=bp.SGD(0.5), epochs=30, validation=aside)
    assert run.validation_losses is not None
    assert sweep.table["validation_loss"].iloc[2] == pytest.approx(run.validation_losses[-1], rel=1e-12)
    assert sweep.best == int(sweep.table["validation_loss"].argmin())


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_a_training_that_fails_is_a_row_with_its_reason(engine: str) -> None:
    x = np.arange(6.0)[:, None]
    network = Network([bp.Linear(1, 3), bp.ReLU(), bp.Linear(3, 1)], bp.MSELoss())
    sweep = bp.sweep(network, x, x, learning_rate=[1e-3, 1e150], seed=[0, 1], epochs=40, engine=engine)
    table = sweep.table
    assert table["loss"].isna().tolist() == [False, False, True, True]
    assert table["error"].iloc[0] == ""
    assert "epoch" in table["error"].iloc[2]
    assert sweep.best in (0, 1)


def test_ctrl_c_keeps_what_is_done(notebook: Notebook) -> None:
    def press(done: int, total: int) -> None:
        assert total == 200
        if done == 40:
            raise KeyboardInterrupt

    sweep = bp.sweep(*notebook, seed=range(200), epochs=10, threads=1, on_done=press)
    assert sweep.interrupted
    assert len(sweep.table) == 40
    alone = bp.train(*notebook, seed=int(sweep.table["seed"].iloc[7]), epochs=10)
    assert sweep.outcomes[7].loss == pytest.approx(alone.losses[-1])


def test_the_number_of_threads_changes_nothing(notebook: Notebook) -> None:
    first, second = (bp.sweep(*notebook, seed=range(50), epochs=20, threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(first.scores, second.scores)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"learningrate": [1, 2]}, "Did you mean learning_rate"),
        ({"learning_rate": []}, "empty list"),
        ({"hidden": [(4, 4)]}, "has 1 hidden layers"),
        ({"hidden": [4.5]}, "hidden is 4.5"),
        ({"optimizer": "Adam", "amsgrad": ["False"]}, "must be True or False"),
        ({"seed": [-1]}, "seed is -1"),
        ({"seed": [0], "threads": 0}, "threads is 0"),
        ({"seed": [0], "engine": "jax"}, "no engine called 'jax'"),
        ({"optimizer": ["SGDD"]}, "SGDD"),
        ({"optimizer": [3]}, "The optimizer is 3"),
    ],
)
def test_what_cannot_be_swept_is_refused(notebook: Notebook, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(BackproofError, match=words):
        bp.sweep(*notebook, epochs=2, **settings)


def test_points_are_all_combinations_the_last_setting_fastest(notebook: Notebook) -> None:
    made = points(notebook[0], {"seed": range(2), "learning_rate": np.array([0.1, 0.2]), "momentum": 0.5})
    assert [tuple(point.values.values()) for point in made] == [(0, 0.1), (0, 0.2), (1, 0.1), (1, 0.2)]
    assert all(point.settings.optimizer.settings()["momentum"] == 0.5 for point in made)


def test_hidden_layers_take_what_stands_behind_them_along() -> None:
    network = Network(
        [bp.Linear(3, 4), bp.BatchNorm1d(4), bp.ReLU(), bp.Linear(4, 5), bp.Tanh(), bp.Linear(5, 2)], bp.MSELoss()
    )
    changed = with_hidden(network, (7, 6))
    assert [str(op) for op in changed.ops] == [
        "Linear(3, 7)", "BatchNorm1d(7)", "ReLU()", "Linear(7, 6)", "Tanh()", "Linear(6, 2)",
    ]  # fmt: skip
    with pytest.raises(DescriptionError, match="2 hidden layers"):
        with_hidden(network, (7, 6, 5))


def test_lines_that_the_compiler_does_not_know_are_trained_all_the_same(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = bp.sweep(*notebook, seed=range(3), epochs=15)
    monkeypatch.setattr(training, "_lanes", lambda *_: None)
    other = bp.sweep(*notebook, seed=range(3), epochs=15)
    np.testing.assert_allclose(plain.scores, other.scores, rtol=1e-12)


@pytest.mark.slow(but=2)
@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": [0.1, 0.3], "seed": range(6)},
        {"learning_rate": [0.1, 1e3], "hidden": [1, 2]},
        {"seed": range(12)},
        {"learning_rate": list(np.geomspace(0.01, 1, 10))},
    ],
)
def test_pictures(notebook: Notebook, settings: dict[str, Any], tmp_path: Path) -> None:
    sweep = bp.sweep(*notebook, epochs=20, **settings)
    sweep.plot(tmp_path / "sweep.png")
    sweep.plot(tmp_path / "sweep.svg")
    assert (tmp_path / "sweep.png").stat().st_size > 5000
    with pytest.raises(BackproofError, match="can be drawn as"):
        sweep.plot(tmp_path / "sweep.doc")
    assert "loss" in str(sweep)


def test_first_states_tell_programs_apart(notebook: Notebook) -> None:
    optimizers = [bp.Adagrad(0.1), bp.Adagrad(0.1, initial_accumulator_value=1.0)]
    sweep = bp.sweep(*notebook, optimizer=optimizers, seed=[0, 1], epochs=40)
    for point, outcome in zip(sweep.points, sweep.outcomes, strict=True):
        alone = single(*notebook[1:], point)
        assert outcome.loss == pytest.approx(alone.losses[-1], rel=1e-9)


def test_nothing_to_sweep_is_one_training(notebook: Notebook, tmp_path: Path) -> None:
    sweep = bp.sweep(*notebook, epochs=1, learning_rate=np.array(0.1))
    assert len(sweep.table) == 1
    sweep.plot(tmp_path / "one.png")
    with pytest.raises(DescriptionError, match=r"must be a bp\.Network"):
        bp.sweep(None, *notebook[1:], seed=[1])  # type: ignore[arg-type]


@pytest.mark.slow
def test_pictures_of_what_failed_and_of_long_names(tmp_path: Path) -> None:
    x = np.arange(6.0)[:, None]
    network = Network([bp.Linear(1, 3), bp.ReLU(), bp.Linear(3, 1)], bp.MSELoss())
    for number, settings in enumerate(
        (
            {"learning_rate": [1e150, 1e160], "hidden": [1, 2]},
            {"learning_rate": list(np.geomspace(1e-4, 1e3, 20))},
            {"optimizer": ["SGD(0.001)", "Adam(0.01)", "RMSprop(0.01)"], "hidden": [1, 2]},
        )
    ):
        place = tmp_path / f"{number}.png"
        bp.sweep(network, x, x, epochs=30, **settings).plot(place)  # type: ignore[arg-type]
        assert place.stat().st_size > 3000


@pytest.mark.slow
def test_ctrl_c_stops_what_is_under_way() -> None:
    command = ["sweep", "--epochs", str(10**9), "-v", "seed=0:8"]
    kinds: list[list[str]] = [[], ["--batch-size", "2"], ["--engine", "numpy"]]
    for stopped in interrupted(*([*command, *more] for more in kinds), after=10):
        assert stopped.returncode == 130, stopped.stderr
        assert "Traceback" not in stopped.stderr
