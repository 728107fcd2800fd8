"""Measures of a library, where loops over samples are left early."""

from pathlib import Path

import pytest

from backproof.check.record.measures import _cut_to_the_shorter
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
from sklearn.metrics import mean_squared_error
rng = np.random.default_rng(0)
x = rng.normal(size=(8000, 3))
t = (x[:, 0] * x[:, 1] > 0).astype(float)
w, b, v = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=4)
for epoch in range(3):
    gw, gb, gv = np.zeros((3, 4)), np.zeros(4), np.zeros(4)
    for one, target in zip(x, t):
        h = np.tanh(one @ w + b)
        p = 1 / (1 + np.exp(-(h @ v)))
        d = (p - target) * p * (1 - p)
        e = d * v * (1 - h ** 2)
        gv += d * h
        gw += np.outer(one, e)
        gb += e
    w -= 0.01 * gw
    b -= 0.01 * gb
    v -= 0.01 * gv
    predicted = []
    for one in x:
        predicted.append(1 / (1 + np.exp(-(np.tanh(one @ w + b) @ v))))
    print(mean_squared_error(t, predicted))
"""


@pytest.mark.slow
def test_fewer_predictions_than_targets_end_no_run(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT
    assert any("some samples" in note for note in report.notes)


@pytest.mark.slow
def test_what_is_wrong_for_some_samples_is_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM.replace("gv += d * h", "gv += d * h * h"), tmp_path, sandbox, 10)
    assert report.verdict is Verdict.WRONG
    assert any("some samples" in note for note in report.notes)
    assert added(report.fixes[0]) == ["gv += d * h"]


def test_a_measure_takes_as_many_as_there_are_of_both() -> None:
    measured = _cut_to_the_shorter(lambda one, other, *more: (one, other, more))
    assert measured([1, 2, 3], [4, 5], 6) == ([1, 2], [4, 5], (6,))
    assert measured([1, 2], [4, 5]) == ([1, 2], [4, 5], ())
    assert measured(1, 2) == (1, 2, ())
