"""The lines that move the elements of arrays one by one are mended all at once."""

import re
from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.repair.element_lines import lines_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
data = np.array([[2.0, 7.0, 1.0], [5.0, 3.0, 0.0], [8.0, 6.0, 1.0], [3.0, 4.0, 0.0]])
rng = np.random.default_rng(1)
p = {"W1": rng.normal(size=(2, 2)), "b1": np.zeros((2, 1)), "W2": rng.normal(size=(2, 1)), "b2": np.zeros((1, 1))}
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def update(p, y, out, a, x):
    rate = 0.05
    p["W1"][0][0] = p["W1"][0][0] + rate * (y - out) * p["W2"][0][0] * a[0][0] * (1 - a[0][0]) * x[0][0]
    p["W1"][1][0] = p["W1"][1][0] + rate * (y - out) * p["W2"][0][0] * a[0][0] * (1 - a[0][0]) * x[1][0]
    p["b1"][0][0] = p["b1"][0][0] + rate * (y - out) * p["W2"][0][0] * a[0][0] * (1 - a[0][0])
    p["W1"][0][1] = p["W1"][0][1] + rate * (y - out) * p["W2"][1][0] * a[1][0] * (1 - a[1][0]) * x[0][0]
    p["W1"][1][1] = p["W1"][1][1] + rate * (y - out) * p["W2"][1][0] * a[1][0] * (1 - a[1][0]) * x[1][0]
    p["b1"][1][0] = p["b1"][1][0] + rate * (y - out) * p["W2"][1][0] * a[1][0] * (1 - a[1][0])
    p["W2"][0][0] = p["W2"][0][0] + rate * (y - out) * a[0][0]
    p["W2"][1][0] = p["W2"][1][0] + rate * (y - out) * a[1][0]
    p["b2"][0][0] = p["b2"][0][0] + rate * (y - out)
for epoch in range(6):
    total = 0.0
    for row in data:
        x, y = row[:2].reshape(2, 1), row[2]
        a = sigmoid(p["W1"].T @ x + p["b1"])
        out = sigmoid(p["W2"].T @ a + p["b2"])[0][0]
        update(p, y, out, a, x)
        total += -y * np.log(out) - (1 - y) * np.log(1 - out)
    print(total / len(data))
"""
LINES = PROGRAM.splitlines()
MOVED_FIRST = "\n".join([*LINES[:8], *LINES[14:17], *LINES[8:14], *LINES[17:], ""])
"""With the output's weights moved before they are read."""
BESIDE = re.sub(r'(?<=p\["W1"\])\[(\d)\]\[(\d)\]', r"[\2][\1]", MOVED_FIRST).replace(
    '= p["b2"][0][0]', '= p["W2"][1][0]'
)
"""With that, with the indices of the first weights in the other order, and with a bias moved from where a weight is."""
COMMAS = re.sub(r"\[(\d)\]\[(\d)\]", r"[\1, \2]", PROGRAM)
SUBTRACTED = re.sub(r"= p\[\S+ \d\] \+ rate \* \(y - out\)", "-= rate * (out - y)", COMMAS)
OTHER_UNIT = SUBTRACTED.replace('p["W2"][1, 0] * a[1, 0] * (1', 'p["W2"][0, 0] * a[1, 0] * (1')


def test_what_is_right_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(PROGRAM, tmp_path, sandbox).verdict is Verdict.RIGHT
    assert reported(SUBTRACTED, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("wrong", "lines"),
    [
        pytest.param(
            BESIDE,
            [
                'old_W2 = p["W2"].copy()',
                'p["b2"][0][0] = p["b2"][0][0] + rate * (y - out)',
                'p["W1"][0][0] = p["W1"][0][0] + rate * (y - out) * old_W2[0][0] * a[0][0] * (1 - a[0][0]) * x[0][0]',
                'p["W1"][0][1] = p["W1"][0][1] + rate * (y - out) * old_W2[1][0] * a[1][0] * (1 - a[1][0]) * x[0][0]',
                'p["b1"][0][0] = p["b1"][0][0] + rate * (y - out) * old_W2[0][0] * a[0][0] * (1 - a[0][0])',
                'p["W1"][1][0] = p["W1"][1][0] + rate * (y - out) * old_W2[0][0] * a[0][0] * (1 - a[0][0]) * x[1][0]',
                'p["W1"][1][1] = p["W1"][1][1] + rate * (y - out) * old_W2[1][0] * a[1][0] * (1 - a[1][0]) * x[1][0]',
                'p["b1"][1][0] = p["b1"][1][0] + rate * (y - out) * old_W2[1][0] * a[1][0] * (1 - a[1][0])',
            ],
            id="indices in the other order",
        ),
        pytest.param(
            OTHER_UNIT.replace('p["b2"][0, 0] -= rate * (out - y)', 'p["b2"][0, 0] -= rate * (y - out)'),
            [
                'p["W1"][0, 1] -= rate * (out - y) * p["W2"][1, 0] * a[1, 0] * (1 - a[1, 0]) * x[0, 0]',
                'p["W1"][1, 1] -= rate * (out - y) * p["W2"][1, 0] * a[1, 0] * (1 - a[1, 0]) * x[1, 0]',
                'p["b1"][1, 0] -= rate * (out - y) * p["W2"][1, 0] * a[1, 0] * (1 - a[1, 0])',
                'p["b2"][0, 0] -= rate * (out - y)',
            ],
            id="the weight of another unit, and a sign",
        ),
        pytest.param(
            PROGRAM.replace("(1 - a[0][0]) * x[0][0]", "(1 - a[0][0] * x[0][0])").replace(
                'p["W2"][1][0] = p["W2"][1][0] +', 'p["W2"][0][0] = p["W2"][0][0] +'
            ),
            [LINES[8].strip(), LINES[15].strip()],
            id="a bracket, and an element twice",
        ),
    ],
)
def test_several_lines_are_mended(wrong: str, lines: list[str], tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(wrong, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert [line for line in added(report.fixes[0]) if line not in wrong] == [
        each for each in lines if each not in wrong
    ]
    # each line that is changed is a finding of its own, and one that keeps an old value is none
    changed = [line for line in lines if not line.startswith("old_")]
    assert len(report.findings) == len(changed)
    assert wrong.splitlines()[report.findings[0].line - 1].split("=")[0].strip() in changed[0]


def test_which_lines_move_elements() -> None:
    text = "w[0][1] = w[0][1] + 0.1 * d\nself.v[2, 0] -= d * x\nb[i] = b[i] - d\nk[0] = v[1] - d\nz = z + d\n"
    found = [(line.holder, line.indices, line.sign) for line in lines_of(Editor(text))]
    assert found == [("w", (0, 1), 1.0), ("self.v", (2, 0), -1.0), ("k", (0,), -1.0)]
