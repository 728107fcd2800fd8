"""Predictions that are written out where they are told, with a mean that is no parameter."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
RATINGS = """import numpy as np

rng = np.random.default_rng(2)
triples = [(u, i, float(rng.integers(1, 6))) for u in range(8) for i in range(7) if rng.random() < 0.7]
mu = np.mean([r for _, _, r in triples])
bu, bi = np.zeros(8), np.zeros(7)
P, Q = rng.normal(0, 0.1, (8, 3)), rng.normal(0, 0.1, (7, 3))
for epoch in range(10):
    for u, i, r in triples:
        e = r - (mu + bu[u] + bi[i] + P[u] @ Q[i])
        bu[u] += 0.02 * (e - 0.05 * bu[u])
        bi[i] += 0.02 * (e - 0.05 * bi[i])
        pu = P[u].copy()
        P[u] += 0.02 * (e * Q[i] - 0.05 * P[u])
        Q[i] += 0.02 * (e * pu - 0.05 * Q[i])
    print(np.sqrt(np.mean([(r - (mu + bu[u] + bi[i] + P[u] @ Q[i])) ** 2 for u, i, r in triples])))
"""


def test_a_part_of_a_prediction_is_no_other_network(tmp_path: Path, sandbox: Sandbox) -> None:
    """Nor is the share that a bias loses a part of the prediction, though it is taken from the error."""
    assert reported(RATINGS, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow
def test_a_bias_that_goes_up_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(RATINGS.replace("bi[i] += 0.02 * (e", "bi[i] += 0.02 * (-e"), tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 12


RIDGE = """import numpy as np

rng = np.random.default_rng(27)
X = rng.normal(size=(50, 4))
y = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 3 + rng.normal(size=50) * 0.1
coef, intercept = rng.normal(size=4), 0.5
for _ in range(80):
    residual = X @ coef + intercept - y
    print(np.mean(residual ** 2))
    coef -= 0.1 * 2 / len(y) * X.T @ residual
    intercept -= 0.1 * 2 * residual.mean()
rest = {rest}
print(1 - np.sum(rest ** 2) / np.sum((y - y.mean()) ** 2))
"""


@pytest.mark.parametrize(
    ("rest", "verdict"),
    [
        ("y - X @ coef - intercept", Verdict.RIGHT),
        ("y - (X @ coef) + 0 - intercept", Verdict.RIGHT),
        ("y - X @ coef", Verdict.INCONSISTENT),
    ],
)
def test_what_is_taken_from_a_target_piece_by_piece_is_a_prediction(
    rest: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(RIDGE.replace("{rest}", rest), tmp_path, sandbox).verdict is verdict
