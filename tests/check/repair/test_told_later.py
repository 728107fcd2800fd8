"""A loss that is told after some epochs alone, so that a short try does not reach it: the fix counts all the same."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
RATINGS = """import numpy as np
rng = np.random.default_rng(28)
given = [(i, j, float(rng.integers(1, 6))) for i in range(5) for j in range(4) if rng.random() < 0.8]
P, Q = 0.5 * rng.normal(size=(5, 3)), 0.5 * rng.normal(size=(4, 3))

def pass_over(P, Q):
    total = 0.0
    for i, j, rating in given:
        e = rating - P[i] @ Q[j]
        total += e ** 2{penalty}
        p = P[i].copy()
        P[i] += 0.02 * (e * Q[j]{decay_p})
        Q[j] += 0.02 * (e * p{decay_q})
    return total

told = []
for epoch in range(40):
    told.append((epoch, pass_over(P, Q)))
    if (epoch + 1) % 10 == 0:
        print(told[-1])
"""
PENALTY = {
    "penalty": " + 0.01 * (np.sum(P[i] ** 2) + np.sum(Q[j] ** 2))",
    "decay_p": " - 0.01 * P[i]",
    "decay_q": " - 0.01 * Q[j]",
}
PLAIN = {"penalty": "", "decay_p": "", "decay_q": ""}


@pytest.mark.parametrize("parts", [PLAIN, PENALTY], ids=["plain", "penalty"])
def test_what_was_moved_before_it_was_read_is_kept(parts: dict[str, str], tmp_path: Path, sandbox: Sandbox) -> None:
    right = RATINGS.format(**parts)
    assert reported(right, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(
        right.replace("        p = P[i].copy()\n", "").replace("e * p", "e * P[i]"), tmp_path, sandbox, seconds=15
    )
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 12
    assert report.fixes[0].proved
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT
