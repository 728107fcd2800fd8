"""One activation for several layers: it remembers what the last of them gave it alone."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.edits import Editor
from backproof.check.edits.objects_apart import lines_of_shared_objects, objects_apart

PROGRAM = """
import numpy as np
rng = np.random.default_rng(4)
class Tanh:
    def forward(self, z):
        self.a = np.tanh(z)
        return self.a
    def backward(self, d):
        return d * (1 - self.a ** 2)
class Dense:
    def __init__(self, rows, columns, activation):
        self.w, self.b = rng.normal(size=(rows, columns)) * 0.7, np.zeros(columns)
        self.activation = activation
    def forward(self, x):
        self.x = x
        return self.activation.forward(x @ self.w + self.b)
    def backward(self, d):
        d = self.activation.backward(d)
        back = d @ self.w.T
        self.w -= 0.02 * self.x.T @ d
        self.b -= 0.02 * d.sum(axis=0)
        return back
class Same:
    def forward(self, z):
        return z
    def backward(self, d):
        return d
tanh = Tanh()
layers = [Dense(3, 4, tanh), Dense(4, 4, tanh), Dense(4, 1, Same())]
x = rng.normal(size=(10, 3))
t = x[:, :1] * x[:, 1:2]
for epoch in range(30):
    a = x
    for layer in layers:
        a = layer.forward(a)
    if epoch % 10 == 0:
        print(0.5 * np.sum((a - t) ** 2))
    d = a - t
    for layer in reversed(layers):
        d = layer.backward(d)
"""
LIST = "layers = [Dense(3, 4, {0}), Dense(4, 4, {0}), Dense(4, 1, Same())]"


@pytest.mark.slow
def test_each_layer_gets_one_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace(LIST.format("tanh"), LIST.format("Tanh()")))
    assert check(path, repair=0).verdict == "right"
    path.write_text(PROGRAM)
    report = check(path, repair=20)
    assert report.verdict == "wrong"
    assert f"+{LIST.format('Tanh()')}" in report.fixes[0].diff.splitlines()


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [("", "", 1), ("Dense(3, 4, tanh)", "Dense(3, 4, Same())", 0), ("self.a ** 2", "np.tanh(d) ** 2", 0)],
)
def test_what_is_handed_to_one_or_remembers_nothing_may_be_shared(old: str, new: str, lines: int) -> None:
    editor = Editor(PROGRAM.replace(old, new))
    found = lines_of_shared_objects(editor)
    assert len(found) == lines
    for line in found:
        statement = editor.statement_at(line)
        assert statement is not None
        assert [edit.kind for edit in objects_apart(editor, statement)] == ["shared"]
