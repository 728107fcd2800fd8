"""The newest gradient, and the one before it that is kept: which way each takes the weights."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
KEPT = """import numpy as np
rng = np.random.default_rng(4)
X = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
T = np.array([[0.0], [1.0], [1.0], [0.0]])
V, W = rng.normal(size=(3, 2)), rng.normal(size=(2, 1))
kept_v, kept_w = np.zeros_like(V), np.zeros_like(W)
for epoch in range(80):
    for x, t in zip(X, T):
        h = np.tanh(x @ V)
        y = np.tanh(h @ W)
        print(0.5 * np.sum((t - y) ** 2))
        d = (1 - y ** 2) * (t - y)
        e = (1 - h ** 2) * (W @ d)
        step_w, step_v = np.outer(h, d), np.outer(x, e)
        W += {kept} * kept_w {sign} 0.1 * step_w
        V += {kept} * kept_v {sign} 0.1 * step_v
        kept_w, kept_v = step_w, step_v
"""


@pytest.mark.parametrize(
    ("kept", "sign", "reason"),
    [
        ("0.4", "+", ""),
        ("-0.04", "+", ""),  # a gradient that is looked ahead of, as optimistic descent does
        ("0.4", "-", "at the first step, when nothing is kept"),
        ("-0.4", "+", "farther than the newest one takes it down"),
    ],
)
def test_the_newest_gradient_goes_down_and_what_is_kept_does_not_outweigh_it(
    kept: str, sign: str, reason: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(KEPT.replace("{kept}", kept).replace("{sign}", sign), tmp_path, sandbox)
    assert report.verdict is (Verdict.WRONG if reason else Verdict.RIGHT), report.reason
    assert reason in report.reason
