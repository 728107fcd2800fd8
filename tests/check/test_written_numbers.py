"""A network whose weights are single numbers that are written down, and that takes one step."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
ONE_STEP = """import math
x1, x2 = 0.05, 0.10
t1, t2 = 0.01, 0.99
w1, w2, w3, w4 = 0.15, 0.20, 0.25, 0.30
w5, w6, w7, w8 = 0.40, 0.45, 0.50, 0.55
b1 = 0.35
b2 = 0.60
eta = 0.5


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


h1 = sigmoid(x1 * w1 + x2 * w2 + b1)
h2 = sigmoid(x1 * w3 + x2 * w4 + b1)
o1 = sigmoid(h1 * w5 + h2 * w6 + b2)
o2 = sigmoid(h1 * w7 + h2 * w8 + b2)
total = 0.5 * ((t1 - o1) ** 2 + (t2 - o2) ** 2)
print(f"{total:.6f}")
d1 = (o1 - t1) * o1 * (1 - o1)
d2 = (o2 - t2) * o2 * (1 - o2)
e1 = (d1 * w5 + d2 * w7) * h1 * (1 - h1)
e2 = (d1 * w6 + d2 * w8) * h2 * (1 - h2)
w5_new = w5 - eta * d1 * h1
w6_new = w6 - eta * d1 * h2
w7_new = w7 - eta * d2 * h1
w8_new = w8 - eta * d2 * h2
b2_new = b2 - eta * (d1 + d2)
w1_new = w1 - eta * e1 * x1
w2_new = w2 - eta * e1 * x2
w3_new = w3 - eta * e2 * x1
w4_new = w4 - eta * e2 * x2
b1_new = b1 - eta * (e1 + e2)
print(w1_new, w5_new)
"""


def test_weights_that_are_written_down_are_proved_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(ONE_STEP, tmp_path, sandbox)
    assert (report.verdict, report.parameters, report.factor) == (Verdict.RIGHT, 10, 1.0), report.reason
    assert report.printed.startswith("0.298371\n0.14978"), "the figures of Mazur's worked example"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(d1 * w5 + d2 * w7) * h1 * (1 - h1)", "(d1 * w5 + d2 * w7)"),
        ("w6_new = w6 - eta * d1 * h2", "w6_new = w6 - eta * d2 * h2"),
        ("(d1 * w6 + d2 * w8)", "(d1 * w7 + d2 * w8)"),
    ],
)
def test_a_mistake_in_it_is_found_and_mended(right: str, wrong: str, sandbox: Sandbox, tmp_path: Path) -> None:
    assert ONE_STEP.count(right) == 1
    report = reported(ONE_STEP.replace(right, wrong), tmp_path, sandbox, 20.0)
    assert report.verdict is Verdict.WRONG, report.reason
    line = next(n for n, text in enumerate(ONE_STEP.splitlines(), 1) if right in text)
    assert report.findings[0].line == line
    assert report.fixes[0].proved


def test_a_bias_that_gets_no_new_value_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(ONE_STEP.replace("b1_new = b1 - eta * (e1 + e2)\n", ""), tmp_path, sandbox)
    assert report.verdict is Verdict.INCONSISTENT, report.reason
    assert "bias `b1`" in report.reason


def test_a_network_of_written_numbers_that_only_predicts_is_not_judged(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(ONE_STEP[: ONE_STEP.index("d1 =")], tmp_path, sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE
    assert report.reason.startswith("No training step was seen")
