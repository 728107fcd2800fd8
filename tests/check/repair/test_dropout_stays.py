"""A network keeps its dropout, whatever the backward pass makes of it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
np.random.seed(1)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def slope(output):
    return output * (1 - output)
synapse_0 = 2 * np.random.random((3, 8)) - 1
synapse_1 = 2 * np.random.random((8, 1)) - 1
for j in range(200):
    layer_1 = sigmoid(X @ synapse_0)
    mask = np.random.binomial(1, 0.8, size=layer_1.shape) / 0.8
    layer_1 = layer_1 * mask
    layer_2 = sigmoid(layer_1 @ synapse_1)
    error = layer_2 - y
    if j % 40 == 0:
        print(0.5 * np.sum(error ** 2))
    delta_2 = error * slope(layer_2)
    delta_1 = delta_2 @ synapse_1.T * slope(layer_1)
    synapse_1 -= 0.5 * layer_1.T @ delta_2
    synapse_0 -= 0.5 * X.T @ delta_1
"""


@pytest.mark.slow
def test_no_fix_takes_the_dropout_away(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox, 8)
    assert report.verdict is Verdict.WRONG
    for fix in report.fixes:
        assert "-    layer_1 = layer_1 * mask" not in fix.diff.splitlines()
    assert all("mask" in line or "delta" in line for fix in report.fixes for line in added(fix))
