"""Optimizers that make NaN of numbers."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
ADAM = """import numpy as np

rng = np.random.default_rng(3)
x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 1))
w = rng.normal(size=(4, 1))
m_t, v_t = np.zeros((4, 1)), np.zeros((4, 1))
beta1, beta2 = 0.9, 0.999
for t in range(1, 61):
    p = x @ w
    print(np.mean((p - y) ** 2))
    g = 2 * x.T @ (p - y) / len(x)
    m_t = beta1 * m_t + (1 - beta1) * g
    v_t = beta2 * v_t + (1 - beta2) * g ** 2
    m_hat = m_t / (1 - beta1 ** t)
    v_hat = v_t / (1 - beta2 ** t)
    w -= 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)
"""


@pytest.mark.filterwarnings("ignore")
def test_the_root_of_what_is_below_zero_is_found_and_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(ADAM, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(ADAM.replace("beta2 ** t", "beta2 * t"), tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 15
    assert "+    v_hat = v_t / (1 - beta2 ** t)" in report.fixes[0].diff


def test_without_a_search_the_place_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ADAM.replace("beta2 ** t", "beta2 * t"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert "not a number (NaN)" in report.reason
    assert report.findings[0].line == 16


DIVERGING = """import numpy as np

rng = np.random.default_rng(3)
x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 1))
w = rng.normal(size=(4, 1))
for t in range(400):
    g = 2 * x.T @ (x @ w - y) / len(x)
    w -= 9.0 * g
    print(np.mean((x @ w - y) ** 2))
"""


@pytest.mark.filterwarnings("ignore")
def test_training_that_goes_to_infinity_is_accused_of_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(DIVERGING, tmp_path, sandbox).verdict is Verdict.RIGHT
