"""What shows in a function that is right where others call it is named at the call."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PRODUCTS = """import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(30, 4))
T = np.tanh(X @ rng.normal(size=(4, 4)))
W1, W2 = rng.normal(size=(4, 4)) * 0.5, rng.normal(size=(4, 4)) * 0.5


def product(a, b):
    return np.dot(a, b)


for epoch in range(40):
    h = np.tanh(product(X, W1))
    y = product(h, W2)
    print(np.mean((y - T) ** 2))
    d2 = (y - T) / len(X)
    d1 = product(d2, W2) * (1 - h ** 2)
    W2 -= 0.1 * product(h.T, d2)
    W1 -= 0.1 * product(X.T, d1)
"""
LAYERS = """import numpy as np
rng = np.random.default_rng(3)


class Layer:
    def __init__(self, rows, columns):
        self.W = rng.normal(size=(rows, columns)) * 0.5

    def forward(self, x):
        self.x = x
        self.a = np.tanh(np.dot(x, self.W))
        return self.a

    def backward(self, error):
        error = error * (1 - self.a)
        handed = np.dot(error, self.W.T)
        self.W -= 0.1 * np.dot(self.x.T, error)
        return handed


X = rng.normal(size=(30, 4))
T = np.tanh(X @ rng.normal(size=(4, 2)))
first, second = Layer(4, 5), Layer(5, 2)
for epoch in range(40):
    y = second.forward(first.forward(X))
    print(np.mean((y - T) ** 2))
    handed = second.backward((y - T) / len(X))
    first.backward(handed)
"""


def test_the_call_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PRODUCTS, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    first = report.findings[0]
    assert (first.line, first.expression) == (17, "product(d2, W2)")


def test_what_is_wrong_at_every_call_is_named_itself(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LAYERS, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 15
