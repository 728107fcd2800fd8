"""What stands where weights may stand and is none: it mixes samples, or is a number that a class multiplies."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
GRAPH = """import numpy as np
rng = np.random.default_rng(5)
group = np.arange(20) % 2
near = np.triu(rng.random((20, 20)) < np.where(group[:, None] == group, 0.5, 0.1), 1).astype(float)
near = near + near.T + np.eye(20)
mean = near / np.sqrt(near.sum(axis=1)[:, None] * near.sum(axis=1)[None, :])
own = rng.normal(size=(20, 5))
own[:, 0] += group
w0, w1 = rng.normal(size=(5, 6)) * 0.5, rng.normal(size=(6, 2)) * 0.5
for step in range(60):
    x = mean @ own
    z = x @ w0
    h = np.maximum(0, z)
    out = mean @ h @ w1
    p = np.exp(out - out.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    print(-np.log(p[np.arange(20), group]).mean())
    d = (p - np.eye(2)[group]) / 20
    back = mean.T @ d
    d0 = back @ w1.T * (z > 0)
    w1 = w1 - 0.3 * h.T @ back
    w0 = w0 - 0.3 * x.T @ d0
"""
LAYER = """import numpy as np
rng = np.random.default_rng(5)
x, t = rng.normal(size=(20, 5)), rng.uniform(size=(20, 2))
w0, w1, w2 = rng.normal(size=(5, 6)), rng.normal(size=(6, 6)), rng.normal(size=(6, 2))
for step in range(60):
    h = np.tanh(x @ w0)
    g = np.tanh(h @ w1)
    out = g @ w2
    print(np.mean((out - t) ** 2))
    d = 2 * (out - t) / out.size
    dg = d @ w2.T * (1 - g ** 2)
    dh = dg @ w1.T * (1 - h ** 2)
    w2 = w2 - 0.1 * g.T @ d
    w0 = w0 - 0.1 * x.T @ dh
"""
DUAL = """import math, random
random.seed(4)

class Dual:
    def __init__(self, a, e=0.0):
        self.a, self.e = a, e

    def __add__(self, other):
        return Dual(self.a + other.a, self.e + other.e)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.a * other.a, self.a * other.e + self.e * other.a)

    __rmul__ = __mul__

    def __sub__(self, other):
        return self + -1 * other

def tanh(d):
    t = math.tanh(d.a)
    return Dual(t, d.e * (1 - t * t))

xs = [-1.5 + 0.5 * i for i in range(6)]
ys = [math.sin(2 * x) for x in xs]
weights = [random.uniform(-1.5, 1.5) for _ in range(4)]

def cost(w):
    total = Dual(0.0)
    for x, y in zip(xs, ys):
        r = w[2] * tanh(w[0] * x + w[1]) + w[3] - Dual(y)
        total = total + r * r
    return total * (1 / len(xs))

for step in range(40):
    grad = [cost([Dual(v, 1.0 * (j == k)) for j, v in enumerate(weights)]).e for k in range(4)]
    print(cost([Dual(v) for v in weights]).a)
    for k in range(4):
        weights[k] -= 0.1 * grad[k]
"""


@pytest.mark.parametrize("program", [GRAPH, DUAL], ids=["graph", "dual"])
def test_it_need_not_be_trained(program: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


def test_neighbours_that_are_computed_before_the_loop_are_none_either(tmp_path: Path, sandbox: Sandbox) -> None:
    text = GRAPH.replace("    x = mean @ own\n", "").replace("w0, w1 =", "x = mean @ own\nw0, w1 =")
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_a_layer_between_others_that_is_never_moved_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LAYER, tmp_path, sandbox)
    assert report.verdict is Verdict.INCONSISTENT
    assert "`w1`" in report.reason
