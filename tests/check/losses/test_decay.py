"""Weights that decay beside the gradient of a loss that is told of other data, at a rate that changes."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

# softmax regression on raw pixels: with a little of noise in the weights, probabilities are 0 there
PIXELS = """import numpy as np
rng = np.random.default_rng(3)
X, t = rng.integers(0, 256, size=(96, 200)).astype(float), np.eye(4)[rng.integers(0, 4, 96)]
W, b = np.zeros((200, 4)), np.zeros(4)
def descend(W, b, rate, size):
    for epoch in range(4):
        for k in range(0, len(X), size):
            x, y = X[k:k + size], t[k:k + size]
            p = np.exp(x @ W + b)
            p = p / np.sum(p, axis=1)[:, None]
            dW = (x.T @ (p - y) + 2.0 * W) / size
            db = np.sum(p - y, axis=0) / size
            W -= rate * dW
            b -= rate * db
    return W, b
for rate in (1e-5, 1e-6):
    for size in (8, 16):
        W, b = descend(W, b, rate, size)
        p = np.exp(X @ W + b)
        cost = -np.sum(t * np.log(p / p.sum(1)[:, None])) / len(X)
print(cost)
"""


def test_weights_that_decay_at_a_rate_that_changes_are_right(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(PIXELS, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("before", "after"), [("np.sum(p - y, axis=0)", "np.sum(p - y)"), ("x.T @ (p - y) + ", "x.T @ (p - y ** 2 / 2) + ")]
)
def test_and_with_a_mistake_they_are_wrong(before: str, after: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert before in PIXELS
    assert reported(PIXELS.replace(before, after), tmp_path, sandbox).verdict is Verdict.WRONG


# a support vector machine as it is much copied: in the first epoch, the weights lose twice what they are
MACHINE = """import numpy as np
X = np.array([[-2, 4, -1], [4, 1, -1], [1, 6, -1], [2, 4, -1], [6, 2, -1], [0, 5, -1]])
y = np.array([-1, -1, 1, 1, 1, -1])
w, eta = np.zeros(3), 1
for epoch in range(1, 200):
    for i, x in enumerate(X):
        if y[i] * np.dot(x, w) < 1:
            w = w + eta * (x * y[i] + (-2 * (1 / epoch) * w))
        else:
            w = w + eta * (-2 * (1 / epoch) * w)
print(w)
"""


def test_a_penalty_that_is_divided_by_the_epoch_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(MACHINE, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("before", "after"), [("x * y[i] + (-2", "X[i - 1] * y[i] + (-2"), ("x * y[i] + (-2", "x * y[i] + (2")]
)
def test_and_with_another_sample_or_sign_it_is_not(before: str, after: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert before in MACHINE
    assert reported(MACHINE.replace(before, after), tmp_path, sandbox).verdict is not Verdict.RIGHT
