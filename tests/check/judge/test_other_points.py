"""What moves by losses at other points, or by no slope at all, is not judged by gradients."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
EVOLUTION = """import numpy as np
np.random.seed(61)
X = np.random.randn(60, 2)
y = np.sin(X[:, 0]) * X[:, 1]
def f(w):
    return -np.mean((np.tanh(X @ w[:16].reshape(2, 8) + w[16:24]) @ w[24:32] - y) ** 2)
w = np.random.randn(32) * 0.3
for i in range(100):
    print(i, f(w))
    N = np.random.randn(20, 32)
    R = np.array([f(w + 0.1 * n) for n in N])
    A = (R - np.mean(R)) / (np.std(R) + 1e-8)
    w = w + 0.03 / (20 * 0.1) * np.dot(N.T, A)
"""
PERTURBED = """import numpy as np
rng = np.random.default_rng(75)
X = rng.normal(size=(80, 3))
y = (X @ [1.0, -2.0, 0.5] > 0).astype(float)
def loss(w):
    p = 1 / (1 + np.exp(-(X @ w[:3] + w[3])))
    return -np.mean(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))
w = np.zeros(4)
for k in range(200):
    delta = rng.choice([-1.0, 1.0], 4)
    ghat = (loss(w + 0.1 * delta) - loss(w - 0.1 * delta)) / 0.2 * delta
    w = w - 0.05 * ghat
    print(k, loss(w))
"""
OJA = """import numpy as np
rng = np.random.default_rng(59)
X = rng.normal(size=(300, 2)) @ np.array([[2.0, 0.8], [0.0, 0.5]])
w = rng.normal(size=2)
for epoch in range(10):
    for x in X:
        y = w @ x
        w += 0.005 * y * (x - y * w)
    print(epoch, w, np.linalg.norm(w))
"""
BOLTZMANN = """import numpy as np
rng = np.random.RandomState(57)
data = np.array([[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]] * 10, dtype=float)
W, a, b = 0.1 * rng.randn(6, 4), np.zeros(6), np.zeros(4)
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
for epoch in range(100):
    v0 = data[rng.permutation(30)[:10]]
    h0 = sigmoid(v0 @ W + b)
    on = (rng.rand(*h0.shape) < h0).astype(float)
    v1 = sigmoid(on @ W.T + a)
    h1 = sigmoid(v1 @ W + b)
    W += 0.1 * (v0.T @ h0 - v1.T @ h1) / 10
    a += 0.1 * (v0 - v1).mean(axis=0)
    b += 0.1 * (h0 - h1).mean(axis=0)
    print(epoch, np.mean((v0 - v1) ** 2))
"""
NOISY = """import numpy as np
rng = np.random.default_rng(7)
X = rng.normal(size=(40, 3))
t = X @ np.array([1.0, -2.0, 0.5])
w = rng.normal(size=3)
for epoch in range(60):
    read = w + 0.01 * rng.normal(size=3)
    error = X @ read - t
    print(np.mean(error ** 2))
    w -= 0.05 * 2 * X.T @ error / len(X)
"""


@pytest.mark.parametrize(
    "text", [EVOLUTION, PERTURBED, OJA, BOLTZMANN], ids=["evolution", "perturbed", "Oja", "Boltzmann"]
)
def test_what_takes_no_slope_is_not_judged(text: str, sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(text, tmp_path, sandbox).verdict is Verdict.CANNOT_JUDGE


def test_a_slope_beside_noise_still_is(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(NOISY, tmp_path, sandbox).verdict is Verdict.RIGHT
    wrong = NOISY.replace("X.T @ error", "X.T @ np.tanh(error)")
    assert reported(wrong, tmp_path, sandbox, name="wrong.py").verdict is not Verdict.RIGHT
