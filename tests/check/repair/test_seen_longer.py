"""What is seen of an edited program in a few steps may be too little: weights that begin as zeros show no decay there,
and targets that are 0 at first look like a number of a formula."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
FACTORS = """import numpy as np
R = np.array([[1.0, 4, 5, 0, 3], [5, 1, 0, 5, 2], [4, 1, 2, 5, 0], [0, 3, 4, 0, 4]])
np.random.seed(0)
P, Q = np.random.normal(size=(4, 2), scale=0.5), np.random.normal(size=(5, 2), scale=0.5)
b_u, b_i, b = np.zeros(4), np.zeros(5), R[R > 0].mean()
samples = [(i, j, R[i, j]) for i in range(4) for j in range(5) if R[i, j] > 0]
for _ in range(40):
    np.random.shuffle(samples)
    for i, j, r in samples:
        i, j = int(i), int(j)
        e = r - (b + b_u[i] + b_i[j] + P[i, :].dot(Q[j, :].T))
        b_u[i] += 0.002 * (e - 0.01 * b_u[i])
        b_i[j] += 0.002 * (e - 0.01 * b_i[j])
        P[i, :] += 0.002 * (e * Q[j, :] - 0.01 * P[i, :])
        Q[j, :] += 0.002 * (e * P[i, :] - 0.01 * Q[j, :])
print(P @ Q.T)
"""
GATE = """import math, random
random.seed(4)
def sigmoid(z):
    return 1 / (1 + math.exp(-z))
def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))
data = [(x, 1 if 1 <= x <= 10 else 0) for x in range(-10, 21)]
w1, b1, w2, b2 = [random.uniform(-0.2, 0.2) for _ in range(4)]
for epoch in range(50):
    total = 0
    for x, t in data:
        z1, z2 = w1 * x + b1, w2 * x + b2
        n1, n2 = sigmoid(z1), sigmoid(3 - z2)
        y = n1 * n2
        total += (t - y) ** 2
        error = y - t
        d1 = error * n2 * slope(z1)
        d2 = error * n1 * slope(z2)
        w1 -= 0.01 * d1 * x
        b1 -= 0.01 * d1
        w2 -= 0.01 * d2 * x
        b2 -= 0.01 * d2
    print(epoch, total)
"""


def test_biases_that_decay_once_they_are_something(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(FACTORS, tmp_path, sandbox, 12)
    assert report.verdict is Verdict.WRONG
    assert any("old_P" in line and line.startswith("Q[j, :] +=") for line in added(report.fixes[0]))


def test_targets_that_are_zero_at_first(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(GATE, tmp_path, sandbox, 12)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    mended = next(line for line in added(report.fixes[0]) if line.startswith("d2 = "))
    again = GATE.replace("d2 = error * n1 * slope(z2)", mended)
    assert reported(again, tmp_path, sandbox, name="again.py").verdict is Verdict.RIGHT
