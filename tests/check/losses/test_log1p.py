"""A logarithm of 1 + x is one: what it meets the targets with is no output."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(98)
X = rng.normal(size=(100, 3))
y = (X @ [1.0, -1.0, 0.5] + 0.3 * rng.normal(size=100) > 0).astype(float)
w, b = np.zeros(3), 0.0
def proba(X):
    return 1 / (1 + np.exp(-(X @ w + b)))
def loss(X, y):
    p = proba(X)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)).mean()
for epoch in range(200):
    e = (proba(X) - y) / len(y)
    w -= 0.5 * (X.T @ e)
    b -= 0.5 * e.sum()
    if epoch % 50 == 0:
        print(epoch, loss(X, y))
"""


def test_an_entropy_that_is_told_now_and_then_is_recognized(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(PROGRAM, tmp_path, sandbox).verdict is Verdict.RIGHT
    other = PROGRAM.replace("np.log1p(-p)", "np.log1p(-p / 2)")
    assert reported(other, tmp_path, sandbox, name="other.py").verdict is not Verdict.RIGHT
