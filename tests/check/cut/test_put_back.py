"""Gradients that a program checks itself, by small moves of each weight that are taken back."""

from pathlib import Path

import pytest

from backproof.check import check

CHECKED = """
import numpy as np
rng = np.random.default_rng(52)
X, t = rng.normal(size=(10, 3)), rng.integers(0, 2, (10, 1))
W, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
def cost():
    h = np.tanh(X @ W)
    p = 1 / (1 + np.exp(-h @ v))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), h, p
def gradients():
    loss, h, p = cost()
    d = (p - t) / 10
    return loss, [X.T @ (d @ v.T * SLOPE), h.T @ d]
def farthest(e=1e-5):
    worst = 0.0
    for weights, gradient in zip((W, v), gradients()[1]):
        for i in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                old = weights[i, j]
                weights[i, j] = old + e
                up = cost()[0]
                weights[i, j] = old - e
                down = cost()[0]
                weights[i, j] = old
                worst = max(worst, abs((up - down) / (2 * e) - gradient[i, j]))
    return worst
print(farthest())
"""
TRAINED = """for epoch in range(40):
    loss, (dW, dv) = gradients()
    W -= 0.5 * dW
    v -= 0.5 * dv
    if epoch % 10 == 0:
        print(loss)
print(farthest())
"""


@pytest.mark.parametrize(
    ("slope", "rest", "verdict"),
    [
        ("(1 - h * h)", "", "cannot-judge"),
        ("(1 - h * h)", TRAINED, "right"),
        ("h * (1 - h)", TRAINED, "wrong"),
    ],
)
def test_to_put_weights_back_is_no_training(slope: str, rest: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(CHECKED.replace("SLOPE", slope) + rest)
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
    if not rest:
        assert report.reason.startswith("No training step was seen")
