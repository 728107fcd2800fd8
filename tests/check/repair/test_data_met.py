"""What is data to a loss, and what is left of it without them."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.repair.acceptance import keeps_parts
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
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


WORDS = """import numpy as np
rng = np.random.default_rng(3)
X = np.eye(8)
T = (np.roll(X, 1, axis=1) + np.roll(X, -1, axis=1)) / 2
W, V = rng.normal(size=(8, 4)), rng.normal(size=(4, 8))
for step in range(30):
    h = X @ W
    u = h @ V
    y = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)
    e = ERROR
    back = e @ V.T
    V = V - 0.1 * h.T @ e
    W = W - 0.1 * X.T @ back
"""


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [("(y - T) * y", "y - X", False), ("(y - T) * y", "y - T", True), ("(y - X) * y", "y - X", True)],
)
def test_a_network_that_has_targets_is_not_to_give_back_its_inputs(
    before: str, after: str, kept: bool, tmp_path: Path, sandbox: Sandbox
) -> None:
    judged = []
    for error in (before, after):
        path = tmp_path / "network.py"
        path.write_text(WORDS.replace("ERROR", error))
        (training,) = sandbox.run(read_source(path)).trainings
        judged.append(judge(training))
    assert judged[1].verdict == "right"
    first, second = judged
    assert keeps_parts(first, second, handled=False) is kept
