"""Updates behind the loop that they belong into."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
OUTSIDE = """import numpy as np
rng = np.random.default_rng(1)
x, t = rng.normal(size=(8, 3)), rng.uniform(size=(8, 1))
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for turn in range(4000):
    h = np.tanh(x @ w1)
    error = h @ w2 - t
    d1 = error @ w2.T * (1 - h ** 2)
    if turn % 1000 == 0:
        print(turn, np.mean(error ** 2))

w2 -= 0.01 * h.T @ error
w1 -= 0.01 * x.T @ d1
print("done")
"""
INSIDE = OUTSIDE.replace("\nw2 -= ", "    w2 -= ").replace("\nw1 -= ", "\n    w1 -= ")


def test_they_are_named_and_moved_into_the_loop(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(INSIDE, tmp_path, sandbox).verdict is Verdict.RIGHT
    for turns in ("4000", "40"):  # a long record, and one of which a single step could be told
        report = reported(OUTSIDE.replace("4000", turns), tmp_path, sandbox)
        assert report.verdict is Verdict.WRONG
        assert [finding.line for finding in report.findings] == [12, 13]
        assert "behind the loop of line 5" in report.reason
        (fix,) = report.fixes
        assert fix.proved
        mended = fix.texts["network.py"].replace("\n\n", "\n")
        assert mended == INSIDE.replace("4000", turns).replace("\n\n", "\n")


def test_what_is_computed_for_them_there_moves_along(tmp_path: Path, sandbox: Sandbox) -> None:
    way_back = "    error = out - t\n    d1 = error @ w2.T * (1 - h ** 2)\n"
    shown = "    if turn % 1000 == 0:\n        print(turn, np.mean(h ** 2))\n"
    start = OUTSIDE.split("    error", maxsplit=1)[0] + "    out = h @ w2\n" + shown
    behind = way_back.replace("    ", "") + "w2 -= 0.01 * h.T @ error\nw1 -= 0.01 * x.T @ d1\n"
    report = reported(f"{start}\n{behind}print(error.shape)\n", tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [13, 14]
    inside = "".join(f"    {line}\n" for line in behind.splitlines())
    assert report.fixes[0].texts["network.py"].replace("\n\n", "\n") == f"{start}{inside}print(error.shape)\n"


def test_what_else_is_wrong_is_found_and_mended_with_it(tmp_path: Path, sandbox: Sandbox) -> None:
    text = OUTSIDE.replace("d1 = error @ w2.T * (1 - h ** 2)", "d1 = error @ w2.T * (1 - h)")
    report = reported(text, tmp_path, sandbox, seconds=10)
    assert [finding.line for finding in report.findings] == [12, 13, 8]
    assert all(fix.proved for fix in report.fixes)
    assert report.fixes[0].texts["network.py"].replace("\n\n", "\n") == INSIDE.replace("\n\n", "\n")
    assert "-    d1 = error @ w2.T * (1 - h)\n" in report.fixes[0].diff
    assert "-w2 -= 0.01 * h.T @ error\n" in report.fixes[0].diff


def test_one_step_of_what_a_loop_adds_up_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """import numpy as np
rng = np.random.default_rng(1)
x, t = rng.normal(size=(8, 3)), rng.uniform(size=(8, 1))
w = rng.normal(size=(3, 1))
gradient = np.zeros((3, 1))
for row, wanted in zip(x, t):
    error = row @ w - wanted
    gradient += np.outer(row, error)
print(np.mean((x @ w - t) ** 2))
w = w - 0.1 * gradient
print(np.mean((x @ w - t) ** 2))
"""
    report = reported(text, tmp_path, sandbox)
    assert "behind the loop" not in report.reason
    assert report.verdict is not Verdict.WRONG
