"""Losses that a program does not state: which one its updates follow."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
REGRESSION = """import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(50, 4))
y = {targets}
w1, b1 = rng.normal(size=(4, 6)) * 0.4, np.zeros(6)
w2, b2 = rng.normal(size=(6, 1)) * 0.4, np.zeros(1)
for epoch in range(60):
    h = np.tanh(x @ w1 + b1)
    p = {output}
    d = {error} / len(x)
    dh = d @ w2.T * (1 - h ** 2)
    w2 -= 0.05 * h.T @ d
    b2 -= 0.05 * d.sum(axis=0)
    w1 -= 0.05 * x.T @ dh
    b1 -= 0.05 * dh.sum(axis=0)
"""
COUNTS = {"targets": "rng.poisson(2.0, size=(50, 1)).astype(float)", "output": "np.exp(h @ w2 + b2)"}
VALUES = {"targets": "np.sin(3 * x[:, :1])", "output": "h @ w2 + b2"}


@pytest.mark.parametrize(
    ("program", "error", "kind"),
    [
        (COUNTS, "(p - y)", "the Poisson deviance"),
        (VALUES, "np.tanh(p - y)", "the log-cosh loss"),
        (VALUES, "(p - y)", "the squared error"),
    ],
)
def test_the_loss_is_named(program: dict[str, str], error: str, kind: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(REGRESSION.format(**program, error=error), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert kind in report.reason


@pytest.mark.parametrize(("right", "wrong"), [("(1 - h ** 2)", "(1 - h)"), ("h.T @ d", "h.T @ (d * p)")])
def test_no_loss_makes_a_wrong_gradient_right(right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    text = REGRESSION.format(**COUNTS, error="(p - y)")
    assert reported(text.replace(right, wrong), tmp_path, sandbox).verdict is not Verdict.RIGHT


def test_a_number_that_is_taken_from_a_loss_is_no_target(tmp_path: Path, sandbox: Sandbox) -> None:
    text = REGRESSION.format(**VALUES, error="np.tanh(p - y)")
    told = "    print(np.mean(np.abs(p - y) + np.log1p(np.exp(-2 * np.abs(p - y))) - np.log(2)))\n    d ="
    report = reported(text.replace("    d =", told), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert "stated loss" in report.reason


LIKELIHOOD = """import numpy as np
rng = np.random.default_rng(8)
x = rng.normal(size=(60, 3))
y = x @ np.array([1.0, -2.0, 0.5]) + np.exp(0.3 * x[:, 0]) * rng.normal(size=60)
w, b, v, c = rng.normal(size=3) * 0.1, 0.0, np.zeros(3), 0.5
for step in range(60):
    mu, s = x @ w + b, x @ v + c
    r = (y - mu) * np.exp(-s)
    print(np.mean({told}))
    d = r * (y - mu) - 1
    w = w {sign} 0.05 * 2 * x.T @ r / 60
    b = b {sign} 0.05 * 2 * r.mean()
    v = v {sign} 0.05 * x.T @ d / 60
    c = c {sign} 0.05 * d.mean()
"""


@pytest.mark.parametrize(
    ("told", "sign", "verdict"),
    [
        ("-s - r * (y - mu) - 1.84", "+", Verdict.RIGHT),  # a likelihood, which grows
        ("s + r * (y - mu) + 1.84", "+", Verdict.RIGHT),
        ("s + r * (y - mu) + 1.84", "-", Verdict.WRONG),
    ],
)
def test_a_likelihood_goes_up_and_a_loss_goes_down(
    told: str, sign: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(LIKELIHOOD.format(told=told, sign=sign), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason


ONE_OUTPUT = """import math
w, v, c, b = 0.4, -0.7, 0.1, 0.2
for epoch in range(40):
    for x, t in [(0.5, 0), (-1.0, 1), (1.5, 0), (0.3, 1)]:
        h = math.tanh(w * x + c)
        o = 1 / (1 + math.exp(-(v * h + b)))
        error = t - o
        d = {moved}
        e = {back} * v * (1 - h * h)
        v += 0.5 * d * h
        b += 0.5 * d
        w += 0.5 * e * x
        c += 0.5 * e
    print(epoch, o)
"""


@pytest.mark.parametrize(("moved", "right"), [("error", True), ("1 - o", False)])
def test_what_moves_where_no_class_is_right_follows_no_categorical_entropy(
    moved: str, right: bool, tmp_path: Path, sandbox: Sandbox
) -> None:
    # -t log(o) asks for nothing where t is 0, and for 1 - o where it is 1
    report = reported(ONE_OUTPUT.format(moved=moved, back="error"), tmp_path, sandbox)
    assert (report.verdict == "right") is right


LARGEST = """import numpy as np
rng = np.random.default_rng(6)
X, T = rng.normal(size=(20, 3)), rng.uniform(0.1, 0.9, size=(20, 2))
w, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for epoch in range(20):
    for x, t in zip(X, T):
        h = np.tanh(x @ w)
        o = 1 / (1 + np.exp(-(h @ v)))
        error = o - t
        d = error * o * (1 - o)
        e = d @ v.T * (1 - h ** 2)
        v -= 0.3 * np.outer(h, d)
        w -= 0.3 * np.outer(x, e)
        print(np.max(np.abs(error)))
"""


def test_the_largest_error_is_a_measure_and_no_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LARGEST, tmp_path, sandbox)
    assert report.verdict == "right", report.reason
    wrong = reported(LARGEST.replace("d @ v.T", "error @ v.T"), tmp_path, sandbox, 10)
    assert wrong.verdict == "wrong"
    assert "+        e = d @ v.T" in wrong.fixes[0].diff


UNTIL_NEAR = """import math
import random
random.seed(3)
data = [([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0), ([0.0, 0.0], 0.0)]
w = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(2)]
v = [random.uniform(-1, 1) for _ in range(3)]
for turn in range(300):
    seen = []
    for x, t in data:
        h = [1 / (1 + math.exp(-(row[0] * x[0] + row[1] * x[1] + row[2]))) for row in w]
        o = 1 / (1 + math.exp(-(v[0] * h[0] + v[1] * h[1] + v[2])))
        seen.append(round(o, 4))
        if abs(o - t) > 0.1:
            d = o * (1 - o) * (t - o)
            e = [h[i] * (1 - h[i]) * v[i] * d for i in range(2)]
            for i in range(2):
                v[i] += 0.5 * d * h[i]
                w[i][0] += 0.5 * e[i] * x[0]
                w[i][1] += 0.5 * e[i] * x[1]
                w[i][2] += 0.5 * e[i]
            v[2] += 0.5 * d
print(seen)
"""


def test_an_output_that_is_shown_is_no_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(UNTIL_NEAR, tmp_path, sandbox)
    assert (report.verdict, report.loss) == (Verdict.RIGHT, None), report.reason
    assert reported(UNTIL_NEAR.replace("v[i] * d", "d"), tmp_path, sandbox).verdict is Verdict.WRONG


BALANCE = """import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(12, 3))
t = (x[:, :1] > 0).astype(float)
W = rng.normal(size=(3, 1))

def step():
    global W
    p = 1 / (1 + np.exp(-x @ W))
    error = 2 * (p - t)
    W -= 0.1 * x.T @ (error * p * (1 - p))
    return error

kept = []
for i in range(50):
    kept.append(sum(step()))
print(kept[-1])
"""


def test_a_sum_of_errors_with_their_signs_is_no_loss_however_it_is_summed(tmp_path: Path, sandbox: Sandbox) -> None:
    for summed in ("sum(step())", "step().sum()", "np.mean(step())"):
        assert reported(BALANCE.replace("sum(step())", summed), tmp_path, sandbox).verdict == "right"
    assert reported(BALANCE.replace("sum(step())", "sum(step() ** 4)"), tmp_path, sandbox).verdict == "other-loss"
