"""The slips that learners make in the shortest programs, each with the edit that a teacher would write."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
# a sum that is written out, and nothing is told
SUMS = """x = [1, 2, 4, 5, 7]
y = [3, 5, 9, 11, 15]
m = 0
b = 0
for i in range(60):
    gm = 0
    gb = 0
    for j in range(5):
        gm = gm - (2 / 5) * (y[j] - (m * x[j] + b)) * x[j]
        gb = gb - (2 / 5) * (y[j] - (m * x[j] + b))
    m = m - 0.01 * gm
    b = b - 0.01 * gb
print(m, b)
"""
# with the slip the weight runs away, so that no later step tells anything
EXAM = """import numpy as np

hours = np.array([0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0])
passed = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
w = 0.0
b = 0.0
for i in range(300):
    p = 1 / (1 + np.exp(-(w * hours + b)))
    print(-(passed * np.log(p) + (1 - passed) * np.log(1 - p)).mean())
    dw = ((p - passed) * hours).mean()
    db = (p - passed).mean()
    w = w - 0.3 * dw
    b = b - 0.3 * db
"""
SAMPLES = """import math
import random

random.seed(3)
data = []
for _ in range(30):
    x = [random.gauss(0, 1), random.gauss(0, 1)]
    data.append((x, int(x[0] + x[1] > 0.3)))
w = [0.0, 0.0]
b = 0.0
for epoch in range(20):
    loss = 0
    for x, y in data:
        p = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + b)))
        loss += -math.log(p) if y == 1 else -math.log(1 - p)
        for j in range(2):
            w[j] -= 0.1 * (p - y) * x[j]
        b -= 0.1 * (p - y)
    print(epoch, loss / len(data))
"""
ABSOLUTE = """import numpy as np

rng = np.random.default_rng(1)
x = rng.uniform(0, 10, 40)
y = 2 * x - 3 + rng.standard_t(2, 40)
w, b = 0.5, 0.0
for step in range(80):
    residual = w * x + b - y
    print(np.abs(residual).mean())
    dw = (np.sign(residual) * x).mean()
    db = np.sign(residual).mean()
    w -= 0.01 * dw
    b -= 0.01 * db
"""
BATCHES = """import numpy as np

rng = np.random.default_rng(4)
data = [(rng.normal(size=(4, 1)), rng.normal(size=(2, 1))) for _ in range(60)]
W = [rng.normal(size=(3, 4)), rng.normal(size=(2, 3))]
for epoch in range(3):
    for start in range(0, 60, 10):
        batch = data[start:start + 10]
        total = [np.zeros(w.shape) for w in W]
        for x, t in batch:
            h = np.tanh(W[0] @ x)
            d = W[1] @ h - t
            own = [(W[1].T @ d) * (1 - h ** 2) @ x.T, d @ h.T]
            total = [sum + one for sum, one in zip(total, own)]
        W = [w - 0.1 / 10 * sum for w, sum in zip(W, total)]
"""
INDENTED = BATCHES.replace("        W = [w - 0.1", "            W = [w - 0.1")


@pytest.mark.slow(but=4)
@pytest.mark.parametrize(
    ("program", "slip", "line"),
    [
        (SUMS, (" * x[j]\n        gb", "\n        gb"), 9),
        (EXAM, ("((p - passed) * hours)", "(p - passed * hours)"), 10),
        (SAMPLES, ("b -= 0.1 * (p - y)", "b -= 0.1 * (y - p)"), 18),
        (ABSOLUTE, ("db = np.sign(residual).mean()", "db = residual.mean()"), 11),
        (SUMS, ("gb = gb - (2", "gb = gb + (2"), 10),
        (EXAM, ("b = b - 0.3", "b = b + 0.3"), 13),
    ],
    ids=["a factor", "parentheses", "an error the other way", "a slope", "a sign in a sum", "a sign in an update"],
)
def test_the_edit_of_a_teacher_comes_first(
    program: str, slip: tuple[str, str], line: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(program.replace(*slip), tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == line
    assert f"+{program.splitlines()[line - 1]}" in report.fixes[0].diff


def test_updates_that_are_indented_too_far_go_behind_the_loop(tmp_path: Path, sandbox: Sandbox) -> None:
    """The sum of a batch is applied at each of its samples, so that the first ones count again and again."""
    assert reported(BATCHES, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(INDENTED, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 15
    assert "+        W = [w - 0.1 / 10 * sum for w, sum in zip(W, total)]" in report.fixes[0].diff
