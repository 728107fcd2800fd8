"""Several trainings, one after the other, each from weights that are drawn anew: folds, or trials."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(64)
X = rng.normal(size=(30, 2))
t = np.tanh(X[:, :1] - X[:, 1:])
for trial in range(4):
    W, b = rng.normal(size=(2, 5)), np.zeros(5)
    v, c = rng.normal(size=(5, 1)), np.zeros(1)
    for it in range(25):
        h = np.tanh(X @ W + b)
        o = h @ v + c
        d = (o - t) / 30
        dh = d @ v.T * (1 - h ** 2)
        W = W - 0.3 * X.T @ dh
        b = b - 0.3 * dh.sum(axis=0)
        v = v - 0.3 * h.T @ d
        c = c - 0.3 * d.sum(axis=0)
    print(trial, 0.5 * np.mean((o - t) ** 2))
"""
RIGHT = "dh = d @ v.T * (1 - h ** 2)"

# all weights in one vector
FLAT = """
import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(30, 2))
t = np.tanh(X[:, 0] - X[:, 1])
def network(w, x):
    h = np.tanh(x @ w[:10].reshape(2, 5) + w[10:15])
    return h, h @ w[15:20] + w[20]
def gradient(w, x, t):
    h, o = network(w, x)
    d = (o - t) / len(t)
    dz = np.outer(d, w[15:20]) * SLOPE
    return np.concatenate([(x.T @ dz).ravel(), dz.sum(axis=0), d @ h, [d.sum()]])
for fold in range(3):
    held = np.arange(30) % 3 == fold
    w = rng.normal(size=21) * 0.5
    for it in range(25):
        w = w - 0.3 * gradient(w, X[~held], t[~held])
    print(fold, np.mean((network(w, X[held])[1] - t[held]) ** 2))
"""


@pytest.mark.parametrize(
    ("line", "verdict"),
    # the second mistake is none at the first three steps
    [(RIGHT, "right"), (f"{RIGHT} * h", "wrong"), (f"{RIGHT} * (1 if it < 3 else h)", "wrong")],
)
def test_all_steps_of_one_training_are_judged(line: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace(RIGHT, line))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
    assert (report.parameters, report.steps) == (4, 25)


@pytest.mark.parametrize(("slope", "verdict"), [("(1 - h ** 2)", "right"), ("h * (1 - h)", "wrong")])
def test_so_are_those_of_folds(slope: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(FLAT.replace("SLOPE", slope))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
    assert report.steps == 25


# two autoencoders, one on what the other makes of the samples, and a network that goes on with the weights of both
STACKED = """
import numpy as np
rng = np.random.default_rng(30)
X = rng.random((40, 8))
labels = (X[:, :1] + X[:, 1:2] > 1).astype(float)
sigmoid = lambda z: 1 / (1 + np.exp(-z))
def encoder(data, units):
    W, b = rng.uniform(-0.3, 0.3, (data.shape[1], units)), np.zeros(units)
    V, c = rng.uniform(-0.3, 0.3, (units, data.shape[1])), np.zeros(data.shape[1])
    for epoch in range(30):
        h = sigmoid(data @ W + b)
        r = sigmoid(h @ V + c)
        print(0.5 * ((r - data) ** 2).sum() / len(data))
        dr = (r - data) * r * (1 - r) / len(data)
        dh = dr @ V.T * h * (1 - h)
        V, c = V - 0.5 * h.T @ dr, c - 0.5 * dr.sum(axis=0)
        W, b = W - 0.5 * data.T @ dh, b - 0.5 * dh.sum(axis=0)
    return [W, b]
layers, inputs = [], X
for units in (6, 4):
    layers.append(encoder(inputs, units))
    inputs = sigmoid(inputs @ layers[-1][0] + layers[-1][1])
layers.append([rng.uniform(-0.3, 0.3, (4, 1)), np.zeros(1)])
for epoch in range(40):
    a = [X]
    for W, b in layers:
        a.append(sigmoid(a[-1] @ W + b))
    print(-(labels * np.log(a[-1]) + (1 - labels) * np.log(1 - a[-1])).mean())
    delta = (a[-1] - labels) / len(X)
    for i in (2, 1, 0):
        W, b = layers[i]
        dW, db = a[i].T @ delta, delta.sum(axis=0)
        delta = delta @ W.T * a[i] * (1 - a[i])
        layers[i] = [W - dW, b - db]
"""


@pytest.mark.parametrize(("slope", "verdict"), [("a[i] * (1 - a[i])", "right"), ("a[i] ** (3 - i)", "wrong")])
def test_weights_that_are_trained_on_after_others_were_are_parameters(slope: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "stacked.py"
    path.write_text(STACKED.replace("a[i] * (1 - a[i])", slope))
    assert check(path, repair=0).verdict.value == verdict
