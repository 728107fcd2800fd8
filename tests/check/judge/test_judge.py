"""The traps of judging: what looks right and is wrong, what looks wrong and is right, and what is neither."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backproof.check.cut.parameters import Training
from backproof.check.judge.judge import judge
from backproof.check.replay.frame import Frame
from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

Judged = Callable[[str], Report]

LIMITS = Limits(patience=0.2)


@pytest.fixture
def judged(sandbox: Sandbox, tmp_path: Path) -> Judged:
    """Check a program's text without looking for a fix."""
    return lambda text: reported(text, tmp_path, sandbox)


HEAD = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(12, 3))
t = rng.normal(size=(12, 2))
w1 = rng.normal(size=(3, 4))
b1 = 0.1 * rng.normal(size=(1, 4))
w2 = rng.normal(size=(4, 2))
b2 = 0.1 * rng.normal(size=(1, 2))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
"""
"""Twelve samples, two layers."""

FORWARD = """
    a1 = np.tanh(x @ w1 + b1)
    p = a1 @ w2 + b2
    loss = 0.5 * np.sum((p - t) ** 2)
"""
BACKWARD = """
    d2 = p - t
    dw2 = a1.T @ d2
    db2 = d2.sum(axis=0, keepdims=True)
    d1 = d2 @ w2.T * (1 - a1 ** 2)
    dw1 = x.T @ d1
    db1 = d1.sum(axis=0, keepdims=True)
"""
DESCENT = """
    w2 -= 0.01 * dw2
    b2 -= 0.01 * db2
    w1 -= 0.01 * dw1
    b1 -= 0.01 * db1
"""
LOOP = "\nfor epoch in range(80):\n"
TELL = "    if epoch % 10 == 0:\n        print('loss', loss)\n"
PLAIN = HEAD + LOOP + FORWARD + BACKWARD + DESCENT + TELL


def changed(*pairs: tuple[str, str], text: str = PLAIN) -> str:
    """The plain program with some of its text replaced, each piece of which must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


RIGHT = {
    "as it is": PLAIN,
    "a learning rate per layer": changed(("w2 -= 0.01", "w2 -= 0.002"), ("b2 -= 0.01", "b2 -= 0.002")),
    "rates in a list, a layer each": changed(
        ("\nfor epoch", "\nrates = [0.01, 0.003]\nfor epoch"),
        ("w2 -= 0.01", "w2 -= rates[1]"),
        ("b2 -= 0.01", "b2 -= rates[1]"),
        ("w1 -= 0.01", "w1 -= rates[0]"),
        ("b1 -= 0.01", "b1 -= rates[0]"),
    ),
    "gradients clipped by value": changed(
        ("    w2 -= 0.01", "    for g in (dw1, db1, dw2, db2):\n        np.clip(g, -0.5, 0.5, out=g)\n    w2 -= 0.01")
    ),
    "gradients clipped into new arrays": changed(
        (
            "    w2 -= 0.01",
            "    dw1, db1, dw2, db2 = [np.clip(g, -0.5, 0.5) for g in (dw1, db1, dw2, db2)]\n    w2 -= 0.01",
        )
    ),
    "gradients clipped by their norm": changed(
        (
            "    w2 -= 0.01",
            "    norm = np.sqrt(sum(np.sum(g ** 2) for g in (dw1, db1, dw2, db2)))\n"
            "    if norm > 1:\n"
            "        dw1, db1, dw2, db2 = dw1 / norm, db1 / norm, dw2 / norm, db2 / norm\n"
            "    w2 -= 0.01",
        )
    ),
    "weight decay without a stated penalty": changed(
        ("w2 -= 0.01 * dw2", "w2 -= 0.01 * (dw2 + 0.03 * w2)"), ("w1 -= 0.01 * dw1", "w1 -= 0.01 * (dw1 + 0.03 * w1)")
    ),
    "a stated penalty that is followed": changed(
        ("((p - t) ** 2)", "((p - t) ** 2) + 0.5 * 0.2 * (np.sum(w1 ** 2) + np.sum(w2 ** 2))"),
        ("w2 -= 0.01 * dw2", "w2 -= 0.01 * (dw2 + 0.2 * w2)"),
        ("w1 -= 0.01 * dw1", "w1 -= 0.01 * (dw1 + 0.2 * w1)"),
    ),
    "the mean absolute error is printed": changed(("0.5 * np.sum((p - t) ** 2)", "np.mean(np.abs(p - t))")),
    "no loss is computed": changed(("    loss = 0.5 * np.sum((p - t) ** 2)\n", ""), (TELL, ""), text=PLAIN)
    + "print(p)\n",
    "the root of the squared error is printed": changed(
        ("0.5 * np.sum((p - t) ** 2)", "np.sqrt(np.mean((p - t) ** 2))")
    ),
    "a rate that decays": changed(
        ("\nfor epoch", "\nrate = 0.02\nfor epoch"),
        ("-= 0.01 *", "-= rate *"),
        ("    if epoch", "    rate *= 0.97\n    if epoch"),
    ),
    "a rate by the epoch": changed(
        ("    w2 -= 0.01", "    rate = 0.02 / (1 + 0.1 * epoch)\n    w2 -= 0.01"), ("-= 0.01 *", "-= rate *")
    ),
    "single precision": changed(
        ("size=(12, 3))", "size=(12, 3)).astype(np.float32)"),
        ("size=(12, 2))", "size=(12, 2)).astype(np.float32)"),
        ("size=(3, 4))", "size=(3, 4)).astype(np.float32)"),
        ("size=(1, 4))", "size=(1, 4)).astype(np.float32)"),
        ("size=(4, 2))", "size=(4, 2)).astype(np.float32)"),
        ("size=(1, 2))", "size=(1, 2)).astype(np.float32)"),
        ("b1 = 0.1 *", "b1 = np.float32(0.1) *"),
        ("b2 = 0.1 *", "b2 = np.float32(0.1) *"),
    ),
    "gradients of zero at the first steps": changed(
        ("w2 = rng.normal(size=(4, 2))", "w2 = np.zeros((4, 2))"),
        ("b2 = 0.1 * rng.normal(size=(1, 2))", "b2 = np.zeros((1, 2))"),
    ),
    "tiny gradients at the first steps": changed(
        ("w2 = rng.normal(size=(4, 2))", "w2 = 1e-9 * rng.normal(size=(4, 2))")
    ),
    "samples of zeros first": changed(("t = rng", "x[:6] = 0\nt = rng")),
    "rectifiers exactly at the kink, with slope 0": changed(
        ("b1 = 0.1 * rng.normal(size=(1, 4))", "b1 = np.zeros((1, 4))"),
        ("t = rng", "x[:6] = 0\nt = rng"),
        ("np.tanh(x @ w1 + b1)", "np.maximum(0, x @ w1 + b1)"),
        ("(1 - a1 ** 2)", "(x @ w1 + b1 > 0)"),
    ),
    "rectifiers exactly at the kink, with slope 1": changed(
        ("b1 = 0.1 * rng.normal(size=(1, 4))", "b1 = np.zeros((1, 4))"),
        ("t = rng", "x[:6] = 0\nt = rng"),
        ("np.tanh(x @ w1 + b1)", "np.maximum(0, x @ w1 + b1)"),
        ("(1 - a1 ** 2)", "(x @ w1 + b1 >= 0)"),
    ),
    "a rectifier that writes in place": changed(
        ("a1 = np.tanh(x @ w1 + b1)", "a1 = x @ w1 + b1\n    a1[a1 < 0] = 0"),
        ("d1 = d2 @ w2.T * (1 - a1 ** 2)", "d1 = d2 @ w2.T\n    d1[a1 <= 0] = 0"),
    ),
    "class attributes": """
import numpy as np
rng = np.random.default_rng(0)
class Network:
    w1 = rng.normal(size=(3, 4))
    w2 = rng.normal(size=(4, 1))
    def train(self, x, t):
        h = np.tanh(x @ Network.w1)
        p = h @ Network.w2
        d = p - t
        g1 = x.T @ (d @ Network.w2.T * (1 - h * h))
        Network.w2 = Network.w2 - 0.01 * h.T @ d
        Network.w1 -= 0.01 * g1
        return np.mean(d ** 2)
x, t = rng.normal(size=(10, 3)), rng.normal(size=(10, 1))
network = Network()
for epoch in range(60):
    print(network.train(x, t))
""",
    "a loop of batches in a loop of epochs": """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for epoch in range(20):
    total = 0.0
    for start in range(0, 20, 4):
        xb, tb = x[start:start + 4], t[start:start + 4]
        h = np.tanh(xb @ w1)
        p = h @ w2
        total += np.sum((p - tb) ** 2)
        d = 2 * (p - tb)
        g2 = h.T @ d
        g1 = xb.T @ (d @ w2.T * (1 - h ** 2))
        w2 -= 0.01 * g2
        w1 -= 0.01 * g1
    print(epoch, total / 20)
""",
    "parameters replaced by a returned dictionary": """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(3, 20)), rng.normal(size=(1, 20))
def initial():
    w1, w2 = rng.normal(size=(4, 3)), rng.normal(size=(1, 4))
    return {'W1': w1, 'b1': np.zeros((4, 1)), 'W2': w2, 'b2': np.zeros((1, 1))}
def forward(x, parameters):
    a1 = np.tanh(np.dot(parameters['W1'], x) + parameters['b1'])
    return a1, np.dot(parameters['W2'], a1) + parameters['b2']
def backward(x, t, a1, p, parameters):
    m = x.shape[1]
    d2 = p - t
    d1 = np.dot(parameters['W2'].T, d2) * (1 - np.power(a1, 2))
    return {'dW1': np.dot(d1, x.T) / m, 'db1': np.sum(d1, axis=1, keepdims=True) / m,
            'dW2': np.dot(d2, a1.T) / m, 'db2': np.sum(d2, axis=1, keepdims=True) / m}
def update(parameters, grads, rate=0.05):
    W1 = parameters['W1'] - rate * grads['dW1']
    b1 = parameters['b1'] - rate * grads['db1']
    W2 = parameters['W2'] - rate * grads['dW2']
    b2 = parameters['b2'] - rate * grads['db2']
    return {'W1': W1, 'b1': b1, 'W2': W2, 'b2': b2}
parameters = initial()
for i in range(60):
    a1, p = forward(x, parameters)
    cost = np.sum((p - t) ** 2) / (2 * x.shape[1])
    parameters = update(parameters, backward(x, t, a1, p, parameters))
    if i % 10 == 0:
        print(i, cost)
""",
    "delta is another name of the probabilities": """
import numpy as np
rng = np.random.default_rng(0)
x, y = rng.normal(size=(15, 2)), rng.integers(0, 3, 15)
W, b = 0.1 * rng.normal(size=(2, 3)), np.zeros((1, 3))
for i in range(60):
    scores = x @ W + b
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(probs[range(15), y]))
    delta = probs
    delta[range(15), y] -= 1
    delta /= 15
    W += -0.5 * np.dot(x.T, delta)
    b += -0.5 * np.sum(delta, axis=0, keepdims=True)
    if i % 10 == 0:
        print(i, loss)
""",
    "a log-likelihood is ascended": """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(30, 3))
y = (x @ np.array([1.0, -2.0, 0.5]) + rng.normal(size=30) > 0).astype(float)
w = np.zeros(3)
for step in range(60):
    p = 1 / (1 + np.exp(-np.dot(x, w)))
    gradient = np.dot(x.T, y - p)
    w += 0.01 * gradient
    likelihood = np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
    if step % 10 == 0:
        print(likelihood)
""",
    "one sample at a time, in pure Python": """
import math, random
random.seed(1)
xs = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(10)]
ts = [random.random() for _ in range(10)]
w = [0.3, -0.4]
b = 0.1
for epoch in range(10):
    total = 0.0
    for x, t in zip(xs, ts):
        p = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + b)))
        total += (p - t) ** 2
        d = 2 * (p - t) * p * (1 - p)
        w[0] -= 0.5 * d * x[0]
        w[1] -= 0.5 * d * x[1]
        b -= 0.5 * d
    print(total)
""",
    "gradients by differences": """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(20, 3)), rng.normal(size=20)
w = rng.normal(size=3)
def loss(w):
    return np.mean((np.tanh(x @ w) - t) ** 2)
for step in range(40):
    g = np.zeros(3)
    for k in range(3):
        e = np.zeros(3)
        e[k] = 1e-4
        g[k] = (loss(w + e) - loss(w - e)) / 2e-4
    w -= 0.1 * g
    print(loss(w))
""",
    "weights that are clipped": changed(("w1 -= 0.01 * dw1", "w1 = np.clip(w1 - 0.01 * dw1, -9, 9)")),
    "weights that are copied": changed(("w1 -= 0.01 * dw1", "w1 = np.array(w1 - 0.01 * dw1)")),
    "momentum": changed(
        ("\nfor epoch", "\nv1, v2 = np.zeros_like(w1), np.zeros_like(w2)\nfor epoch"),
        ("w2 -= 0.01 * dw2", "v2 = 0.9 * v2 + dw2\n    w2 -= 0.01 * v2"),
        ("w1 -= 0.01 * dw1", "v1 = 0.9 * v1 + dw1\n    w1 -= 0.01 * v1"),
        ("    b2 -= 0.01 * db2\n", ""),
        ("    b1 -= 0.01 * db1\n", ""),
        (" + b2", ""),
        (" + b1", ""),
    ),
}


@pytest.mark.parametrize("program", RIGHT)
def test_a_right_program_is_right(program: str, judged: Judged) -> None:
    report = judged(RIGHT[program])
    assert report.verdict == Verdict.RIGHT, report.reason


EMBEDDING = """
import numpy as np
rng = np.random.default_rng(0)
words, t = rng.integers(0, 6, 10), rng.normal(size=10)
E, w = rng.normal(size=(6, 4)), rng.normal(size=4)
for i in range(40):
    h = E[words]
    p = h @ w
    loss = 0.5 * np.sum((p - t) ** 2)
    d = p - t
    gE = np.zeros_like(E)
    np.add.at(gE, words, np.outer(d, w))
    w -= 0.01 * h.T @ d
    E -= 0.01 * gE
    print(loss)
"""
WRONG = {
    "a weight is updated a line too early": changed(
        ("\n    w2 -= 0.01 * dw2\n    b2", "\n    b2"),
        ("    dw2 = a1.T @ d2\n", "    dw2 = a1.T @ d2\n    w2 -= 0.01 * dw2\n"),
    ),
    "a weight is updated a line too early, by very little": changed(
        ("\n    w2 -= 0.01 * dw2\n    b2", "\n    b2"),
        ("    dw2 = a1.T @ d2\n", "    dw2 = a1.T @ d2\n    w2 -= 0.01 * dw2\n"),
        ("-= 0.01", "-= 0.000001"),
    ),
    "weights that share a factor at one sample": """
import numpy as np
rng = np.random.default_rng(1)
x, t = rng.normal(size=(10, 2)), rng.normal(size=10)
w, b = rng.normal(size=2), 0.1
for epoch in range(10):
    for i in range(10):
        p = np.tanh(x[i] @ w + b)
        loss = 0.5 * (p - t[i]) ** 2
        d = (p - t[i]) * (1 - p)
        w -= 0.1 * d * x[i]
        b -= 0.1 * d
    print(loss)
""",
    "one output a sample, whose factor hides a forgotten derivative": """
import numpy as np
rng = np.random.default_rng(1)
x, t = rng.normal(size=(10, 2)), rng.random(10)
w = rng.normal(size=2)
for epoch in range(10):
    for i in range(10):
        p = 1 / (1 + np.exp(-(x[i] @ w)))
        loss = 0.5 * (p - t[i]) ** 2
        w -= 0.1 * (p - t[i]) * p * x[i]
    print(loss)
""",
    "a wrong move that is clipped": changed(("w1 -= 0.01 * dw1", "w1 = np.clip(w1 - 0.01 * np.abs(dw1), -9, 9)")),
    "a wrong move that is copied": changed(("w1 -= 0.01 * dw1", "w1 = np.array(w1 - 0.01 * np.abs(dw1))")),
    "a wrong gradient of an embedding, added up by ufunc.at": EMBEDDING.replace("np.add.at(", "np.subtract.at("),
    "zero biases hide a bias sum without an axis": changed(
        ("0.1 * rng.normal(size=(1, 4))", "np.zeros((1, 4))"),
        ("0.1 * rng.normal(size=(1, 2))", "np.zeros((1, 2))"),
        ("d2.sum(axis=0, keepdims=True)", "d2.sum()"),
        ("d1.sum(axis=0, keepdims=True)", "d1.sum()"),
    ),
    "a bias with a factor of its own": changed(("b1 -= 0.01 * db1", "b1 -= 0.01 * db1 / 12")),
    "weights of zero at the start hide a missing transpose": changed(
        ("size=(3, 4)", "size=(3, 3)"),
        ("size=(1, 4)", "size=(1, 3)"),
        ("w2 = rng.normal(size=(4, 2))", "w2 = np.zeros((3, 3))"),
        ("size=(1, 2)", "size=(1, 3)"),
        ("size=(12, 2)", "size=(12, 3)"),
        ("w2.T", "w2"),
    ),
    "a wrong sign in one layer": changed(("w1 -= 0.01", "w1 += 0.01"), ("b1 -= 0.01", "b1 += 0.01")),
    "everything climbs": changed(("-= 0.01", "+= 0.0001")),
    "the derivative is applied to z": changed(("(1 - a1 ** 2)", "(1 - (x @ w1 + b1) ** 2)"), ("0.01", "0.0001")),
    "the derivative is forgotten": changed((" * (1 - a1 ** 2)", "")),
    "a rectifier in place that spoils its own mask": changed(
        ("np.tanh(x @ w1 + b1)", "np.maximum(0, x @ w1 + b1)"), ("(1 - a1 ** 2)", "(a1 >= 0)")
    ),
    "only the last sample counts": changed(("dw1 = x.T @ d1", "dw1 = np.outer(x[-1], d1[-1])")),
}


@pytest.mark.parametrize("program", WRONG)
def test_a_wrong_program_is_wrong(program: str, judged: Judged) -> None:
    report = judged(WRONG[program])
    assert report.verdict == Verdict.WRONG, report.reason
    assert not report.fixes  # no time was given for any


OTHER = {
    "the cross-entropy is printed, the squared error descended": """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3))
y = (x[:, :1] > 0).astype(float)
w = rng.normal(size=(3, 1))
for step in range(60):
    p = 1 / (1 + np.exp(-x @ w))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    w -= 0.1 * x.T @ ((p - y) * p * (1 - p)) / 20
    if step % 10 == 0:
        print('loss', loss)
""",
    "the squared error is printed, the cross-entropy descended": """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3))
y = (x[:, :1] > 0).astype(float)
w = rng.normal(size=(3, 1))
for step in range(60):
    p = 1 / (1 + np.exp(-x @ w))
    loss = np.mean((p - y) ** 2)
    w -= 0.1 * x.T @ (p - y) / 20
    if step % 10 == 0:
        print('loss', loss)
""",
}


@pytest.mark.parametrize("program", OTHER)
def test_the_right_gradient_of_another_loss_is_not_called_wrong(program: str, judged: Judged) -> None:
    report = judged(OTHER[program])
    assert report.verdict == Verdict.OTHER_LOSS, report.reason
    assert report.loss is not None
    assert "loss = " in OTHER[program].splitlines()[report.loss.line - 1]


def test_a_penalty_that_is_stated_with_another_factor_is_not_right(judged: Judged) -> None:
    text = changed(
        ("((p - t) ** 2)", "((p - t) ** 2) + 0.5 * 0.2 * (np.sum(w1 ** 2) + np.sum(w2 ** 2))"),
        ("w2 -= 0.01 * dw2", "w2 -= 0.01 * (dw2 + 0.4 * w2)"),
        ("w1 -= 0.01 * dw1", "w1 -= 0.01 * (dw1 + 0.4 * w1)"),
    )
    assert judged(text).verdict in (Verdict.WRONG, Verdict.OTHER_LOSS)


def test_a_penalty_that_is_stated_and_not_descended_is_not_right(judged: Judged) -> None:
    text = changed(("((p - t) ** 2)", "((p - t) ** 2) + 0.5 * 0.2 * (np.sum(w1 ** 2) + np.sum(w2 ** 2))"))
    assert judged(text).verdict in (Verdict.WRONG, Verdict.OTHER_LOSS)


MACHINE = """
import numpy as np
rng = np.random.default_rng(5)
x = rng.normal(size=(40, 2)) + 0.3
t = np.where(x[:, 0] - 0.5 * x[:, 1] > 0.2, 1, -1)
w, b = np.zeros(2), 0.0
for epoch in range(5):
    for i in range(40):
        if t[i] * (x[i] @ w + b) >= 1:
            w -= 0.01 * (2 * 0.05 * w)
        else:
            w -= 0.01 * (2 * 0.05 * w - x[i] * t[i])
            b -= 0.01 * -t[i]
print(w, b)
"""


def test_a_weight_that_the_branches_of_an_if_move_is_one_parameter(judged: Judged) -> None:
    report = judged(MACHINE)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert report.parameters == 2
    assert report.steps > 190  # of 200 examples each moves it, whatever the branch
    assert judged(MACHINE.replace("* -t[i]", "* t[i]")).verdict != Verdict.RIGHT
    assert judged(MACHINE.replace("w - x[i] * t[i]", "w - x[i]")).verdict != Verdict.RIGHT
    upward = MACHINE.replace("* -t[i]", "* t[i]").replace("w - x[i] * t[i]", "w + x[i] * t[i]")
    assert judged(upward).verdict != Verdict.RIGHT, "the margin is no loss to descend"


BATCHES = """
import numpy as np
rng = np.random.default_rng(4)
x = rng.normal(size=(24, 3))
t = np.eye(2)[(x[:, 0] > x[:, 1]).astype(int)]
w, b = 0.3 * rng.normal(size=(3, 2)), np.zeros(2)
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
for epoch in range(12):
    for k in range(0, 24, 4):
        d = softmax(x[k:k + 4] @ w + b) - t[k:k + 4]
        w -= 0.1 * x[k:k + 4].T @ d
        b -= 0.1 * d.sum(axis=0)
    p = softmax(x @ w + b)
    if epoch % 5 == 4:
        print("loss", -np.mean(np.sum(t * np.log(p), axis=1)))
"""


def test_a_loss_that_is_shown_now_and_then_for_all_the_data_is_the_stated_one(judged: Judged) -> None:
    assert judged(BATCHES).verdict == Verdict.RIGHT
    other = judged(BATCHES.replace("-np.mean(np.sum(t * np.log(p), axis=1))", "np.mean((p - t) ** 2)"))
    assert other.verdict == Verdict.OTHER_LOSS, other.reason
    both = BATCHES.replace('print("loss", ', 'print("loss", np.mean((p - t) ** 2), ')
    assert judged(both).verdict == Verdict.RIGHT


def test_a_stated_loss_with_a_penalty_tells_what_is_meant(judged: Judged) -> None:
    text = BATCHES.replace("axis=1)))", "axis=1)) + 0.05 * np.sum(w ** 2))")
    text = text.replace(".T @ d\n", ".T @ (d * (1 + d))\n").replace("d.sum(axis=0)", "(d * d).sum(axis=0)")
    assert judged(text).verdict == Verdict.WRONG


def test_what_is_right_at_the_first_step_alone_is_not_right(judged: Judged) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(6)
x = rng.normal(size=(30, 3))
t = np.sin(x[:, :1])
w, b = rng.normal(size=(3, 8)), np.zeros(8)
v = rng.normal(size=(8, 1))
for step in range(60):
    z = x @ w + b
    a = np.maximum(z, 0)
    p = a @ v
    if step % 100 == 0:
        print("loss", np.mean((p - t) ** 2))
    d = 2 * (p - t) / len(x)
    dz = (d @ v.T) * (z > 0)
    v -= 0.1 * a.T @ d
    w -= 0.1 * x.T @ dz
    b -= 0.1 * dz.sum(axis=0)
"""
    assert judged(text).verdict == Verdict.RIGHT
    # as long as the biases are zero this is the same
    report = judged(text.replace("(z > 0)", "(x @ w > 0)"))
    assert report.verdict == Verdict.WRONG, report.reason


def test_a_shown_loss_of_a_column_against_a_row_is_another_loss(judged: Judged) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(1)
x = rng.normal(size=(9, 2))
t = rng.normal(size=(9, 1))
w, b = 0.4 * rng.normal(size=(2, 1)), np.zeros((1, 1))
for epoch in range(20):
    p = x @ w + b
    d = 2 * (p - t) / 9
    print("loss", np.mean((p - t) ** 2))
    w -= 0.1 * x.T @ d
    b -= 0.1 * d.sum(axis=0, keepdims=True)
"""
    assert judged(text).verdict == Verdict.RIGHT
    report = judged(text.replace("np.mean((p - t) ** 2)", "np.mean((p - t.ravel()) ** 2)"))
    assert report.verdict == Verdict.OTHER_LOSS, report.reason
    assert "broadcast" in report.reason
    assert [f.line for f in report.findings] == [10]


def test_the_steps_of_big_data_are_judged_by_the_shown_loss(monkeypatch: pytest.MonkeyPatch, judged: Judged) -> None:
    monkeypatch.setattr("backproof.check.judge.judge.HUGE", 1000)
    monkeypatch.setattr("backproof.check.judge.steps._BIG", 1000)
    text = BATCHES.replace("range(0, 24, 4)", "range(1)").replace("x[k:k + 4]", "x").replace("t[k:k + 4]", "t")
    text = text.replace("if epoch % 5 == 4", "if True").replace("        w -=", "        w -=")
    assert judged(text).verdict == Verdict.RIGHT
    assert judged(text.replace("d.sum(axis=0)", "d.sum()")).verdict == Verdict.WRONG


def test_a_printed_absolute_error_has_no_factor(judged: Judged) -> None:
    report = judged(RIGHT["the mean absolute error is printed"])
    assert (report.verdict, report.factor) == (Verdict.RIGHT, None)


@pytest.mark.parametrize(
    ("stated", "factor"),
    [("0.5 * np.sum((p - t) ** 2)", 1.0), ("np.sum((p - t) ** 2)", 0.5), ("np.mean((p - t) ** 2)", 12.0)],
)
def test_the_factor_is_that_of_the_stated_loss(stated: str, factor: float, judged: Judged) -> None:
    report = judged(changed(("0.5 * np.sum((p - t) ** 2)", stated)))
    assert report.verdict == Verdict.RIGHT, report.reason
    assert report.factor == pytest.approx(factor)


ROWS = """
import numpy as np
rng = np.random.default_rng(4)
x = rng.normal(size=(9, 3))
t = rng.normal(size=9)
w, b = 0.3 * rng.normal(size=3), 0.1
for epoch in range(8):
    total = 0.0
    for row, target in zip(x, t):
        error = np.dot(row, w) + b - target
        total += error ** 2
        w -= 0.02 * error * row
        b -= 0.02 * error
    print(total)
"""
TURNED = """
import numpy as np
rng = np.random.default_rng(4)
x = rng.normal(size=(9, 3))
t = rng.normal(size=9)
w1, w2 = 0.3 * rng.normal(size=(4, 3)), 0.3 * rng.normal(size=4)
for epoch in range(8):
    total = 0.0
    for row, target in zip(x, t):
        a = np.tanh(w1 @ row)
        error = w2 @ a - target
        total += error ** 2
        d = error * w2 * (1 - a ** 2)
        w2 -= 0.02 * error * a
        w1 -= 0.02 * np.outer(d, row)
    print(total)
"""
"""Two networks that are trained row by row."""
NEW = "new = rng.normal(size=(5, 3))\n"
INCONSISTENT = {
    "a bias that is used and never updated": changed(("    b1 -= 0.01 * db1\n", "")),
    "a bias of zeros that is used and never updated": changed(
        ("    b1 -= 0.01 * db1\n", ""), ("0.1 * rng.normal(size=(1, 4))", "np.zeros((1, 4))")
    ),
    "a weight that is used and never updated": changed(("    w1 -= 0.01 * dw1\n", "")),
    "a prediction by another network": PLAIN + NEW + "h = np.tanh(new @ w1)\nprint('predicted', h @ w2 + b2)\n",
    "a bias that is updated and never used": PLAIN.replace("np.tanh(x @ w1 + b1)", "np.tanh(x @ w1)"),
    "a prediction of all rows by another network": ROWS + "print('predicted', np.tanh(x @ w) + b)\n",
    "a prediction of all rows by turned weights": TURNED + "print('predicted', w2 @ np.maximum(w1 @ x.T, 0))\n",
    "a prediction without the activation": PLAIN + NEW + "h = new @ w1 + b1\nprint('predicted', h @ w2 + b2)\n",
}


@pytest.mark.parametrize("program", INCONSISTENT)
def test_what_is_not_one_network_is_inconsistent(program: str, judged: Judged) -> None:
    report = judged(INCONSISTENT[program])
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert report.findings


CONSISTENT = {
    "other rows": PLAIN + NEW + "h = np.tanh(new @ w1 + b1)\nprint('predicted', h @ w2 + b2)\n",
    "all rows, trained one by one": ROWS + "print('predicted', x @ w + b)\n",
    "all rows as columns": TURNED + "print('predicted', w2 @ np.tanh(w1 @ x.T))\n",
    "all rows with turned weights": TURNED + "print('predicted', np.tanh(x @ w1.T) @ w2)\n",
    "a running sum of gradients that is printed": PLAIN.replace(
        "for epoch", "seen = np.zeros((1, 4))\nfor epoch"
    ).replace("    b1 -=", "    seen += 0.01 * db1\n    b1 -="),
}


@pytest.mark.parametrize("program", CONSISTENT)
def test_a_prediction_by_the_same_network_is_consistent(program: str, judged: Judged) -> None:
    assert judged(CONSISTENT[program]).verdict == Verdict.RIGHT


NEVER_UPDATED = {
    "its gradient is left unused": (PLAIN, "    b1 -= 0.01 * db1\n", "db1 ="),
    "a loop leaves it out": (
        PLAIN.replace(
            DESCENT, "\n    for p, d in ((w2, dw2), (b2, db2), (w1, dw1), (b1, db1)):\n        p -= 0.01 * d\n"
        ),
        ", (b1, db1)",
        "p -=",
    ),
}


@pytest.mark.parametrize("program", NEVER_UPDATED)
def test_a_missing_update_is_missed_where_it_belongs(program: str, judged: Judged) -> None:
    text, gone, line = NEVER_UPDATED[program]
    assert text.count(gone) == 1
    text = text.replace(gone, "")
    report = judged(text)
    assert report.verdict == Verdict.INCONSISTENT
    assert report.findings[0].line == next(
        n for n, row in enumerate(text.splitlines(), 1) if row.strip().startswith(line)
    )


ON_A_KINK = """
import numpy as np
rng = np.random.default_rng(1)
x = np.maximum(rng.normal(size=(20, 4)), 0)
x[:3] = 0.0
t = rng.normal(size=(20, 1))
w1, b1 = rng.normal(size=(4, 5)), np.zeros(5)
w2, b2 = rng.normal(size=(5, 1)), np.zeros(1)
for epoch in range(30):
    z = x @ w1 + b1
    a = np.maximum(0, z)
    p = a @ w2 + b2
    loss = np.mean((p - t) ** 2)
    dp = 2 * (p - t) / len(x)
    dz = dp @ w2.T * (z > 0)
    w2 -= 0.05 * a.T @ dp
    b2 -= 0.05 * dp.sum(axis=0)
    w1 -= 0.05 * x.T @ dz
    b1 -= 0.05 * dz.sum(axis=0)
    print(loss)
"""


def test_a_step_that_stands_on_a_kink_does_not_tell_what_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(ON_A_KINK)
    training = Training(sandbox.run(read_source(path)).stretches[0])
    assert judge(training).verdict == "right"
    assert [Frame(training, number).is_on_kink for number in range(3)] == [True, False, False]
    path.write_text(ON_A_KINK.replace("b1 -= 0.05", "b1 += 0.05"))
    found = judge(Training(sandbox.run(read_source(path)).stretches[0]))
    assert found.verdict == "wrong"
    assert found.match is not None
    assert all(frame.number > 0 for frame in found.frames)
    assert all(evidence.holds for evidence in found.match.evidence.values()), "upward, along its exact gradient"


COUNTED = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(3, 12))
t = rng.normal(size=(2, 12))
m = 12
w, b = rng.normal(size=(2, 3)), np.zeros((2, 1))
vw, vb = np.zeros_like(w), np.zeros_like(b)
for epoch in range(40):
    d = w @ x + b - t
    dw = d @ x.T / m
    db = d.sum(axis=1, keepdims=True) / m
    vw = 0.9 * vw + 0.1 * dw
    vb = 0.9 * vb + 0.1 * db
    w -= 0.1 * vw
    b -= 0.1 * vb
    print(np.sum(d ** 2) / m)
"""


def test_a_bias_that_momentum_moves_and_that_is_not_divided_is_wrong(judged: Judged) -> None:
    assert judged(COUNTED).verdict == Verdict.RIGHT
    assert judged(COUNTED.replace("keepdims=True) / m", "keepdims=True)")).verdict == Verdict.WRONG
    faster = COUNTED.replace("b -= 0.1 * vb", "b -= 0.3 * vb")
    assert judged(faster).verdict == Verdict.RIGHT, "a rate of its own"


UNKNOWN = {
    "Hebbian learning": """
import numpy as np
rng = np.random.default_rng(0)
x = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]], dtype=float)
t = np.array([1, -1, -1, -1], dtype=float)
w, b = np.zeros(2), 0.0
for epoch in range(10):
    for xi, ti in zip(x, t):
        w += xi * ti
        b += ti
    print(w, b)
""",
    "Oja's rule": """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(100, 3)) * [2.0, 1.0, 0.5]
w = rng.normal(size=3)
for xi in x:
    y = w @ xi
    w += 0.01 * y * (xi - y * w)
print(w)
""",
    "centres that move to their points": """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(60, 2))
centres = x[:3].copy()
for step in range(20):
    nearest = np.argmin(((x[:, None] - centres[None]) ** 2).sum(-1), axis=1)
    for k in range(3):
        centres[k] = x[nearest == k].mean(axis=0)
print(centres)
""",
    "a genetic algorithm": """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
population = [rng.normal(size=(3, 1)) for _ in range(8)]
for generation in range(20):
    errors = [np.mean((x @ w - t) ** 2) for w in population]
    best = [population[i] for i in np.argsort(errors)[:4]]
    population = best + [w + 0.1 * rng.normal(size=w.shape) for w in best]
    print(min(errors))
""",
    "a random walk that keeps what is better": """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
w = rng.normal(size=(3, 1))
best = np.mean((x @ w - t) ** 2)
for step in range(60):
    change = 0.1 * rng.normal(size=w.shape)
    loss = np.mean((x @ (w + change) - t) ** 2)
    if loss < best:
        w, best = w + change, loss
print(best)
""",
    "a running mean": """
import numpy as np
rng = np.random.default_rng(0)
mean = np.zeros(3)
for step in range(50):
    mean = 0.9 * mean + 0.1 * rng.normal(size=3)
print(mean)
""",
    "Q-learning": """
import numpy as np
rng = np.random.default_rng(0)
q = np.zeros((6, 2))
for episode in range(40):
    state = 0
    for move in range(12):
        action = int(rng.integers(2)) if rng.random() < 0.3 else int(np.argmax(q[state]))
        after = min(state + 1, 5) if action else max(state - 1, 0)
        reward = 1.0 if after == 5 else 0.0
        q[state, action] += 0.5 * (reward + 0.9 * np.max(q[after]) - q[state, action])
        state = after
print(q)
""",
    "the Fibonacci numbers": """
a, b = 0.0, 1.0
for i in range(30):
    a, b = b, a + b
print(a)
""",
    "power iteration": """
import numpy as np
rng = np.random.default_rng(0)
a = rng.normal(size=(4, 4))
a = a @ a.T
v = rng.normal(size=4)
for step in range(40):
    v = a @ v
    v = v / np.linalg.norm(v)
print(v, v @ a @ v)
""",
}


PULLED = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(60, 2))
centres = x[:3].copy()
for xi in x:
    k = np.argmin(np.sum((centres - xi) ** 2, axis=1))
    centres[k] += 0.1 * (xi - centres[k])
print(centres)
"""


@pytest.mark.parametrize("program", UNKNOWN)
def test_what_is_no_descent_cannot_be_judged(program: str, judged: Judged) -> None:
    report = judged(UNKNOWN[program])
    assert report.verdict == Verdict.CANNOT_JUDGE, (report.verdict, report.reason)
    assert report.reason.endswith((".", ".)"))
    assert "backproof itself failed" not in report.reason


def test_centres_that_are_pulled_by_their_points_are_not_called_wrong(judged: Judged) -> None:
    assert judged(PULLED).verdict in (Verdict.RIGHT, Verdict.CANNOT_JUDGE)


def test_an_embedding_is_a_parameter(judged: Judged) -> None:
    report = judged(EMBEDDING)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2)


def test_a_weight_that_is_clipped_is_a_parameter(judged: Judged) -> None:
    assert judged(RIGHT["weights that are clipped"]).parameters == 4


def test_what_is_printed_is_kept(judged: Judged) -> None:
    assert judged(PLAIN).printed.startswith("loss ")


ADAM = """
import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(20, 3))
t = np.sin(x.sum(axis=1, keepdims=True)) + rng.normal(size=(1, 4))
p = {"w1": rng.normal(size=(3, 5)), "b1": np.zeros(5), "w2": rng.normal(size=(5, 4)), "b2": np.zeros(4)}
m = {k: np.zeros_like(v) for k, v in p.items()}
s = {k: np.zeros_like(v) for k, v in p.items()}
top = {k: np.zeros_like(v) for k, v in p.items()}
for step in range(40):
    a = np.tanh(x @ p["w1"] + p["b1"])
    o = a @ p["w2"] + p["b2"]
    print(np.mean((o - t) ** 2))
    d = 2 * (o - t) / o.size
    e = d @ p["w2"].T * (1 - a ** 2)
    g = {"w1": x.T @ e, "b1": e.sum(0), "w2": a.T @ d, "b2": d.sum(0)}
    for k in p:
        m[k] = 0.9 * m[k] + 0.1 * g[k]
        s[k] = 0.99 * s[k] + 0.01 * g[k] ** 2
        p[k] -= 0.01 * m[k] / (np.sqrt(s[k]) + 1e-8)
"""
UPDATE = "        p[k] -= 0.01 * m[k] / (np.sqrt(s[k]) + 1e-8)\n"
VARIANTS = {
    "as it is": UPDATE,
    "a decay beside it": UPDATE.replace("+ 1e-8)", "+ 1e-8) + 0.001 * p[k]"),
    "a decay of the weights alone": "        if k[0] == 'w':\n            p[k] *= 0.999\n" + UPDATE,
    "a decay of the weights before it": "        if k[0] == 'w':\n            p[k] -= 0.001 * p[k]\n" + UPDATE,
    "the largest second moment": "        top[k] = np.maximum(top[k], s[k])\n" + UPDATE.replace("s[k]", "top[k]"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_like_adam_is_right(variant: str, judged: Judged) -> None:
    report = judged(ADAM.replace(UPDATE, VARIANTS[variant]))
    assert report.verdict == Verdict.RIGHT, report.reason


@pytest.mark.parametrize("mistake", ["p[k] += 0.01", "d = 2 * (t - o)"])
def test_what_climbs_by_an_optimizer_is_wrong(mistake: str, judged: Judged) -> None:
    right = {"p[k] += 0.01": "p[k] -= 0.01", "d = 2 * (t - o)": "d = 2 * (o - t)"}[mistake]
    report = judged(ADAM.replace(right, mistake))
    assert report.verdict == Verdict.WRONG
    assert "goes up the gradient" in report.reason


def test_a_bias_that_a_loop_moves_and_nothing_reads_is_inconsistent(judged: Judged) -> None:
    loop = "\n    scale = np.minimum(1.0, 5 / np.abs(db1).max())\n"
    loop += "    for p, d in ((w2, dw2), (b2, db2), (w1, dw1), (b1, db1)):\n"
    loop += "        p -= 0.01 * scale * d\n"
    text = PLAIN.replace(DESCENT, loop)
    assert judged(text).verdict == Verdict.RIGHT
    assert judged(text.replace("np.tanh(x @ w1 + b1)", "np.tanh(x @ w1)")).verdict == Verdict.INCONSISTENT


def test_what_the_first_weights_are_multiplied_with_is_no_rate(judged: Judged) -> None:
    text = changed(("w1 = rng", "w1 = 0.5 * rng"), ("w2 = rng", "w2 = 0.25 * rng"))
    first = "    w1 -= 0.01 * x.T @ d1\n"
    text = changed(("    w1 -= 0.01 * dw1\n", ""), ("    w2 -= 0.01", first + "    w2 -= 0.01"), text=text)
    assert judged(text).factor == 1.0


SATURATED = """
import numpy as np
rng = np.random.default_rng(2)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))
w1, w2, b1, b2 = 1.5, rng.normal(), rng.normal(), rng.normal()
for epoch in range(200):
    for x, t in np.array([[0.3, 0.2], [20.0, 0.9], [-0.5, 0.4], [19.0, 0.8]]):
        z1 = w1 * x + b1
        a1 = sigmoid(z1)
        z2 = w2 * a1 + b2
        p = sigmoid(z2)
        loss = (p - t) ** 2
        d2 = 2 * (p - t) * slope(z2)
        d1 = d2 * w2 * slope(z1)
        w1 = w1 - 0.1 * d1 * x
        b1 = b1 - 0.1 * d1
        w2 = w2 - 0.1 * d2 * a1
        b2 = b2 - 0.1 * d2
    print('loss', loss)
"""


def test_the_lost_digits_of_a_saturated_unit_accuse_nobody(judged: Judged) -> None:
    assert judged(SATURATED).verdict == Verdict.RIGHT
    assert judged(SATURATED.replace("d2 * w2 * slope(z1)", "d2 * w2")).verdict == Verdict.WRONG
    assert judged(SATURATED.replace("0.1 * d1 * x", "0.1 * d1")).verdict == Verdict.WRONG


def test_elements_of_the_data_and_weights_are_no_rates(judged: Judged) -> None:
    assert judged(SATURATED).factor == 1.0
    assert judged(SATURATED.replace("default_rng(2)", "default_rng(3)")).factor == 1.0


NEURONS = """
import numpy as np
rng = np.random.default_rng(5)
x, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
class Neuron:
    def __init__(self, size):
        self.weights, self.bias = rng.normal(size=size), 0.1
class Layer:
    def __init__(self, size, count):
        self.neurons = [Neuron(size) for _ in range(count)]
    def matrix(self):
        return np.array([neuron.weights for neuron in self.neurons])
    def forward(self, a):
        self.a = a
        self.z = a @ self.matrix().T
        return self.z
    def update(self, d):
        weights = self.matrix()
        weights -= 0.01 * d.T @ self.a
        for k, neuron in enumerate(self.neurons):
            neuron.weights = weights[k]
hidden, out = Layer(3, 4), Layer(4, 2)
for epoch in range(50):
    p = out.forward(np.tanh(hidden.forward(x)))
    print('loss', 0.5 * np.sum((p - t) ** 2))
    d = p - t
    back = d @ out.matrix() * (1 - np.tanh(hidden.z) ** 2)
    out.update(d)
    hidden.update(back)
"""


def test_neurons_that_hold_a_row_each_are_put_together(judged: Judged) -> None:
    report = judged(NEURONS)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2)
    assert judged(NEURONS.replace("(1 - np.tanh(hidden.z) ** 2)", "(1 - hidden.z ** 2)")).verdict == Verdict.WRONG


TWICE_SCATTERED = """
import numpy as np
rng = np.random.default_rng(6)
W, C = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
words, near, far = rng.integers(0, 5, 8), rng.integers(0, 5, 8), rng.integers(0, 5, 8)
for epoch in range(60):
    w, c, n = W[words], C[near], C[far]
    a, b = (w * c).sum(axis=1), (w * n).sum(axis=1)
    print('loss', 0.5 * np.sum((a - 1) ** 2) + 0.5 * np.sum(b ** 2))
    da, db = (a - 1)[:, None], b[:, None]
    rate = 0.05 * (1 - epoch / 60)
    np.add.at(W, words, -rate * (da * c + db * n))
    np.add.at(C, near, -rate * da * w)
    np.add.at(C, far, -rate * db * w)
"""


def test_an_array_that_two_lines_scatter_into_is_one_parameter(judged: Judged) -> None:
    report = judged(TWICE_SCATTERED)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2)
    assert judged(TWICE_SCATTERED.replace("-rate * db * w", "-2 * rate * db * w")).verdict == Verdict.WRONG


def test_weights_between_words_are_parameters_though_a_word_may_stand_alone(judged: Judged) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(7)
wx, wh, wy = rng.normal(size=(4, 2)), 0.5 * rng.normal(size=(4, 4)), rng.normal(size=(1, 4))
texts = [[rng.normal(size=(2, 1)) for _ in range(n)] for n in (1, 1, 3, 1, 2, 1, 1)]
for epoch in range(40):
    for text in texts:
        hs = [np.zeros((4, 1))]
        for word in text:
            hs.append(np.tanh(wx @ word + wh @ hs[-1]))
        p = wy @ hs[-1]
        print('loss', 0.5 * np.sum((p - 1) ** 2))
        d = p - 1
        dy, dx, dh = d @ hs[-1].T, np.zeros_like(wx), np.zeros_like(wh)
        back = wy.T @ d
        for k in reversed(range(len(text))):
            dz = back * (1 - hs[k + 1] ** 2)
            dx += dz @ text[k].T
            dh += dz @ hs[k].T
            back = wh.T @ dz
        wy -= 0.02 * dy
        wx -= 0.02 * dx
        wh -= 0.02 * dh
"""
    report = judged(text)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 3)
    report = judged(text.replace("reversed(range(len(text)))", "reversed(range(len(text) - 1))"))
    assert (report.verdict, report.parameters) == (Verdict.WRONG, 3)


def test_training_that_moves_nothing_is_wrong_where_the_zero_begins(judged: Judged) -> None:
    text = changed(
        ("\nfor epoch", "\nout = np.zeros((12, 2))\nfor epoch"),
        ("    d2 = p - t\n", "    d2 = (p - t) * out * (1 - out)\n"),
    )
    report = judged(text)
    assert report.verdict == Verdict.WRONG
    assert [finding.line for finding in report.findings] == [
        text.splitlines().index("    d2 = (p - t) * out * (1 - out)") + 1
    ]


OPTIMIZED = PLAIN.replace(
    DESCENT,
    """
    for k, (w, g) in enumerate(((w2, dw2), (b2, db2), (w1, dw1), (b1, db1))):
        v[k] = 0.9 * v[k] - 0.01 * g
        w += v[k]
""",
).replace("\nfor epoch", "\nv = [np.zeros_like(w) for w in (w2, b2, w1, b1)]\nfor epoch")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("0.9 * v[k] - 0.01 * g", "0.9 * v[3][0, 0] - 0.01 * g"),
        ("0.9 * v[k] - 0.01 * g", "0.9 * w - 0.01 * g"),
        ("0.9 * v[k] - 0.01 * g", "-0.5 * w - 0.01 * g"),
        ("0.9 * v[k] - 0.01 * g", "0.9 * v[k] + 0.02 * w - 0.01 * g"),
    ],
)
def test_an_optimizer_that_mixes_up_what_it_keeps_is_wrong(right: str, wrong: str, judged: Judged) -> None:
    assert judged(OPTIMIZED).verdict == Verdict.RIGHT
    assert judged(changed((right, wrong), text=OPTIMIZED)).verdict == Verdict.WRONG
    assert judged(changed((right, "0.9 * v[k] - 0.01 * (g + 0.02 * w)"), text=OPTIMIZED)).verdict == Verdict.RIGHT


ROW_BY_ROW = """
import numpy as np
rng = np.random.default_rng(9)
E, w = 0.3 * rng.normal(size=(6, 2)), rng.normal(size=(1, 6))
texts = [([0, 1, 2], 0.5), ([1, 2, 3], -0.5), ([2, 3, 4], 1.0), ([3, 4, 5], 0.2)]
for epoch in range(100):
    total = 0
    for words, t in texts:
        h = np.tanh(np.concatenate([E[k].reshape(-1, 1) for k in words]))
        p = w @ h
        total += np.sum((p - t) ** 2)
        d = 2 * (p - t)
        dh = (w.T @ d) * (1 - h ** 2)
        w -= 0.02 * (d @ h.T + 0.001 * w)
        for i, k in enumerate(words):
            E[k] -= 0.02 * (dh.reshape(3, 2)[i] + 0.001 * E[k])
    print('loss', total / len(texts))
"""


def test_rows_that_decay_where_they_are_used_and_a_step_that_was_cut_are_right(judged: Judged) -> None:
    assert judged(ROW_BY_ROW).verdict == Verdict.RIGHT
    assert judged(ROW_BY_ROW.replace("(1 - h ** 2)", "(1 - h)")).verdict == Verdict.WRONG
    assert judged(ROW_BY_ROW.replace("reshape(3, 2)[i]", "reshape(3, 2)[0]")).verdict == Verdict.WRONG


@pytest.mark.parametrize("inputs", ["[[0., 0.], [0., 1.], [1., 0.], [1., 1.]]", "[[0., 0.]]"])
def test_a_perceptron_that_makes_no_mistake_stands_still_and_is_not_wrong(inputs: str, judged: Judged) -> None:
    text = f"""
import numpy as np
x = np.array({inputs})
t = np.array([[0.], [1.], [1.], [1.]])[:len(x)]
w, b = np.array([[1.], [1.]]), np.array([-0.5])
for epoch in range(20):
    e = t - (x @ w + b > 0)
    w += 0.1 * x.T @ e
    b += 0.1 * e.sum(axis=0)
    print(np.mean(e ** 2))
"""
    assert judged(text).verdict == Verdict.CANNOT_JUDGE


@pytest.mark.parametrize(
    ("move", "verdict"),
    [
        ("v[k]", Verdict.RIGHT),
        ("1.9 * v[k] - 0.9 * u", Verdict.RIGHT),  # Nesterov's, as it is written where the point looked ahead is kept
        ("0.9 * v[k] - 0.01 * g", Verdict.RIGHT),  # and as PyTorch has it
        ("v[k] + 0.9 * u", Verdict.WRONG),
    ],
)
def test_earlier_steps_count_once(move: str, verdict: Verdict, judged: Judged) -> None:
    text = changed(
        ("        v[k] = 0.9", "        u = v[k]\n        v[k] = 0.9"), ("w += v[k]", f"w += {move}"), text=OPTIMIZED
    )
    assert judged(text).verdict == verdict


OPPOSITE = """
import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(20, 3)), (rng.random(20) > 0.5).astype(float)
w = rng.normal(size=3)
for epoch in range(9):
    for row, wanted in zip(x, t):
        p = 1 / (1 + np.exp(-row @ w))
        w = w - 0.1 * (p * (1 - wanted) - wanted * (1 - p)) * row
"""


def test_targets_may_meet_the_output_as_one_minus_themselves(judged: Judged) -> None:
    report = judged(OPPOSITE)
    assert (report.verdict, report.factor) == (Verdict.RIGHT, 1.0), report.reason
    wrong = judged(OPPOSITE.replace("wanted * (1 - p)) * row", "wanted * (1 - p)) * row ** 2"))
    assert wrong.verdict != Verdict.RIGHT


ENDLESS = """
import numpy as np
rng = np.random.default_rng(0)
x = np.linspace(-3, 3, 80)[:, None]
t = x ** 2 - 1
w1, b1 = rng.normal(size=(1, 10)), rng.normal(size=10)
w2, b2 = rng.normal(size=(10, 1)), rng.normal(size=1)
for epoch in range(5):
    a1 = np.maximum(x @ w1 + b1, 0)
    p = a1 @ w2 + b2
    d2 = t - p
    d1 = d2 @ w2.T * (a1 > 0)
    w2 += 0.01 * a1.T @ d2
    b2 += 0.01 * d2.sum(axis=0)
    w1 += 0.01 * (d1.T @ x).T
    b1 += 0.01 * d1.sum(axis=0)
"""


def test_the_rounding_of_training_that_goes_to_infinity_accuses_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "network.py").write_text(ENDLESS)
    training = Training(sandbox.run(read_source(tmp_path / "network.py")).stretches[0])
    found = judge(training)
    assert (found.verdict, found.match is not None) == ("right", True)
    weights = [max(float(w.detach().abs().max()) for w in frame.given.values()) for frame in found.frames]
    assert max(weights) > 1e9
    assert found.match is not None
    assert set(found.match.gradients) == {n for n, weight in enumerate(weights) if weight < 1e8}


VALIDATED = """
import numpy as np
rng = np.random.default_rng(3)
x, v = rng.normal(size=(30, 3)), rng.normal(size=(20, 3))
t, s = np.eye(3)[rng.integers(3, size=30)], np.eye(3)[rng.integers(3, size=20)]
theta = rng.normal(size=(3, 3))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


for epoch in range(40):
    p = softmax(x @ theta)
    entropies = -(s * np.log(softmax(v @ theta) + 1e-5))
    l2 = 1 / 2 * (theta[1:] ** 2).sum()
    print(entropies.sum(axis=1).mean() + 0.01 * l2)
    gradient = 1 / 30 * x.T @ (p - t)
    gradient += np.r_[np.zeros([1, 3]), 0.01 * theta[1:]]
    theta = theta - 0.5 * gradient
"""


def test_a_penalty_that_is_stated_with_the_loss_of_other_data_is_no_loss_of_its_own(judged: Judged) -> None:
    assert judged(VALIDATED).verdict == Verdict.RIGHT
    assert judged(VALIDATED.replace("(p - t)", "(p - t ** 2 / 2)")).verdict != Verdict.RIGHT


NEGATIVES = """
import numpy as np
rng = np.random.default_rng(5)
inner, outer = rng.normal(size=(9, 4)), rng.normal(size=(9, 4))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for step in range(300):
    i, k, others = rng.integers(9), rng.integers(9), rng.integers(9, size=5)
    v, u, us = inner[i].copy(), np.ndarray.copy(outer[k]), outer[others].copy()
    near, far = sigmoid(u @ v), sigmoid(us @ v)
    print(-np.log(near) - np.sum(np.log(1 - far)))
    inner[i] -= 0.1 * ((near - 1) * u + np.sum(far[:, None] * us, axis=0))
    outer[k] -= 0.1 * (near - 1) * v
    for place, other in enumerate(others):
        outer[other] -= 0.1 * far[place] * v
"""


def test_the_first_of_steps_that_two_lines_take_is_seen_from_its_beginning(judged: Judged) -> None:
    report = judged(NEGATIVES)
    assert (report.verdict, report.factor) == (Verdict.RIGHT, 1.0)
    assert judged(NEGATIVES.replace("(near - 1) * v", "near * v")).verdict == Verdict.WRONG
    falling = NEGATIVES.replace("0.1 *", "max(0.001, 0.1 * (1 - step / 300)) *")
    assert judged(falling).verdict == Verdict.RIGHT, "the rate changes from step to step"


UNSCALED = """
import numpy as np
rng = np.random.default_rng(1)
x, t = 900 * rng.random((80, 6)), rng.integers(2, size=(80, 1))
w0, w1 = 2 * rng.random((6, 5)) - 1, 2 * rng.random((5, 1)) - 1


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


for step in range(300):
    a = sigmoid(x @ w0)
    p = sigmoid(a @ w1)
    dp = (t - p) * p * (1 - p)
    da = dp.dot(w1.T) * a * (1 - a)
    w1 = w1 + 0.3 * a.T.dot(dp)
    w0 = w0 + 0.3 * x.T.dot(da)
"""


def test_data_that_saturate_every_unit_accuse_nobody(judged: Judged) -> None:
    report = judged(UNSCALED)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2), report.reason
    frozen = judged(UNSCALED.replace("w1 = w1 + 0.3 *", "new ="))
    assert frozen.verdict == Verdict.INCONSISTENT, frozen.reason
    assert judged(UNSCALED.replace("a.T.dot(dp)", "a.T.dot(t - p)")).verdict == Verdict.WRONG


STEEP = """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
w1, w2, w3 = (0.02 * rng.normal(size=shape) for shape in ((4, 20), (20, 20), (20, 2)))
for step in range(40):
    hs = [np.zeros((30, 20))]
    for k in range(8):
        hs.append(np.tanh(x @ w1 + hs[-1] @ w2))
    d3 = 2 * (hs[-1] @ w3 - t)
    dw1, dw2, dw3 = np.zeros_like(w1), np.zeros_like(w2), hs[-1].T @ d3
    dh = d3 @ w3.T
    for k in range(7, -1, -1):
        dz = np.clip(dh, -LIMIT, LIMIT) * (1 - hs[k + 1] ** 2)
        dw1 += x.T @ dz
        dw2 += hs[k].T @ dz
        dh = dz @ w2.T
    w3 -= 0.001 * dw3
    w2 -= 0.001 * dw2
    w1 -= 0.001 * dw1
"""


@pytest.mark.slow
def test_what_would_only_be_clipped_elsewhere_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(STEEP.replace("LIMIT", "0.41"), tmp_path, sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert reported(STEEP.replace("LIMIT", "0.1"), tmp_path, sandbox).verdict != Verdict.RIGHT


def test_what_scaled_the_data_is_no_rate(judged: Judged) -> None:
    text = """import numpy as np
raw = np.array([175.0, 180.0, 202.0, 221.0, 240.0, 264.0, 283.0, 290.0])
x = (raw - raw.mean()) / raw.std()
y = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0])
w, b = 0.0, 0.0
for epoch in range(40):
    p = 1 / (1 + np.exp(-(w * x + b)))
    print(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    dw, db = np.mean((p - y) * x), np.mean(p - y)
    w, b = w - 0.8 * dw, b - 0.8 * db
"""
    assert judged(text).factor == 1.0
    assert (
        judged(text.replace("np.mean((p - y) * x), np.mean(p - y)", "(0.5 * x) @ (p - y), 0.5 * (p - y).sum()")).factor
        == 8.0
    )


FETCHED = """
import numpy as np
rng = np.random.default_rng(9)
x = rng.normal(size=(20, 2)); y = x[:, 0] - 0.5 * x[:, 1] + 1
class Line:
    def __init__(self):
        self.w, self.b = rng.normal(size=2), 0.0
    def __call__(self, x):
        return x @ self.w + self.b
line = Line()
for epoch in range(40):
    e = line(x) - y
    grads = {"w": 2 * x.T @ e / len(x), "b": 2 * e.mean()}
    for name, g in grads.items():
        setattr(line, name, getattr(line, name) - 0.1 * g)
    if epoch % 10 == 0:
        print(np.mean((line(x) - y) ** 2))
"""
TERMS = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(24, 3)); t = (x[:, :2] > 0).astype(float)
w, b = rng.normal(size=(3, 2)), np.zeros(2)
told = np.zeros(3)
for epoch in range(30):
    share = min(1.0, (epoch + 1) / 10)
    z = x @ w + b
    cross = np.sum(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))) / len(x)
    spread = 0.5 * np.sum(z ** 2) / len(x)
    loss = cross + share * spread
    d = (1 / (1 + np.exp(-z)) - t + share * z) / len(x)
    w -= 0.2 * x.T @ d
    b -= 0.2 * d.sum(0)
    told += np.array([loss, cross, spread])
print(told)
"""


def test_a_number_that_is_fetched_by_its_name_is_the_one_that_was_there(judged: Judged) -> None:
    report = judged(FETCHED)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert judged(FETCHED.replace('"b": 2 * e.mean()', '"b": 2 * e.max()')).verdict == Verdict.WRONG


def test_the_sum_of_terms_that_are_written_down_together_is_the_loss(judged: Judged) -> None:
    report = judged(TERMS)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert judged(TERMS.replace("- t + share * z)", "- t + z)")).verdict != Verdict.RIGHT


def test_a_single_step_says_nothing_of_single_numbers(judged: Judged) -> None:
    text = """
points = [(x / 10, 0.5 - 1.5 * x / 10 + (3 if x % 7 == 0 else 0)) for x in range(-10, 10)]
def psi(r): return max(-0.1, min(0.1, r))
def rho(r): return 0.5 * r * r if abs(r) <= 0.1 else 0.1 * (abs(r) - 0.05)
w, speed = [0.0, 0.0], [0.0, 0.0]
for i in range(900):
    g = [0.0, 0.0]
    for x, y in points:
        s = psi(w[0] + w[1] * x - y)
        g[0] += s
        g[1] += s * x
    speed = [0.9 * s - 0.5 * f / len(points) for s, f in zip(speed, g)]
    w = [a + 0.5 * s for a, s in zip(w, speed)]
    if i % 500 == 0:
        print(sum(rho(w[0] + w[1] * x - y) for x, y in points) / len(points))
"""
    assert judged(text).verdict in (Verdict.RIGHT, Verdict.CANNOT_JUDGE)


# without the small constant in its divisor, the move is no number where an input is always zero
NEVER = """import numpy as np
rng = np.random.default_rng(1)
x = rng.uniform(size=(60, 6))
x[:, 2] = 0
t = x[:, :2] @ rng.normal(size=(2, 3)) + 0.1 * rng.normal(size=(60, 3))
w1, w2 = rng.normal(size=(6, 8)) / 2, rng.normal(size=(8, 3)) / 2
r1, r2 = 0, 0


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for step in range(60):
    h = sigmoid(x @ w1)
    out = h @ w2
    print(np.mean((out - t) ** 2))
    e = (out - t) / len(x)
    d2 = h.T @ e
    d1 = x.T @ (ERROR @ w2.T * h * (1 - h))
    r1 = 0.5 * r1 + 0.5 * d1 * d1
    r2 = 0.5 * r2 + 0.5 * d2 * d2
    w1 -= 0.001 / (1e-7 + np.sqrt(r1)) * d1
    w2 -= 0.001 / (1e-7 + np.sqrt(r2)) * d2
"""


@pytest.mark.parametrize(("error", "verdict"), [("e", "right"), ("(e * sigmoid(out))", "wrong")])
def test_a_move_that_is_no_number_without_its_small_constant_proves_nothing(
    error: str, verdict: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(NEVER.replace("ERROR", error), tmp_path, sandbox).verdict == verdict


# outputs of any size are told by an entropy that is kept finite, and learn by their squared errors
CLIPPED = """import numpy as np
rng = np.random.default_rng(1)
x, t = rng.uniform(size=(60, 4)), np.eye(3)[rng.integers(0, 3, 60)]
w1, w2 = rng.normal(size=(4, 8)) / 2, 0.2 * rng.normal(size=(8, 3))
r1, r2 = 0, 0
for step in range(60):
    h = 1 / (1 + np.exp(-(x @ w1)))
    out = h @ w2
    p = np.clip(out, 1e-12, 1 - 1e-12)
    print(-np.sum(np.sum(t * np.log(p + 1e-9))) / p.shape[0])
    e = out - t
    d2 = h.T @ e
    d1 = x.T @ (e @ w2.T * h * (1 - h))
    r1 = 0.5 * r1 + 0.5 * d1 * d1
    r2 = 0.5 * r2 + 0.5 * d2 * d2
    w1 -= 0.001 / (1e-7 + np.sqrt(r1)) * d1
    w2 -= 0.001 / (1e-7 + np.sqrt(r2)) * d2
"""


def test_a_loss_that_is_told_is_not_forgotten_where_it_is_no_number(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(CLIPPED, tmp_path, sandbox).verdict == "other-loss"


BEYOND_THE_CLIP = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(40, 2))
t = (x[:, :1] * x[:, 1:] > 0).astype(float)
w1, w2, w3 = rng.normal(size=(2, 32)), rng.normal(size=(32, 64)), rng.normal(size=(64, 1))
for turn in range(50):
    z1 = x @ w1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ w2
    a2 = np.maximum(z2, 0)
    p = 1 / (1 + np.exp(-(a2 @ w3)))
    q = np.clip(p, 1e-7, 1 - 1e-7)
    print(-np.mean(t * np.log(q) + (1 - t) * np.log(1 - q)))
    d3 = (q - t) / (q * (1 - q)) / len(x) * p * (1 - p)
    d2 = d3 @ w3.T * (z2 > 0)
    d1 = d2 @ w2.T * (z1 > 0)
    w3 -= 0.01 * a2.T @ d3
    w2 -= 0.01 * a1.T @ d2
    w1 -= 0.01 * x.T @ d1
"""


def test_a_clip_that_keeps_a_logarithm_finite_is_no_mistake_where_outputs_are_beyond_it(judged: Judged) -> None:
    assert judged(BEYOND_THE_CLIP).verdict is Verdict.RIGHT
    report = judged(BEYOND_THE_CLIP.replace("d3 @ w3.T * (z2 > 0)", "d3 @ w3.T"))
    assert (report.verdict, report.findings[0].line) == (Verdict.WRONG, 15)


ONE_SAMPLE = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(4000, 784)), np.eye(10)[rng.integers(0, 10, size=4000)]
w, b = 0.01 * rng.normal(size=(784, 10)), np.zeros((1, 10))
def forward(x):
    e = np.exp(x @ w + b)
    return e / e.sum(axis=1, keepdims=True)
for turn in range(40):
    one = rng.integers(0, 4000)
    p, everything = forward(x[[one]]), [forward(x * scale) for scale in np.ones(8)]
    w -= 0.1 * x[[one]].T @ (p - t[[one]])
    b -= 0.1 * (p - t[[one]])
"""


def test_at_one_step_with_one_sample_the_usual_loss_is_meant(judged: Judged) -> None:
    """Of softmax and one sample, that of the absolute error is a multiple of the entropy's gradient."""
    report = judged(ONE_SAMPLE)
    assert report.verdict is Verdict.RIGHT
    assert "cross-entropy" in report.reason
