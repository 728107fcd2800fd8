"""The first weights: drawn in NumPy, with the distributions that their names promise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import backproof as bp
from backproof.engines.numpy import first_arrays
from backproof.ops.op import Array
from backproof.program.program import Program
from backproof.settings import Data, Settings


def drawn(init: str, inputs: int = 400, outputs: int = 300, seed: int = 3) -> dict[str, Array]:
    network = bp.Network([bp.Linear(inputs, outputs), bp.Tanh(), bp.Linear(outputs, 1)], bp.MSELoss())
    data = Data(np.zeros((2, inputs)), np.zeros((2, 1)))
    return first_arrays(Program(network, Settings(init=init, seed=seed), data))  # type: ignore[arg-type]


def test_normal_draws_what_the_notebook_draws() -> None:
    found = drawn("normal", 1, 1, seed=42)
    random = np.random.RandomState(42)
    np.testing.assert_array_equal(found["w1"], random.randn(1, 1))
    np.testing.assert_array_equal(found["w2"], random.randn(1, 1))
    np.testing.assert_array_equal(found["b1"], [0.0])


def test_torch_has_the_bounds_of_pytorchs_linear() -> None:
    found = drawn("torch")
    torch.manual_seed(3)
    layer = nn.Linear(400, 300)
    for ours, theirs in ((found["w1"], layer.weight.detach()), (found["b1"], layer.bias.detach())):
        assert np.abs(ours).max() <= 1 / 20
        assert np.abs(ours).max() == pytest.approx(float(theirs.abs().max()), rel=0.02)
        assert ours.std() == pytest.approx(float(theirs.std()), rel=0.1)


def test_xavier_and_he_have_pytorchs_deviations() -> None:
    torch.manual_seed(3)
    reference = torch.empty(300, 400)
    nn.init.xavier_uniform_(reference)
    found = drawn("xavier")
    assert found["w1"].std() == pytest.approx(float(reference.std()), rel=0.02)
    assert np.abs(found["w1"]).max() == pytest.approx(float(reference.abs().max()), rel=0.01)
    nn.init.kaiming_normal_(reference)
    assert drawn("he")["w1"].std() == pytest.approx(float(reference.std()), rel=0.02)
    assert not found["b1"].any()


def test_weights_can_be_given_as_arrays() -> None:
    network = bp.Network([bp.Linear(2, 1)], bp.MSELoss())
    x, y = np.eye(2), np.ones((2, 1))
    given = {"w1": np.array([[1.0], [2.0]]), "b1": np.array([0.5])}
    run = bp.train(network, x, y, epochs=1, init=given, optimizer=bp.SGD(learning_rate=0.0))
    np.testing.assert_array_equal(run.predict(x), [[1.5], [2.5]])
    with pytest.raises(bp.BackproofError, match="w1 must have shape"):
        bp.train(network, x, y, epochs=1, init={"w1": np.zeros((1, 2)), "b1": np.zeros(1)})
    with pytest.raises(bp.BackproofError, match="no parameter w9"):
        bp.train(network, x, y, epochs=1, init={**given, "w9": np.zeros(1)})
