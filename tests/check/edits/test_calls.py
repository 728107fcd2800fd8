"""Calls that should be others, or none."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SAMPLE_BY_SAMPLE = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W, b = rng.normal(size=(3, 6)), np.zeros(6)
V, c = rng.normal(size=(6, 2)), np.zeros(2)
for epoch in range(10):
    for x, y in zip(X, Y):
        h = np.tanh(x @ W + b)
        error = h @ V + c - y
        back = V @ error * (1 - h ** 2)
        V -= 0.05 * np.outer(h, error)
        c -= 0.05 * error
        W -= 0.05 * np.outer(x, back)
        b -= 0.05 * BACK
    print(np.mean((np.tanh(X @ W + b) @ V + c - Y) ** 2))
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("summed", ["np.sum(back)", "back.sum()", "np.mean(back)"])
def test_the_errors_of_one_sample_are_not_summed_up(summed: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SAMPLE_BY_SAMPLE.replace("BACK", summed), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].proved
    assert report.fixes[0].texts["network.py"] == SAMPLE_BY_SAMPLE.replace("BACK", "back")
