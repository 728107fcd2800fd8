"""Factors that are one number everywhere are looked up among what a line can read."""

from pathlib import Path

import pytest

from backproof.check.repair.scales import Scales
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SCALES = Scales({"base": 3.0, "keep": 0.8, "n": 200.0}, {"x": (7, 12), "(x + y)": (19, 1)})


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (1.09861228866811, "* np.log(base)"),
        (1 / 0.8, "/ keep"),
        (0.2, "* (1 - keep)"),
        (1 / 7, "/ len(x)"),
        (1 / 12, "/ x.shape[1]"),
        (0.01, "* 2 / n"),
        (-1.0, "* (-1)"),
        (2.0, "* 2"),
        (9.0, "* base ** 2"),
    ],
)
def test_a_factor_is_said_by_the_numbers_that_can_be_read(factor: float, text: str) -> None:
    assert SCALES.found(factor)[0][0] == text


def test_what_nothing_says_is_not_found() -> None:
    assert not SCALES.found(19.0), "nobody takes the length of an expression"
    assert not SCALES.found(1.0)
    assert not SCALES.found(0.123456)


# a network whose hidden layer has a base of its own, or whose values are averaged over several places
BASE = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(40, 3))
t = np.sin(x[:, :1])
w, v, c = rng.normal(size=(3, 6)), rng.normal(size=(6, 1)), np.zeros(1)
base = 3.7
for step in range(60):
    h = 1 / (1 + base ** (-(x @ w)))
    error = h @ v + c - t
    print(np.mean(error ** 2))
    d = 2 * error / len(x)
    back = d @ v.T * h * (1 - h) * np.log(base)
    w -= 0.3 * x.T @ back
    v -= 0.3 * h.T @ d
    c -= 0.3 * d.sum(axis=0)
"""
POOLED = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(40, 11, 3))
t = np.sin(x[:, 0, :1])
w, v, c = rng.normal(size=(3, 6)), rng.normal(size=(6, 1)), np.zeros(1)
for step in range(60):
    h = np.tanh(x @ w)
    pooled = h.mean(axis=1)
    error = pooled @ v + c - t
    print(np.mean(error ** 2))
    d = 2 * error / len(x)
    spread = np.broadcast_to((d @ v.T)[:, None, :], h.shape) / h.shape[1]
    back = spread * (1 - h ** 2)
    w -= 0.3 * np.einsum('nlc,nlk->ck', x, back)
    v -= 0.3 * pooled.T @ d
    c -= 0.3 * d.sum(axis=0)
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("text", "lost"), [(POOLED, " / h.shape[1]"), (BASE, " * np.log(base)")], ids=["a mean of places", "a base"]
)
def test_a_number_that_a_gradient_lacks_is_written_there(
    text: str, lost: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(text.replace(lost, ""), tmp_path, sandbox, seconds=25.0)
    assert report.verdict is Verdict.WRONG
    (line,) = (line for line in report.fixes[0].diff.splitlines() if line.startswith("+ "))
    assert lost.split(maxsplit=1)[1] in line
