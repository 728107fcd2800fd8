"""A loss that is kept and not shown, and called one: it is what training is held against all the same."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

RIDGE = """import numpy as np
rng = np.random.default_rng(6)
A = np.c_[np.ones(60), rng.normal(size=(60, 5))]
y = A @ np.array([2.0, -1.0, 0.5, 0.0, 3.0, 1.0]) + 0.2 * rng.normal(size=60)
def ridge_cost(theta, lam):
    r = A.dot(theta) - y
    return (r @ r + lam * np.sum(theta[1:] ** 2)) / (2 * len(y))
def ridge_gradient(theta, lam):
    part = lam / len(y) * theta
    part[0] = 0
    return A.T.dot(A.dot(theta) - y) / len(y) + part
theta, history = np.zeros(6), np.zeros(200)
for i in range(200):
    history[i] = ridge_cost(theta, 4.0)
    theta = theta - 0.1 * ridge_gradient(theta, 4.0)
print(theta)
"""
COUNTS = """import numpy as np
rng = np.random.default_rng(8)
X = np.c_[np.ones(200), rng.normal(size=200)]
y = rng.poisson(np.exp(X @ np.array([0.5, 0.6])))
def deviance_loss(beta):
    eta = X @ beta
    return np.mean(np.exp(eta) - y * eta)
beta, losses = np.zeros(2), []
for i in range(150):
    losses.append(deviance_loss(beta))
    beta = beta - 0.1 * X.T @ (np.exp(X @ beta) - y) / len(y)
print(beta)
"""


@pytest.mark.parametrize("program", [RIDGE, COUNTS])
def test_what_follows_the_loss_that_is_kept_is_right(program: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("program", "before", "after"),
    [
        (RIDGE, "    part[0] = 0\n", ""),
        (RIDGE, "lam / len(y) * theta", "lam * theta"),
        (COUNTS, "(np.exp(X @ beta) - y)", "(X @ beta - y)"),
    ],
)
def test_what_follows_another_one_is_not(
    program: str, before: str, after: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert before in program
    report = reported(program.replace(before, after), tmp_path, sandbox)
    assert report.verdict in (Verdict.WRONG, Verdict.OTHER_LOSS), report.reason
