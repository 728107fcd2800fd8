"""A function that a call is given can be another one."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.given_functions import other_functions, plain_functions
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
TEXT = """import numpy as np
def tanh(z):
    return np.tanh(z)
def tanh_slope(z):
    return 1 - np.tanh(z) ** 2
def bend(z):
    return np.arctan(z)
def bend_slope(z):
    return 1 / (1 + z * z)
class Layer:
    def __init__(self, inputs, outputs, activation, derivative):
        self.w = np.random.default_rng(inputs).normal(size=(inputs, outputs))
        self.activation, self.derivative = activation, derivative
    def forward(self, x):
        self.x = x
        self.z = x @ self.w
        return self.activation(self.z)
    def backward(self, error):
        delta = error * self.derivative(self.z)
        back = delta @ self.w.T
        self.w -= 0.05 * self.x.T @ delta
        return back
layers = [Layer(3, 6, tanh, tanh_slope), Layer(6, 4, bend, bend_slope), Layer(4, 1, tanh, derivative=tanh_slope)]
x = np.random.default_rng(1).normal(size=(20, 3))
y = np.sin(x[:, :1] * x[:, 1:2])
for epoch in range(30):
    a = x
    for layer in layers:
        a = layer.forward(a)
    print(np.mean((a - y) ** 2))
    error = 2 * (a - y) / y.size
    for layer in reversed(layers):
        error = layer.backward(error)
"""


def test_the_derivative_of_the_activation_beside_it_is_likely() -> None:
    text = TEXT.replace("bend, bend_slope)", "bend, tanh_slope)")
    editor = Editor(text)
    made = {edit.apply(text): edit.cost for edit in other_functions(editor, plain_functions(editor))}
    assert len(made) == len({*made}) == 6 * 3, "six functions are given, each of which may be any of three others"
    likely = [each for each, cost in made.items() if cost < 1]
    other = text.replace("6, 4, bend", "6, 4, tanh")
    assert likely == [other, TEXT], "what fits is left as it is"
    assert made[TEXT] < made[other], "a derivative that nothing else reads is the one that was meant"


@pytest.mark.slow
def test_a_wrong_derivative_that_a_layer_is_given_is_mended_there(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(TEXT, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(TEXT.replace("(6, 4, bend, bend_slope)", "(6, 4, bend, bend)"), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].texts["network.py"] == TEXT
