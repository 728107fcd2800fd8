"""A shown loss that broadcasts a column against a row gets a fix that was run."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """
import numpy as np
rng = np.random.default_rng(1)
x = rng.normal(size=(9, 2))
t = rng.normal(size=9)
w, b = 0.4 * rng.normal(size=(2, 1)), np.zeros((1, 1))
for epoch in range(20):
    p = x @ w + b
    d = 2 * (p - t.reshape(-1, 1)) / 9
    print("loss", np.mean((p.ravel() - t) ** 2))
    w -= 0.1 * x.T @ d
    b -= 0.1 * d.sum(axis=0, keepdims=True)
"""


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [("(p - t) ** 2", "(p - t.reshape(-1, 1)) ** 2"), ("(t - p) ** 2", "(t.reshape(-1, 1) - p) ** 2")],
)
def test_each_output_gets_its_own_target(wrong: str, mended: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(PROGRAM, tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(PROGRAM.replace("(p.ravel() - t) ** 2", wrong), tmp_path, sandbox, 20.0)
    assert report.verdict == Verdict.OTHER_LOSS, report.reason
    assert report.factor is None, "no step is a multiple of the stated loss's gradient"
    assert [(f.line, f.message[:35]) for f in report.findings] == [(10, "A column and a row are broadcast he")]
    assert any(f'+    print("loss", np.mean({mended}))' in fix.diff for fix in report.fixes)
    assert report.fixes[0].proved


def test_a_column_against_a_row_of_two_axes(tmp_path: Path, sandbox: Sandbox) -> None:
    rows = PROGRAM.replace("t = rng.normal(size=9)", "t = rng.normal(size=(1, 9))")
    assert reported(rows.replace("p.ravel()", "p.T"), tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(rows.replace("(p.ravel() - t) ** 2", "(p - t) ** 2"), tmp_path, sandbox, 20.0)
    assert report.verdict == Verdict.OTHER_LOSS, report.reason
    assert report.findings[0].line == 10
    assert report.fixes
    assert report.fixes[0].proved


def test_a_target_that_is_read_twice_is_a_column_at_both_places(tmp_path: Path, sandbox: Sandbox) -> None:
    """One place alone leaves the other sum broadcast."""
    text = PROGRAM.replace("t = rng.normal(size=9)", "t = (x[:, 0] > 0).astype(float)")
    text = text.replace("p = x @ w + b", "p = 1 / (1 + np.exp(-(x @ w + b)))").replace("2 * (p", "(p")
    loss = "-np.mean({0} * np.log(p) + (1 - {0}) * np.log(1 - p))"
    right, wrong = (text.replace("np.mean((p.ravel() - t) ** 2)", loss.format(t)) for t in ("t[:, None]", "t"))
    assert reported(right, tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(wrong, tmp_path, sandbox, 20.0)
    assert report.verdict == Verdict.OTHER_LOSS, report.reason
    assert any(f'+    print("loss", {loss.format("t.reshape(-1, 1)")})' in fix.diff for fix in report.fixes)
