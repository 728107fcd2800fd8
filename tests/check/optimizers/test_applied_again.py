"""Gradients that are added up and never set back, to which a penalty's part is added in place as well."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

CLASSES = """import numpy as np
rng = np.random.default_rng(9)
X, t = rng.normal(size=(80, 6)), rng.integers(0, 3, 80)
class Model:
    def __init__(self):
        self.weights = {"W": 0.01 * rng.normal(size=(6, 3))}
        self.gradients = {"W": np.zeros((6, 3))}
    def forward(self, x, y):
        p = np.exp(x @ self.weights["W"])
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(len(y)), y]))
        p[np.arange(len(y)), y] -= 1
        self.gradients["W"] = x.T @ p / len(y)
        return loss
class Descent:
    def penalised(self, model):
        model.gradients["W"] += 1e-2 * model.weights["W"]
    def move(self, model):
        self.penalised(model)
        model.weights["W"] -= 0.1 * model.gradients["W"]
model, descent = Model(), Descent()
for k in range({steps}):
    rows = slice(10 * (k % 8), 10 * (k % 8) + 10)
    print(k, model.forward(X[rows], t[rows]))
    descent.move(model)
"""


@pytest.mark.parametrize("steps", [4, 40])
def test_gradients_that_are_added_up_are_seen_beside_a_penalty(steps: int, tmp_path: Path, sandbox: Sandbox) -> None:
    text = CLASSES.replace("{steps}", str(steps))
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    line = 'self.gradients["W"] = x.T'
    report = reported(text.replace(line, 'self.gradients["W"] += x.T'), tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 13
    assert any(line in fix.diff for fix in report.fixes)
