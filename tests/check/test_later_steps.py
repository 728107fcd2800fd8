"""Mistakes that the first steps do not show, and losses that pick an output by its number."""

from pathlib import Path

import pytest

from backproof.check import check
from tests.check.programs import EPOCHS

# every other epoch the outputs of the sample before are used again
STALE = """
import math
data = [(0.3, 0.8, 1.0), (0.9, 0.1, 0.0), (0.5, 0.6, 1.0), (0.2, 0.4, 0.0), (0.7, 0.9, 1.0)] * 5
w = [0.3, -0.2, 0.1, 0.4, -0.5]
def forward(a, b):
    h = 1 / (1 + math.exp(-(w[0] * a + w[1] * b + w[2])))
    return h, 1 / (1 + math.exp(-(w[3] * h + w[4])))
for epoch in range(30):
    total = 0.0
    for a, b, t in data:
        if epoch % 2 == 0:
            h, y = forward(a, b)
        total += (y - t) ** 2
        dy = (y - t) * y * (1 - y)
        dh = dy * w[3] * h * (1 - h)
        w[3] -= 0.5 * dy * h
        w[4] -= 0.5 * dy
        w[0] -= 0.5 * dh * a
        w[1] -= 0.5 * dh * b
        w[2] -= 0.5 * dh
    print(epoch, total)
"""
# Adagrad on a gradient that is clipped, so that only what is handed to it can be compared
PICKED = """
import numpy as np
rng = np.random.default_rng(3)
text = [int(n) for n in rng.integers(0, 5, 60)]
Wxh, Why, by = rng.normal(0, 0.1, (6, 5)), rng.normal(0, 0.1, (5, 6)), np.zeros((5, 1))
mem = [np.zeros_like(p) for p in (Wxh, Why, by)]
smooth = 8.0
for n in range(40):
    inputs, targets = text[n : n + 4], text[n + 1 : n + 5]
    loss, dWxh, dWhy, dby = 0, np.zeros_like(Wxh), np.zeros_like(Why), np.zeros_like(by)
    for k in range(4):
        x = np.zeros((5, 1))
        x[inputs[k]] = 1
        h = np.tanh(Wxh @ x)
        y = Why @ h + by
        p = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(p[targets[k], 0])
        dy = np.copy(p)
        dy[targets[k]] -= 1
        dWhy += dy @ h.T
        dby += dy
        dWxh += (Why.T @ dy) * (1 - h * h) @ x.T
    for d in (dWxh, dWhy, dby):
        np.clip(d, -5, 5, out=d)
    smooth = 0.9 * smooth + 0.1 * loss
    print(n, smooth)
    for p, d, m in zip((Wxh, Why, by), (dWxh, dWhy, dby), mem):
        m += d * d
        p += -0.1 * d / np.sqrt(m + 1e-8)
"""


@pytest.mark.parametrize(("text", "verdict"), [(STALE, "wrong"), (STALE.replace("epoch % 2 == 0", "True"), "right")])
def test_what_is_wrong_at_later_steps_only_is_wrong(text: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(text)
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason


def test_other_targets_than_the_shown_loss_picks_are_told(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PICKED.replace("dy[targets[k]]", "dy[inputs[k]]"))
    report = check(path, repair=0)
    assert report.verdict == "other-loss", report.reason
    assert report.findings[0].expression == "dy[inputs[k]] -= 1"


def test_the_targets_that_it_picks_are_right(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PICKED)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


# one epoch and a half are recorded: in the second one a gradient is turned, or added to the one before
@pytest.mark.parametrize(
    ("gradient", "verdict"),
    [
        ("np.outer(dh, x) if epoch == 0 else np.outer(x, dh).T", "right"),
        ("np.outer(dh, x) if epoch == 0 else gW1 + np.outer(dh, x)", "wrong"),
        ("np.outer(dh, x) * (1 if epoch == 0 else -1)", "wrong"),
    ],
)
def test_what_the_second_epoch_does_otherwise(gradient: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(EPOCHS.format(samples=120, grow=f"gW1 = {gradient}"))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
