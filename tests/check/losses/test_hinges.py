"""Hinges: their slope depends on no weight, and Python's own `max` makes them."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits()

ENGINE = """class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self.children, self.back = data, 0.0, children, lambda: None
    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def back():
            self.grad += out.grad
            other.grad += out.grad
        out.back = back
        return out
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.back = back
        return out
    def relu(self):
        out = Value(max(self.data, 0.0), (self,))
        def back():
            self.grad += (out.data > 0) * out.grad
        out.back = back
        return out
    def backward(self):
        order, seen = [], set()
        def build(v):
            if v not in seen:
                seen.add(v)
                for child in v.children:
                    build(child)
                order.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(order):
            v.back()
data = [(-1.5, -1.0), (-0.4, -1.0), (0.3, 1.0), (0.6, -1.0), (1.2, 1.0), (2.0, 1.0)]
"""
ONE_UNIT = (
    ENGINE
    + """w, b = Value(0.1), Value(0.0)
for k in range(30):
    loss = Value(0.0)
    for x, y in data:
        loss = loss + (Value(1.0) + Value(-y) * (w * Value(x) + b)).relu()
    w.grad = b.grad = 0.0
    loss.backward()
    w.data -= (0.5 - 0.4 * k / 30) * w.grad
    b.data -= (0.5 - 0.4 * k / 30) * b.grad
    print(k, "loss", loss.data)
"""
)
HIDDEN = (
    ENGINE
    + """w, b, v, c = Value(0.3), Value(0.1), Value(0.5), Value(0.0)
for k in range(30):
    loss = Value(0.0)
    for x, y in data:
        score = v * (w * Value(x) + b).relu() + c
        loss = loss + (Value(1.0) + Value(-y) * score).relu()
    w.grad = b.grad = v.grad = c.grad = 0.0
    loss.backward()
    w.data -= 0.1 * w.grad
    b.data -= 0.1 * b.grad
    v.data -= 0.1 * v.grad
    c.data -= 0.1 * c.grad
    print(k, "loss", loss.data)
"""
)
PEGASOS = """import numpy as np
rng = np.random.RandomState(0)
X = np.vstack([rng.randn(50, 2) + [2, 2], rng.randn(50, 2) - [1, 1]])
y = np.hstack([np.ones(50), -np.ones(50)])
w, b, lam, t = np.zeros(2), 0.0, 0.05, 0
for epoch in range(10):
    total = 0.0
    for i in rng.permutation(100):
        t += 1
        eta = 1 / (lam * (t + 50))
        margin = y[i] * (X[i] @ w + b)
        loss = max(0.0, 1 - margin) + lam / 2 * (w @ w)
        total += loss
        if margin < 1:
            w = w - eta * (lam * w - y[i] * X[i])
            b = b + eta * y[i]
        else:
            w = w - eta * lam * w
    print("epoch", epoch, "objective", total / 100)
"""


@pytest.mark.parametrize(("text", "parameters"), [(ONE_UNIT, 2), (HIDDEN, 3), (PEGASOS, 2)])
def test_hinges_are_followed(text: str, parameters: int, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters >= parameters


@pytest.mark.parametrize(
    ("text", "line", "wrong"),
    [
        (ONE_UNIT, "b.data -= (0.5 - 0.4 * k / 30) * b.grad", "b.data -= (0.5 - 0.4 * k / 30) * w.grad"),
        (ONE_UNIT, "self.grad += other.data * out.grad", "self.grad += self.data * out.grad"),
        (HIDDEN, "w.data -= 0.1 * w.grad", "w.data -= 0.1 * b.grad"),
        (PEGASOS, "w = w - eta * lam * w", "w = w - lam * w"),
        (PEGASOS, "b = b + eta * y[i]", "b = b + lam * y[i]"),
    ],
)
def test_their_slips_are_found(text: str, line: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert text.count(line) == 1
    assert reported(text.replace(line, wrong), tmp_path, sandbox).verdict is not Verdict.RIGHT
