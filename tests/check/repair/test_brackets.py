"""An output that is taken from its target in part, `y - w * x + b`, gets its brackets."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
LINE = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + 2
w, b = np.zeros(3), 0.0
for epoch in range(100):
    error = y - X @ w + b
    w += 0.05 * X.T @ error / len(y)
    b += 0.05 * error.mean()
print(w, b)
"""
TWICE = """import numpy as np
points = np.array([[1.0, 3.1], [2.0, 5.2], [3.0, 6.8], [4.0, 9.1], [5.0, 10.7]])
def step(b, m, points, rate):
    b_gradient, m_gradient, n = 0, 0, float(len(points))
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        b_gradient += -(2 / n) * (y - (m * x) + b)
        m_gradient += -(2 / n) * x * (y - (m * x) + b)
    return b - rate * b_gradient, m - rate * m_gradient
b, m = 0, 0
for _ in range(100):
    b, m = step(b, m, points, 0.01)
print(b, m)
"""


def test_an_intercept_with_the_other_sign_is_a_lack_of_brackets(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LINE, tmp_path, sandbox, 15)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) == ["error = y - (X @ w + b)"]


def test_what_lacks_at_two_places_is_put_in_at_both(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(TWICE, tmp_path, sandbox, 15)
    assert added(report.fixes[0]) == [
        "b_gradient += -(2 / n) * (y - (m * x + b))",
        "m_gradient += -(2 / n) * x * (y - (m * x + b))",
    ]


def test_the_told_loss_says_how_the_intercept_goes_in(sandbox: Sandbox, tmp_path: Path) -> None:
    told = LINE.replace("    w +=", "    print(np.mean((y - (X @ w + b)) ** 2))\n    w +=")
    report = reported(told, tmp_path, sandbox, 15)
    assert [added(fix) for fix in report.fixes] == [["error = y - (X @ w + b)"]]


@pytest.mark.parametrize("told", [False, True])
def test_a_model_that_takes_its_intercept_away_is_right(sandbox: Sandbox, tmp_path: Path, told: bool) -> None:
    model = LINE.replace("b += 0.05", "b -= 0.05")
    shown = model.replace("    w +=", "    print(np.mean(error ** 2))\n    w +=") if told else model
    assert reported(shown, tmp_path, sandbox).verdict is Verdict.RIGHT
