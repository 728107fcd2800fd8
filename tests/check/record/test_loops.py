"""How long loops are recorded."""

import math
from pathlib import Path

import pytest

from backproof.check.cut.parameters import Training
from backproof.check.record import loops
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.recorded import Run

LIMITS = Limits(patience=0.2)

# the first step is followed by a test on many samples, the others are not
TESTED = """
import numpy as np
rng = np.random.default_rng(3)
x, t, many = rng.normal(size=(8, 3)), rng.normal(size=(8, 1)), rng.normal(size=(20_000, 3))
w = rng.normal(size=(3, 1))
for step in range(12):
    w = w - 0.1 * x.T @ (x @ w - t)
    if step == 0:
        for part in range(5):
            right = np.tanh(many) * part
"""


def test_a_test_on_many_samples_after_the_first_step_does_not_end_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_LOOK", 500_000)
    limit = loops.Loops.limit
    monkeypatch.setattr(loops.Loops, "limit", lambda self, **given: limit(self, **{**given, "byte_limit": 4_000_000}))
    assert len(Training(Run(TESTED).trace).steps) >= 3


# rows of an array, each of whose elements is replaced after the one before it
ROWS = """
import numpy as np
rows, x, t = np.array([[0.1, -0.2, 0.3], [0.2, 0.1, -0.1]]), np.array([1.0, 0.5, -0.5]), np.array([0.3, -0.2])
for step in range(12):
    out = rows @ x
    for j in range(2):
        for k in range(3):
            rows[j][k] += 0.1 * (t[j] - out[j]) * x[k]
"""


def test_the_updates_of_a_row_whose_elements_are_replaced_one_by_one_are_counted() -> None:
    run = Run(ROWS)
    assert len(Training(run.trace).steps) == 12
    assert run.recorder.longest == 11, "so many updates follow upon another one"


def test_a_sum_that_is_begun_anew_is_no_update() -> None:
    run = Run("for step in range(12):\n    total = 0.0\n    for a in (1.0, 0.5, -0.5):\n        total += a\n")
    assert run.recorder.longest == 0


# the first training is over just when enough of it was seen, and the loop of the second one begins
TWICE = """
import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
class Net:
    def __init__(self):
        self.w, self.v = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
    def train(self, rounds):
        for step in range(rounds):
            h = np.tanh(x @ self.w)
            e = h @ self.v - t
            print(float((e ** 2).mean()))
            d = e @ self.v.T * (1 - h ** 2)
            self.v = self.v - 0.1 * h.T @ e
            self.w = self.w - 0.1 * x.T @ d
Net().train({rounds})
Net().train(30)
"""


def test_a_second_training_is_seen_where_enough_was_seen_as_the_first_was_over(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = tmp_path / "network.py"
    path.write_text(TWICE.replace("{rounds}", "60"))
    (first, *_) = sandbox.run(read_source(path)).trainings
    operations = (first.steps[-1].end - first.steps[-11].end) / 10  # of a step
    path.write_text(TWICE.replace("{rounds}", str(math.ceil(4000 / operations) + 1)))
    assert [len(training.steps) for training in sandbox.run(read_source(path)).trainings][1:] == [30]
