"""A gradient that moves a parameter at the next turn of a loop is no parameter that is forgotten."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
LINE = """import numpy as np
rng = np.random.default_rng(7)
points = np.stack([np.arange(50) / 10, np.arange(50) / 4 + rng.normal(size=50)], axis=1)
m, b = rng.random(), rng.random()
m_grad = 0
b_grad = 0
rate = 0.001
for i in range(300):
    m = m - rate * m_grad
    b = b - rate * b_grad
    y_pred = m * points[:, 0] + b
    diff = points[:, 1] - y_pred
    m_grad = (-2 / len(points)) * np.sum(diff * points[:, 0])
    b_grad = (-2 / len(points)) * np.sum(diff)
print(m, b)
"""


def test_the_gradients_of_the_last_turn_are_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LINE, tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2)


@pytest.mark.parametrize("name", ["m", "b"])
def test_what_goes_up_there_is_turned_round(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    right = f"{name} = {name} - rate * {name}_grad"
    report = reported(LINE.replace(right, right.replace("-", "+")), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert added(report.fixes[0]) == [right]
