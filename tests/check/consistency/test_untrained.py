"""Biases that no step changes, wherever they are kept."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.programs import NUMBERS
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LISTS = """
from math import exp
import random
random.seed(4)
rows = [([0.2, -1.0], 0), ([1.5, 0.3], 1), ([-0.7, 0.9], 1), ([0.1, 0.4], 0), ([1.0, -0.2], 1)]
layers = [[[random.uniform(-1, 1) for _ in range(3)] for _ in range(n)] for n in (3, 1)]

def activate(weights, inputs):
    total = weights[-1]
    for i in range(len(inputs)):
        total += weights[i] * inputs[i]
    return 1 / (1 + exp(-total))

for epoch in range(30):
    error = 0
    for x, t in rows:
        h = [activate(w, x) for w in layers[0]]
        p = activate(layers[1][0], h)
        error += (p - t) ** 2
        d = (p - t) * p * (1 - p)
        dh = [d * w * a * (1 - a) for w, a in zip(layers[1][0], h)]
        for k, a in enumerate(h):
            layers[1][0][k] -= 0.5 * d * a
        layers[1][0][-1] -= 0.5 * d
        for w, g in zip(layers[0], dh):
            for k, a in enumerate(x):
                w[k] -= 0.5 * g * a
            w[-1] -= 0.5 * g
    print(error)
"""
FACTORS = """
import numpy as np
rng = np.random.default_rng(2)
R = rng.integers(1, 6, size=(6, 5))
P, Q = rng.random((6, 2)), rng.random((5, 2))
bu, bi = np.zeros(6), np.zeros(5)
mean = R.mean()
for step in range(30):
    total = 0
    for u in range(6):
        for i in range(5):
            e = R[u, i] - (mean + bu[u] + bi[i] + P[u] @ Q[i])
            total += e ** 2
            bu[u] += 0.01 * e
            bi[i] += 0.01 * e
            P[u], Q[i] = P[u] + 0.01 * e * Q[i], Q[i] + 0.01 * e * P[u]
    print(total)
"""


def test_the_last_element_of_a_list_of_weights_is_a_bias(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(LISTS, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(LISTS.replace("            w[-1] -= 0.5 * g\n", ""), tmp_path, sandbox)
    assert report.verdict is Verdict.INCONSISTENT
    assert "`weights[-1]`" in report.reason


def test_a_bias_may_stand_before_the_product_that_it_is_added_to(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(FACTORS, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(FACTORS.replace("            bi[i] += 0.01 * e\n", ""), tmp_path, sandbox)
    assert report.verdict is Verdict.INCONSISTENT
    assert "`bi[i]`" in report.reason
    assert report.findings[0].line == 14


FIRST = """        for w, g in zip(layers[0], dh):
            for k, a in enumerate(x):
                w[k] -= 0.5 * g * a
            w[-1] -= 0.5 * g
"""
PLAIN = "from math import exp\nimport random\n"


def test_a_layer_of_bare_numbers_that_is_never_trained_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LISTS.replace(FIRST, ""), tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert report.findings[0].kind == "never trained"
    # read from a text, the weights are numbers that nobody drew
    text = LISTS.replace(FIRST, "").replace(
        "layers = [[[random.uniform(-1, 1) for _ in range(3)] for _ in range(n)] for n in (3, 1)]",
        "numbers = '0.31 -0.52 0.11 0.74 -0.23 0.42 -0.61 0.35 0.18 0.27 -0.48 0.66 0.09'.split()\n"
        "layers = [[[float(numbers.pop()) for _ in range(3)] for _ in range(3)], [[0.3, -0.2, 0.4, 0.1]]]",
    )
    report = reported(text, tmp_path, sandbox, name="read.py")
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert "weight `weights[i]`" in report.reason


def test_a_product_that_serves_both_ways_round_is_no_sign_of_a_weight(tmp_path: Path, sandbox: Sandbox) -> None:
    text = LISTS.replace(
        "        total += weights[i] * inputs[i]", "        total += product(weights[i], inputs[i])"
    ).replace("def activate", "def product(a, b):\n    return a * b\n\ndef activate", 1)
    scaled = text.replace(
        "    for x, t in rows:\n", "    for x, t in rows:\n        x = [product(n, 0.7) for n in x]\n"
    )
    for name, changed in (("both.py", text), ("scaled.py", scaled)):
        report = reported(changed, tmp_path, sandbox, name=name)
        assert report.verdict == Verdict.RIGHT, report.reason


def test_an_array_that_only_dies_away_is_never_trained(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(5)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W, b, noise = rng.normal(size=(3, 2)), rng.normal(size=2), 1.0
for step in range(40):
    y = x @ W + b
    d = 2 * (y - t) / t.size
    print(np.mean((y - t) ** 2))
    W -= 0.1 * x.T @ d
    b -= 0.1 * d.sum(axis=0)
"""
    assert reported(text, tmp_path, sandbox).verdict == Verdict.RIGHT
    for old, new in (("b -= 0.1 * d.sum(axis=0)", "b -= 0.1 * b"), ("W -= 0.1 * x.T @ d", "W = W - 0.1 * W")):
        report = reported(text.replace(old, new), tmp_path, sandbox)
        assert report.verdict == Verdict.INCONSISTENT, report.reason
        assert report.findings[0].expression in new
        assert text.splitlines()[report.findings[0].line - 1].strip() == old
    # nothing is added to a sum but itself: with decay or without
    for decay, done in (("0.999 * W", "loses a share"), ("W", "stays as it is")):
        summed = text.replace("W -= 0.1 * x.T @ d", f"s = np.zeros_like(W)\n    s = s + s\n    W = {decay} - 0.1 * s")
        report = reported(summed, tmp_path, sandbox)
        assert report.verdict == Verdict.INCONSISTENT, report.reason
        assert done in report.findings[0].message
        meant = reported(summed.replace("s + s", "s + x.T @ d").replace("0.999 * ", ""), tmp_path, sandbox)
        assert meant.verdict == Verdict.RIGHT, meant.reason
    # a number that dies away on purpose is no weight
    dying = text.replace("y = x @ W + b", "y = x @ W * (1 + noise) + b\n    noise = noise * 0.9")
    dying = dying.replace("0.1 * x.T @ d", "0.1 * x.T @ d * (1 + noise / 0.9)")
    assert reported(dying, tmp_path, sandbox).verdict == Verdict.RIGHT


def test_a_bias_that_is_never_trained_is_told_where_the_loss_is_told_now_and_then(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(NUMBERS, tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(NUMBERS.replace("        c = c - 0.1 * dh\n", ""), tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert "No step changes the bias `c`" in report.reason


ROW = """
import numpy as np
rng = np.random.default_rng(2)
x, t = rng.normal(size=(20, 3)), rng.uniform(size=(20, 1))
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
NAME = np.array([0.0001] * 4).reshape((1, 4))
for step in range(30):
    h = np.tanh(np.add(np.dot(x, w1), NAME))
    out = h @ w2
    print(np.sum((out - t) ** 2) / 2)
    d = out - t
    dh = d @ w2.T * (1 - h ** 2)
    w2 -= 0.01 * h.T @ d
    w1 -= 0.01 * x.T @ dh
"""


def test_a_row_of_one_number_is_a_bias_if_it_is_called_so(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(ROW.replace("NAME", "b1"), tmp_path, sandbox)
    assert report.verdict is Verdict.INCONSISTENT
    assert "`b1`" in report.findings[0].message
    assert reported(ROW.replace("NAME", "shift"), tmp_path, sandbox).verdict is Verdict.RIGHT


UNITS = """
import math, random
random.seed(3)

def rand(a, b):
    return (b - a) * random.random() + a

class Unit:
    def __init__(self, count):
        self.weights = [rand(-0.5, 0.5) for _ in range(count)]
        self.NAME = rand(-0.5, 0.5)

    def calc(self, sample):
        self.sample = sample
        self.output = math.tanh(sum(w * x for w, x in zip(self.weights, sample)) SIGN self.NAME)
        return self.output

    def update(self, delta):
        self.weights = [w + 0.2 * delta * x for w, x in zip(self.weights, self.sample)]TRAINED

hidden, last = [Unit(2) for _ in range(3)], Unit(3)
samples = [([x / 7, (x * x % 5) / 5], math.sin(x)) for x in range(8)]
for _ in range(20):
    total = 0.0
    for sample, target in samples:
        output = last.calc([unit.calc(sample) for unit in hidden])
        delta = (target - output) * (1 - output ** 2)
        back = [delta * w * (1 - unit.output ** 2) for w, unit in zip(last.weights, hidden)]
        last.update(delta)
        for unit, own in zip(hidden, back):
            unit.update(own)
        total += 0.5 * (target - output) ** 2
    print(total)
"""


@pytest.mark.parametrize(("name", "sign"), [("threshold", "-"), ("bias", "+")])
def test_a_number_that_was_computed_is_a_bias_by_its_name(
    name: str, sign: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    text = UNITS.replace("NAME", name).replace("SIGN", sign)
    report = reported(text.replace("TRAINED", ""), tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert f"the bias `self.{name}`" in report.reason
    trained = text.replace("TRAINED", f"\n        self.{name} {sign}= 0.2 * delta")
    assert reported(trained, tmp_path, sandbox).verdict == Verdict.RIGHT
    called = text.replace("TRAINED", "").replace(f"self.{name}", "self.offset")
    assert reported(called, tmp_path, sandbox).verdict == Verdict.RIGHT


def test_what_a_weight_is_multiplied_with_is_data_whatever_else_it_meets(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(4)
X, true = rng.normal(size=(30, 3)), rng.normal(size=3)
w = rng.normal(size=3) * 0.3
for step in range(60):
    p = 1 / (1 + np.exp(-X @ w))
    error = p - (X @ true > 0)
    w -= 0.05 * X.T @ (error * p * (1 - p))
    print((error ** 2).sum() / 2)
"""
    assert reported(text, tmp_path, sandbox).verdict == Verdict.RIGHT


CHECKED_FIRST = """import numpy as np
rng = np.random.default_rng(8)
X, T = rng.normal(size=(30, 4)), rng.normal(size=(30, 3))
params = {"W": 0.5 * rng.normal(size=(4, 3)), "b": np.zeros(3)}
def loss(X, T):
    e = X @ params["W"] + params["b"] - T
    return np.sum(e ** 2) / len(X), {"W": 2 * X.T @ e / len(X), "b": 2 * e.sum(0) / len(X)}
_, grads = loss(X[::6], T[::6])
for name in params:
    x, it = params[name], np.nditer(params[name], flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + 1e-5
        up = loss(X[::6], T[::6])[0]
        x[ix] = old - 1e-5
        down = loss(X[::6], T[::6])[0]
        x[ix] = old
        print(abs((up - down) / 2e-5 - grads[name][ix]) < 1e-6)
        it.iternext()
for it in range(60):
    pick = rng.choice(30, 10)
    value, grads = loss(X[pick], T[pick])
    for name in params:
        params[name] += -0.05 * grads[name]
    print(value)
"""


def test_weights_that_are_put_back_where_a_gradient_is_checked_are_trained_later(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(CHECKED_FIRST, tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 2), report.reason
