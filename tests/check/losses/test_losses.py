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
