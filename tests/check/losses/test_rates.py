"""A rate may be measured anew at each step: one number for all parameters, and never below zero."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
TRAINING = """import numpy as np
rng = np.random.default_rng(6)
X, T = rng.normal(size=(20, 3, 1)), rng.uniform(size=(20, 2, 1))
V, b = rng.normal(size=(4, 3)), np.zeros((4, 1))
W, c = rng.normal(size=(2, 4)), np.zeros((2, 1))


def taken(error):
    return {measure}


for epoch in range(4):
    for x, t in zip(X, T):
        h = 1 / (1 + np.exp(-(V @ x + b)))
        o = 1 / (1 + np.exp(-(W @ h + c)))
        error = t - o
        d = error * o * (1 - o)
        rate = taken(error)
        e = W.T @ d * h * (1 - h)
        W += rate * d @ h.T
        c += d * {output}
        V += e @ x.T * {hidden}
        b += e * {hidden}
"""


@pytest.mark.parametrize(
    ("measure", "output", "hidden", "verdict"),
    [
        ("0.2", "rate", "rate", Verdict.RIGHT),
        ("np.mean(np.abs(error))", "rate", "rate", Verdict.RIGHT),
        ("0.3 * np.max(np.abs(error))", "rate", "rate", Verdict.RIGHT),
        ("np.linalg.norm(error)", "rate", "rate", Verdict.RIGHT),
        ("np.mean(error)", "rate", "rate", Verdict.WRONG),  # uphill at times
        ("np.mean(np.abs(error))", "rate", "0.2", Verdict.WRONG),  # not for all of them
        ("np.mean(np.abs(error))", "rate", "np.mean(h)", Verdict.WRONG),
    ],
)
def test_a_rate_that_is_measured_at_each_step(
    measure: str, output: str, hidden: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    text = TRAINING.format(measure=measure, output=output, hidden=hidden)
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is verdict, report.reason
