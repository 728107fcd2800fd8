"""Several mistakes at once, as they stand together in public code: each by itself makes nothing right, or little."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
RIGHT = """import numpy as np
rng = np.random.default_rng(12)
X = rng.normal(size=(40, 4))
T = 1 / (1 + np.exp(-(X[:, :2] ** 2 - X[:, 2:])))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
class Network:
    def __init__(self):
        self.W = [rng.normal(size=(5, 4)), rng.normal(size=(2, 5))]
        self.b = [np.zeros((5, 1)), np.zeros((2, 1))]
    def train(self, inputs, targets):
        x, t = inputs.T, targets.T
        h = sigmoid(self.W[0] @ x + self.b[0])
        p = sigmoid(self.W[1] @ h + self.b[1])
        e = (p - t) * p * (1 - p)
        back = self.W[1].T @ e
        self.W[1] = self.W[1] - 0.5 * (1 / h.shape[1]) * np.dot(e, h.T)
        self.b[1] = self.b[1] - 0.5 * (1 / h.shape[1]) * e.sum(axis=1, keepdims=True)
        d = back * h * (1 - h)
        self.W[0] = self.W[0] - 0.5 * (1 / x.shape[1]) * np.dot(d, x.T)
        self.b[0] = self.b[0] - 0.5 * (1 / x.shape[1]) * d.sum(axis=1, keepdims=True)
network = Network()
for step in range(30):
    network.train(X[step:step + 8], T[step:step + 8])
"""
LATE = (
    ("        back = self.W[1].T @ e\n", ""),
    ("        d = back * h", "        back = self.W[1].T @ e\n        d = back * h"),
)
MISTAKES = {
    "weights read late, and an error without its slope": (*LATE, ("self.W[1].T @ e", "self.W[1].T @ (p - t)")),
    "weights read late, and two means": (
        *LATE,
        ("e.sum(axis=1, keepdims=True)", "e.mean()"),
        ("d.sum(axis=1, keepdims=True)", "d.mean()"),
    ),
    "two biases by a factor of their own": (
        ("(1 / h.shape[1]) * e.sum", "e.sum"),
        ("(1 / x.shape[1]) * d.sum", "d.sum"),
    ),
    "a layer divided by its units": (("(1 / h.shape[1])", "(1 / h.shape[0])"),),
}


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_all_of_them_are_mended(mistake: str, sandbox: Sandbox, tmp_path: Path) -> None:
    text = RIGHT
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
    for right, wrong in MISTAKES[mistake]:
        assert right in text
        text = text.replace(right, wrong)
    report = reported(text, tmp_path, sandbox, seconds=40.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes, report.reason
    assert report.fixes[0].proved
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT


ONE_OUTPUT = """import numpy as np
rng = np.random.default_rng(8)
X = rng.normal(size=(2, 30))
Y = (X[:1] + X[1:] > 0).astype(float)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def d_sigmoid(a):
    return a * (1 - a)
w, b = rng.normal(size=(1, 2)), 0.1
for epoch in range(40):
    h = sigmoid(w @ X + b)
    print(np.mean((h - Y) ** 2) / 2)
    e = d_sigmoid(h) * (h - Y)
    w = w - 0.5 / 30 * np.sum(e * X, axis=1)
    b = b - 0.5 / 30 * np.sum(e)
"""


@pytest.mark.slow
def test_a_single_number_hides_no_edit_that_mends_one_of_two_mistakes(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(ONE_OUTPUT, tmp_path, sandbox).verdict is Verdict.RIGHT
    text = ONE_OUTPUT.replace("return a * (1 - a)", "return sigmoid(a) * (1 - sigmoid(a))")
    report = reported(text.replace(", axis=1)", ")"), tmp_path, sandbox, seconds=30.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes, report.reason
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT


LAYERS = """import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(60, 6))
Y = np.eye(3)[np.argmax(X[:, :3], axis=1)]
def relu(z):
    return np.maximum(0, z)
def relu_grad(z):
    return (z > 0).astype(float)
def sigm(z):
    return 1 / (1 + np.exp(-z))
def sigm_grad(z):
    s = sigm(z)
    return s * (1 - s)
class Dense:
    def __init__(self, inputs, outputs, f, df):
        self.W = rng.normal(size=(inputs, outputs)) * 0.3
        self.b = np.zeros(outputs)
        self.f, self.df = f, df
    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return self.f(self.z)
    def backward(self, error, lr):
        d = error * self.df(self.z)
        back = d @ self.W.T
        self.W -= lr * self.x.T @ d / len(d)
        self.b -= lr * np.sum(d, axis=0) / len(d)
        return back
layers = [Dense(6, 5, relu, relu_grad), Dense(5, 3, sigm, sigm_grad)]
for epoch in range(40):
    out = X
    for layer in layers:
        out = layer.forward(out)
    print(0.5 * np.sum((out - Y) ** 2) / len(Y))
    error = out - Y
    for layer in reversed(layers):
        error = layer.backward(error, 0.5)
"""


@pytest.mark.slow
def test_the_derivative_that_nothing_else_uses_is_given_to_its_layer(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(LAYERS, tmp_path, sandbox).verdict is Verdict.RIGHT
    text = LAYERS.replace("sigm, sigm_grad)]", "sigm, relu_grad)]").replace("np.sum(d,", "np.sum(self.x.T @ d,")
    report = reported(text, tmp_path, sandbox, seconds=30.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes, report.reason
    assert report.fixes[0].texts["network.py"] == LAYERS
