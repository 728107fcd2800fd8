"""Lines that stand a block too deep come out of it: several together, or in a loop of their own."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.too_deep import in_a_loop_of_its_own, out_together
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

BLOCK = """for l in range(4, 0, -1):
    if l > 1:
        error = back(l)
        # of this layer
        dw[l] += error * h[l]
        db[l] += error
done()
"""
TURNS = """for i in range(2):
    for j in range(3):
        w[i][j] -= rate * d[j] * x[i]
        b[j] -= rate * d[j]
done()
"""


def test_the_last_lines_of_a_block_stand_behind_it() -> None:
    editor = Editor(BLOCK)
    statement = editor.statement_at(5)
    assert statement is not None
    (edit,) = out_together(editor, statement)
    lines = edit.apply(BLOCK).splitlines()
    assert lines[2:] == ["        error = back(l)", "        # of this layer", "    dw[l] += error * h[l]",
                         "    db[l] += error", "done()"]  # fmt: skip


def test_what_does_not_depend_on_the_outer_loop_gets_a_loop_of_its_own() -> None:
    editor = Editor(TURNS)
    moved = {line: list(in_a_loop_of_its_own(editor, s)) for line in (3, 4) if (s := editor.statement_at(line))}
    assert moved[3] == []
    (edit,) = moved[4]
    assert edit.apply(TURNS).splitlines()[2:] == [
        "        w[i][j] -= rate * d[j] * x[i]",
        "for j in range(3):",
        "    b[j] -= rate * d[j]",
        "done()",
    ]


NETWORK = """import math, random

random.seed(2)
w = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
v, b, c = [random.uniform(-1, 1) for _ in range(3)], [0.1, 0.2, -0.1], 0.3
rows = [([random.random() for _ in range(4)], random.random()) for _ in range(6)]
for epoch in range(60):
    total = 0
    for x, t in rows:
        h = [math.tanh(sum(x[i] * w[i][j] for i in range(4)) + b[j]) for j in range(3)]
        y = sum(h[j] * v[j] for j in range(3)) + c
        total += 0.5 * (y - t) ** 2
        d = [(y - t) * v[j] * (1 - h[j] ** 2) for j in range(3)]
        for j in range(3):
            v[j] -= 0.1 * (y - t) * h[j]
        c -= 0.1 * (y - t)
        for i in range(4):
            for j in range(3):
                w[i][j] -= 0.1 * d[j] * x[i]
                b[j] -= 0.1 * d[j]
    print(total)
"""


@pytest.mark.slow
def test_biases_that_are_moved_once_for_each_input_are_moved_once(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NETWORK, tmp_path, sandbox, 30)
    assert report.verdict == "wrong"
    (fix, *_) = [fix for fix in report.fixes if fix.proved]
    assert "+            b[j] -= 0.1 * d[j]" in fix.diff.splitlines()
