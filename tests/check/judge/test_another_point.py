"""Gradients that are taken ahead of the weights, by Nesterov's momentum, where the loss that is told is not."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
WEIGHTED = """import numpy as np
rng = np.random.default_rng(4)
x = rng.normal(size=(40, 3))
t = (x @ np.array([1.0, -2.0, 0.5]) > 0.8).astype(float)
share = np.where(t == 1, 3.0, 1.0) / 60
def predicted(w):
    return 1 / (1 + np.exp(-(w[0] + x @ w[1:])))
def loss(w):
    q = predicted(w)
    return -np.sum(share * (t * np.log(q) + (1 - t) * np.log(1 - q)))
def gradient(w):
    e = share * (predicted(w) - t)
    return np.concatenate([[e.sum()], x.T @ e])
w, v = np.zeros(4), np.zeros(4)
for step in range(60):
    ahead = w + 0.8 * v
    v = 0.8 * v - 0.3 * gradient(ahead)
    w = w + v
    print(loss({told}))
"""


@pytest.mark.parametrize(("told", "verdict"), [("ahead", Verdict.RIGHT), ("w", Verdict.CANNOT_JUDGE)])
def test_what_is_told_elsewhere_accuses_nobody(told: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(WEIGHTED.replace("{told}", told), tmp_path, sandbox, 10)
    assert report.verdict is verdict, report.reason
    assert told == "ahead" or "Nesterov" in report.reason
