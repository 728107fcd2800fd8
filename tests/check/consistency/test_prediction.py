"""What is predicted after training is held against the network that was trained, whatever its numbers have become."""

from pathlib import Path

import pytest

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
