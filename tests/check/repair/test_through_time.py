"""An error that goes back through time: what was recorded of later turns does not tell what they would be."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
RECURRENT = """import numpy as np
rng = np.random.default_rng(20)
series = np.sin(0.3 * np.arange(120))
U, V, W = rng.normal(size=(5, 1)) * 0.3, rng.normal(size=(1, 5)) * 0.3, rng.normal(size=(5, 5)) * 0.2
b = np.zeros((5, 1))

def step(inputs, targets, state):
    states, outputs, loss = {-1: state}, {}, 0
    for k in range(len(inputs)):
        states[k] = np.tanh(U * inputs[k] + W @ states[k - 1] + b)
        outputs[k] = V @ states[k]
        loss += 0.5 * (outputs[k][0, 0] - targets[k]) ** 2
    dU, dV, dW, db = np.zeros_like(U), np.zeros_like(V), np.zeros_like(W), np.zeros_like(b)
    carried = np.zeros_like(state)
    for k in reversed(range(len(inputs))):
        dy = outputs[k] - targets[k]
        dV += dy @ states[k].T
        raw = (1 - states[k] ** 2) * (V.T @ dy + carried)
        db += raw
        dU += raw * inputs[k]
        dW += raw @ states[k - 1].T
        carried = W @ raw
    return loss, (dU, dV, dW, db), states[len(inputs) - 1]

for epoch in range(4):
    state = np.zeros((5, 1))
    for p in range(0, 110, 8):
        loss, gradients, state = step(series[p:p + 8], series[p + 1:p + 9], state)
        print(loss)
        for parameter, gradient in zip([U, V, W, b], gradients):
            parameter -= 0.05 * gradient
"""


@pytest.mark.slow
def test_a_transpose_that_is_missing_in_what_goes_back_through_time_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(RECURRENT, tmp_path, sandbox, seconds=30)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 22
    assert added(report.fixes[0]) == ["carried = W.T @ raw"]
