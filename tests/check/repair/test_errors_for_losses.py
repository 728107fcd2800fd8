"""Where the value of a loss moves the weights, the error is meant; the loss itself stays what is shown."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
SINGLE = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + 2
w, b = np.zeros(3), 0.0
for epoch in range(20):
    for x, t in zip(X, y):
        out = x @ w + b
        loss = (out - t) ** 2
        print(epoch, loss)
        w -= 0.01 * 2 * loss * x
        b -= 0.01 * 2 * loss
"""
BATCH = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
y = X @ np.array([[1.0], [-2.0], [0.5]]) + 2
w, b = np.zeros((3, 1)), np.zeros((1, 1))
for epoch in range(30):
    out = X @ w + b
    loss = np.mean((out - y) ** 2)
    print(epoch, loss)
    w -= 0.01 * 2 * loss * X.mean(axis=0, keepdims=True).T
    b -= 0.01 * 2 * loss
"""


def test_the_error_takes_the_place_of_its_loss_in_all_lines(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(SINGLE, tmp_path, sandbox, 12)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) == ["w -= 0.01 * 2 * (out - t) * x", "b -= 0.01 * 2 * (out - t)"]


@pytest.mark.slow
def test_no_fix_changes_the_loss_that_is_shown(sandbox: Sandbox, tmp_path: Path) -> None:
    """`loss = out - t`, or `out - t ** 2`, would make each move a gradient of something."""
    for text in (SINGLE, BATCH):
        report = reported(text, tmp_path, sandbox, 12)
        assert report.fixes
        assert not any(line.startswith("loss =") for fix in report.fixes for line in added(fix))


@pytest.mark.slow
def test_a_batch_gets_its_gradients_written_out(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(BATCH, tmp_path, sandbox, 12)
    assert added(report.fixes[0]) == [
        "w -= 0.01 * np.dot(X.T, out - y)",
        "b -= 0.01 * np.sum(out - y, axis=0, keepdims=True)",
    ]


def test_a_rate_that_follows_the_loss_is_no_slip(sandbox: Sandbox, tmp_path: Path) -> None:
    """Polyak's step: the gradient, as long as the loss says."""
    text = SINGLE.replace("0.01 * 2 * loss", "0.1 * loss / (x @ x + 1) / 2 / (out - t)")
    assert reported(text, tmp_path, sandbox).verdict is not Verdict.WRONG
