"""Training: the notebook's facts, batches, validation, early stopping, Ctrl-C, and what cannot be trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import backproof as bp
from backproof.network import Network
from backproof.ops.op import Array

Notebook = tuple[Network, Array, Array]
NEW = np.array([[-3.0], [-0.5], [0.75], [3.0], [1.0], [0.0]])


@pytest.mark.parametrize("engine", ["numpy", "compiled", "torch"])
@pytest.mark.parametrize(
    ("rate", "losses", "predictions"),
    [
        (
            0.1,
            [0.251729, 0.058623, 0.018277, 0.009532, 0.006204],
            [0.04496379, 0.05038995, 0.82580811, 0.95250045, 0.91539015, 0.09512313],
        ),
        (
            0.25,
            [0.251729, 0.012689, 0.004523, 0.002634, 0.001833],
            [0.02604618, 0.02810493, 0.88399002, 0.97330026, 0.95344092, 0.05223964],
        ),
    ],
)
def test_the_notebooks_facts(
    notebook: Notebook, engine: str, rate: float, losses: list[float], predictions: list[float]
) -> None:
    run = bp.train(*notebook, optimizer=bp.SGD(learning_rate=rate), epochs=5000, seed=42, engine=engine)
    np.testing.assert_allclose(run.losses[::1000], losses, atol=5e-7)
    np.testing.assert_allclose(run.predict(NEW)[:, 0], predictions, atol=5e-9)


def test_it_is_the_loop_that_a_person_writes_in_pytorch() -> None:
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(23, 3)), chance.normal(size=(23, 2))
    network = Network([bp.Linear(3, 4), bp.Tanh(), bp.Linear(4, 2)], bp.MSELoss())
    run = bp.train(network, x, y, optimizer=bp.Adam(0.01), epochs=9, batch_size=5, seed=7, init="he")
    random, generator = np.random.RandomState(7), np.random.default_rng(7)
    first, second = nn.Linear(3, 4), nn.Linear(4, 2)
    model = nn.Sequential(first, nn.Tanh(), second).double()
    with torch.no_grad():
        for layer in (first, second):
            weight = random.randn(layer.in_features, layer.out_features) * np.sqrt(2 / layer.in_features)
            layer.weight.copy_(torch.from_numpy(weight.T))
            layer.bias.zero_()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(9):
        total = 0.0
        for rows in np.split(generator.permutation(23), [5, 10, 15, 20]):
            loss = nn.functional.mse_loss(model(torch.from_numpy(x[rows])), torch.from_numpy(y[rows]))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / 23)
    np.testing.assert_allclose(run.losses, losses, rtol=1e-12)
    np.testing.assert_allclose(run.parameters["w2"], second.weight.detach().numpy().T, rtol=1e-10)


@pytest.mark.parametrize("engine", ["numpy", "compiled", "torch"])
def test_batch_normalisation_predicts_with_what_it_has_seen(engine: str) -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(3.0, 2.0, size=(40, 2))
    network = Network([bp.BatchNorm1d(2), bp.Linear(2, 1)], bp.MSELoss())
    run = bp.train(network, x, x[:, :1], epochs=200, engine=engine, optimizer=bp.SGD(0.05))
    np.testing.assert_allclose(run.parameters["running_mean1"], x.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(run.parameters["running_var1"], x.var(axis=0, ddof=1), rtol=1e-6)
    # one row alone gets the answer that it gets among others
    np.testing.assert_allclose(run.predict(x[:1]), run.predict(x)[:1], rtol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "compiled", "torch"])
def test_early_stopping_keeps_the_best_epoch(engine: str) -> None:
    chance = np.random.default_rng(1)
    x = chance.normal(size=(30, 8))
    y = x[:, :1] + chance.normal(size=(30, 1))
    network = Network([bp.Linear(8, 30), bp.Tanh(), bp.Linear(30, 1)], bp.MSELoss())
    settings: dict[str, Any] = {"optimizer": bp.Adam(0.02), "validation": 0.4, "seed": 3, "engine": engine}
    run = bp.train(network, x, y, epochs=500, patience=10, **settings)
    assert run.stopped_early
    assert run.validation_losses is not None
    assert run.best_epoch == int(np.argmin(run.validation_losses)) == len(run.losses) - 11
    shorter = bp.train(network, x, y, epochs=run.best_epoch + 1, **settings)
    for name, array in run.parameters.items():
        np.testing.assert_array_equal(array, shorter.parameters[name])


@pytest.mark.parametrize("engine", ["numpy", "compiled", "torch"])
def test_ctrl_c_keeps_the_best_so_far(notebook: Notebook, engine: str) -> None:
    import time

    def press(epoch: int, loss: float, validation_loss: float | None) -> None:
        del loss, validation_loss
        time.sleep(0.01)
        if epoch == 20:
            raise KeyboardInterrupt

    run = bp.train(*notebook, optimizer=bp.SGD(0.1), epochs=5000, seed=42, engine=engine, on_epoch=press)
    assert run.interrupted
    # the compiled engine is asked between some epochs, not between all
    assert len(run.losses) == 21 or (engine == "compiled" and 21 < len(run.losses) < 5000)
    assert run.best_epoch is not None
    assert 5 <= run.best_epoch <= 20
    shorter = bp.train(*notebook, optimizer=bp.SGD(0.1), epochs=run.best_epoch + 1, seed=42, engine=engine)
    np.testing.assert_array_equal(run.parameters["w1"], shorter.parameters["w1"])


def test_a_run_keeps_its_parameters_when_it_is_used_and_the_data_when_the_caller_changes_it(notebook: Notebook) -> None:
    network, x, y = notebook
    run = bp.train(network, x, y, epochs=3, seed=42)
    before = run.predict(NEW)
    source = run.program.source
    x[:] = 99.0
    np.testing.assert_array_equal(run.predict(NEW), before)
    assert run.program.source == source


def test_training_leaves_the_callers_chance_alone(notebook: Notebook) -> None:
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    wanted = torch.rand(1).item(), np.random.rand()  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    bp.prove(*notebook, epochs=2)
    assert (torch.rand(1).item(), np.random.rand()) == wanted  # noqa: NPY002
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize("engine", ["numpy", "compiled", "torch"])
def test_logits_of_a_thousand_train_without_a_warning(engine: str) -> None:
    x = np.array([[1000.0], [-1000.0], [0.0]])
    for ops, loss, y in (
        ([bp.Linear(1, 1), bp.Sigmoid()], bp.MSELoss(), np.array([[1.0], [0.0], [1.0]])),
        ([bp.Linear(1, 1)], bp.BCEWithLogitsLoss(), np.array([[1.0], [0.0], [1.0]])),
        ([bp.Linear(1, 3)], bp.CrossEntropyLoss(), np.array([0, 1, 2])),
        ([bp.Linear(1, 2), bp.Softmax(), bp.Linear(2, 1)], bp.L1Loss(), np.array([[1.0], [0.0], [1.0]])),
    ):
        run = bp.train(Network(ops, loss), x, y, epochs=5, engine=engine, seed=1, optimizer=bp.SGD(1e-4))
        assert np.isfinite(run.losses).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros((5, 2))}, "2 columns, but the network takes 1"),
        ({"x": np.zeros(5)}, "reshape"),
        ({"x": np.zeros((0, 1)), "y": np.zeros((0, 1))}, "no rows"),
        ({"y": np.zeros(5)}, "reshape"),
        ({"y": np.zeros((4, 1))}, "5 rows but y has 4"),
        ({"x": np.array([[1.0], [np.nan], [0], [1], [2]])}, "row 1, column 0"),
        ({"x": np.array([["a"]] * 5)}, "must hold numbers"),
        ({"x": [[1.0], [2.0, 3.0]]}, "different lengths"),
        ({"optimizer": bp.SGD(learning_rate=1e300)}, "epoch 1.*Try a learning rate of 1e\\+299"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"dtype": "float16"}, "float64, float32"),
        ({"engine": "jax"}, "no engine called 'jax'"),
        ({"init": "hee"}, "Did you mean He"),
        ({"epoch": 3}, "Did you mean epochs"),
        ({"validation": 1.5}, "between 0 and 1"),
        ({"validation": 0.01}, "too few"),
        ({"engine": "torch", "device": "nowhere"}, "device 'nowhere'"),
        ({"engine": "torch", "device": "meta"}, "device 'meta'"),
        ({"engine": "numpy", "device": "cuda"}, "computes on the cpu"),
        ({"engine": None}, "no engine called None"),
        ({"clip_norm": "1"}, "clip_norm is '1'"),
        ({"clip_norm": True}, "clip_norm is True"),
        ({"min_delta": "a"}, "min_delta is 'a'"),
        ({"init": {"w1": [[np.nan]], "b1": [0.0], "w2": [[1.0]], "b2": [0.0]}}, "w1 holds numbers that are not finite"),
        ({"init": {"w1": "a", "b1": [0.0], "w2": [[1.0]], "b2": [0.0]}}, "w1 must have shape"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(
    notebook: Notebook, change: dict[str, Any], words: str
) -> None:
    network, x, y = notebook
    network = Network([bp.Linear(1, 1)], bp.MSELoss()) if "optimizer" in change else network
    with pytest.raises(bp.BackproofError, match=words):
        bp.train(network, change.pop("x", x), change.pop("y", y), **change)


def test_inputs_too_large_for_the_loss_are_not_blamed_on_the_steps() -> None:
    network = Network([bp.Linear(1, 1)], bp.MSELoss())
    with pytest.raises(bp.BackproofError, match=r"before any step is taken: the inputs \(up to 1e\+300\)"):
        bp.train(network, np.full((3, 1), 1e300), np.ones((3, 1)), epochs=2, seed=1)


def test_a_batch_that_leaves_one_row_to_a_batch_normalisation_is_refused() -> None:
    network = Network([bp.BatchNorm1d(1), bp.Linear(1, 1)], bp.MSELoss())
    with pytest.raises(bp.BackproofError, match="leave one of 1: choose another batch size"):
        bp.train(network, np.zeros((9, 1)), np.zeros((9, 1)), batch_size=4)


def test_networks_that_cannot_be_are_refused() -> None:
    with pytest.raises(bp.BackproofError, match=r"Op 3 .* Tanh\(\) before it do not fit: Linear\(5, 1\) takes 5"):
        bp.Network([bp.Linear(2, 4), bp.Tanh(), bp.Linear(5, 1)], bp.MSELoss())
    with pytest.raises(bp.BackproofError, match="nothing to train"):
        bp.Network([bp.Tanh()], bp.MSELoss())
    with pytest.raises(bp.BackproofError, match="Part 1"):
        bp.Network([bp.MSELoss()], bp.MSELoss())
    with pytest.raises(bp.BackproofError, match="The ops are None"):
        bp.Network(None, bp.MSELoss())  # type: ignore[arg-type]
    with pytest.raises(bp.BackproofError, match="needs probabilities, but Linear"):
        bp.Network([bp.Linear(1, 1)], bp.BCELoss())
    with pytest.raises(bp.BackproofError, match="The loss"):
        bp.Network([bp.Linear(1, 1)], bp.Linear(1, 1))


def test_without_pytorch_the_torch_engine_says_what_to_install(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "backproof.engines.torch", raising=False)
    with pytest.raises(bp.BackproofError, match="pip install torch"):
        bp.train(*notebook, epochs=1, engine="torch")
    assert bp.train(*notebook, epochs=1, engine="numpy").losses.shape == (1,)
