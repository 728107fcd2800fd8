"""Parameters of a number or two beside a rate that changes: each of their steps alone can be explained in any way."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

# momentum behind a rate that falls, as a much read book has it
FALLING = """import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(size=(50, 2))
y = (X[:, :1] * X[:, 1:] > 0) * 1.0
class Layer:
    def __init__(self, n, m):
        self.W, self.b = rng.normal(size=(n, m)) * 0.7, np.zeros((1, m))
one, two = Layer(2, 9), Layer(9, 1)
class Descent:
    def __init__(self, rate, decay, momentum):
        self.rate, self.now, self.decay, self.momentum, self.steps = rate, rate, decay, momentum, 0
    def begin(self):
        self.now = self.rate / (1 + self.decay * self.steps)
    def move(self, layer):
        if not hasattr(layer, "vW"):
            layer.vW, layer.vb = np.zeros_like(layer.W), np.zeros_like(layer.b)
        layer.vW = self.momentum * layer.vW - self.now * layer.dW
        layer.vb = self.momentum * layer.vb - self.now * layer.db
        layer.W += layer.vW
        layer.b += layer.vb
descent = Descent(0.4, 1e-3, 0.8)
for epoch in range(120):
    H = np.tanh(X @ one.W + one.b)
    P = 1 / (1 + np.exp(-(H @ two.W + two.b)))
    loss = -np.mean(y * np.log(P) + (1 - y) * np.log(1 - P))
    D = (P - y) / len(X)
    two.dW, two.db = H.T @ D, D.sum(0, keepdims=True)
    D = D @ two.W.T * (1 - H ** 2)
    one.dW, one.db = X.T @ D, D.sum(0, keepdims=True)
    descent.begin()
    for layer in (one, two):
        descent.move(layer)
    descent.steps += 1
    if epoch % 30 == 0:
        print(epoch, loss)
"""
# a rate that grows in the first epochs, weights that decay and biases that do not; two folds begin in the record
GROWING = """import numpy as np
rng = np.random.default_rng(7)
X, t = rng.normal(size=(120, 5)), rng.integers(0, 3, 120)
for fold in range(3):
    own = np.arange(120) % 3 != fold
    A, y = X[own], t[own]
    W, b = rng.normal(size=(5, 3)) * 0.3, np.zeros(3)
    vW, vb = 0 * W, 0 * b
    for epoch in range(18):
        rate = 0.05 * min(1.0, (epoch + 1) / 5)
        for s in range(0, len(y), 32):
            x, k = A[s:s + 32], y[s:s + 32]
            p = np.exp(x @ W + b)
            p /= p.sum(axis=1, keepdims=True)
            d = (p - np.eye(3)[k]) / len(k)
            vW = 0.9 * vW - rate * (x.T @ d + 1e-4 * W)
            vb = 0.9 * vb - rate * d.sum(axis=0)
            W += vW
            b += vb
    print(fold, np.mean((A @ W + b).argmax(1) == y))
"""
# biases of users and of things, penalised from zero on, each step moving a few single numbers
RATINGS = """import numpy as np
rng = np.random.default_rng(1)
rows = [(u, i, 3 + rng.normal()) for u in range(8) for i in range(9) if rng.random() < 0.7]
P, Q, a, c = 0.1 * rng.normal(size=(8, 2)), 0.1 * rng.normal(size=(9, 2)), np.zeros(8), np.zeros(9)
def told():
    return sum((r - (3 + a[u] + c[i] + P[u] @ Q[i])) ** 2 for u, i, r in rows)
for epoch in range(20):
    for k in rng.permutation(len(rows)):
        u, i, r = rows[k]
        e = r - (3 + a[u] + c[i] + np.dot(P[u], Q[i]))
        gp, gq = -2 * e * Q[i] + 0.1 * P[u], -2 * e * P[u] + 0.1 * Q[i]
        ga, gc = -2 * e + 0.1 * a[u], -2 * e + 0.1 * c[i]
        P[u] -= 0.02 * gp
        Q[i] -= 0.02 * gq
        a[u] -= 0.02 * ga
        c[i] -= 0.02 * gc
    if epoch % 5 == 0:
        print(epoch, told())
"""


@pytest.mark.parametrize("program", [FALLING, GROWING, RATINGS])
def test_few_numbers_that_are_moved_as_the_others_are_right(program: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("program", "before", "after"),
    [
        (FALLING, "H.T @ D, D.sum(0", "H.T @ D, D.mean(0"),
        (GROWING, "rate * d.sum(axis=0)", "rate * d.mean(axis=0)"),
        (RATINGS, "gc = -2 * e + 0.1 * a[u], -2 * e", "gc = -2 * e + 0.1 * a[u], -e"),
    ],
)
def test_few_numbers_that_are_moved_otherwise_are_wrong(
    program: str, before: str, after: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert before in program
    assert reported(program.replace(before, after), tmp_path, sandbox).verdict is Verdict.WRONG
