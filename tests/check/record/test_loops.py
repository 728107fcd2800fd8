"""How long loops are recorded."""

import pytest

from backproof.check.cut.parameters import Training
from backproof.check.record import loops
from tests.check.recorded import Run

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
