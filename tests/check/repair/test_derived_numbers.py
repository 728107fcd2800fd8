"""Lines of single numbers that are wrong in more than one way: what they want is known, and is written out."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
TIDES = """import math, random

random.seed(5)
data = [((0.3, 0.9), 0.4), ((0.1, -1.0), 0.9), ((1.0, 0.2), 0.8), ((1.0, 1.0), 0.1)]
w1, w2, w3, w4 = [random.uniform(-1, 1) for _ in range(4)]
v1, v2 = random.uniform(-1, 1), random.uniform(-1, 1)
b1, b2, c, rate = 0.1, 0.1, -0.2, 0.4

def act(z):
    return 1 / (1 + math.exp(-z))

def slope(z):
    return act(z) * (1 - act(z))

for epoch in range(60):
    for (x1, x2), t in data:
        z1 = w1 * x1 + w2 * x2 + b1
        z2 = w3 * x1 + w4 * x2 + b2
        h1, h2 = act(z1), act(z2)
        z3 = v1 * h1 + v2 * h2 + c
        o = act(z3)
        print((t - o) ** 2)
        dc = 2 * (o - t) * slope(z3)
        dw1 = {dw1}
        dw2 = dc * v1 * slope(z1) * x2
        db1 = {db1}
        dw3 = dc * v2 * slope(z2) * x1
        dw4 = {dw4}
        db2 = dc * v2 * slope(z2)
        v1, v2, c = v1 - rate * dc * h1, v2 - rate * dc * h2, c - rate * dc
        w1 -= rate * dw1
        w2 -= rate * dw2
        b1 -= rate * db1
        w3 -= rate * dw3
        w4 -= rate * dw4
        b2 -= rate * db2
"""
LAMPS = """import math, random

random.seed(8)
sigmoid = lambda z: 1 / (1 + math.exp(-z))
samples = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(6)]
goals = [[0.5 + 0.5 * math.sin(sum(s)), 0.2] for s in samples]
W = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
V = [[random.uniform(-1, 1) for _ in range(4)] for _ in range(2)]
for epoch in range(20):
    for x, goal in zip(samples, goals):
        h = [sigmoid(sum(W[j][i] * x[i] for i in range(3))) for j in range(4)]
        o = [sigmoid(sum(V[k][j] * h[j] for j in range(4))) for k in range(2)]
        print(sum(0.5 * (o[k] - goal[k]) ** 2 for k in range(2)))
        delta = [(o[k] - goal[k]) * o[k] * (1 - o[k]) for k in range(2)]
        hidden = [0.0] * 4
        for j in range(4):
            hidden[j] = {hidden}
        for k in range(2):
            for j in range(4):
                V[k][j] -= 0.5 * delta[k] * h[j]
        for j in range(4):
            for i in range(3):
                W[j][i] -= 0.5 * hidden[j] * x[i]
"""


def written(report_text: str, name: str) -> str:
    return next(line.partition("= ")[2] for line in report_text.splitlines() if line.strip().startswith(name))


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    "wrong",
    [
        {"dw1": "dc * slope(o) * x1 * v2"},  # another weight, and a slope at another value
        {"dw1": "dc * slope(o) * x1 * v2", "db1": "v1 * slope(z1)", "dw4": "2 * (o - t) * v2 * slope(z1) * x2"},
    ],
    ids=["one", "three"],
)
def test_what_a_line_wants_is_written_of_the_numbers_that_it_can_read(
    wrong: dict[str, str], tmp_path: Path, sandbox: Sandbox
) -> None:
    right = {"dw1": "dc * v1 * slope(z1) * x1", "db1": "dc * v1 * slope(z1)", "dw4": "dc * v2 * slope(z2) * x2"}
    text = TIDES.format(**{**right, **wrong})
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.split("=")[0].strip() in wrong]
    assert [finding.line for finding in report.findings] == lines
    mended = report.fixes[0].texts["network.py"]
    assert {*written(mended, "dw1").split(" * ")} == {"dc", "slope(z1)", "x1", "v1"}
    assert reported(mended, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow
def test_an_error_that_comes_from_two_outputs_is_a_sum_of_both(tmp_path: Path, sandbox: Sandbox) -> None:
    text = LAMPS.format(hidden="(delta[0] + delta[1]) * h[j] * (1 - x[0])")
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [17]
    assert (
        "+            hidden[j] = (delta[0] * V[0][j] + delta[1] * V[1][j]) * h[j] * (1 - h[j])\n"
        in report.fixes[0].diff
    )
