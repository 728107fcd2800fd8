"""What a loop hands on to its next turn, and nothing reads, is read where it is meant."""

from pathlib import Path

import pytest

from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
RECURRENT = """import numpy as np

rng = np.random.default_rng(6)
U, W, V = (0.6 * rng.normal(size=size) for size in ((4, 2), (4, 4), (1, 4)))
b, c = np.zeros(4), np.zeros(1)
for step in range(60):
    xs = rng.normal(size=(5, 2))
    target = xs.sum()
    hs = [np.zeros(4)]
    for x in xs:
        hs.append(np.tanh(U @ x + W @ hs[-1] + b))
    y = V @ hs[-1] + c
    loss = 0.5 * np.sum((y - target) ** 2)
    dU, dW, db = np.zeros_like(U), np.zeros_like(W), np.zeros_like(b)
    dh_next = np.zeros(4)
    for t in reversed(range(5)):
        dh = dh_next
        if t == 4:
            dh = dh + V.T @ (y - target)
        raw = dh * (1 - hs[t + 1] ** 2)
        dU += np.outer(raw, xs[t])
        dW += np.outer(raw, hs[t])
        db += raw
        dh_next = W.T @ raw
    V -= 0.05 * np.outer(y - target, hs[-1])
    c -= 0.05 * (y - target)
    U, W, b = U - 0.05 * dU, W - 0.05 * dW, b - 0.05 * db
    if step % 10 == 0:
        print(loss)
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("g = 0\nfor t in range(3):\n    g = w * t\n", {"g"}),
        ("g = 0\nfor t in range(3):\n    g = w * t\nprint(g)\n", set()),
        ("g = 0\nfor t in range(3):\n    g += w * t\n", set()),
        ("for t in range(3):\n    g = w * t\n", set()),
        ("t = _ = 0\nfor t in range(3):\n    for _ in range(2):\n        w = t\n", set()),
        ("def f():\n    g = 0\n    while True:\n        g, h = w()\n\ndef k():\n    return g\n", {"g"}),
    ],
)
def test_a_name_is_handed_on_for_nothing_if_nothing_in_its_function_reads_it(text: str, names: set[str]) -> None:
    assert {name for found in Editor(text).handed_on.values() for name in found} == names


def test_it_is_added_to_what_the_lines_of_its_loop_compute() -> None:
    editor = Editor("g = 0\nfor t in range(3):\n    d = e[t] * s\n    z = np.zeros(3)\n    g = w @ d\n")
    mended = [edit.apply(editor.text) for number in (3, 4, 5) for edit in _edits(editor, number)]
    made = {line for text in mended for line in text.split("\n")}
    assert {"    d = e[t] * s + g", "    z = g"} <= made


def _edits(editor: Editor, line: int) -> list[Edit]:
    statement = editor.statement_at(line)
    assert statement is not None
    return list(edits_of(editor, statement))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("        dh = dh_next\n", "        dh = np.zeros(4)\n"),
        (
            "        dh = dh_next\n        if t == 4:\n            dh = dh + V.T @ (y - target)\n",
            "        dh = V.T @ (y - target) * (t == 4)\n",
        ),
    ],
)
def test_the_error_of_the_later_time_step_is_added(right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(RECURRENT, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(RECURRENT.replace(right, wrong), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG, report.reason
    assert any(line.startswith("+") and "dh_next" in line for line in report.fixes[0].diff.splitlines())


@pytest.mark.parametrize(("value", "handed_on"), [("cache[i]", False), ("step(cache, i)", True)])
def test_what_was_kept_together_need_not_all_be_read(value: str, handed_on: bool) -> None:
    text = f"def f(cache):\n    x, b = 0, 0\n    print(x)\n    for i in range(3):\n        x, b = {value}\n"
    assert bool(Editor(text).handed_on) == handed_on
