"""Every layer and activation against PyTorch and against central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import backproof as bp
from backproof.errors import DataError
from backproof.ops.op import Activation, Array, Layer, Op
from backproof.ops.shared_dropout import SharedDropout
from tests.ops.harness import Alone, variants

FEATURES = 3
OPS: list[Op] = [*variants(Layer, FEATURES), *variants(Activation, FEATURES)]
EXTREMES = np.array([[-1000.0, -50.0, -0.0], [0.0, 50.0, 1000.0], [1000.0, -1000.0, 0.5]])


def draw(op: Op, rows: int, seed: int, dtype: str = "float64") -> tuple[Alone, Array, dict[str, Array], Array]:
    chance = np.random.default_rng(seed)
    alone = Alone(op, FEATURES)
    x = chance.normal(size=(rows, FEATURES)).astype(dtype)
    parameters = {
        name: (chance.normal(size=part.shape) ** (2 if "var" in name else 1)).astype(dtype)
        for name, part in alone.parameters()
    }
    upstream = chance.normal(size=(rows, op.outputs(FEATURES))).astype(dtype)
    return alone, x, parameters, upstream


def by_torch(alone: Alone, x: Array, parameters: dict[str, Array], upstream: Array) -> tuple[Array, dict[str, Array]]:
    module: nn.Module = eval(
        alone.place.op.torch(), {"nn": nn, "SharedDropout": SharedDropout, "generator": np.random.default_rng(1)}
    )
    module.to(getattr(torch, x.dtype.name))
    held: dict[str, tuple[torch.Tensor, Any]] = {}
    for name, part in alone.parameters():
        tensor = getattr(module, part.torch)
        array = parameters[name].T if part.transposed else parameters[name]
        tensor.data.copy_(torch.from_numpy(array.copy()))
        held[name] = tensor, part
    given = torch.from_numpy(x.copy()).requires_grad_()
    output = module(given)
    output.backward(torch.from_numpy(upstream))
    assert given.grad is not None
    gradients = {"x": given.grad.numpy()}
    for name, (tensor, part) in held.items():
        if part.trained:
            assert tensor.grad is not None
            gradients[name] = tensor.grad.numpy().T if part.transposed else tensor.grad.numpy()
    buffers = {name: tensor.numpy() for name, (tensor, part) in held.items() if not part.trained}
    return output.detach().numpy(), gradients | buffers


@pytest.mark.parametrize("op", OPS, ids=str)
@pytest.mark.parametrize("rows", [1, 2, 7])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_forward_and_backward_are_pytorchs(op: Op, rows: int, dtype: str) -> None:
    alone, x, parameters, upstream = draw(op, rows, seed=rows, dtype=dtype)
    if rows < op.least_rows:
        # PyTorch refuses a batch of one here, and so does the program
        with pytest.raises(ValueError, match="more than 1 value"):
            by_torch(alone, x, parameters, upstream)
        with pytest.raises(DataError, match="needs at least 2 rows"):
            bp.train(bp.Network([op, bp.Linear(FEATURES, 1)], bp.MSELoss()), x, x[:, :1])
        return
    theirs, their_gradients = by_torch(alone, x, parameters, upstream)
    ours = alone.forward(x, parameters, np.random.default_rng(1))
    gradients = alone.backward(upstream)
    gradients |= {name: alone.names[name] for name, part in alone.parameters() if not part.trained}
    tolerance = 1e-11 if dtype == "float64" else 2e-4
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    assert gradients.keys() == their_gradients.keys()
    for name, gradient in gradients.items():
        assert gradient.dtype == dtype
        np.testing.assert_allclose(gradient, their_gradients[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("op", OPS, ids=str)
def test_backward_agrees_with_central_differences(op: Op) -> None:
    alone, x, parameters, upstream = draw(op, 4, seed=9)
    alone.forward(x, parameters, np.random.default_rng(1))
    gradients = alone.backward(upstream)

    def value(changed: dict[str, Array]) -> float:
        output = alone.forward(changed["x"], {name: changed[name] for name in parameters}, np.random.default_rng(1))
        return float(np.sum(output * upstream))

    point = {"x": x, **parameters}
    for name, gradient in gradients.items():
        for index in np.ndindex(gradient.shape):
            above, below = point[name].copy(), point[name].copy()
            above[index] += 1e-6
            below[index] -= 1e-6
            slope = (value({**point, name: above}) - value({**point, name: below})) / 2e-6
            assert gradient[index] == pytest.approx(slope, rel=1e-6, abs=2e-8), (name, index)


@pytest.mark.parametrize("op", variants(Activation, FEATURES), ids=str)
def test_kinks_and_extremes_are_pytorchs(op: Op) -> None:
    alone = Alone(op, FEATURES)
    upstream = np.array([[1.0, -2.0, 3.0], [0.5, 1.5, -1.0], [2.0, 1.0, 1.0]])
    theirs, their_gradients = by_torch(alone, EXTREMES, {}, upstream)
    ours = alone.forward(EXTREMES, {}, np.random.default_rng(1))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(alone.backward(upstream)["x"], their_gradients["x"], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("op", [op for op in OPS if op.least_rows == 1], ids=str)
def test_no_rows_give_no_rows(op: Op) -> None:
    alone, x, parameters, upstream = draw(op, 0, seed=0)
    assert alone.forward(x, parameters, np.random.default_rng(1)).shape == upstream.shape
    gradients = alone.backward(upstream)
    assert gradients["x"].shape == x.shape
    for name, part in alone.parameters():
        np.testing.assert_array_equal(gradients[name], np.zeros(part.shape))


def test_dropout_keeps_the_expected_value_and_drops_the_asked_part() -> None:
    alone = Alone(bp.Dropout(0.3), FEATURES)
    dropped = alone.forward(np.ones((40_000, FEATURES)), {}, np.random.default_rng(0))
    assert np.mean(dropped == 0) == pytest.approx(0.3, abs=0.01)
    assert np.mean(dropped) == pytest.approx(1.0, abs=0.01)
    everything = Alone(bp.Dropout(1.0), FEATURES).forward(np.ones((5, FEATURES)), {}, np.random.default_rng(0))
    np.testing.assert_array_equal(everything, 0.0)
