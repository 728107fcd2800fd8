"""Where no small constant keeps anything from breaking, a computation without them is the same one."""

import pytest
import torch

from backproof.check.cut.parameters import Training
from backproof.check.replay.frame import Frame
from tests.check.recorded import Run

TEXT = """
import numpy as np
rng = np.random.default_rng(3)
x, t, w = rng.normal(size=(6, 3)), rng.uniform(size=(6, 1)), rng.normal(size=(3, 1))
tiny = 1e-8
for step in range(4):
    p = 1 / (1 + np.exp(-(x @ w)))
    loss = {loss}
    w = w - 0.1 * x.T @ (p - t)
"""
LOSSES = {
    "np.mean((p - t) ** 2)": False,
    "np.mean((p - t) ** 2) * 1e-8": False,  # a factor keeps nothing from breaking
    "-np.mean(t * np.log(p + 1e-8))": True,
    "-np.mean(t * np.log(p + tiny))": True,
    "-np.mean(t * np.log(np.clip(p, 1e-7, 1 - 1e-7)))": True,
    "-np.mean(t * np.log(np.maximum(p, 1e-12)))": True,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_what_has_no_small_constant_is_the_same_without(loss: str) -> None:
    training = Training(Run(TEXT.replace("{loss}", loss)).trace)
    frame, bare = Frame(training, 0), Frame(training, 0, without_epsilon=True)
    assert frame.has_epsilon is LOSSES[loss]
    alike = [torch.equal(frame.replay.value(n), bare.replay.value(n)) for n in sorted(frame.dependent)]
    assert frame.has_epsilon or all(alike)
    assert not all(alike) or "+" not in loss
