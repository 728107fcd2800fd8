"""Single weights that get the error of another unit, and do not depend on themselves then."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
NUMBERS = """import math
def sigmoid(z):
    return 1 / (1 + math.exp(-z))
i1, i2, t1, t2 = 0.05, 0.1, 0.01, 0.99
w1, w2, w3, w4 = 0.15, 0.2, 0.25, 0.3
w5, w6, w7, w8 = 0.4, 0.45, 0.5, 0.55
for turn in range(40):
    h1, h2 = sigmoid(w1 * i1 + w2 * i2 + 0.35), sigmoid(w3 * i1 + w4 * i2 + 0.35)
    o1, o2 = sigmoid(w5 * h1 + w6 * h2 + 0.6), sigmoid(w7 * h1 + w8 * h2 + 0.6)
    error = 0.5 * (t1 - o1) ** 2 + 0.5 * (t2 - o2) ** 2
    d1, d2 = (o1 - t1) * o1 * (1 - o1), (o2 - t2) * o2 * (1 - o2)
    e1 = (d1 * w5 + d2 * w7) * h1 * (1 - h1)
    e2 = (d1 * w6 + d2 * w8) * h2 * (1 - h2)
    w1, w2 = w1 - 0.5 * e1 * i1, w2 - 0.5 * e1 * i2
    w3, w4 = w3 - 0.5 * e2 * i1, w4 - 0.5 * e2 * i2
    w5, w6 = w5 - 0.5 * d1 * h1, w6 - 0.5 * d1 * h2
    w7, w8 = w7 - 0.5 * d2 * h1, w8 - 0.5 * d2 * h2
    print(error)
"""


@pytest.mark.parametrize("slip", ["", "w7 - 0.5 * d1 * h1", "w8 - 0.5 * d1 * h2"])
def test_a_weight_with_the_error_of_another_unit_is_one_all_the_same(
    slip: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    text = NUMBERS.replace(slip.replace("d1", "d2"), slip) if slip else NUMBERS
    report = reported(text, tmp_path, sandbox)
    assert report.parameters == 8
    assert report.verdict is (Verdict.WRONG if slip else Verdict.RIGHT), report.reason


OPTIMIZED = """
import numpy as np
x, t, w, b = np.linspace(-1, 1, 9), np.linspace(-1, 1, 9) ** 2, 0.4, 0.1
s, r = 0.0, 0.0
for turn in range(30):
    y = np.tanh(w * x) + b
    dw, db = np.mean((y - t) * (1 - np.tanh(w * x) ** 2) * x), np.mean(y - t)
    s, r = 0.9 * s + 0.1 * dw * dw, 0.9 * r + 0.1 * db * db
    w, b = w - 0.1 * dw / (np.sqrt(s) + 1e-8), b - 0.1 * db / (np.sqrt(r) + 1e-8)
    print(0.5 * np.mean((y - t) ** 2))
"""


def test_what_an_optimizer_keeps_of_a_single_weight_is_none(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(OPTIMIZED, tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2), report.reason
