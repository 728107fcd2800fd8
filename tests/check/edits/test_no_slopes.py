"""Softmax's slope, taken element by element, on top of an error that is the derivative through it already."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LAYERS = """import numpy as np
rng = np.random.default_rng(1)
class Relu:
    def forward(self, x):
        return np.maximum(0, x)
    def derivative(self, x):
        return (x > 0).astype(float)
class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    def derivative(self, x):
        s = self.forward(x)
        return s * (1 - s)
class Dense:
    def __init__(self, below, above, activation):
        self.W, self.b, self.activation = rng.normal(size=(below, above)) * 0.5, np.zeros((1, above)), activation
    def forward(self, x):
        self.x, self.z = x, x @ self.W + self.b
        return self.activation.forward(self.z)
    def backward(self, error, rate):
        delta = error * self.activation.derivative(self.z)
        back = delta @ self.W.T
        self.W -= rate * self.x.T @ delta
        self.b -= rate * delta.sum(axis=0, keepdims=True)
        return back
layers = [Dense(4, 6, Relu()), Dense(6, 3, Softmax())]
X = rng.normal(size=(30, 4))
T = np.eye(3)[X[:, :3].argmax(axis=1)]
for epoch in range(20):
    p = X
    for layer in layers:
        p = layer.forward(p)
    print(-np.mean(np.sum(T * np.log(p), axis=1)))
    error = (p - T) / len(X)
    for layer in reversed(layers):
        error = layer.backward(error, 0.5)
"""


def test_the_slope_is_one(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LAYERS, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes, report.reason
    assert "+        return np.ones_like(x)" in report.fixes[0].diff


@pytest.mark.parametrize(("function", "is_one"), [("softmax_derivative", True), ("relu_derivative", False)])
def test_it_is_that_of_an_output(function: str, is_one: bool) -> None:
    editor = Editor(f"def {function}(x):\n    return x * (1 - x)\n")
    statement = editor.statement_at(2)
    assert statement is not None
    assert ("np.ones_like(x)" in {edit.text for edit in edits_of(editor, statement)}) is is_one
