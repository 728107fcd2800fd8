"""Lines that are fitted in plain numbers, whose sums over the samples are gradients."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LINE = """xs = [1.0, 2.0, 3.0, 4.0, 5.0]
ys = [3.1, 4.9, 7.2, 8.8, 11.1]
w = 0.3
b = 0.0
for epoch in range(60):
    dw = 0.0
    db = 0.0
    total = 0.0
    for x, y in zip(xs, ys):
        error = w * x + b - y
        total += error ** 2
        dw += 2 * error * x
        db += 2 * error
    w = w - 0.01 * dw / len(xs)
    b = b - 0.01 * db / len(xs)
    if epoch % 20 == 0:
        print(epoch, total / len(xs))
"""


def test_it_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(LINE, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    ("slip", "line"),
    [(("b = b - 0.01", "b = b + 0.01"), 15), (("dw += 2 * error * x", "dw += 2 * error"), 12)],
    ids=["up the gradient", "a factor is missing"],
)
def test_one_sample_is_not_taken_for_all(slip: tuple[str, str], line: int, tmp_path: Path, sandbox: Sandbox) -> None:
    """The loss of the last sample alone would be handed a gradient that something else is made of."""
    report = reported(LINE.replace(*slip), tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == line
    assert f"+{LINE.splitlines()[line - 1]}" in report.fixes[0].diff
