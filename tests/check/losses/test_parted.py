"""A prediction whose parts are subtracted from the target one by one: it stands nowhere, and is held against it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

LINE = """import random
random.seed(0)
data = [(x, 2 * x + 1 + random.gauss(0, 0.1)) for x in [i / 20 for i in range(20)]]
w, b = 0.0, 0.0
for epoch in range(30):
    for x, y in data:
        e = y - w * x - b
        w += 0.05 * e * x
        b += 0.05 * e
    print(epoch, sum((y - w * x - b) ** 2 for x, y in data) / len(data))
"""
PLANE = """import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(30, 2))
t = X @ [1.0, -2.0] + 0.7
w, b = np.zeros(2), 0.0
for epoch in range(20):
    e = t - X @ w - b
    w = w + 0.1 * X.T @ e / 30
    b = b + 0.1 * e.mean()
pred = X @ w + b
print(np.mean((t - pred) ** 2))
"""
RATINGS = """import numpy as np
rng = np.random.default_rng(1)
rows = [(u, i, 3 + rng.normal()) for u in range(8) for i in range(9) if rng.random() < 0.7]
P, Q, a, c = 0.1 * rng.normal(size=(8, 2)), 0.1 * rng.normal(size=(9, 2)), np.zeros(8), np.zeros(9)
def told():
    return sum((r - 3 - a[u] - c[i] - P[u] @ Q[i]) ** 2 for u, i, r in rows)
for epoch in range(20):
    for k in rng.permutation(len(rows)):
        u, i, r = rows[k]
        e = r - 3 - a[u] - c[i] - np.dot(P[u], Q[i])
        gp, gq = -2 * e * Q[i] + 0.1 * P[u], -2 * e * P[u] + 0.1 * Q[i]
        ga, gc = -2 * e + 0.1 * a[u], -2 * e + 0.1 * c[i]
        P[u] -= 0.02 * gp
        Q[i] -= 0.02 * gq
        a[u] -= 0.02 * ga
        c[i] -= 0.02 * gc
    if epoch % 5 == WHEN:
        print(epoch, told())
"""
MARGINS = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3))
y = np.where(X @ [1.0, -2.0, 1.0] + 0.3 * rng.normal(size=50) > 0, 1, -1)
w = np.zeros(3)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for k in range(40):
    w += 0.5 * X.T @ (y * sigmoid(-y * (X @ w))) / 50
print((np.sign(X @ w) == y).mean())
"""


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        PLANE,
        MARGINS,
        PLANE.replace("t - X @ w - b", "X @ w - t + b").replace("w + 0.1", "w - 0.1").replace("b + 0.1", "b - 0.1"),
        RATINGS.replace("WHEN", "0"),
        RATINGS.replace("WHEN", "4"),
        # the target less its prediction, here alone
        RATINGS.replace("WHEN", "4").replace("r - 3 - a[u] - c[i] - np.dot(P[u], Q[i])", "r - predicted(u, i)").replace(
            "def told", "def predicted(u, i):\n    return 3 + a[u] + c[i] + P[u] @ Q[i]\ndef told"
        ),
    ],
)  # fmt: skip
def test_right(sandbox: Sandbox, tmp_path: Path, text: str) -> None:
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (PLANE, "X.T @ e / 30", "X.T @ (e * e) / 30"),
        (PLANE, "b + 0.1 * e.mean()", "b - 0.1 * e.mean()"),
        (RATINGS.replace("WHEN", "0"), "-2 * e * Q[i]", "-2 * e * P[u]"),
    ],
)
def test_wrong(sandbox: Sandbox, tmp_path: Path, text: str, right: str, wrong: str) -> None:
    report = reported(text.replace(right, wrong), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
    assert report.findings[0].line == 1 + text[: text.index(right)].count("\n")


@pytest.mark.parametrize("error", ["y - w * x - b", "y - (w * x + b)"])
def test_a_weight_that_moves_as_the_bias_does_is_wrong(error: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """It is no mean of the bias, though the error holds that as it is."""
    text = LINE.replace("e = y - w * x - b", f"e = {error}").replace("0.05 * e * x", "0.05 * e")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
    assert report.parameters == 2


def test_another_prediction(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PLANE.replace("X @ w + b\n", "X @ w\n"), tmp_path, sandbox)
    assert report.verdict is Verdict.INCONSISTENT, report.reason
    assert report.findings[0].line == 10
