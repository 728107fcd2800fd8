"""Tables whose rows lose a share of themselves, with a penalty in what is told once an epoch."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
RATINGS = """import numpy as np

rng = np.random.default_rng(5)
R = np.array([[5, 3, 0, 1], [4, 0, 0, 1], [1, 1, 0, 5], [1, 0, 0, 4], [0, 1, 5, 4]], dtype=float)
P, Q = rng.random((5, 2)), rng.random((4, 2))
for step in range(60):
    for i in range(5):
        for j in range(4):
            if R[i, j] > 0:
                error = R[i, j] - P[i] @ Q[j]
                old = P[i].copy()
                P[i] += 0.01 * (2 * error * Q[j] - 0.02 * old)
                Q[j] += 0.01 * (2 * error * old - 0.02 * Q[j])
    total = 0
    for i in range(5):
        for j in range(4):
            if R[i, j] > 0:
                total += (R[i, j] - P[i] @ Q[j]) ** 2
                for k in range(2):
                    total += 0.02 / 2 * (P[i, k] ** 2 + Q[j, k] ** 2)
    print(step, total)
"""


def test_the_rating_that_is_learnt_from_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(RATINGS, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow
def test_a_slip_beside_it_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    slipped = RATINGS.replace("2 * error * old", "2 * error * P[j]")
    report = reported(slipped, tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 13
