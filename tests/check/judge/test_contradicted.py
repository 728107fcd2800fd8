"""With next to nothing of the weights any slope is that of a straight line: that proves nothing where a program plainly
does otherwise with more of them."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

# without the slope, steps are so large that probabilities are soon 0 and 1
SATURATED = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 2))
y = (X[:, :1] * X[:, 1:] > 0) * 1.0
W1, b1 = rng.normal(size=(2, 12)), np.zeros((1, 12))
W2, b2 = rng.normal(size=(12, 1)), np.zeros((1, 1))
for epoch in range(150):
    H = np.maximum(0, X @ W1 + b1)
    P = 1 / (1 + np.exp(-(H @ W2 + b2)))
    p = np.clip(P, 1e-7, 1 - 1e-7)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    D = -(y / p - (1 - y) / (1 - p)) / len(X)
    D = D * P * (1 - P)
    dH = D @ W2.T * (H > 0)
    W2, b2 = W2 - 0.5 * H.T @ D, b2 - 0.5 * D.sum(0, keepdims=True)
    W1, b1 = W1 - 0.5 * X.T @ dH, b1 - 0.5 * dH.sum(0, keepdims=True)
    if epoch % 50 == 0:
        print(epoch, loss)
"""


def test_a_slope_that_is_forgotten_shows_where_nothing_is_saturated(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(SATURATED, tmp_path, sandbox).verdict is Verdict.RIGHT
    line = "    D = D * P * (1 - P)\n"
    assert line in SATURATED
    assert reported(SATURATED.replace(line, ""), tmp_path, sandbox).verdict is not Verdict.RIGHT
