"""One mistake a program: the fix that was run and proved is the line that was there before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backproof.check.examine import Options, examine
from backproof.check.report import Report, Verdict
from backproof.check.sandbox import Limits, Sandbox

LIMITS = Limits(patience=0.1)

PROGRAM = """import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(12, 3))
t = rng.normal(size=(12, 3))
w1 = rng.normal(size=(3, 3))
b1 = np.zeros((1, 3))
w2 = rng.normal(size=(3, 3))
b2 = np.zeros((1, 3))
for epoch in range(60):
    z1 = x @ w1 + b1
    a1 = np.tanh(z1)
    p = a1 @ w2 + b2
    loss = 0.5 * np.sum((p - t) ** 2)
    d2 = p - t
    dw2 = a1.T @ d2
    db2 = np.sum(d2, axis=0, keepdims=True)
    d1 = (d2 @ w2.T) * (1 - a1 ** 2)
    dw1 = x.T @ d1
    db1 = np.sum(d1, axis=0, keepdims=True)
    w2 = w2 - 0.01 * dw2
    b2 = b2 - 0.01 * db2
    w1 = w1 - 0.01 * dw1
    b1 = b1 - 0.01 * db1
print('loss', loss)
"""

MISTAKES = {
    "a transpose is missing on a square weight": ("d1 = (d2 @ w2.T) * (1 - a1 ** 2)", "d1 = (d2 @ w2) * (1 - a1 ** 2)"),
    "the derivative is forgotten": ("d1 = (d2 @ w2.T) * (1 - a1 ** 2)", "d1 = (d2 @ w2.T)"),
    "the input stands for the hidden layer": ("dw2 = a1.T @ d2", "dw2 = x.T @ d2"),
    "a sum has no axis": ("db1 = np.sum(d1, axis=0, keepdims=True)", "db1 = np.sum(d1)"),
    "a sign is wrong": ("d1 = (d2 @ w2.T) * (1 - a1 ** 2)", "d1 = (d2 @ w2.T) * (1 + a1 ** 2)"),
}
SAME = {
    "the derivative is forgotten": {
        "d1 = (d2 @ w2.T) * (1 - a1 ** 2)", "d1 = (d2 @ w2.T) * (1 - a1**2)", "d1 = (d2 @ w2.T) * (1 - a1 * a1)",
        "d1 = (d2 @ w2.T * (1 - a1 ** 2))", "d1 = (d2 @ w2.T) * (1 - np.tanh(z1) ** 2)",
    },
    "a sum has no axis": {
        "db1 = np.sum(d1, axis=0, keepdims=True)", "db1 = np.sum(d1, axis=0)", "db1 = np.sum(d1, 0)",
    },
}  # fmt: skip
"""Other ways to write what was there before."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as opened:
        yield opened


def spoilt(mistake: str, text: str = PROGRAM) -> str:
    return text.replace(*MISTAKES[mistake])


def mended(text: str, folder: Path, sandbox: Sandbox) -> Report:
    path = folder / "network.py"
    path.write_text(text)
    return examine(path, Options(LIMITS, 20), [sandbox])


def changes(diff: str) -> tuple[list[str], list[str]]:
    """The lines that go and those that come."""
    lines = [line for line in diff.splitlines() if line[:3] not in ("+++", "---")]
    return [v[1:].strip() for v in lines if v[:1] == "-"], [v[1:].strip() for v in lines if v[:1] == "+"]


def test_the_program_without_a_mistake_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = mended(PROGRAM, tmp_path, sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert report.fixes == ()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_first_fix_is_the_line_that_was_there_before(mistake: str, sandbox: Sandbox, tmp_path: Path) -> None:
    good, bad = MISTAKES[mistake]
    assert PROGRAM.count(good) == 1
    report = mended(PROGRAM.replace(good, bad), tmp_path, sandbox)
    assert report.verdict == Verdict.WRONG, report.reason
    assert report.fixes, report.reason
    assert all(fix.proved for fix in report.fixes)
    gone, come = changes(report.fixes[0].diff)
    assert gone == [bad]
    assert len(come) == 1
    assert come[0] in SAME.get(mistake, {good})
    assert report.findings[0].line == PROGRAM.splitlines().index(f"    {good}") + 1


def test_two_independent_mistakes_are_both_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    bad = PROGRAM
    for mistake in ("the input stands for the hidden layer", "a sum has no axis"):
        bad = spoilt(mistake, bad)
    report = mended(bad, tmp_path, sandbox)
    assert report.verdict == Verdict.WRONG, report.reason
    assert report.fixes, report.reason
    gone, come = changes(report.fixes[0].diff)
    assert gone == ["dw2 = x.T @ d2", "db1 = np.sum(d1)"]
    assert come[0] == "dw2 = a1.T @ d2"
    assert come[1] in SAME["a sum has no axis"]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mended_file_is_right_when_it_is_checked_again(mistake: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = mended(spoilt(mistake), tmp_path, sandbox)
    for fix in report.fixes[:1]:
        path = tmp_path / "again.py"
        path.write_text(fix.texts["network.py"])
        assert examine(path, Options(LIMITS, 0), [sandbox]).verdict == Verdict.RIGHT


def test_a_fix_leaves_the_file_alone_until_it_is_applied(sandbox: Sandbox, tmp_path: Path) -> None:
    text = spoilt("a sign is wrong")
    report = mended(text, tmp_path, sandbox)
    assert (tmp_path / "network.py").read_text() == text
    (copy,) = report.apply_fix()
    assert copy.name == "network.fixed.py"
    assert (tmp_path / "network.py").read_text() == text
    assert copy.read_text() == PROGRAM


def test_no_time_means_no_fix(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(spoilt("a sign is wrong"))
    report = examine(path, Options(LIMITS, 0), [sandbox])
    assert (report.verdict, report.fixes) == (Verdict.WRONG, ())
