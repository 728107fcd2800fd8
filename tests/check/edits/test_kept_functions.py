"""Functions that an object keeps, or a function is given, called in the place of each other."""

import ast
from pathlib import Path

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.kept_functions import called_instead
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
KEPT = """class Activation:
    def __init__(self, activation, activation_slope, size):
        self.activation, self.size = activation, size
        self.activation = activation
        self.activation_slope = activation_slope
        self.size = size
    def forward(self, x):
        self.x = x
        return self.activation(x)
    def backward(self, grad):
        return grad * self.activation(self.x)
"""
GIVEN = """def layer(x, act, act_slope, n):
    return act(x)
def other(x, act, n):
    return act(x)
"""
PROGRAM = """import numpy as np
class Layer:
    def __init__(self, n, m, rng):
        self.W = rng.normal(size=(n, m))
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        self.dW = self.x.T @ grad
        return grad @ self.W.T
class Activation:
    def __init__(self, activation, activation_slope):
        self.activation = activation
        self.activation_slope = activation_slope
    def forward(self, x):
        self.x = x
        return self.activation(x)
    def backward(self, grad):
        return grad * self.activation(self.x)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
net = [Layer(3, 4, rng), Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2), Layer(4, 1, rng)]
for epoch in range(50):
    out = x
    for layer in net:
        out = layer.forward(out)
    print(np.mean((out - y) ** 2))
    grad = 2 * (out - y) / len(x)
    for layer in reversed(net):
        grad = layer.backward(grad)
    for layer in net:
        if isinstance(layer, Layer):
            layer.W -= 0.05 * layer.dW
"""


def _calls(editor: Editor, line: int) -> list[ast.Call]:
    return [node for node in editor.nodes if isinstance(node, ast.Call) and node.lineno == line]


def test_what_an_object_keeps_and_nothing_reads_may_be_meant() -> None:
    editor = Editor(KEPT)
    (call,) = _calls(editor, 11)
    assert [name for name, _ in called_instead(editor, call)] == ["activation_slope"]
    statement = editor.statement_at(11)
    assert statement is not None
    made = [edit.apply(KEPT).splitlines()[10].strip() for edit in edits_of(editor, statement)]
    assert "return grad * self.activation_slope(self.x)" in made


def test_what_a_function_is_given_and_does_not_read_may_be_meant() -> None:
    editor = Editor(GIVEN)
    first, second = _calls(editor, 2) + _calls(editor, 4)
    assert "act_slope" in [name for name, _ in called_instead(editor, first)]
    assert not any("slope" in name for name, _ in called_instead(editor, second))


def test_an_activation_in_the_place_of_its_slope_is_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox, 8)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) == ["return grad * self.activation_slope(self.x)"]
