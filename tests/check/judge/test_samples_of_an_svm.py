"""A support vector machine that goes through its samples, whose classes are elements of an array."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SAMPLES = """import numpy as np

rng = np.random.default_rng(1)
x = np.vstack([rng.normal(size=(30, 2)) + 1, rng.normal(size=(30, 2)) - 1])
y = np.hstack([np.ones(30), -np.ones(30)])
w, b = np.zeros(2), 0
for epoch in range(20):
    for i, row in enumerate(x):
        if y[i] * (np.dot(row, w) - b) >= 1:
            w -= 0.01 * (2 * 0.01 * w)
        else:
            w -= 0.01 * (2 * 0.01 * w - np.dot(row, y[i]))
            b -= 0.01 * y[i]
print(w, b, np.mean(np.sign(x @ w - b) == y))
"""
MARGINS = """import numpy as np

rng = np.random.default_rng(2)
X = np.vstack([rng.normal(size=(40, 2)) + 2, rng.normal(size=(40, 2)) - 2])
y = np.hstack([np.ones(40), -np.ones(40)])
w, b = rng.normal(size=2) * 0.1, 0.1
for epoch in range(100):
    margins = y * (X @ w + b)
    loss = 0.5 * np.dot(w, w) + np.mean(np.maximum(0, 1 - margins))
    active = margins < 1
    dw = w - X[active].T @ y[active] / len(y)
    db = -y[active].sum() / len(y)
    w = w - 0.005 * dw
    b = b - 0.005 * db
    print(epoch, loss)
"""


def test_classes_that_are_no_whole_numbers_are_targets_too(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(SAMPLES, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_a_bias_that_goes_the_other_way_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SAMPLES.replace("b -= 0.01", "b += 0.01"), tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 13


def test_a_bias_that_a_count_moves_is_a_parameter(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(MARGINS, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(MARGINS.replace("-y[active].sum()", "-active.sum()"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.parameters == 2


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("slip", "line"),
    [(("dw = w - ", "dw = -w - "), 11), (("margins < 1", "margins > 1"), 10)],
    ids=["the sign of the penalty", "outside the margin"],
)
def test_a_fix_is_proved_though_the_bias_rests_at_first(
    slip: tuple[str, str], line: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    """Of as many samples of both classes within the margin nothing is asked of the bias."""
    report = reported(MARGINS.replace(*slip), tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == line
    assert f"+{MARGINS.splitlines()[line - 1]}" in report.fixes[0].diff


TOLD = """import numpy as np

rng = np.random.default_rng(25)
X = np.vstack([rng.normal(size=(25, 2)) + 1, rng.normal(size=(25, 2)) - 1])
y = np.hstack([np.ones(25, dtype=int), -np.ones(25, dtype=int)])
order = rng.permutation(50)
w, b = rng.normal(size=2) * 0.1, 0
for epoch in range(10):
    total = 0
    for i in order:
        margin = y[i] * (np.dot(X[i], w) - b)
        loss = 0.01 * np.dot(w, w) + max(0, 1 - margin)
        total += loss
        if margin >= 1:
            w -= 0.01 * (2 * 0.01 * w)
        else:
            w -= 0.01 * (2 * 0.01 * w - np.dot(X[i], y[i]))
            b -= 0.01 * y[i]
    if epoch % 5 == 0:
        print(epoch, total / 50)
"""


def test_weights_are_wrong_where_the_bias_follows_the_told_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    """One number that follows the loss of each sample, both ways, tells that this is the loss that is meant."""
    assert reported(TOLD, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(TOLD.replace("* w - np.dot(X", "* w + np.dot(X"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
    assert report.findings[0].line == 17
