"""What is added to a gradient on its way to a move: data and numbers make another direction of it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X[:, 0] + rng.normal(size=60) > 0).astype(float)
w = np.zeros(3)
for i in range(100):
    p = 1 / (1 + np.exp(-(X @ w)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    grad = X.T @ (p - y) / 60
    w = w - 0.1 * grad
    if i % 10 == 0:
        print(loss)
"""


@pytest.mark.parametrize(
    "grad",
    ["X.T @ (p - y) / 60 + 0.2", "X.T @ (p - y) / 60 + X[0]", "X.T @ (p - y) / 60 - 0.5 * np.arange(3)"],
)
def test_what_data_are_added_to_is_no_gradient(sandbox: Sandbox, tmp_path: Path, grad: str) -> None:
    report = reported(PROGRAM.replace("X.T @ (p - y) / 60", grad), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 9


def test_nor_is_what_is_added_to_in_one_element(sandbox: Sandbox, tmp_path: Path) -> None:
    program = PROGRAM.replace("    w = w", "    grad[0] += 0.2\n    w = w")
    assert reported(program, tmp_path, sandbox).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    "grad",
    [
        "X.T @ (p - y) / 60 + 0.01 * w",  # weight decay
        "X.T @ (p - y) / 60 + 0.01 * rng.normal(size=3)",  # noise that is drawn for each step
        "X.T @ (p - y) / 60 + np.zeros(3)",
        "np.clip(X.T @ (p - y) / 60, -0.1, 0.1)",
    ],
)
def test_what_an_optimizer_may_add_is_right(sandbox: Sandbox, tmp_path: Path, grad: str) -> None:
    program = PROGRAM.replace("X.T @ (p - y) / 60", grad)
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
