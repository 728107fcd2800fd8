"""A mistake of ours in the search for a fix costs the fix, and not the verdict."""

from pathlib import Path

import pytest

from backproof.check.repair.tries import Tries
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(4)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
V, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for epoch in range(20):
    h = np.tanh(x @ V)
    e = h @ W - t
    print(np.mean(e ** 2))
    V, W = V - 0.01 * x.T @ (e @ W.T * (1 - h)), W - 0.01 * h.T @ e
"""


def test_the_verdict_stands_without_the_search(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("shapes {20} and {36}")

    monkeypatch.setattr(Tries, "outcome", fail)
    report = reported(PROGRAM, tmp_path, sandbox, 5)
    assert (report.verdict, report.findings[0].line, report.fixes) == (Verdict.WRONG, 9, ())
    assert any("search for a fix failed" in note and "{20}" in note for note in report.notes)


def test_what_fails_without_a_search_is_not_judged(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("nothing")

    monkeypatch.setattr("backproof.check.examine._reported", fail)
    report = reported(PROGRAM, tmp_path, sandbox, 5)
    assert report.verdict is Verdict.CANNOT_JUDGE
    assert report.reason.startswith("backproof itself failed on this file (ValueError: nothing)")
