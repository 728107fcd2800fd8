"""A penalty that leaves out the bias, and a sum over all axes but one: the edits that a file's shapes ask for."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

PENALTY = """import numpy as np
rng = np.random.default_rng(9)
X = np.c_[np.ones(60), rng.normal(size=(60, 4))]
t = (X @ np.array([0.5, 1.0, -2.0, 0.0, 1.0]) + 0.3 * rng.normal(size=60) > 0).astype(float)
theta, lam = np.zeros(5), 0.5
for step in range(100):
    p = 1 / (1 + np.exp(-X @ theta))
    print(-(t @ np.log(p) + (1 - t) @ np.log(1 - p)) / 60 + lam / 120 * theta[1:] @ theta[1:])
    gradient = X.T @ (p - t) / 60
    gradient[1:] += lam / 60 * theta[1:]
    theta -= 0.3 * gradient
"""
FILTERS = """import numpy as np
rng = np.random.default_rng(7)
F, b, w = 0.3 * rng.normal(size=(3, 2, 2)), np.zeros(3), 0.3 * rng.normal(size=(3, 3, 3))
def back(image, error):
    global F, b
    change = np.zeros_like(F)
    for i in range(3):
        for j in range(3):
            change += error[:, i, j, None, None] * image[i : i + 2, j : j + 2]
    F = F - 0.05 * change
    b = b - 0.05 * error.sum(axis=(1, 2))
for step in range(40):
    image, t = rng.normal(size=(4, 4)), float(step % 2)
    z = np.zeros((3, 3, 3))
    for i in range(3):
        for j in range(3):
            z[:, i, j] = np.sum(F * image[i : i + 2, j : j + 2], axis=(1, 2)) + b
    h = np.tanh(z)
    e = np.sum(h * w) - t
    print(0.5 * e ** 2)
    error = e * w * (1 - h ** 2)
    w = w - 0.05 * e * h
    back(image, error)
"""


@pytest.mark.parametrize(
    ("program", "right", "wrong"),
    [
        (PENALTY, "gradient[1:] += lam / 60 * theta[1:]", "gradient += lam / 60 * theta"),
        (FILTERS, "error.sum(axis=(1, 2))", "error.sum()"),
    ],
)
def test_mended(program: str, right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(program.replace(right, wrong), tmp_path, sandbox, 10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 1 + program[: program.index(right)].count("\n")
    assert report.fixes[0].texts["network.py"] == program
