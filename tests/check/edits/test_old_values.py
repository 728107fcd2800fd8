"""Lists of weights that loops move element by element before they are read, in the same function or in others."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.edits import Editor, edits_of
from backproof.check.edits.old_values import put_aside
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

PROGRAM = """
import math, random
random.seed(2)
def back(matrix, errors):
    return [sum(row[j] * errors[j] for j in range(len(errors))) for row in matrix]
x = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(8)]
t = [[0.5 + 0.4 * math.sin(a), 0.5 + 0.3 * b * c] for a, b, c in x]
w = [[random.uniform(-1, 1) for _ in range(4)] for _ in range(3)]
v = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(4)]
for epoch in range(40):
    total = 0.0
    for row, target in zip(x, t):
        h = [math.tanh(sum(row[i] * w[i][j] for i in range(3))) for j in range(4)]
        o = [1 / (1 + math.exp(-sum(h[j] * v[j][k] for j in range(4)))) for k in range(2)]
        total += sum(0.5 * (o[k] - target[k]) ** 2 for k in range(2))
        errors = [(o[k] - target[k]) * o[k] * (1 - o[k]) for k in range(2)]
        handed = back(v, errors)
        for j in range(4):
            for k in range(2):
                v[j][k] -= 0.3 * errors[k] * h[j]
        for i in range(3):
            for j in range(4):
                w[i][j] -= 0.3 * handed[j] * (1 - h[j] ** 2) * row[i]
    if epoch % 10 == 0:
        print(total)
"""
LINE = "        handed = back(v, errors)\n"


@pytest.mark.slow
def test_the_whole_is_kept_before_the_loops(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    assert check(path, repair=0).verdict == "right"
    late = PROGRAM.replace(LINE, "")
    # it is read twice, so that no other order of the lines would do
    again = LINE + LINE.replace("handed", "told")
    loop = "        for i in range(3):\n            for j"
    late = late.replace(loop, again + loop).replace("0.3 * handed[j]", "0.15 * (handed[j] + told[j])")
    path.write_text(late)
    report = check(path, repair=20)
    assert report.verdict == "wrong"
    assert report.fixes
    added = [line for line in report.fixes[0].diff.splitlines() if line.startswith("+ ")]
    assert added[0] == "+        old_v = [each.copy() for each in v]"
    assert "+        handed = back(old_v, errors)" in added


def test_the_whole_is_kept_is_an_edit_of_the_call_behind_the_loops() -> None:
    late = PROGRAM.replace(LINE, "").replace("        for i in range(3):\n", LINE + "        for i in range(3):\n")
    editor = Editor(late)
    update = editor.statement_at(next(n for n, line in enumerate(late.splitlines(), 1) if "v[j][k] -=" in line))
    assert update is not None
    edited = [edit.apply(late) for edit in edits_of(editor, update)]
    kept = "        old_v = [each.copy() for each in v]\n        for j in range(4):\n            for k in range(2):\n"
    assert any(kept in text and "handed = back(old_v, errors)" in text for text in edited)


IN_FUNCTIONS = """
import math, random
random.seed(2)
x = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(8)]
t = [[0.5 + 0.4 * math.sin(a), 0.5 + 0.3 * b * c] for a, b, c in x]
w = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
v = [[random.uniform(-1, 1) for _ in range(4)] for _ in range(2)]
def outputs(m, given, f):
    return [f(sum(m[i][j] * given[j] for j in range(len(given)))) for i in range(len(m))]
def logistic(z):
    return 1 / (1 + math.exp(-z))
def errors_of(o, target):
    return [(target[k] - o[k]) * o[k] * (1 - o[k]) for k in range(len(o))]
def hidden_errors(errors, m, h):
    found = []
    for j in range(len(h)):
        total = 0
        for k in range(len(errors)):
            total += errors[k] * m[k][j]
        found.append(total * (1 - h[j] ** 2))
    return found
def update_output(m, h, errors):
    for k in range(len(m)):
        for j in range(len(h)):
            m[k][j] += 0.2 * errors[k] * h[j]
def update_hidden(m, given, errors):
    for j in range(len(m)):
        for i in range(len(given)):
            m[j][i] += 0.2 * errors[j] * given[i]
for epoch in range(40):
    total = 0.0
    for row, target in zip(x, t):
        h = outputs(w, row, math.tanh)
        o = outputs(v, h, logistic)
        total += sum(0.5 * (o[k] - target[k]) ** 2 for k in range(2))
        errors = errors_of(o, target)
        update_output(v, h, errors)
        hidden = hidden_errors(errors, v, h)
        update_hidden(w, row, hidden)
    if epoch % 10 == 0:
        print(total)
"""
SWAPPED = """        update_output(v, h, errors)
        hidden = hidden_errors(errors, v, h)
"""


@pytest.mark.slow
def test_a_call_that_moves_what_the_next_one_reads_comes_after_it(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    first, second = SWAPPED.splitlines(keepends=True)
    path.write_text(IN_FUNCTIONS.replace(SWAPPED, second + first))
    assert check(path, repair=0).verdict == "right"
    path.write_text(IN_FUNCTIONS)
    report = check(path, repair=25)
    assert report.verdict == "wrong"
    assert report.fixes
    assert "+" + second.rstrip() in report.fixes[0].diff.splitlines()


CALLED_TWICE = """import numpy as np
rng = np.random.default_rng(3)

class Layer:
    def __init__(self, n, m):
        self.w = rng.normal(size=(n, m)) * 0.5

    def forward(self, x):
        return np.tanh(x @ self.w)

    def back(self, delta, before):
        self.w -= 0.05 * before.T @ delta
        return delta @ self.w.T * (1 - before ** 2)

layers = [Layer(3, 6), Layer(6, 5), Layer(5, 2)]
x, t = rng.normal(size=(20, 3)), rng.uniform(-1, 1, size=(20, 2))
for step in range(40):
    out = [x]
    for layer in layers:
        out.append(layer.forward(out[-1]))
    print(0.5 * np.sum((out[-1] - t) ** 2))
    for i in range(1, 4):
        if i == 1:
            delta = layers[-1].back((out[-1] - t) * (1 - out[-1] ** 2), out[-2])
        else:
            delta = layers[-i].back(delta, out[-i - 1])
"""


def test_a_method_that_two_lines_call_reads_what_it_has_moved(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(CALLED_TWICE, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [13]
    assert report.fixes[0].proved
    assert "old_w = self.w.copy()" in report.fixes[0].diff


def test_names_of_any_alphabet_are_names() -> None:
    text = "def 训练(层, δ):\n    层.更新(δ)\n    return np.dot(层.权重.T, δ)\n"
    editor = Editor(text)
    statement = editor.statement_at(3)
    assert statement is not None
    made = [edit.apply(text) for edit in put_aside(editor, statement)]
    assert any("old_权重 = 层.权重.T.copy()\n" in each for each in made), made
