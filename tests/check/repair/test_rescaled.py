"""A gradient that lacks a factor, and is made of data alone: no parameter goes into what moves the bias of a hinge."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
MACHINE = """import random
random.seed(5)
rows = [([random.gauss(0.9 * t, 1), random.gauss(-0.5 * t, 1)], t) for t in (-1, 1) for _ in range(12)]
C = 3.0
class Machine:
    def __init__(self):
        self.w, self.b = [0.1, -0.2], 0.05
    def fit(self):
        for epoch in range(30):
            total = 0
            for x, t in rows:
                out = sum(w * v for w, v in zip(self.w, x)) + self.b
                total += 0.5 * sum(w * w for w in self.w) + C * max(0, 1 - t * out)
                db = 0
                dw = list(self.w)
                if t * out < 1:
                    dw = [w - C * t * v for w, v in zip(self.w, x)]
                    db = -t
                self.w = [w - 0.01 * d for w, d in zip(self.w, dw)]
                self.b = self.b - 0.01 * db
            print(epoch, total / len(rows))
Machine().fit()
"""
RIGHT = "db = -C * t"


def test_a_hinge_in_plain_lists_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MACHINE.replace("db = -t", RIGHT), tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 3)


@pytest.mark.parametrize(
    ("slip", "mended"),
    [
        ("db = -t", "self.b = self.b - 0.01 * db * C"),
        ("db = -C * C * t", "db = -C * t"),
    ],
)
def test_the_bias_gets_the_factor_of_the_weights(slip: str, mended: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MACHINE.replace("db = -t", slip), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert added(report.fixes[0]) == [mended]
    assert report.fixes[0].factor == pytest.approx(24.0), "of all the rows, whose mean is told"
