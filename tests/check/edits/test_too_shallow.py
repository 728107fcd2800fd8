"""Lines that stand behind a loop and belong into it."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.too_shallow import into_the_loop
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, b = rng.normal(size=(2, 3)), np.zeros(2)
for epoch in range(40):
    dW, db, loss = np.zeros_like(W), np.zeros_like(b), 0.0
    for x, y in zip(X, Y):
        error = np.tanh(W @ x + b) - y
        delta = error * (1 - (error + y) ** 2)
        loss += 0.5 * np.sum(error ** 2)
        dW += np.outer(delta, x)
    db += delta
    W -= 0.05 * dW
    b -= 0.05 * db
    print(loss)
"""


def test_a_sum_behind_its_loop_is_moved_into_it(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox, 6)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 12
    assert added(report.fixes[0]) == ["db += delta"]
    assert any(line == "+        db += delta" for line in report.fixes[0].diff.splitlines())


def test_several_are_moved_together() -> None:
    text = "for x in X:\n    d = f(x)\n    n += 1\na += d\nb += d * 2\nc -= b\n"
    editor = Editor(text)
    made = {edit.apply(text) for edit in into_the_loop(editor, editor.tree.body[1])}
    assert made == {
        "for x in X:\n    d = f(x)\n    n += 1\n    a += d\nb += d * 2\nc -= b\n",
        "for x in X:\n    d = f(x)\n    n += 1\n    a += d\n    b += d * 2\nc -= b\n",
    }


@pytest.mark.parametrize("line", ["a += n", "a = d", "print(d)", "a += x"])
def test_what_reads_nothing_that_is_made_at_each_turn_stays(line: str) -> None:
    text = f"for x in X:\n    d = f(x)\n    n += 1\n{line}\n"
    editor = Editor(text)
    assert not [*into_the_loop(editor, editor.tree.body[1])]
