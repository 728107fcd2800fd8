"""A loss that is told at some steps only says nothing of the others by itself."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
CURVE = """import numpy as np
rng = np.random.default_rng(3)
t = np.linspace(0, 2, 40)
y = 2.5 * np.exp(-1.3 * t) + 0.02 * rng.normal(size=40)
p = np.array([1.0, -0.5])
for it in range(500):
    e = np.exp(p[1] * t)
    r = p[0] * e - y
    g = 2 * np.array([np.mean(r * e), np.mean(r * p[0] * t * e)])
    p = p - 0.1 * g
    if it % 100 == 0:
        print(it, TOLD)
"""
SPECTRUM = """import numpy as np
x = np.arange(60, dtype=float)
counts = np.random.default_rng(8).poisson(80 * np.exp(-0.5 * ((x - 33) / 4.0) ** 2) + 20)
p = {"N": 60.0, "mu": 30.0, "b": 15.0}
rates = {"N": 0.1, "mu": 0.002, "b": 0.02}
def model(p):
    return p["N"] * np.exp(-0.5 * ((x - p["mu"]) / 4.0) ** 2) + p["b"]
def minus_log_likelihood(p):
    m = model(p)
    return np.sum(m - counts * np.log(m))
for turn in range(900):
    u = (x - p["mu"]) / 4.0
    peak = np.exp(-0.5 * u ** 2)
    m = model(p)
    f = 1 - counts / m
    g = {"N": np.sum(f * peak), "mu": np.sum(f * p["N"] * peak * u / 4.0), "b": np.sum(f)}
    for name in p:
        p[name] -= rates[name] * g[name]
    if turn % 300 == 0:
        print(turn, minus_log_likelihood(p))
"""


@pytest.mark.parametrize("told", ["np.mean(r ** 2)", "np.mean(r ** 2) / 38", "np.sqrt(np.mean(r ** 2))"])
def test_one_vector_that_starts_with_a_one_hides_no_factor(told: str, sandbox: Sandbox, tmp_path: Path) -> None:
    text = CURVE.replace("TOLD", told)
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
    wrong = text.replace("r * p[0] * t", "r * t")
    assert reported(wrong, tmp_path, sandbox).verdict is Verdict.WRONG, "it shows at the second step alone"


@pytest.mark.slow
def test_what_is_told_behind_an_update_is_of_the_outputs_of_the_next_step(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(SPECTRUM, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(SPECTRUM.replace("1 - counts / m", "m - counts"), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    assert any(added(fix) == ["f = (m - counts) / m"] for fix in report.fixes)
