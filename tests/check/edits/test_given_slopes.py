"""An error that a function is given may lack the slope that belongs to it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
WRONG = """import numpy as np
rng = np.random.default_rng(2)
weights = [rng.normal(size=(4, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 3))]
layers = [np.zeros(3), np.zeros(4), np.zeros(3), np.zeros(2)]
errors = [np.zeros(3), np.zeros(4), np.zeros(3), np.zeros(2)]
X = rng.normal(size=(6, 3))
T = 1 / (1 + np.exp(-X[:, :2] * X[:, 1:]))
def carried(weight, error):
    return (weight * error.reshape((len(error), 1))).sum(axis=0)
def corrected(weight, error, after, before):
    slope = 0.15 * error * (1 - after) * after
    return weight + slope.reshape((len(slope), 1)) * before
for turn in range(10):
    total = 0
    for x, t in zip(X, T):
        layers[0] = x
        for i in range(1, 4):
            layers[i] = 1 / (1 + np.exp(-weights[i - 1] @ layers[i - 1]))
        errors[-1] = t - layers[-1]
        for i in (2, 1):
            errors[i] = carried(weights[i], errors[i + 1])
        for i in range(3):
            weights[i] = corrected(weights[i], errors[i + 1], layers[i + 1], layers[i])
        total += np.sum(errors[-1] ** 2)
    print(total)
"""


@pytest.mark.slow
def test_errors_that_are_handed_back_without_their_slope_are_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(WRONG, tmp_path, sandbox, seconds=25.0)
    assert report.verdict is Verdict.WRONG
    line = WRONG.splitlines().index("            errors[i] = carried(weights[i], errors[i + 1])") + 1
    assert report.findings[0].line == line
    assert report.fixes
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT
