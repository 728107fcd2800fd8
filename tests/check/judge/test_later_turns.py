"""What the first steps do not show: a later epoch, and what is told now and then."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.judge.later_turns import NOTE
from backproof.check.report import Report
from tests.check.programs import EPOCHS

# the loss is told once in 25 epochs, long after enough was seen; there biases are missing
TOLD = """
import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(0, 1, (30, 3))
T = (X[:, :1] - X[:, 1:2] > 0.1) * 1.0
W, b = rng.normal(0, 0.5, (3, 1)), np.full((1, 1), 0.2)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def told():
    p = sigmoid({network})
    return np.mean(np.abs(p - T))
for epoch in range(2000):
    p = sigmoid(X @ W + b)
    d = (p - T) * p * (1 - p)
    W -= 0.5 * X.T @ d
    b -= 0.5 * d.sum(axis=0, keepdims=True)
    if (epoch + 1) % 500 == 0:
        print(epoch, told())
"""

# what may change from epoch to epoch without being wrong
SCHEDULES = """
import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(0, 1, (400, 3))
T = np.tanh(X @ np.array([0.7, -0.4, 0.2]))
W1, b1, W2 = rng.normal(0, 0.5, (4, 3)), np.zeros(4), rng.normal(0, 0.5, 4)
V1, V2 = np.zeros_like(W1), np.zeros_like(W2)
for epoch in range(6):
    total = 0.0
    {before}
    for x, t in zip(X, T):
        h = np.tanh(W1 @ x + b1)
        y = W2 @ h
        total += 0.5 * (y - t) ** 2
        d = y - t
        dh = d * W2 * (1 - h * h)
        g1, g2 = np.outer(dh, x), d * h
        V1, V2 = {kept}
        b1 = b1 - 0.05 * dh
        if {first}:
            W1 = W1 - 0.05 * V1
        if {second}:
            W2 = W2 - 0.05 * V2
    print(epoch, total / len(X))
"""
PLAIN = {"before": "pass", "kept": "g1, g2", "first": "True", "second": "True"}


def _checked(tmp_path: Path, text: str, repair: float = 0.0) -> Report:
    path = tmp_path / "network.py"
    path.write_text(text)
    return check(path, repair=repair)


@pytest.mark.parametrize(
    "grow",
    [
        "gW1 = np.outer(dh, x)",
        "gW1 = np.outer(dh, x) if epoch == 0 else np.outer(dh, x) + 0 * gW1",
    ],
)
def test_what_stays_right_is_right(tmp_path: Path, grow: str) -> None:
    report = _checked(tmp_path, EPOCHS.format(samples=400, grow=grow))
    assert report.verdict == "right"
    assert not report.notes


def test_a_gradient_that_is_kept_from_the_second_epoch_on(tmp_path: Path) -> None:
    grow = "gW1 = np.outer(dh, x) if epoch == 0 else gW1 + np.outer(dh, x)"
    report = _checked(tmp_path, EPOCHS.format(samples=400, grow=grow))
    assert report.verdict == "wrong"
    assert NOTE in report.notes
    assert report.findings[0].line == 17


@pytest.mark.slow
def test_a_mistake_of_the_second_epoch_is_mended(tmp_path: Path) -> None:
    grow = "gW1 = np.outer(dh, x) * (1 if epoch == 0 else -1)"
    report = _checked(tmp_path, EPOCHS.format(samples=400, grow=grow), repair=20.0)
    assert report.verdict == "wrong"
    assert report.fixes
    assert report.fixes[0].proved
    assert report.fixes[0].diff.count("\n+") <= 2


def test_a_loss_that_is_told_now_and_then_of_the_network(tmp_path: Path) -> None:
    assert _checked(tmp_path, TOLD.format(network="X @ W + b")).verdict == "right"


def test_a_loss_that_is_told_now_and_then_of_another_network(tmp_path: Path) -> None:
    report = _checked(tmp_path, TOLD.format(network="X @ W"))
    assert report.verdict == "inconsistent"
    assert report.findings[0].line == 10


def test_what_is_told_now_and_then_is_printed_as_it_is(tmp_path: Path) -> None:
    report = _checked(tmp_path, TOLD.format(network="X @ W + b"))
    path = tmp_path / "plain.py"
    path.write_text(TOLD.format(network="X @ W + b"))
    import subprocess
    import sys

    plain = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True).stdout
    assert report.printed == plain


@pytest.mark.parametrize(
    "schedule",
    [
        {"first": "epoch == 0"},  # frozen later
        {"first": "epoch > 0"},  # trained later
        {"first": "epoch % 2 == 0", "second": "epoch % 2"},  # in turns
        {"before": "decay = 0.01 * (epoch > 0)", "kept": "g1 + decay * W1, g2 + decay * W2"},
        {"before": "m = 0.9 * (epoch > 0)", "kept": "m * V1 + g1, m * V2 + g2"},
        {"before": "V1, V2 = 0 * V1, 0 * V2", "kept": "0.9 * V1 + 0.1 * g1, 0.9 * V2 + 0.1 * g2"},
    ],
)
def test_what_an_epoch_may_change_is_right(tmp_path: Path, schedule: dict[str, str]) -> None:
    report = _checked(tmp_path, SCHEDULES.format(**(PLAIN | schedule)))
    assert report.verdict == "right", report.reason
    assert not report.notes
