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
