"""An array that an optimizer was given, and whose name is given another array by the layer that made it."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.edits import Editor
from backproof.check.edits.filled import filled

PROGRAM = """
import numpy as np
rng = np.random.default_rng(3)
class Held:
    def __init__(self, value, gradient):
        self.value, self.gradient = value, gradient
class Dense:
    def __init__(self, rows, columns):
        self.w, self.b = rng.normal(size=(rows, columns)) * 0.6, rng.normal(size=columns) * 0.2
        self.dw, self.db = np.zeros((rows, columns)), np.zeros(columns)
        self.held = [Held(self.w, self.dw), Held(self.b, self.db)]
    def forward(self, x):
        self.x = x
        return x @ self.w + self.b
    def backward(self, d):
        self.dw += self.x.T @ d
        self.db[:] = d.sum(axis=0)
        return d @ self.w.T
class Descent:
    def __init__(self, held, rate):
        self.held, self.rate = held, rate
    def step(self):
        for each in self.held:
            each.value -= self.rate * each.gradient
            each.gradient *= 0
x = rng.normal(size=(12, 3))
t = x[:, :1] * x[:, 1:2] + 0.3
first, second = Dense(3, 5), Dense(5, 1)
descent = Descent([*first.held, *second.held], 0.01)
for epoch in range(40):
    h = np.tanh(first.forward(x))
    o = second.forward(h)
    if epoch % 10 == 0:
        print(0.5 * np.sum((o - t) ** 2))
    first.backward(second.backward(o - t) * (1 - h ** 2))
    descent.step()
"""
RIGHT, WRONG = "self.db[:] = d.sum(axis=0)", "self.db = d.sum(axis=0)"


@pytest.mark.slow
def test_it_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    assert check(path, repair=0).verdict == "right"
    path.write_text(PROGRAM.replace(RIGHT, WRONG))
    report = check(path, repair=20)
    assert report.verdict != "right"
    assert report.fixes
    assert f"+        {RIGHT}" in report.fixes[0].diff.splitlines()


@pytest.mark.parametrize(("text", "count"), [(PROGRAM.replace(RIGHT, WRONG), 1), (PROGRAM, 0)])
def test_what_nobody_else_holds_may_have_another_array(text: str, count: int) -> None:
    editor = Editor(text)
    lines = [n for n, line in enumerate(text.splitlines(), 1) if "self." in line and "def " not in line]
    statements = {s for line in lines if (s := editor.statement_at(line)) is not None}
    assert sum(len(list(filled(editor, statement))) for statement in statements) == count
