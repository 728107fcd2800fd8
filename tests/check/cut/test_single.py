"""Programs that take a single step: what is moved once is trained, and nothing else is."""

import time
from pathlib import Path

import pytest

from backproof.check.cut.single import single_updates
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.recorded import Run
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
ONE_STEP = """import numpy as np
x = np.array([[0.05, 0.10], [0.3, 0.8], [0.6, 0.1]])
y = np.array([[0.01, 0.99], [0.2, 0.4], [0.9, 0.3]])
w1, b1 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.35, 0.35]])
w2, b2 = 0.5 * np.random.default_rng(2).normal(size=(2, 2)), np.zeros((1, 2))
x = x - x.mean(axis=0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


h = sigmoid(x @ w1 + b1)
o = sigmoid(h @ w2 + b2)
print(0.5 * np.sum((y - o) ** 2))
d2 = (o - y) * o * (1 - o)
d1 = d2 @ w2.T * h * (1 - h)
w2 -= 0.5 * h.T @ d2
b2 = b2 - 0.5 * d2.sum(axis=0, keepdims=True)
w1 = w1 - 0.5 * x.T @ d1
b1 = b1 - 0.5 * d1.sum(axis=0, keepdims=True)
print(sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2))
"""
MISTAKES = {
    "a derivative is forgotten": ("d2 @ w2.T * h * (1 - h)", "d2 @ w2.T"),
    "a weight goes up": ("w1 = w1 - 0.5", "w1 = w1 + 0.5"),
    "a bias gets a mean": ("b1 - 0.5 * d1.sum(", "b1 - 0.5 * d1.mean("),
    "a new weight is read": (
        "d1 = d2 @ w2.T * h * (1 - h)\nw2 -= 0.5 * h.T @ d2\n",
        "w2 -= 0.5 * h.T @ d2\nd1 = d2 @ w2.T * h * (1 - h)\n",
    ),
}


def test_a_single_step_is_proved_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(ONE_STEP, tmp_path, sandbox)
    assert (report.verdict, report.parameters, report.steps, report.factor) == (Verdict.RIGHT, 4, 1, 1.0), report.reason


@pytest.mark.slow(but=2)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_single_step_is_mended(mistake: str, sandbox: Sandbox, tmp_path: Path) -> None:
    right, wrong = MISTAKES[mistake]
    assert right in ONE_STEP
    report = reported(ONE_STEP.replace(right, wrong), tmp_path, sandbox, 20)
    assert report.verdict == Verdict.WRONG
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict == Verdict.RIGHT


UNTRAINED = {
    "data are standardised": "import numpy as np\nx = np.random.rand(9, 3)\nx = x - x.mean(0)\nprint(np.sum(x ** 2))\n",
    "a network only predicts": ONE_STEP[: ONE_STEP.index("d2 =")],
    "what is rebuilt is held against the data": ONE_STEP[: ONE_STEP.index("h =")]
    + "print(np.sum((x - x @ w1 @ w1.T) ** 2))\n",
}


@pytest.mark.parametrize("program", UNTRAINED)
def test_what_trains_nothing_is_not_judged(program: str, sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(UNTRAINED[program], tmp_path, sandbox).verdict == Verdict.CANNOT_JUDGE


def test_many_moves_are_looked_through_quickly() -> None:
    """Of 9,000 sums none leads to another: to ask each pair of them would take a minute."""
    trace = Run(
        "import numpy as np\nw = np.ones(2)\nx = np.array([0.5, 0.25])\nz = x * w\n"
        "for i in range(9000):\n    h = w + z * x\n"
    ).trace
    start = time.monotonic()
    assert single_updates(trace, trace.readers) == [], "what is moved again from where it began is moved for nothing"
    assert time.monotonic() - start < 5


def test_what_a_later_move_is_computed_from_is_no_weight() -> None:
    trace = Run(
        "import numpy as np\nw = np.ones(2)\nx = np.array([0.5, 0.25])\nb = np.zeros(2)\nz = x * w + b\n"
        "v = w + z * x\nc = b + v * z\n"
    ).trace
    found = single_updates(trace, trace.readers)
    assert [chain.updates for chain in found] == [[len(trace) - 1]], "`v` leads to `c`"


DRAWN = """from math import exp
from random import random, seed
seed(3)
x, t = [0.6, -0.3, 1.0], 0.7
hidden = [[random() - 0.5 for _ in x] for _ in range(2)]
output = [random() - 0.5 for _ in range(2)]
h = [1 / (1 + exp(-sum(w * v for w, v in zip(row, x)))) for row in hidden]
y = sum(w * a for w, a in zip(output, h))
print((t - y) ** 2)
e = 2 * (y - t)
back = [e * w for w in output]
for k in range(2):
    output[k] -= 0.1 * e * h[k]
for j in range(2):
    for i in range(3):
        hidden[j][i] -= 0.1 * back[j] * SLOPE * x[i]
"""


@pytest.mark.parametrize(("slope", "verdict"), [("h[j] * (1 - h[j])", Verdict.RIGHT), ("(1 - h[j])", Verdict.WRONG)])
def test_single_numbers_that_are_drawn_are_moved_once(
    slope: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(DRAWN.replace("SLOPE", slope), tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (verdict, 8), report.reason
