"""What is told of the gradient itself is no loss; and Newton's steps are followed until nothing is left to move."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LOGISTIC = """import numpy as np
rng = np.random.default_rng(7)
X = np.c_[np.ones(60), rng.normal(size=(60, 3))]
y = (rng.random(60) < 1 / (1 + np.exp(-X @ np.array([0.3, 1.0, -1.0, 0.5])))).astype(float)
w = np.zeros(4)
for step in range({steps}):
    p = 1 / (1 + np.exp(-X @ w))
    loss = -np.{total}(y * np.log(p) + (1 - y) * np.log(1 - p))
    gradient = X.T @ ({error}) {share}
    hessian = X.T @ (X * (p * (1 - p))[:, None])
    w = w - {move}
    print(step, loss{told})
"""
DESCENT = {"steps": 100, "total": "mean", "share": "/ 60", "move": "0.5 * gradient"}
NEWTON = {"steps": 9, "total": "sum", "share": "", "move": "np.linalg.solve(hessian, gradient)"}


@pytest.mark.parametrize(
    "told", ["", ", np.abs(gradient).max()", ", np.linalg.norm(gradient)", ", (gradient ** 2).sum()"]
)
@pytest.mark.parametrize("way", [DESCENT, NEWTON], ids=["descent", "newton"])
def test_how_large_the_gradient_is_is_no_loss(
    way: dict[str, object], told: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(LOGISTIC.format(told=told, error="p - y", **way), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.loss is not None
    assert "np.log(p)" in report.loss.expression


def test_a_wrong_gradient_beside_its_size_is_wrong(tmp_path: Path, sandbox: Sandbox) -> None:
    text = LOGISTIC.format(told=", np.abs(gradient).max()", error="p ** 2 - y", **DESCENT)
    assert reported(text, tmp_path, sandbox).verdict is Verdict.WRONG


def test_a_penalty_is_told_of_weights_and_not_of_a_gradient(tmp_path: Path, sandbox: Sandbox) -> None:
    text = LOGISTIC.format(told="", error="p - y", **DESCENT)
    text = text.replace("    gradient =", "    loss = loss + 0.1 * (w ** 2).sum()\n    gradient =")
    assert reported(text, tmp_path, sandbox).verdict is not Verdict.RIGHT
    decaying = text.replace("0.5 * gradient", "0.5 * (gradient + 0.2 * w)")
    assert reported(decaying, tmp_path, sandbox).verdict is Verdict.RIGHT
