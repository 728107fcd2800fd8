"""Programs that go up their loss: all their errors, or all their updates, are the wrong way round."""

from pathlib import Path

import pytest

from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
LOGISTIC = """import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(30, 3))
y = (x @ np.array([1.5, -2.0, 0.5]) > 0).astype(float)
w = np.zeros(3)
b = 0.0


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for step in range(60):
    p = sigmoid(x @ w + b)
    dw = x.T @ (p - y) / len(y)
    db = np.mean(p - y)
    w = w - 0.1 * dw
    b = b - 0.1 * db
    print(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
"""


def _lines(report: Report) -> list[list[str]]:
    return [added(fix) for fix in report.fixes]


def test_two_errors_are_turned_round_sooner_than_the_sigmoid(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(LOGISTIC, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(LOGISTIC.replace("(p - y)", "(y - p)"), tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [16, 17]
    assert _lines(report)[0] == ["dw = x.T @ (p - y) / len(y)", "db = np.mean(p - y)"]


@pytest.mark.slow
@pytest.mark.parametrize("update", ["{0} = {0} + 0.1 * d{0}", "{0} += 0.1 * d{0}"])
def test_updates_that_go_up_are_turned_together(update: str, tmp_path: Path, sandbox: Sandbox) -> None:
    text = LOGISTIC
    for name in "wb":
        text = text.replace(f"{name} = {name} - 0.1 * d{name}", update.format(name))
    report = reported(text, tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    down = [update.replace("+", "-").format(name) for name in "wb"]
    assert down in _lines(report)
    assert not any("np.exp(z)" in line for fix in _lines(report) for line in fix)


@pytest.mark.slow
def test_a_sigmoid_that_is_none_is_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LOGISTIC.replace("np.exp(-z)", "np.exp(z)"), tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 11
    assert _lines(report)[0] == ["return 1 / (1 + np.exp(-z))"]
