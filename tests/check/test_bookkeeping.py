"""Mistakes in what a program keeps: one array for several, sums that do not begin anew, a count of steps."""

from pathlib import Path

import pytest

from backproof.check import check

SHARED = """
import numpy as np
rng = np.random.default_rng(2)
x = rng.uniform(-1, 1, (60, 2))
y = x[:, :1] * x[:, 1:]
W = [rng.normal(0, 0.7, s) for s in ((2, 6), (6, 6), (6, 1))]
b = [np.zeros(6), np.zeros(6), np.zeros(1)]
vW, vb = [np.zeros_like(w) for w in W], [np.zeros(6) for _ in range(2)] + [np.zeros(1)]
for epoch in range(200):
    a = [x]
    for i in range(3):
        z = a[-1] @ W[i] + b[i]
        a.append(np.tanh(z) if i < 2 else z)
    loss = np.mean((a[-1] - y) ** 2)
    d = 2 * (a[-1] - y) / len(x)
    for i in (2, 1, 0):
        gW, gb = a[i].T @ d, d.sum(axis=0)
        d = d @ W[i].T * (1 - a[i] ** 2)
        vW[i] *= 0.9
        vW[i] -= 0.05 * gW
        vb[i] *= 0.9
        vb[i] -= 0.05 * gb
        W[i] += vW[i]
        b[i] += vb[i]
    if epoch % 50 == 0:
        print(epoch, loss)
"""

RESET = """
import numpy as np
rng = np.random.default_rng(4)
class Part:
    def __init__(self, value):
        self.value, self.grad = value, np.zeros_like(value)
class Layer:
    def __init__(self, inputs, outputs):
        self.weight = Part(rng.normal(0, 0.7, (inputs, outputs)))
        self.bias = Part(np.zeros(outputs))
    def forward(self, x):
        self.x = x
        return x @ self.weight.value + self.bias.value
    def backward(self, g):
        self.weight.grad += self.x.T @ g
        self.bias.grad += g.sum(axis=0)
        return g @ self.weight.value.T
layers = [Layer(2, 8), Layer(8, 1)]
def zero_grad():
    for l in layers:
        l.weight.grad = np.zeros_like(l.weight.value)
        l.bias.grad = np.zeros_like(l.bias.value)
x = rng.uniform(-1, 1, (50, 2))
y = np.sin(3 * x[:, :1])
for epoch in range(100):
    h = np.tanh(layers[0].forward(x))
    out = layers[1].forward(h)
    loss = np.mean((out - y) ** 2)
    zero_grad()
    layers[0].backward(layers[1].backward(2 * (out - y) / len(x)) * (1 - h ** 2))
    for l in layers:
        for p in (l.weight, l.bias):
            p.value -= 0.1 * p.grad
    if epoch % 20 == 0:
        print(epoch, loss)
"""

CHANGES = {
    "one array that stands in a list twice": (
        SHARED,
        "vW, vb = [np.zeros_like(w) for w in W], [np.zeros(6) for _ in range(2)] + [np.zeros(1)]",
        "vW, vb = [np.zeros_like(w) for w in W], [np.zeros(6)] * 2 + [np.zeros(1)]",
    ),
    "a gradient that is not set to zero": (RESET, "        l.bias.grad = np.zeros_like(l.bias.value)\n", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_it_is_mended_where_it_is_kept(name: str, tmp_path: Path) -> None:
    text, right, wrong = CHANGES[name]
    path = tmp_path / "network.py"
    path.write_text(text)
    assert check(path, repair=0).verdict == "right"
    path.write_text(text.replace(right, wrong))
    report = check(path, repair=30)
    assert report.verdict == "wrong"
    assert report.fixes[0].proved
    assert f"+{right.rstrip()}" in report.fixes[0].diff.splitlines()


ADAM = """
import numpy as np
rng = np.random.default_rng(5)
x = rng.uniform(-1, 1, (50, 2))
y = (x[:, :1] * x[:, 1:] > 0).astype(float)
P = {"W": rng.normal(size=(2, 8)), "b": np.zeros(8), "V": rng.normal(size=(8, 1)), "c": np.zeros(1)}
M, S = {k: np.zeros_like(v) for k, v in P.items()}, {k: np.zeros_like(v) for k, v in P.items()}
t = 0
def adam(g):
    global t
    t += 1
    for k in P:
        M[k] = 0.9 * M[k] + (1 - 0.9) * g[k]
        S[k] = 0.999 * S[k] + (1 - 0.999) * g[k] ** 2
        P[k] -= 0.01 * (M[k] / (1 - 0.9 ** t)) / (np.sqrt(S[k] / (1 - 0.999 ** t)) + 1e-8)
for epoch in range(200):
    h = np.tanh(x @ P["W"] + P["b"])
    p = 1 / (1 + np.exp(-(h @ P["V"] + P["c"])))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d = (p - y) / len(x)
    back = d @ P["V"].T * (1 - h ** 2)
    adam({"W": x.T @ back, "b": back.sum(0), "V": h.T @ d, "c": d.sum(0)})
    if epoch % 50 == 0:
        print(epoch, loss)
"""


def test_a_count_is_wrong_where_it_is_advanced(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(ADAM)
    assert check(path, repair=0).verdict == "right"
    text = ADAM.replace("    t += 1\n    for k in P:\n", "    for k in P:\n        t += 1\n")
    path.write_text(text)
    report = check(path, repair=0)
    assert report.verdict == "wrong"
    assert text.splitlines()[report.findings[0].line - 1].strip() == "t += 1"
