"""An entropy that is told of all samples once an epoch, and that is not written as it is descended batch by batch."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.5)

PROGRAM = """import numpy as np
rng = np.random.default_rng(12)
X = rng.normal(size=(40, 3))
t = (X[:, 0] - X[:, 1] > 0.2) * 1.0
w, b, history = np.zeros(3), 0.0, []
def predict(X):
    return 1 / (1 + np.exp(-(X @ w + b)))
for epoch in range(60):
    for i in range(0, 40, 10):
        x, y = X[i : i + 10], t[i : i + 10]
        d = (predict(x) - y) / 10
        w = w - 0.5 * x.T @ d
        b = b - 0.5 * d.sum()
    p = predict({samples})
    history.append({loss})
"""
RIGHT = "-np.mean(t * np.log(p + 1e-15) + (1 - t) * np.log(1 - p + 1e-15))"
WRONG = {
    "a sign": "-np.mean(t * np.log(p + 1e-15) - (1 - t) * np.log(1 - p + 1e-15))",
    "other targets": "-np.mean(t * np.log(p) + (1 - t) ** 2 * np.log(p))",
}


def report_of(tmp_path: Path, loss: str, samples: str = "X") -> Report:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.format(loss=loss, samples=samples))
    return check(path, repair=0)


def test_what_is_descended_is_right(tmp_path: Path) -> None:
    report = report_of(tmp_path, RIGHT)
    assert report.verdict == "right", report.reason


@pytest.mark.parametrize("formula", WRONG)
def test_another_formula_is_another_loss(formula: str, tmp_path: Path) -> None:
    report = report_of(tmp_path, WRONG[formula])
    assert (report.verdict, report.findings[0].line) == ("other-loss", 15), report.reason


def test_of_other_samples_nothing_is_known(tmp_path: Path) -> None:
    report = report_of(tmp_path, WRONG["a sign"], "X + 0.01")
    assert report.verdict == "right", report.reason


BATCHES = """import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(60, 3))
t = (X[:, :1] - X[:, 1:2] > 0).astype(float)
W, b = rng.normal(size=(3, 1)), np.zeros((1, 1))
for epoch in range(300):
    for i in range(0, 60, 20):
        x, y = X[i:i + 20], t[i:i + 20]
        p = 1 / (1 + np.exp(-(x @ W + b)))
        d = (p - y) / 20
        W -= 0.1 * x.T @ d
        b -= 0.1 * d.sum(axis=0, keepdims=True)
    if epoch % 100 == 99:
        p = 1 / (1 + np.exp(-(X @ W + b)))
        print({told})
"""
TOLD = {
    "np.mean((p - t) ** 2)": Verdict.OTHER_LOSS,
    "-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))": Verdict.RIGHT,
    "np.mean(np.abs(p - t))": Verdict.RIGHT,
    "np.mean((p > 0.5) == t)": Verdict.RIGHT,
}


@pytest.mark.parametrize("told", TOLD)
def test_a_squared_error_that_is_told_now_and_then(told: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(BATCHES.replace("{told}", told), tmp_path, sandbox, 0)
    assert report.verdict is TOLD[told], report.reason
