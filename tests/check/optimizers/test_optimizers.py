"""What is wrong between a right gradient and the move that an optimizer makes of it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)


def test_squares_that_are_overwritten_keep_nothing_of_earlier_steps(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3)); t = np.sin(x[:, :1])
w1, b1, w2 = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))
s1, s2, s3 = np.zeros_like(w1), np.zeros_like(b1), np.zeros_like(w2)
for epoch in range(30):
    a = np.tanh(x @ w1 + b1)
    e = a @ w2 - t
    print(np.mean(e ** 2))
    d2 = 2 * e / len(x)
    d1 = d2 @ w2.T * (1 - a ** 2)
    g1, g2, g3 = x.T @ d1, d1.sum(0), a.T @ d2
    s1 += g1 ** 2
    s2 += g2 ** 2
    s3 += g3 ** 2
    w1 -= 0.1 * g1 / (np.sqrt(s1) + 1e-8)
    b1 -= 0.1 * g2 / (np.sqrt(s2) + 1e-8)
    w2 -= 0.1 * g3 / (np.sqrt(s3) + 1e-8)
"""
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(program.replace("s1 += g1 ** 2", "s1 = g1 ** 2"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [14]
    assert "overwritten" in report.reason
    report = reported(program.replace("s2 += g2 ** 2", "s2 += g2.sum() ** 2"), tmp_path, sandbox)
    assert [finding.line for finding in report.findings] == [15], "one number for all elements is no square of each"


def test_most_parameters_that_go_up_are_as_wrong_as_few(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3)); t = np.sin(x[:, 0])
theta = [rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=4), 0.0]
velocity = [0.0, 0.0, 0.0, 0.0]
for epoch in range(40):
    w1, b1, w2, b2 = ahead = [p + 0.9 * v for p, v in zip(theta, velocity)]
    a = np.tanh(x @ w1 + b1)
    e = a @ w2 + b2 - t
    loss = np.mean(e ** 2)
    d2 = 2 * e / len(x)
    d1 = np.outer(d2, w2) * (1 - a ** 2)
    grads = [x.T @ d1, d1.sum(0), a.T @ d2, d2.sum()]
    velocity = [0.9 * v - 0.02 * g for v, g in zip(velocity, grads)]
    theta = [p + v for p, v in zip(theta, velocity)]
    print(loss)
"""
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    few = program.replace("d1.sum(0)", "-d1.sum(0)")
    most = few.replace("p + v for p, v", "p - v for p, v")
    for text in (few, most):
        report = reported(text, tmp_path, sandbox)
        assert report.verdict is Verdict.WRONG, report.reason
        assert "goes up the gradient" in report.reason


BATCHES = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(45, 3)); t = (x[:, :1] > 0).astype(float)
w, b = rng.normal(size=(3, 1)), np.zeros((1, 1))
vw, vb = np.zeros_like(w), np.zeros_like(b)
for epoch in range(12):
    for start in range(0, 45, 10):  # the last batch is half as large
        xs, ts = x[start:start + 10], t[start:start + 10]
        p = 1 / (1 + np.exp(-(xs @ w + b)))
        print(-np.sum(ts * np.log(p) + (1 - ts) * np.log(1 - p)))
        d = p - ts
        vw = 0.9 * vw + 0.1 * (xs.T @ d / len(xs))
        vb = 0.9 * vb + 0.1 * (d.sum(axis=0, keepdims=True) / len(xs))
        w = w - 0.5 * vw
        b = b - 0.5 * vb
"""


def test_a_single_number_that_is_moved_by_batches_of_two_sizes_is_moved_as_the_others_are(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(BATCHES, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_a_gradient_times_what_the_network_computes_is_no_rate(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import math, random
random.seed(1)
w = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(2)]
v = [random.uniform(-1, 1) for _ in range(2)]
b = [0.3]
def sigmoid(z):
    return 1 / (1 + math.exp(-z))
for epoch in range(60):
    total = 0.0
    for x, t in (([0, 1], 1), ([1, 0], 1), ([1, 1], 0), ([0.5, 0.2], 0)):
        h = [sigmoid(sum(x[i] * w[i][j] for i in range(2))) for j in range(2)]
        unit = sigmoid(b[0])
        p = sigmoid(sum(h[j] * v[j] for j in range(2)) + b[0])
        total += 0.5 * (t - p) ** 2
        d = (t - p) * p * (1 - p)
        ds = [d * v[j] * h[j] * (1 - h[j]) for j in range(2)]
        for j in range(2):
            v[j] = v[j] + 0.5 * d * h[j]
        b[0] = b[0] + 0.5 * d * unit
        for i in range(2):
            for j in range(2):
                w[i][j] = w[i][j] + 0.5 * ds[j] * x[i]
    print(total)
"""
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 20
    assert reported(program.replace("d * unit", "d"), tmp_path, sandbox).verdict is Verdict.RIGHT


CLIPPED = """
import numpy as np
rng = np.random.default_rng(0)
x = 3 * rng.normal(size=(20, 3)); t = np.sin(x[:, :1])
w1, b1, w2 = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))
s1, s2, s3 = np.zeros_like(w1), np.zeros_like(b1), np.zeros_like(w2)
for epoch in range(30):
    a = np.tanh(x @ w1 + b1)
    e = a @ w2 - t
    print(np.mean(e ** 2))
    d2 = 2 * e / len(x)
    d1 = d2 @ w2.T * (1 - a ** 2)
    g1, g2, g3 = x.T @ d1, d1.sum(0), a.T @ d2
    for g in (g1, g2, g3):
        np.clip(g, -0.2, 0.2, out=g)
    for w, g, s in zip((w1, b1, w2), (g1, g2, g3), (s1, s2, s3)):
        s += g * g
        w -= 0.1 * g / np.sqrt(s + 1e-8)
"""


def test_an_optimizer_gets_the_clipped_gradient(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(CLIPPED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    report = reported(CLIPPED.replace("s += g * g", "s += g * g if s is not s1 else abs(g)"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG


SAME = """
import math
start = [float(n) for n in "0.3 -0.4 0.2".split()]
w = [[start[i]] * 2 for i in range(3)]
v = [float(n) for n in "0.5 -0.6".split()]
kept = [[0.0, 0.0] for _ in range(3)]
rows = [([1.0, 0.2], 0.3), ([0.4, -1.0], -0.2), ([-0.7, 0.9], 0.4), ([0.1, 0.4], 0.1)]
for epoch in range(60):
    total = 0.0
    for x, t in rows:
        inputs = [*x, 1.0]
        h = [math.tanh(sum(n * w[i][j] for i, n in enumerate(inputs))) for j in range(2)]
        o = h[0] * v[0] + h[1] * v[1]
        d = t - o
        total += 0.5 * (t - o) ** 2
        back = [d * v[j] * (1 - h[j] ** 2) for j in range(2)]
        for j in range(2):
            v[j] = v[j] + 0.3 * d * h[j]
        for i in range(3):
            for j in range(2):
                change = back[j] * inputs[i]
                w[i][j] = w[i][j] + 0.3 * change + 0.1 * kept[i][j]
                kept[i][j] = change
    print(total)
"""


def test_weights_that_begin_as_one_number_are_weights_of_their_own(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SAME, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    report = reported(SAME.replace("(1 - h[j] ** 2) for", "(1 - h[j]) for"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG


DEAD = """
import numpy as np
x = np.array([[0.0, 0.5, 1.0, 1.5, 2.0, 3.0]])
y = np.sin(x)
w1, b1 = np.array([[0.9], [-0.5], [-1.2]]), np.zeros((3, 1))
w2, b2 = np.array([[0.7, 0.4, -0.6]]), np.zeros((1, 1))
params = [w1, b1, w2, b2]
m, v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
for t in range(1, 60):
    z = params[0] @ x + params[1]
    h = np.maximum(z, 0)
    e = params[2] @ h + params[3] - y
    print(np.mean(e ** 2))
    d2 = 2 * e / x.size
    d1 = params[2].T @ d2 * (z > 0)
    grads = [d1 @ x.T, d1.sum(1, keepdims=True), d2 @ h.T, d2.sum(1, keepdims=True)]
    for k, g in enumerate(grads):
        m[k] = 0.9 * m[k] + 0.1 * g
        v[k] = 0.999 * v[k] + 0.001 * g ** 2
        params[k] = params[k] - 0.01 * (m[k] / (1 - 0.9 ** t)) / (np.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-8)
"""


def test_of_units_that_are_dead_nothing_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(DEAD, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    alive = DEAD.replace("[-0.5], [-1.2]", "[0.5], [1.2]")
    assert reported(alive, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(alive.replace("1 - 0.999 ** t", "1 - 0.99 ** t"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert "corrected with 0.99" in report.reason


DECOUPLED = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(30, 6)) * np.array([1.0, 1.0, 1e-2, 1e-5, 1e-6, 1e-7])
y = np.sin(x[:, :3])
w, b = rng.normal(size=(6, 3)), np.zeros(3)
m, v = [np.zeros_like(w), np.zeros_like(b)], [np.zeros_like(w), np.zeros_like(b)]
for t in range(1, 60):
    e = x @ w + b - y
    print(np.mean(e ** 2))
    grads = [2 * x.T @ e / e.size, 2 * e.sum(0) / e.size]
    for k, (p, g) in enumerate(zip((w, b), grads)):
        m[k] = 0.9 * m[k] + 0.1 * g
        v[k] = 0.999 * v[k] + 0.001 * g ** 2
        p -= 0.01 * ((m[k] / (1 - 0.9 ** t)) / (np.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-8) + 0.01 * p)
"""


def test_weight_decay_beside_adam_is_right_where_gradients_are_as_small_as_epsilon(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(DECOUPLED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    report = reported(DECOUPLED.replace("+ 0.01 * p)", "+ 0.01 * (p if k == 0 else p ** 2))"), tmp_path, sandbox)
    assert report.verdict is not Verdict.RIGHT


MEANS = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(30, 3)); y = np.sin(x[:, :2])
p = {"w1": rng.normal(size=(3, 5)), "b1": np.zeros(5), "w2": rng.normal(size=(5, 2)), "b2": np.zeros(2)}
m, v = {k: np.zeros_like(a) for k, a in p.items()}, {k: np.zeros_like(a) for k, a in p.items()}
for s in range(1, 60):
    h = np.tanh(x @ p["w1"] + p["b1"])
    e = h @ p["w2"] + p["b2"] - y
    loss = np.mean(e ** 2)
    print(loss)
    d = 2 * e / e.size
    back = d @ p["w2"].T * (1 - h ** 2)
    g = {"w1": x.T @ back, "b1": back.sum(0), "w2": h.T @ d, "b2": d.sum(0)}
    for k in p:
        m[k] += 0.1 * (g[k] - m[k])
        v[k] += 0.01 * (g[k] ** 2 - v[k])
        p[k] -= 0.01 * STEP / (np.sqrt(v[k] / (1 - 0.99 ** s)) + 1e-8)
"""


@pytest.mark.parametrize(
    "step",
    [
        "(m[k] / (1 - 0.9 ** s))",
        # Nadam: the newest gradient is corrected apart
        "(0.9 * m[k] / (1 - 0.9 ** (s + 1)) + 0.1 * g[k] / (1 - 0.9 ** s))",
    ],
)
def test_means_that_move_a_share_of_the_way_are_states(step: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(MEANS.replace("STEP", step), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters == 4
    wrong = MEANS.replace("STEP", step).replace("(1 - 0.99 ** s)", "(1 - 0.9 ** s)")
    assert reported(wrong, tmp_path, sandbox).verdict is Verdict.WRONG


REGULARIZED = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(40, 2)); y = rng.integers(0, 3, 40)

class Layer:
    def __init__(self, n, m, l2=0):
        self.weights, self.biases, self.l2 = 0.3 * rng.normal(size=(n, m)), np.zeros((1, m)), l2

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.biases

    def backward(self, d):
        self.dweights, self.dbiases = self.inputs.T @ d, d.sum(axis=0, keepdims=True)
        if self.l2 > 0:
            self.dweights += 2 * self.l2 * self.weights
        return d @ self.weights.T

class Adam:
    def __init__(self):
        self.rate, self.t = 0.02, 0

    def update(self, layer):
        if not hasattr(layer, "cache"):
            layer.momentum, layer.cache = np.zeros_like(layer.weights), np.zeros_like(layer.weights)
        layer.momentum = 0.9 * layer.momentum + (1 - 0.9) * layer.dweights
        corrected = layer.momentum / (1 - 0.9 ** (self.t + 1))
        layer.cache = 0.999 * layer.cache + (1 - 0.999) * layer.dweights ** 2
        root = np.sqrt(layer.cache / (1 - 0.999 ** (self.t + 1)))
        layer.weights += -self.rate * corrected / (root + 1e-7)
        layer.biases += -self.rate * layer.dbiases

first, second, adam = Layer(2, 8, l2=5e-4), Layer(8, 3), Adam()
for epoch in range(30):
    h = np.maximum(0, first.forward(x))
    e = np.exp(second.forward(h))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[range(40), y])) + first.l2 * np.sum(first.weights * first.weights)
    print(loss)
    d = p.copy()
    d[range(40), y] -= 1
    d = second.backward(d / 40)
    d[h <= 0] = 0
    first.backward(d)
    adam.update(first)
    adam.update(second)
    adam.t += 1
"""


def test_a_penalty_that_is_added_to_a_gradient_in_place_is_no_memory(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(REGULARIZED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    wrong = REGULARIZED.replace("(1 - 0.999) * layer.dweights ** 2", "(1 - 0.999) * np.abs(layer.dweights)")
    assert reported(wrong, tmp_path, sandbox).verdict is Verdict.WRONG


AGAIN = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(12, 3)); y = np.sin(x[:, :1])
w, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for epoch in range(6):
    gw, gv = np.zeros_like(w), np.zeros_like(v)
    for one, target in zip(x, y):
        h = np.tanh(one[None] @ w)
        e = h @ v - target
        loss = 0.5 * np.sum(e ** 2)
        KEEP
        gv += h.T @ e
        gw += one[:, None] @ (e @ v.T * (1 - h ** 2))
        w -= 0.05 * gw
        v -= 0.05 * gv
        print(loss)
"""


def test_a_sum_of_gradients_that_is_not_started_anew_is_applied_again(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(AGAIN.replace("KEEP", "pass"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].message == "The gradients of earlier steps are added up and applied again."
    assert report.findings[0].line in (14, 15)


@pytest.mark.parametrize("other", ["gv += h.T @ e", "gv = gv + h.T @ e"])
def test_sums_of_gradients_are_begun_anew_together(other: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(AGAIN.replace("KEEP", "pass").replace("gv += h.T @ e", other), tmp_path, sandbox, 20.0)
    assert report.fixes
    assert report.fixes[0].proved
    assert "+        gv = h.T @ e" in report.fixes[0].diff
    assert "+        gw = one[:, None]" in report.fixes[0].diff


@pytest.mark.parametrize("keep", ["gw, gv = 0 * gw, 0 * gv", "gw, gv = 0.9 * gw, 0.9 * gv"])
def test_a_sum_that_is_started_anew_or_fades_is_right(keep: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(AGAIN.replace("KEEP", keep), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


# the gradient of an embedding is one number in some of its rows: its square is a multiple of it
ADAGRAD = """
import numpy as np
rng = np.random.default_rng(2)
x = rng.integers(0, 6, (40, 1)); y = np.sin(x)
E, m = rng.normal(size=(6, 1)), np.zeros((6, 1))
for n in range(40):
    e = E[x[n]] - y[n]
    loss = 0.5 * np.sum(e ** 2)
    g = np.zeros((6, 1))
    g[x[n]] += e
    m += g * g
    E += -0.1 * g / np.sqrt(m + 1e-8)
    print(loss)
"""


def test_squares_that_are_multiples_of_the_gradient_are_squares(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ADAGRAD, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


def test_a_single_number_that_is_added_to_itself_grows(tmp_path: Path, sandbox: Sandbox) -> None:
    """One step does not tell what is added to it from a multiple of its gradient; several do."""
    program = """import numpy as np
hours = np.array([1.1, 2.5, 3.2, 3.8, 4.5, 5.1])
marks = np.array([17.0, 21.0, 27.0, 35.0, 41.0, 47.0])
m, c = 0.0, 0.0
for i in range(300):
    guess = m * hours + c
    print(np.mean((marks - guess) ** 2))
    m = m - 0.02 * -2 * np.mean(hours * (marks - guess))
    c = c - 0.02 * -2 * np.mean(marks - guess)
"""
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(program.replace("    c = c -", "    c += c -"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 9
    decayed = program.replace("    c = c -", "    c = 0.999 * c -")
    assert reported(decayed, tmp_path, sandbox).verdict is Verdict.RIGHT
