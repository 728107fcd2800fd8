"""Networks whose numbers are rounded at every step are judged as if they were not, and the report says so."""

import ast
import re
from pathlib import Path

import pytest

from backproof.check.judge.rounded import NOTE
from backproof.check.record.rounding import as_text
from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SCALARS = """import math

rain, wind, late = [0.1, 0.9, 0.4, 0.7], [0.8, 0.3, 0.5, 0.2], [1, 0, 1, 0]
a, b, c, d = 0.3, -0.2, 0.15, 0.4


def squash(z):
    return 1 / (1 + math.exp(-z))


for epoch in range(30):
    for r, w, t in zip(rain, wind, late):
        h = round(squash(a * r + b * w), 4)
        y = round(squash(c * h + d), 4)
        delta = round((t - y) * y * (1 - y), 4)
        below = {below}
        c = round(c + delta * h, 4)
        d = round(d + delta, 4)
        a = round(a + below * r, 4)
        b = round(b + below * w, 4)
    print(epoch, round((t - y) ** 2 / 2, 3))
"""
BELOW = "delta * c * h * (1 - h)"
ARRAYS = """import numpy as np

rng = np.random.default_rng(2)
x = rng.normal(size=(20, 3))
y = np.sin(x[:, :1])
V, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for epoch in range(40):
    h = np.tanh(np.round(x @ V, 5))
    e = (h @ W).round(decimals=5) - y
    V = np.around(V - 0.01 * x.T @ (e @ W.T * (1 - h ** 2)), 5)
    W = np.round(W - 0.01 * h.T @ e, 5)
    print(round(float(np.sum(e ** 2)), 3))
"""


TEXTS = re.sub(r"round\((.*), 4\)", r"float('%.4f' % (\1))", SCALARS)  # written down, and read again


def judged(text: str, folder: Path) -> Report:
    with Sandbox(LIMITS) as sandbox:
        return reported(text, folder, sandbox, 0.0)


@pytest.mark.parametrize(
    "text",
    [SCALARS.replace("{below}", BELOW), ARRAYS, TEXTS.replace("{below}", BELOW)],
    ids=["numbers", "arrays", "texts"],
)
def test_what_is_right_but_for_its_digits_is_right(text: str, tmp_path: Path) -> None:
    report = judged(text, tmp_path)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert NOTE in report.notes


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SCALARS.replace("{below}", "delta * c * (1 - h)"), "below = "),
        (ARRAYS.replace("(1 - h ** 2)", "(1 - h)"), "V = np.around"),
        (TEXTS.replace("{below}", "delta * c * (1 - h)"), "below = "),
    ],
    ids=["numbers", "arrays", "texts"],
)
def test_what_is_wrong_is_found(text: str, line: str, tmp_path: Path) -> None:
    report = judged(text, tmp_path)
    assert report.verdict is Verdict.WRONG, report.reason
    assert text.splitlines()[report.findings[0].line - 1].strip().startswith(line)


def test_where_only_what_is_told_is_rounded_all_is_judged_as_it_is(tmp_path: Path) -> None:
    text = ARRAYS.replace("np.round(x @ V, 5)", "x @ V").replace("(h @ W).round(decimals=5)", "h @ W")
    text = text.replace("V = np.around(V - 0.01 * x.T @ (e @ W.T * (1 - h ** 2)), 5)", "G = e @ W.T * (1 - h ** 2)")
    text = text.replace("W = np.round(W - 0.01 * h.T @ e, 5)", "V, W = V - 0.01 * x.T @ G, W - 0.01 * h.T @ e")
    report = judged(text, tmp_path)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert not report.notes


@pytest.mark.parametrize(
    "text",
    [
        "float('%.3f' % x)",
        "float('%.3f' % (x,))",
        "float('{:.3f}'.format(x))",
        "float(f'{x:.3f}')",
        "float(format(x, '.3f'))",
    ],
)
def test_a_number_that_is_written_down_and_read_again_is_rounded(text: str) -> None:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    found = as_text(call)
    assert found is not None
    number, digits, write = found
    assert (ast.unparse(number), digits) == ("x", 3)
    made = ast.fix_missing_locations(ast.Expression(write))
    assert eval(compile(made, "text", "eval"))(0.12345) == 0.123


@pytest.mark.parametrize("text", ["float(x)", "float('%.1f' % x)", "float('%.3f' % (x, y))", "float('1.25')", "int(x)"])
def test_what_reads_no_rounded_number_rounds_nothing(text: str) -> None:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    assert as_text(call) is None
