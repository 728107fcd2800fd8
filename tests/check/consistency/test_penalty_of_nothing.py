"""A penalty times 0 asks for nothing, whether the updates have it or not."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X[:, :1] + X[:, 1:2] ** 2 > 0.5).astype(float)
W1, W2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
l2 = PENALTY
def forward(X):
    a = 1 / (1 + np.exp(-(X @ W1)))
    return a, 1 / (1 + np.exp(-(a @ W2)))
for epoch in range(30):
    for i in range(0, 60, 15):
        x, t = X[i:i + 15], y[i:i + 15]
        a, p = forward(x)
        d = (p - t) / 15
        back = d @ W2.T * a * (1 - a)
        W1 -= 0.1 * (x.T @ back)
        W2 -= 0.1 * (a.T @ d)
    a, p = forward(X)
    print(np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)) + l2 / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2)))
"""


@pytest.mark.parametrize(("penalty", "verdict"), [("0.0", Verdict.RIGHT), ("0.1", Verdict.OTHER_LOSS)])
def test_a_penalty_times_zero_is_none(sandbox: Sandbox, tmp_path: Path, penalty: str, verdict: Verdict) -> None:
    assert reported(PROGRAM.replace("PENALTY", penalty), tmp_path, sandbox).verdict is verdict
