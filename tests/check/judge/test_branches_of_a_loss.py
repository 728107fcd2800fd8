"""Losses to which one branch of an `if` or another adds a form of its own."""

from pathlib import Path

import pytest

from backproof.check.cut.branches import branches_of
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
CLASSES = """import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(40, 3))
t = (x[:, 0] - x[:, 2] > 0).astype(int)
w, b = rng.normal(size=3) * 0.5, 0.0
for epoch in range(8):
    J = 0.0
    for n in range(40):
        p = 1 / (1 + np.exp(-(w @ x[n] + b)))
        if t[n] == 1:
            J += -np.log(p)
            d = p - 1
        else:
            J += -np.log(1 - p)
            d = p
        w -= 0.1 * d * x[n]
        b -= 0.1 * d
    print(epoch, J / 40)
"""


def test_a_form_for_each_class_is_one_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(CLASSES, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("slip", "line"), [(("d = p\n", "d = p - 1\n"), 16), (("d = p - 1", "d = 1 - p"), 13)], ids=["one class", "a sign"]
)
def test_a_slip_in_one_branch_is_found_there(
    slip: tuple[str, str], line: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(CLASSES.replace(*slip), tmp_path, sandbox, seconds=10)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == line
    assert report.fixes[0].proved
    assert all("J +=" not in line for fix in report.fixes for line in fix.diff.splitlines() if line[0] in "+-")


def _trace(*rows: tuple[str, int, int]) -> Trace:
    """Single numbers, each by its operation, its site and the node that it adds to."""
    operations, sites, before = zip(*rows, strict=True)
    return Trace(
        list(operations),
        list(sites),
        [(Ref(node), 1.0) if node >= 0 else (0.0, 1.0) for node in before],
        [1.0] * len(rows),
        [0] * len(rows),
        [(-1, -1)],
        frozenset(),
    )


def test_lines_that_follow_each_other_are_no_branches() -> None:
    one_after_the_other = [("add", 3, -1), ("add", 7, 0), ("add", 3, 1), ("add", 7, 2)]
    assert branches_of(_trace(*one_after_the_other)) == {}
    one_or_the_other = [("add", 3, -1), ("add", 3, 0), ("add", 7, 1), ("add", 3, 2)]
    assert branches_of(_trace(*one_or_the_other)) == {(3, 0): ((3, 0), (7, 0)), (7, 0): ((3, 0), (7, 0))}
