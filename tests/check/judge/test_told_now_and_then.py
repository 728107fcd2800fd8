"""A loss that is told now and then is looked at wherever it is told: at the first of these steps a factor may be 1."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(30)
answers = (rng.random((60, 12)) < 0.6).astype(float)
theta, b, log_a = np.zeros(60), np.zeros(12), np.zeros(12)
def neg_log_posterior():
    z = np.exp(log_a) * (theta[:, None] - b)
    ll = answers * z - np.logaddexp(0, z)
    return -ll.sum() + 0.5 * (np.sum(theta ** 2) + np.sum(b ** 2) + np.sum(log_a ** 2)) / 2
for it in range(150):
    a = np.exp(log_a)
    z = a * (theta[:, None] - b)
    e = 1 / (1 + np.exp(-z)) - answers
    d_theta = e @ a + 0.5 * theta
    d_b = -(e * a).sum(axis=0) + 0.5 * b
    d_log_a = (e * z).sum(axis=0) + 0.5 * log_a
    theta -= 0.02 * d_theta
    b -= 0.02 * d_b
    log_a -= 0.02 * d_log_a
    if it % 30 == 0:
        print(it, neg_log_posterior())
"""


def test_a_right_one_is_right_wherever_it_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 3), report.reason


@pytest.mark.parametrize(("old", "new"), [("-(e * a).sum", "-e.sum"), ("e @ a +", "e.sum(axis=1) +")])
def test_a_factor_that_is_one_at_first_is_missed(old: str, new: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM.replace(old, new), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
