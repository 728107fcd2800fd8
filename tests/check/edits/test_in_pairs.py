"""Two mistakes of one line are mended at once."""

from pathlib import Path

import pytest

from backproof.check.edits.editor import Edit
from backproof.check.edits.in_pairs import in_pairs
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
TEXT = "d = w[1] @ e"


def edit(old: str, new: str, cost: float = 1.0) -> Edit:
    start = TEXT.index(old)
    return Edit(start, start + len(old), new, 1, "variable", cost, f"{old} → {new}")


def made(*edits: Edit) -> list[str]:
    return [both.apply(TEXT) for both in in_pairs(TEXT, edits)]


def test_two_are_made_side_by_side() -> None:
    (both,) = in_pairs(TEXT, [edit("e", "f"), edit("w[1]", "v", 0.5)])
    assert both.apply(TEXT) == "d = v @ f"
    assert both.says == "e → f; w[1] → v"
    assert 1.5 < both.cost < 2


def test_one_is_made_within_what_the_other_adds_to() -> None:
    assert made(edit("w[1]", "w[1].T"), edit("1", "0")) == ["d = w[0].T @ e"]


def test_two_that_say_different_things_of_the_same_are_none() -> None:
    assert made(edit("w[1]", "v"), edit("1", "0")) == []
    assert made(edit("e", "f"), edit("e", "g")) == []


LOOPED = """import numpy as np
x = np.array([0.5, 1.0, 0.0])
goal = np.array([1.0, -0.5, 0.25])
w = [[0.3, -0.2, 0.1], [0.4, 0.1, -0.6], [-0.5, 0.2, 0.7]]
for epoch in range(30):
    out = np.dot(w, x)
    error = out - goal
    for i in range(3):
        for j in range(3):
            w[i][j] = w[i][j] - 0.1 * error[i] * x[j]
    print(np.sum(error ** 2))
"""


@pytest.mark.slow
def test_of_two_wrong_names_in_a_line_both_are_found(tmp_path: Path, sandbox: Sandbox) -> None:
    # the last input is zero: its weights stand still when all is right
    assert reported(LOOPED, tmp_path, sandbox).verdict is Verdict.RIGHT
    text = LOOPED.replace("error[i] * x[j]", "error[j] * out[j]")
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert (report.findings[0].line, report.fixes[0].texts["network.py"]) == (10, LOOPED)
