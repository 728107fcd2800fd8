"""Slips that the text shows are mended before anything else is looked at."""

import ast
from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(4)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
W, b = rng.normal(size=(2, 3)), np.zeros(2)
def gradients(xs, ys):
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for x, y in zip(xs, ys):
        error = W @ x + b - y
        dW += np.outer(error, x)
        db += error
    return dW / len(xs), db / len(xs)
for epoch in range(30):
    for k in range(0, 12, 4):
        dW, db = gradients(X[k:k + 4], Y[k:k + 4])
        W -= 0.1 * dW
        b -= 0.1 * db
    print(0.5 * np.mean(np.sum((X @ W.T + b - Y) ** 2, axis=1)))
"""


@pytest.mark.parametrize(
    ("line", "slip"),
    [
        ("        db += error", "        db = error"),
        ("        dW += np.outer(error, x)", "        dW = np.outer(error, x)"),
        ("        db += error", "    db += error"),
    ],
)
def test_a_slip_that_the_text_shows_is_mended_at_once(sandbox: Sandbox, tmp_path: Path, line: str, slip: str) -> None:
    ast.parse(PROGRAM.replace(line, slip))
    report = reported(PROGRAM.replace(line, slip), tmp_path, sandbox, 3)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) == [line.strip()]
    assert f"+{line}" in report.fixes[0].diff.splitlines()


MOMENTUM = """import numpy as np
rng = np.random.default_rng(3)
X, Y = rng.normal(size=(6, 3)), rng.uniform(-0.5, 0.5, size=(6, 2))
W, V = rng.normal(size=(3, 2)), rng.normal(size=(2, 2))
mW, mV = np.zeros_like(W), np.zeros_like(V)
for epoch in range(4):
    loss = 0.0
    for x, y in zip(X, Y):
        h = np.tanh(x @ W)
        error = y - h @ V
        loss += 0.5 * np.sum(error ** 2)
        back = V @ error * (1 - h ** 2)
        for j in range(2):
            for k in range(2):
                change = error[k] * h[j]
                V[j][k] = V[j][k] - 0.05 * change + 0.02 * mV[j][k]
                mV[j][k] = change
        for i in range(3):
            for j in range(2):
                change = back[j] * x[i]
                W[i][j] = W[i][j] - 0.05 * change + 0.02 * mW[i][j]
                mW[i][j] = change
    print(loss)
"""


def test_gradients_that_go_the_other_way_than_their_momentum_are_turned(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MOMENTUM, tmp_path, sandbox, 4)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) == [
        "V[j][k] = V[j][k] + 0.05 * change + 0.02 * mV[j][k]",
        "W[i][j] = W[i][j] + 0.05 * change + 0.02 * mW[i][j]",
    ]


TWICE = """import numpy as np
rng = np.random.default_rng(5)
X, Y = rng.normal(size=(3, 20)), np.eye(4)[rng.integers(0, 4, 20)].T
def forward(w1, b1, w2, b2, x):
    a = np.maximum(w1 @ x + b1, 0)
    z = w2 @ a + b2
    return a, np.exp(z) / np.sum(np.exp(z), axis=0)
def backward(a, p, w2, x, y):
    d2 = p - y
    dw2, db2 = d2 @ a.T / 20, np.sum(d2) / 20
    d1 = w2.T @ d2 * (a > 0)
    return d1 @ x.T / 20, np.sum(d1) / 20, dw2, db2
w1, b1 = rng.normal(size=(4, 3)), np.zeros((4, 1))
w2, b2 = rng.normal(size=(4, 4)), np.zeros((4, 1))
for epoch in range(20):
    a, p = forward(w1, b1, w2, b1, X)
    dw1, db1, dw2, db2 = backward(a, p, w2, X, Y)
    w1, b1, w2, b2 = w1 - 0.1 * dw1, b1 - 0.1 * db1, w2 - 0.1 * dw2, b2 - 0.1 * db2
    if epoch % 5 == 0:
        print(-np.mean(np.sum(Y * np.log(p), axis=0)))
"""


@pytest.mark.slow
def test_what_is_handed_over_twice_is_mended_and_then_the_rest(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(TWICE, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    lines = added(report.fixes[0])
    assert "a, p = forward(w1, b1, w2, b2, X)" in lines
    assert len(lines) == 3
    assert all("axis=1, keepdims=True" in line for line in lines if "np.sum" in line)
