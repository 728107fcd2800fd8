"""A step count that grows more than once a step, or where nothing is moved."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.step_counts import counted_once
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
ADAM = """import numpy as np

class Layer:
    def __init__(self, n, m):
        self.w = rng.normal(size=(n, m)) * 0.5

    def forward(self, x):
        self.x = x
        {forward}
        return x @ self.w

class Adam:
    def __init__(self):
        self.t = 0

    def update(self, layer):
        \"\"\"Moves one layer.\"\"\"
        if not hasattr(layer, "m"):
            layer.m, layer.v = np.zeros_like(layer.w), np.zeros_like(layer.w)
        {update}
        layer.m = 0.9 * layer.m + 0.1 * layer.dw
        layer.v = 0.999 * layer.v + 0.001 * layer.dw ** 2
        m, v = layer.m / (1 - 0.9 ** self.t), layer.v / (1 - 0.999 ** self.t)
        layer.w = layer.w - 0.01 * m / (np.sqrt(v) + 1e-8)

rng = np.random.default_rng(4)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
one, two, adam = Layer(3, 5), Layer(5, 2), Adam()
for step in range(40):
    h = np.tanh(one.forward(x))
    out = two.forward(h)
    print(np.mean((out - t) ** 2))
    d = 2 * (out - t) / out.size
    two.dw = h.T @ d
    one.dw = x.T @ (d @ two.w.T * (1 - h ** 2))
    {train}
    adam.update(one)
    adam.update(two)
"""
RIGHT = ADAM.format(forward="pass", update="pass", train="adam.t += 1")
IN_EACH = ADAM.format(forward="pass", update="self.t += 1", train="pass")


def edited(text: str, line: str) -> list[str]:
    editor = Editor(text)
    statement = next(n for n in editor.nodes if isinstance(n, ast.stmt) and editor.segment(n) == line)
    return [edit.apply(text) for edit in counted_once(editor, statement)]


def test_it_grows_before_the_calls_or_with_each_object() -> None:
    once, each = edited(IN_EACH, "self.t += 1")
    assert once.count("self.t += 1") == 0
    assert "    adam.t += 1\n    adam.update(one)\n    adam.update(two)\n" in once
    assert 'layer.t = getattr(layer, "t", 0) + 1' in each
    assert "0.9 ** layer.t" in each
    assert "0.999 ** layer.t" in each
    looped = IN_EACH.replace(
        "    adam.update(one)\n    adam.update(two)\n", "    for k in (one, two):\n        adam.update(k)\n"
    )
    assert "    adam.t += 1\n    for k in (one, two):\n" in edited(looped, "self.t += 1")[0]


def test_what_only_begins_with_its_name_keeps_it() -> None:
    text = IN_EACH.replace("layer.w = layer.w -", "self.total = self.t\n        layer.w = layer.w -")
    _, each = edited(text, "self.t += 1")
    assert "self.total = layer.t\n" in each


@pytest.mark.parametrize("count", ["self.t = self.t + 1", "self.t += 1"])
def test_it_grows_where_it_is_read(count: str) -> None:
    text = f"""class Network:
    def forward(self, x):
        {count}
        return x @ self.w

    def move(self):
        '''Adam.'''
        self.m = 0.9 * self.m + 0.1 * self.dw
        self.w -= 0.1 * self.m / (1 - 0.9 ** self.t)
"""
    (moved,) = edited(text, count)
    assert f"        '''Adam.'''\n        {count}\n        self.m =" in moved
    assert moved.count(count) == 1


@pytest.mark.parametrize("line", ["self.t += 2", "t += 1", "self.t -= 1", "self.t = self.k + 1"])
def test_what_is_no_count_stays(line: str) -> None:
    text = f"class A:\n    def move(self, layer):\n        {line}\n        layer.w = layer.w / 0.9 ** self.t\n"
    assert not edited(text, line)


def test_a_count_that_grows_once_a_layer_is_named_and_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(RIGHT, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(IN_EACH, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert "step count" in report.reason
    assert report.findings[0].line == IN_EACH[: IN_EACH.index("self.t += 1")].count("\n") + 1
    assert report.fixes[0].proved
    assert "+    adam.t += 1" in report.fixes[0].diff
