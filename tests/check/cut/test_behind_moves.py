"""What is made of a weight behind its move, before the network reads it, hides no mistake of the move."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 4))
y = (X[:, :1] - X[:, 1:2] * X[:, 2:3] > 0).astype(float)
W1, b1 = rng.normal(0, 0.5, (4, 4)), np.zeros(4)
W2, b2 = rng.normal(0, 0.5, (4, 1)), np.zeros(1)
mask = (rng.random(W1.shape) < 0.8).astype(float)
W1 *= mask
for it in range(60):
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d = (p - y) / len(X)
    dW2, db2 = h.T @ d, d.sum(0)
    dh = d @ W2.T * (1 - h ** 2)
    dW1, db1 = X.T @ dh, dh.sum(0)
    W1 -= 0.5 * dW1
    behind
    b1 -= 0.5 * db1
    W2 -= 0.5 * dW2
    b2 -= 0.5 * db2
    if it % 20 == 0:
        print(it, loss)
"""
WAYS = {
    "times a mask": "W1 *= mask",
    "times a mask, anew": "W1 = W1 * mask",
    "the diagonal": "np.fill_diagonal(W1, 0)",
    "a column": "W1[:, 0] = 0",
    "one weight": "W1[2, 1] = 0",
    "what is small": "W1[np.abs(W1) < 0.01] = 0",
    "less than nothing": "W1[W1 < 0] = 0",
    "a share": "W1 *= 0.999",
    "a share, taken away": "W1 -= 0.5 * 0.002 * W1",
    "rounded": "W1 = np.round(W1, 6)",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_right_one_is_right_and_a_wrong_one_is_not(way: str, sandbox: Sandbox, tmp_path: Path) -> None:
    text = PROGRAM.replace("behind", WAYS[way])
    right = reported(text, tmp_path, sandbox)
    assert (right.verdict, right.parameters) == (Verdict.RIGHT, 4), right.reason
    wrong = reported(text.replace("X.T @ dh, ", "X.T @ (dh * h), "), tmp_path, sandbox, name="wrong.py")
    assert wrong.verdict == Verdict.WRONG, wrong.reason
