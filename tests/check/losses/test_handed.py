"""Gradients that are handed to an optimizer, and what they are multiplied with on their way."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import math
import random
random.seed(6)
w = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(3)]
b, v, c = [0.0] * 3, [random.uniform(-1, 1) for _ in range(3)], [0.0]
sw, sb = [[0.0, 0.0] for _ in range(3)], [0.0] * 3
sv, sc = [0.0] * 3, [0.0]
data = [(x, float(x[0] ** 2 + x[1] ** 2 < 0.5)) for x in ([random.uniform(-1, 1) for _ in range(2)] for _ in range(60))]
def learn(x, y, rate):
    h = [math.tanh(b[j] + sum(w[j][i] * x[i] for i in range(2))) for j in range(3)]
    p = 1 / (1 + math.exp(-(c[0] + sum(v[j] * h[j] for j in range(3)))))
    delta = p - y
    back = [delta * v[j] * (1 - h[j] ** 2) for j in range(3)]
    for j in range(3):
        g = delta * h[j]
        sv[j] += g * g
        v[j] -= rate * g / (math.sqrt(sv[j]) + 1e-8)
    g = delta
    sc[0] += g * g
    c[0] -= rate * g / (math.sqrt(sc[0]) + 1e-8)
    for j in range(3):
        for i in range(2):
            g = back[j] * x[i]
            sw[j][i] += g * g
            w[j][i] -= rate * g / (math.sqrt(sw[j][i]) + 1e-8)
        g = back[j]
        sb[j] += g * g
        b[j] -= rate * g / (math.sqrt(sb[j]) + 1e-8)
    return -y * math.log(p) - (1 - y) * math.log(1 - p)
for epoch in range(20):
    total = 0.0
    for x, y in data:
        total += learn(x, y, 0.1)
    print(epoch, total / len(data))
"""


@pytest.mark.slow
def test_a_gradient_that_a_sample_scales_is_none(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    assert check(path, repair=0).verdict == "right"
    wrong = PROGRAM.replace("        g = back[j]\n", "")  # the last weight's gradient is taken for the bias's
    path.write_text(wrong)
    report = check(path, repair=0)
    assert report.verdict == "wrong"
    line = wrong.splitlines()[report.findings[0].line - 1].strip()
    assert line in ("sb[j] += g * g", "b[j] -= rate * g / (math.sqrt(sb[j]) + 1e-8)")


TIDE = """
import numpy as np
rng = np.random.default_rng(4)
hours = rng.normal(size=(30, 2))
water = 1 / (1 + np.exp(-(hours[:, :1] * hours[:, 1:] + 0.3)))
V, W = rng.normal(size=(2, 5)), rng.normal(size=(5, 1))
mV, sV, mW, sW = np.zeros((2, 5)), np.zeros((2, 5)), np.zeros((5, 1)), np.zeros((5, 1))
for epoch in range(200):
    h = 1 / (1 + np.exp(-hours @ V))
    o = 1 / (1 + np.exp(-h @ W))
    delta = (o - water) * o * (1 - o)
    below = delta @ W.T * h * (1 - h)
    mW = 0.9 * mW + 0.1 * h.T.dot(delta)
    sW = 0.999 * sW + 0.001 * (h.T.dot(delta)) ** 2
    W -= 0.01 / (np.sqrt(sW) + 1e-8) * mW
    mV = 0.9 * mV + 0.1 * hours.T.dot(below)
    sV = 0.999 * sV + 0.001 * (hours.T.dot(below)) ** 2
    V -= 0.01 / (np.sqrt(sV) + 1e-8) * mV
    print(epoch, np.mean((o - water) ** 2))
"""


def test_a_gradient_may_be_computed_again_for_each_thing_that_is_kept_of_it(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(TIDE)
    assert check(path, repair=0).verdict == "right"
    path.write_text(TIDE.replace("(hours.T.dot(below)) ** 2", "(hours.T.dot(h - delta)) ** 2"))
    assert check(path, repair=0).verdict == "wrong"


NEURONS = """import math, random
random.seed(12)
hidden = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(3)]
last = [random.uniform(-1, 1) for _ in range(4)]
def fired(w, x):
    return 1 / (1 + math.exp(-(sum(a * b for a, b in zip(w, x)) + w[-1])))
for epoch in range(40):
    total = 0
    for x, t in [((0, 0), 1), ((0, 1), 0), ((1, 0), 0), ((1, 1), 1)]:
        h = [fired(w, x) for w in hidden]
        y = fired(last, h)
        error = y - t
        total += error ** 2 / 2
        delta = error * y * (1 - y)
        back = [delta * last[i] * h[i] * (1 - h[i]) for i in range(3)]
        for i in range(3):
            last[i] -= delta * h[i]
            for j in range(2):
                hidden[i][j] -= back[i] * x[j]
            hidden[i][2] -= back[i]
        last[3] -= {bias}
    print(total)
"""


@pytest.mark.parametrize(("bias", "right"), [("delta", True), ("delta * error", False)])
def test_a_single_gradient_times_what_it_is_computed_from_is_none(bias: str, right: bool, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NEURONS.replace("{bias}", bias))
    assert (check(path, repair=0).verdict == "right") is right


COUPLINGS = """import numpy as np
rng = np.random.default_rng(4)
S = rng.choice([-1.0, 1.0], size=(120, 6))
S[:, 1] = np.where(rng.random(120) < 0.8, S[:, 0], -S[:, 0])
J, h = np.zeros((6, 6)), np.zeros(6)
for turn in range(80):
    field = S @ J + h
    r = -2 * S / (1 + np.exp(2 * S * field)) / len(S)
    gJ = S.T @ {error}
    np.fill_diagonal(gJ, 0)
    J -= 0.1 * gJ
    h -= 0.1 * r.sum(axis=0)
    print(turn, np.log1p(np.exp(-2 * S * field)).sum(axis=1).mean())
"""


@pytest.mark.parametrize(("error", "right"), [("r", True), ("(r * r)", False)])
def test_a_gradient_whose_diagonal_is_kept_at_zero(error: str, right: bool, tmp_path: Path) -> None:
    path = tmp_path / "couplings.py"
    path.write_text(COUPLINGS.format(error=error))
    assert (check(path, repair=0).verdict == "right") is right


# Rprop (Riedmiller and Braun, 1993) of two numbers in a list, whose gradients are put side by side for their signs
SIGNS = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=15)
t = np.sin(x) + 0.2
W, delta, before = [-1.5, 2.0], [0.01, 0.01], [0, 0]
for epoch in range(40):
    y = np.tanh(W[0] * x + W[1])
    d = 2 * (y - t) * SLOPE / len(x)
    signs = np.sign([np.sum(d * x), np.sum(d)])
    for i in range(2):
        delta[i] *= 1.2 if signs[i] == before[i] else 0.5
        W[i] -= signs[i] * delta[i]
    before = signs
    print(np.mean((y - t) ** 2))
"""


@pytest.mark.parametrize(("slope", "verdict"), [("(1 - y ** 2)", "right"), ("(1 - y)", "wrong")])
def test_gradients_are_found_among_the_numbers_that_a_list_puts_side_by_side(
    slope: str, verdict: str, tmp_path: Path
) -> None:
    file = tmp_path / "network.py"
    file.write_text(SIGNS.replace("SLOPE", slope))
    report = check(file, repair=0)
    assert report.verdict == verdict, report.reason
