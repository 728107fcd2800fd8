"""Every loss against PyTorch and against central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import backproof as bp
from backproof.errors import DataError
from backproof.ops.op import Array, Loss
from backproof.program.derivation import Derivation
from tests.ops.harness import variants

LOSSES = variants(Loss)
SHAPES = [(1, 1), (1, 3), (6, 1), (5, 4)]


def targets(loss: Loss, shape: tuple[int, int], chance: np.random.Generator) -> tuple[Array, Array]:
    """A prediction and targets that this loss takes, found by what it refuses."""
    prediction = chance.normal(size=shape)
    for y in (prediction + chance.normal(size=shape), chance.random(shape), chance.integers(0, shape[1], shape[0])):
        try:
            loss.check_target(y, shape)
        except DataError:
            continue
        # BCELoss wants probabilities where BCEWithLogitsLoss wants logits
        if type(loss).__name__ == "BCELoss":
            prediction = chance.uniform(0.05, 0.95, shape)
        return prediction, y
    raise AssertionError(f"{loss} takes no targets")


def by_hand(loss: Loss, prediction: Array, y: Array) -> tuple[Any, Array]:
    width = prediction.shape[1]
    derived = Derivation(bp.Network([bp.Linear(width, width), bp.Sigmoid()], loss), bp.SGD())
    names: dict[str, Any] = {"np": np, "a1": prediction, "y": y, "x": np.zeros((len(prediction), width))}
    with np.errstate(over="ignore", divide="ignore"):
        for step in (*derived.loss, *derived.backward):
            exec(step.code, names)
    return names["loss"], names["d_a1"]


def by_torch(loss: Loss, prediction: Array, y: Array) -> tuple[Array, Array]:
    output = torch.from_numpy(prediction.copy()).requires_grad_()
    names = {"criterion": eval(loss.torch(), {"nn": nn}), "output": output, "y": torch.from_numpy(y.copy())}
    value = eval(loss.torch_loss("output", "y"), names)
    value.backward()
    assert output.grad is not None
    return value.detach().numpy(), output.grad.numpy()


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_loss_and_gradient_are_pytorchs(loss: Loss, shape: tuple[int, int], dtype: str) -> None:
    prediction, y = targets(loss, shape, np.random.default_rng(3))
    prediction = prediction.astype(dtype)
    y = y if y.ndim == 1 else y.astype(dtype)
    value, gradient = by_hand(loss, prediction, y)
    their_value, their_gradient = by_torch(loss, prediction, y)
    tolerance = 1e-13 if dtype == "float64" else 1e-5
    assert value.dtype == gradient.dtype == dtype
    np.testing.assert_allclose(value, their_value, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(gradient, their_gradient, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_gradient_agrees_with_central_differences(loss: Loss) -> None:
    prediction, y = targets(loss, (5, 4), np.random.default_rng(8))
    _, gradient = by_hand(loss, prediction, y)
    for index in np.ndindex(prediction.shape):
        above, below = prediction.copy(), prediction.copy()
        above[index] += 1e-6
        below[index] -= 1e-6
        slope = (by_hand(loss, above, y)[0] - by_hand(loss, below, y)[0]) / 2e-6
        assert gradient[index] == pytest.approx(slope, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if type(loss).__name__ != "BCELoss"], ids=str)
def test_kinks_and_logits_of_a_thousand_are_pytorchs(loss: Loss) -> None:
    prediction = np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 0.25], [0.0, 0.0, 1.0]])
    y = prediction.copy()
    try:
        loss.check_target(y, y.shape)
    except DataError:
        y = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.25], [0.0, 1.0, 0.5]])
    try:
        loss.check_target(y, y.shape)
    except DataError:
        y = np.array([1, 1, 2])
    value, gradient = by_hand(loss, prediction, y)
    their_value, their_gradient = by_torch(loss, prediction, y)
    assert np.isfinite(value)
    np.testing.assert_allclose(value, their_value, rtol=1e-13)
    np.testing.assert_allclose(gradient, their_gradient, rtol=1e-13, atol=1e-300)


def test_bce_loss_at_certain_probabilities_is_pytorchs() -> None:
    prediction, y = np.array([[0.0], [1.0], [0.0], [1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])
    value, gradient = by_hand(bp.BCELoss(), prediction, y)
    their_value, their_gradient = by_torch(bp.BCELoss(), prediction, y)
    np.testing.assert_allclose(value, their_value)
    np.testing.assert_allclose(gradient, their_gradient)


def test_half_squared_error_takes_steps_n_half_times_those_of_the_mean() -> None:
    prediction, y = np.array([[0.5], [0.1], [0.2], [0.9], [0.4]]), np.array([[0.0], [0.0], [0.0], [1.0], [1.0]])
    _, mean = by_hand(bp.MSELoss(), prediction, y)
    _, half = by_hand(bp.HalfSquaredError(), prediction, y)
    np.testing.assert_allclose(half, 2.5 * mean, rtol=1e-15)


@pytest.mark.parametrize(
    ("loss", "y", "words"),
    [
        (bp.MSELoss(), np.zeros(3), "reshape"),
        (bp.MSELoss(), np.zeros((3, 2)), "shape"),
        (bp.BCELoss(), np.full((3, 1), 2.0), "between 0 and 1"),
        (bp.CrossEntropyLoss(), np.zeros((3, 1)), "class indices"),
        (bp.CrossEntropyLoss(), np.zeros(3), "astype"),
        (bp.CrossEntropyLoss(), np.array([0, 0, 1]), "row 2 has class 1"),
    ],
)
def test_targets_that_do_not_fit_are_refused_with_a_hint(loss: Loss, y: Array, words: str) -> None:
    with pytest.raises(DataError, match=words):
        loss.check_target(y, (3, 1))
