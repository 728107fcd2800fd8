"""What is moved as the parameters are, and read by nobody, is read where another one is read twice."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
FEATURES = """import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(4, 6))
Y = (X[0] - X[3] > 0).astype(int)
w1 = w2 = w3 = w4 = b = 0
W = np.zeros((4, 1))
for epoch in range(40):
    dw1 = dw2 = dw3 = dw4 = db = 0
    J = 0
    W[0] = w1
    W[1] = w2
    W[2] = w3
    W[3] = w4
    for i in range(6):
        a = 1 / (1 + np.exp(-(W.T @ X[:, i] + b)))
        J = J - (Y[i] * np.log(a) + (1 - Y[i]) * np.log(1 - a))
        dw1 = dw1 + X[0, i] * (a - Y[i])
        dw2 = dw2 + X[1, i] * (a - Y[i])
        dw3 = dw3 + X[2, i] * (a - Y[i])
        dw4 = dw4 + X[3, i] * (a - Y[i])
        db = db + a - Y[i]
    print(J / 6)
    w1 = w1 - 0.1 * dw1 / 6
    w2 = w2 - 0.1 * dw2 / 6
    w3 = w3 - 0.1 * dw3 / 6
    w4 = w4 - 0.1 * dw4 / 6
    b = b - 0.1 * db / 6
"""
LAYERS = """import numpy as np

rng = np.random.default_rng(5)
x = rng.normal(size=(20, 3))
t = np.sin(x[:, :1]) + x[:, 1:2] ** 2
W1, W2, W3 = (0.5 * rng.normal(size=size) for size in ((3, 4), (4, 4), (4, 1)))
b1, b2, b3 = np.zeros(4), np.zeros(4), np.zeros(1)
for epoch in range(40):
    h1 = np.tanh(x @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    y = h2 @ W3 + b3
    print(np.mean((y - t) ** 2))
    d3 = 2 * (y - t) / 20
    d2 = d3 @ W3.T * (1 - h2 ** 2)
    d1 = d2 @ W2.T * (1 - h1 ** 2)
    W3 -= 0.1 * h2.T @ d3
    b3 -= 0.1 * d3.sum(axis=0)
    W2 -= 0.1 * h1.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
    W1 -= 0.1 * x.T @ d1
    b1 -= 0.1 * d1.sum(axis=0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [(FEATURES, "    W[3] = w4\n", "    W[3] = w3\n"), (LAYERS, "np.tanh(h1 @ W2 + b2)", "np.tanh(h1 @ W2 + b1)")],
)
def test_what_is_moved_for_nothing_is_read(text: str, right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(text.replace(right, wrong), tmp_path, sandbox, 20)
    assert report.verdict is not Verdict.RIGHT
    assert any(line.startswith("+") and right.strip() in line for line in report.fixes[0].diff.splitlines())
