"""A told loss with a penalty, whose logarithm is kept finite by a little number."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(3)
X = np.c_[np.ones(60), rng.normal(size=(60, 2))]
Y = np.eye(3)[rng.integers(0, 3, 60)]
Theta = rng.normal(size=(3, 3))
eta, alpha, epsilon = 0.1, 0.01, 1e-7
for i in range(80):
    logits = np.exp(X @ Theta)
    P = logits / logits.sum(axis=1, keepdims=True)
    loss = -np.mean(np.sum(Y * np.log(P + epsilon), axis=1)) + alpha * 0.5 * np.sum(Theta[1:] ** 2)
    if i % 20 == 0:
        print(loss)
    grad = X.T @ (P - Y) / 60 + np.r_[np.zeros((1, 3)), alpha * Theta[1:]]
    Theta = Theta - eta * grad
"""


def test_it_is_followed_as_it_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT
    assert report.factor == pytest.approx(1.0)


@pytest.mark.parametrize(
    "penalty",
    ["alpha * Theta", "np.r_[np.zeros((1, 3)), 2 * alpha * Theta[1:]]", "np.r_[np.ones((1, 3)), alpha * Theta[1:]]"],
)
def test_another_penalty_than_the_told_one_is_wrong(sandbox: Sandbox, tmp_path: Path, penalty: str) -> None:
    program = PROGRAM.replace("np.r_[np.zeros((1, 3)), alpha * Theta[1:]]", penalty)
    assert reported(program, tmp_path, sandbox).verdict is Verdict.WRONG
