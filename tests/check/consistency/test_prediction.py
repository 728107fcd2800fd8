"""What is predicted after training is held against the network that was trained, whatever its numbers have become."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits()

# the bias of the output is a bare number, and an array of one from its first update on
GROWN = """
import numpy as np
rng = np.random.default_rng(2)
points, labels = np.array([[1, 1], [0, 0], [1, 0], [0, 1]]), [1, 1, 0, 0]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(x, w1, w2, b1, b2):
    a = sigmoid(np.dot(w1, x).reshape((2, 1)) + b1)
    return a, sigmoid(np.dot(w2.T, a) + b2)


def train(epochs):
    w1, w2, b1, b2 = rng.normal(size=(2, 2)), rng.normal(size=(2, 1)), rng.normal(size=(2, 1)), rng.normal()
    for epoch in range(epochs):
        for x, label in zip(points, labels):
            a, p = forward(x, w1, w2, b1, b2)
            d = (p - label) * p * (1 - p)
            da = d * w2 * a * (1 - a)
            w2 -= d * a
            b2 -= d
            w1 -= da * x
            b1 -= da
    return w1, w2, b1, b2


w1, w2, b1, b2 = train(60)
for x in points:
    print(PREDICTED)
"""


@pytest.mark.parametrize(
    ("predicted", "verdict"),
    [
        ("forward(x, w1, w2, b1, b2)[1]", "right"),
        ("sigmoid(np.dot(w2.T, np.tanh(np.dot(w1, x).reshape((2, 1)) + b1)) + b2)", "inconsistent"),
    ],
)
def test_a_bare_number_that_becomes_an_array_is_the_same_bias(
    predicted: str, verdict: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert reported(GROWN.replace("PREDICTED", predicted), tmp_path, sandbox).verdict == verdict


SIGNED = """import numpy as np
rng = np.random.default_rng(8)
X = rng.normal(size=(40, 2))
y = np.where(np.sum(X ** 2, axis=1, keepdims=True) > 1, 1.0, {low})
W1, b1 = rng.normal(size=(2, 5)), np.zeros(5)
W2, b2 = rng.normal(size=(5, 1)), np.zeros(1)
for epoch in range(60):
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    print(np.mean((out - y) ** 2))
    d2 = (out - y) / len(X)
    d1 = d2 @ W2.T * (1 - h ** 2)
    W2 -= 0.1 * h.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
    W1 -= 0.1 * X.T @ d1
    b1 -= 0.1 * d1.sum(axis=0)
answers = np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2)
print(answers[:5])
"""


@pytest.mark.parametrize(("low", "verdict"), [("-1.0", Verdict.RIGHT), ("0.0", Verdict.INCONSISTENT)])
def test_a_tanh_behind_the_output_changes_no_answer_where_classes_are_signs(
    low: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(SIGNED.replace("{low}", low), tmp_path, sandbox).verdict is verdict
