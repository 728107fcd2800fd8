"""Which steps are looked at: one in which several numbers go to the same place is among them."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
NEGATIVES = """import numpy as np

rng = np.random.default_rng(8)
words, size = 9, 4
inner, outer = 0.5 * rng.normal(size=(words, size)), 0.5 * rng.normal(size=(words, size))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def drawn(center):
    found = []
    while len(found) < 3:
        word = rng.integers(0, words)
        if word != center:
            found.append(word)
    return found


for step in range(200):
    center = step % words
    near, others = (center + 1) % words, drawn(center)
    v = inner[center].copy()
    u, far = outer[near].copy(), outer[others].copy()
    good, bad = sigmoid(u @ v), sigmoid(far @ v)
    loss = -np.log(good) - np.sum(np.log(1 - bad))
    d_v = (good - 1) * u + bad @ far
    inner[center] -= 0.05 * d_v
    outer[near] -= 0.05 * (good - 1) * v
    np.subtract.at(outer, others, 0.05 * bad[:, None] * v)
    if step % 20 == 0:
        print(loss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("rows", ["others", "np.array(others)"])
def test_rows_that_come_twice_are_added_up(rows: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """By NumPy's own rule `a[rows] -= b` keeps the last of several parts, so that a word that is drawn twice is moved
    once: no step shows it in which all words differ."""
    text = NEGATIVES.replace("drawn(center)\n    v", f"{rows.replace('others', 'drawn(center)')}\n    v")
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
    update = "np.subtract.at(outer, others, 0.05 * bad[:, None] * v)"
    report = reported(text.replace(update, "outer[others] -= 0.05 * bad[:, None] * v"), tmp_path, sandbox, 15)
    assert report.verdict is Verdict.WRONG, report.reason
    assert [finding.line for finding in report.findings] == [31]
    assert f"+    {update}" in report.fixes[0].diff
