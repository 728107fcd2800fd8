"""What does not fit together once a wrong gradient is mended is told, and mended with it."""

from pathlib import Path

import pytest

from backproof.check.forms.words import proof
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.repair.test_predictions import PROGRAM
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    "second",
    [("final = np.tanh(x @ w1 + b1)", "final = (x @ w1 + b1)"), ("    b2 -= 0.1 * d2.sum(axis=0)\n", "")],
    ids=["another network predicts", "a bias is never trained"],
)
def test_both_are_named_and_mended_by_one_fix(second: tuple[str, str], sandbox: Sandbox, tmp_path: Path) -> None:
    text = PROGRAM.replace("* (1 - a1 ** 2)", "* (1 - a1)").replace(*second)
    as_meant = reported(PROGRAM, tmp_path, sandbox)
    report = reported(text, tmp_path, sandbox, seconds=30)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 13
    assert len(report.findings) > 1
    mended = reported(report.fixes[0].texts["network.py"], tmp_path, sandbox)
    assert mended.verdict is Verdict.RIGHT, mended.reason
    assert mended.printed == as_meant.printed
    assert "do not fit together" not in proof(report.fixes[0])


@pytest.mark.slow
def test_where_only_the_gradient_is_mended_it_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    text = PROGRAM.replace("* (1 - a1 ** 2)", "* (1 - a1)")
    text = text.replace("np.tanh(x @ w1 + b1) @ w2 + b2\nprint", "np.cos(x @ w1 @ np.diag(b1 ** 3)) @ w2 - 3\nprint")
    report = reported(text, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert proof(report.fixes[0]).endswith("other parts of the file still do not fit together")
