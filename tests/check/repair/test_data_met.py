"""What is data to a loss, and what is left of it without them."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LINE = """xs = [1.0, 2.0, 3.0, 4.0, 5.0]
ys = [3.1, 4.9, 7.2, 9.1, 10.8]
w = 0.0
b = 0.0
for epoch in range(60):
    total = 0
    for x, y in zip(xs, ys):
        e = y - (w * x + b)
        w += 0.01 * e
        b += 0.01 * e
        total += e ** 2
    if epoch % 10 == 0:
        print(epoch, total / len(xs))
"""


def test_numbers_that_are_read_from_lists_are_data_though_a_loss_is_told_once(tmp_path: Path, sandbox: Sandbox) -> None:
    """The loss of an epoch is told at its last sample, so that a product with its input is seen once."""
    report = reported(LINE, tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 9
    assert "+        w += 0.01 * e * x" in report.fixes[0].diff
