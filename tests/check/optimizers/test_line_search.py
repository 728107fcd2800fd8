"""Conjugate gradients with a line search: the loss is computed at many points of a step, and the direction keeps
another share of the last one each time."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import numpy as np
x = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0.0], [1], [1], [0]])
def network(w):
    h = np.tanh(x @ w[:6].reshape(3, 2))
    return h, 1 / (1 + np.exp(-(h @ w[6:8] + w[8:])))
def loss(w):
    error = network(w)[1] - y
    return (error.T @ error)[0, 0]
def gradient(w):
    h, o = network(w)
    d = 2 * (o - y) * o * (1 - o)
    return np.concatenate([(x.T @ (d @ w[6:8].T * SLOPE)).reshape(6, 1), h.T @ d, d.sum(keepdims=True)])
def search(f, slope):
    start, below = f(0.0), 1e-4 * slope(0.0)
    rate = 8.0
    while f(rate) > start + below * rate:
        rate /= 2
    return rate
w = np.array([[1.0], [-0.8], [0.9], [-1.1], [-0.4], [1.3], [1.0], [-0.7], [0.2]])
g = gradient(w)
last, old = 0 * g, g
for step in range(40):
    share = 0.0 if step % 9 == 0 else ((g.T @ g) / (old.T @ old))[0, 0]
    rate = search(lambda t: loss(w + t * (share * last - g)),
                  lambda t: (gradient(w + t * (share * last - g)).T @ (share * last - g))[0, 0])
    last = -gradient(w) + share * last
    w = w + rate * last
    g, old = gradient(w), g
print(network(w)[1])
"""


@pytest.mark.parametrize(("slope", "verdict"), [("(1 - h ** 2)", "right"), ("h * (1 - h)", "wrong")])
def test_its_gradient_is_judged(tmp_path: Path, slope: str, verdict: str) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("SLOPE", slope))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
