"""A slope of a fitted curve that is wrong is differentiated anew, in the file's own names."""

from pathlib import Path

import numpy as np
import pytest

from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
DECAY = """import numpy as np
rng = np.random.default_rng(3)
x = np.linspace(0, 3, 40)
y = 2.5 * np.exp(-1.3 * x) + 0.4 + rng.normal(scale=0.02, size=40)
a, b, c = 1.0, 0.5, 0.0
for step in range(60):
    pred = a * np.exp(-b * x) + c
    e = pred - y
    da = 2 * np.mean(e * np.exp(-b * x))
    db = 2 * np.mean({db})
    dc = 2 * np.mean(e)
    a, b, c = a - 0.1 * da, b - 0.1 * db, c - 0.1 * dc
    print(np.mean(e ** 2))
"""
GROWTH = """import numpy as np
rng = np.random.default_rng(1)
t = np.linspace(-2, 2, 60)
height = 3 / (1 + np.exp(-2 * (t - 0.3))) + rng.normal(scale=0.05, size=60)

def logistic(theta, t):
    return theta[0] / (1 + np.exp(-theta[1] * (t - theta[2])))

def gradient(theta, t, height):
    residual = logistic(theta, t) - height
    growth = np.exp(-theta[1] * (t - theta[2]))
    g = np.zeros(3)
    g[0] = np.mean(residual / (1 + growth))
    g[1] = np.mean(residual * theta[0] * (t - theta[2]) * growth)
    g[2] = np.mean(residual * theta[0] * -theta[1] * growth / (1 + growth) ** 2)
    return 2 * g

theta = np.array([1.0, 1.0, 0.0])
for i in range(200):
    theta = theta - 0.1 * gradient(theta, t, height)
    if i % 50 == 0:
        print(np.mean((logistic(theta, t) - height) ** 2))
"""
SAMPLES = """import math
xs = [0.1 * i for i in range(30)]
ys = [1.8 * math.sin(1.2 * x + 0.3) for x in xs]
A, w, p = 1.0, 1.0, 0.0
for epoch in range(40):
    gA = gw = gp = loss = 0.0
    for x, y in zip(xs, ys):
        err = A * math.sin(w * x + p) - y
        loss += err ** 2
        gA += 2 * err * math.sin(w * x + p)
        gw += 2 * err * A * x
        gp += 2 * err * A * math.cos(w * x + p)
    A -= 0.01 * gA / 30
    w -= 0.01 * gw / 30
    p -= 0.01 * gp / 30
    print(loss / 30)
"""
MODEL = """import numpy as np
rng = np.random.default_rng(5)
x = rng.uniform(1, 3, 50)
def curve(a, b, x):
    return (a * np.sin(x) + b * np.log(x)) ** 2 + x
y = curve(1.5, -0.7, x)
a, b = 0.5, -0.2
for step in range(60):
    pred = curve(a, b, x)
    grad_a = 2 * np.mean((pred - y) * np.sin(x))
    grad_b = 2 * np.mean((pred - y) * np.log(x))
    a -= 0.02 * grad_a
    b -= 0.02 * grad_b
    print(np.mean((pred - y) ** 2))
"""


def _added(report: Report) -> list[str]:
    return added(report.fixes[0]) if report.fixes else []


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("slip", ["e * x", "e * b * x"])
def test_the_slope_of_a_curve_is_written_out(slip: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(DECAY.format(db=slip), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 10
    (made,) = _added(report)
    written = made.removeprefix("db = ")
    x, y, a, b, c = np.linspace(0, 3, 7), np.linspace(1, 2, 7), 1.2, 0.7, 0.1
    e = a * np.exp(-b * x) + c - y
    db = eval(written, {"np": np, "x": x, "a": a, "b": b, "c": c, "e": e, "pred": e + y, "y": y})
    assert db == pytest.approx(np.mean(2 * e * a * -x * np.exp(-b * x)))


@pytest.mark.slow
def test_an_entry_of_a_gradient_that_is_written_entry_by_entry(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(GROWTH, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 14
    (made,) = _added(report)
    assert made.startswith("g[1] = ")
    assert made.endswith("/ (1 + growth) ** 2))")  # what is computed already is called by its name


@pytest.mark.slow
def test_the_slope_of_single_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(SAMPLES, tmp_path, sandbox, 20)
    assert _added(report) == ["gw += 2 * err * A * math.cos(w * x + p) * x"]


@pytest.mark.slow
def test_the_slopes_of_a_curve_that_a_function_computes(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MODEL, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [10, 11]
    first, second = _added(report)
    assert "(a * np.sin(x) + b * np.log(x)) * np.sin(x)" in first
    assert "(a * np.sin(x) + b * np.log(x)) * np.log(x)" in second


DIFFERENCE = """import numpy as np
rng = np.random.default_rng(3)
x = np.linspace(0, 3, 40)
y = 1.44 - 1.2 * x + rng.normal(scale=0.05, size=40)
a, c = 0.3, 0.0
for step in range(60):
    pred = a ** 2 - a * x + c
    e = pred - y
    da = 2 * np.mean(e * x)
    dc = 2 * np.mean(e)
    a, c = a - 0.01 * da, c - 0.01 * dc
    print(np.mean(e ** 2))
"""


def test_a_slope_that_is_a_difference_keeps_its_signs(sandbox: Sandbox, tmp_path: Path) -> None:
    assert _added(reported(DIFFERENCE, tmp_path, sandbox, 20)) == ["da = 2 * np.mean(e * (2 * a - x))"]


POOLED = """import numpy as np
rng = np.random.default_rng(7)
beats = rng.normal(size=(30, 12))
labels = (beats.mean(axis=1) > 0).astype(float)
kernel, bias, gain, offset = rng.normal(size=3) * 0.5, 0.1, 0.6, 0.0
for epoch in range(6):
    total = 0.0
    for beat, label in zip(beats, labels):
        z = np.correlate(beat, kernel, mode="valid") + bias
        a = np.tanh(z)
        pooled = np.mean(a ** 3)
        p = 1 / (1 + np.exp(-(gain * pooled + offset)))
        total += -np.log(p) if label == 1 else -np.log(1 - p)
        d = p - label
        d_gain, d_offset = d * pooled, d
        d_a = d * gain * 3 * a ** 2 / len(a)
        d_z = d_a * (1 - a ** 2)
        gain -= 0.5 * d_gain
        offset -= 0.5 * d_offset
        kernel -= 0.5 * np.correlate(beat, d_z, mode="valid")
        bias -= 0.5 * np.sum(d_z)
    print(total)
"""


def test_the_exponent_that_a_slope_lacks_is_no_term_of_the_updates(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(POOLED, tmp_path, sandbox, 0).verdict is Verdict.RIGHT
    report = reported(POOLED.replace("gain * 3 * a", "gain * a"), tmp_path, sandbox, 20)
    assert report.findings[0].line == 16
    (made,) = _added(report)
    assert "* 3" in made
    assert made.startswith("d_a = ")
