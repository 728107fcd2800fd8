"""The weights of a support vector machine decay at every sample, or only where the margin is too small."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
DATA = """import numpy as np
rng = np.random.default_rng(7)
x = np.vstack([rng.normal(1, 0.8, (30, 2)), rng.normal(-1, 0.8, (30, 2))])
y = np.array([1] * 30 + [-1] * 30)
w, b = np.zeros(2), 0.0
"""
SOMETIMES = f"""{DATA}for epoch in range(20):
    for i in rng.permutation(60):
        if y[i] * (x[i] @ w + b) < 1:
            w = w - 0.01 * (2 * 0.05 * w - y[i] * x[i])
            b = b + 0.01 * y[i]
print(w, b)
"""
ALWAYS = SOMETIMES.replace("print(w", "        else:\n            w = w - 0.01 * 2 * 0.05 * w\nprint(w")
BATCHES = f"""{DATA}for epoch in range(60):
    dw, db = 2 * 0.05 * w, 0.0
    for i in rng.permutation(60)[:6]:
        if y[i] * (x[i] @ w + b) < 1:
            dw = dw - y[i] * x[i]
            db = db - y[i]
    w = w - 0.01 * dw
    b = b - 0.01 * db
print(w, b)
"""


def test_weights_that_decay_only_within_the_margin_are_named(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(SOMETIMES, tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert [finding.line for finding in report.findings] == [9]


def test_weights_that_decay_at_every_sample_or_batch_are_right(sandbox: Sandbox, tmp_path: Path) -> None:
    for program in (ALWAYS, BATCHES, SOMETIMES.replace("2 * 0.05 * w - y", "-y")):
        report = reported(program, tmp_path, sandbox)
        assert report.verdict == Verdict.RIGHT, report.reason


def test_a_decay_alone_is_no_gradient(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(1)
x = np.vstack([rng.normal(4, 0.5, (10, 3)), rng.normal(-4, 0.5, (10, 3))])
y = np.array([1] * 10 + [-1] * 10)
w, b = np.array([9.0, 8.0, 7.0]), 0.0
for epoch in range(10):
    for row, label in zip(x, y):
        margin = label * (row @ w - b)
        if margin >= 1:
            w -= 0.01 * 0.02 * w
        else:
            w -= 0.01 * (0.02 * w - label * row)
            b -= 0.01 * label
print(w, b)
"""
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE, report.reason
