"""Weights that are single numbers, moved after each sample of an array, and a loss that is told of all of them."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PEOPLE = """import numpy as np

def act(x):
    return 1 / (1 + np.exp(-x))

def slope(x):
    f = {f}
    return f * (1 - f)

class People:
    def __init__(self):
        rng = np.random.default_rng(4)
        self.w1, self.w2, self.w3, self.w4, self.w5, self.w6 = rng.normal(size=6)
        self.b1, self.b2, self.b3 = rng.normal(size=3)

    def answer(self, x):
        h1 = act(self.w1 * x[0] + self.w2 * x[1] + self.b1)
        h2 = act(self.w3 * x[0] + self.w4 * x[1] + self.b2)
        return act(self.w5 * h1 + self.w6 * h2 + self.b3)

    def train(self, data, wanted):
        for epoch in range(200):
            for x, y in zip(data, wanted):
                h1 = act(self.w1 * x[0] + self.w2 * x[1] + self.b1)
                h2 = act(self.w3 * x[0] + self.w4 * x[1] + self.b2)
                o = act(self.w5 * h1 + self.w6 * h2 + self.b3)
                d = -2 * (y - o)
                self.w5, old5 = self.w5 - 0.1 * d * h1 * slope(o), self.w5
                self.w6, old6 = self.w6 - 0.1 * d * h2 * slope(o), self.w6
                self.b3 -= 0.1 * d * slope(o)
                self.w1 -= 0.1 * d * old5 * slope(o) * x[0] * slope(h1)
                self.w2 -= 0.1 * d * old5 * slope(o) * x[1] * slope(h1)
                self.b1 -= 0.1 * d * old5 * slope(o) * {b1}
                self.w3 -= 0.1 * d * old6 * slope(o) * x[0] * slope(h2)
                self.w4 -= 0.1 * d * old6 * slope(o) * x[1] * slope(h2)
                self.b2 -= 0.1 * d * old6 * slope(o) * {b2}
            if epoch % 10 == 0:
                told = np.apply_along_axis(self.answer, 1, data)
                print(epoch, ((wanted - told) ** 2).mean())

People().train(np.array([[-2, -1], [2.5, 0.6], [1.7, 0.4], [-1.5, -0.6]]), np.array([1, 0, 0, 1]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("f", "b1", "b2", "lines"),
    [
        ("x", "slope(self.b1)", "slope(self.b2)", [33, 36]),
        ("act(x)", "slope(h1)", "slope(h2)", [7]),
        ("act(x)", "slope(self.b1)", "slope(h2)", [7, 33]),
    ],
)
def test_mistakes_of_several_lines_are_mended_together(
    f: str, b1: str, b2: str, lines: list[int], tmp_path: Path, sandbox: Sandbox
) -> None:
    right = PEOPLE.format(f="x", b1="slope(h1)", b2="slope(h2)")
    assert reported(right, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(PEOPLE.format(f=f, b1=b1, b2=b2), tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == lines
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT
