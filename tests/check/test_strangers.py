"""Programs as strangers write them, which were called wrong though they are right, or right though they are wrong."""

from pathlib import Path

import pytest
import torch

from backproof.check import check
from backproof.check.losses.evidence import Evidence, weigh
from backproof.check.report import Report

SCATTERED = """
import numpy as np
rng = np.random.default_rng(0)
words, inputs, outputs = 12, rng.normal(size=(12, 5)) / 3, np.zeros((12, 5))
for step in range(60):
    alpha = 0.05 * (1 - step / 80)
    center, targets = rng.integers(0, words, 8), rng.integers(0, words, (8, 3))
    label = np.zeros((8, 3)); label[:, 0] = 1
    v, u = inputs[center], outputs[targets]
    p = 1 / (1 + np.exp(-np.einsum("bd,bkd->bk", v, u)))
    loss = -np.log(p[:, 0]).sum() - np.log(1 - p[:, 1:]).sum()
    g = (label - p) * alpha
    np.add.at(inputs, center, np.einsum("bk,bkd->bd", g, u))
    np.add.at(outputs, targets, g[:, :, None] * v[:, None, :])
    if step % 10 == 0:
        print(step, loss)
"""

UNEVEN = """
import numpy as np
rng = np.random.default_rng(1)
x = rng.normal(size=(50, 14)); y = x.sum(1)
w = {"W": rng.normal(size=(1, 6)) / 3, "U": rng.normal(size=(6, 6)) / 3, "V": rng.normal(size=(6, 1)) / 3}
m = {k: np.zeros_like(a) for k, a in w.items()}
for epoch in range(20):
    total = 0.0
    for part in np.array_split(rng.permutation(50), 4):      # of 13, 13, 12 and 12
        h = [np.zeros((len(part), 6))]
        for t in range(14):
            h.append(np.tanh(x[part][:, t : t + 1] @ w["W"] + h[-1] @ w["U"]))
        error = (h[-1] @ w["V"])[:, 0] - y[part]
        total += 0.5 * (error ** 2).sum()
        d = (error / len(part))[:, None]
        g = {k: np.zeros_like(a) for k, a in w.items()}
        g["V"] = h[-1].T @ d
        d = d @ w["V"].T
        for t in reversed(range(14)):
            d = d * (1 - h[t + 1] ** 2)
            g["W"] += x[part][:, t : t + 1].T @ d
            g["U"] += h[t].T @ d
            d = d @ w["U"].T
        m = {k: 0.9 * m[k] + g[k] for k in m}
        w = {k: w[k] - 0.02 * m[k] for k in w}
    print(epoch, total / 50)
"""

OPERATORS = """
import random
class Value:
    def __init__(self, data, children=(), locals=()):
        self.data, self.grad, self.children, self.locals = data, 0.0, children, locals
    def __add__(a, b):
        if not isinstance(b, Value):
            return Value(a.data + b, (a,), (1.0,))
        return Value(a.data + b.data, (a, b), (1.0, 1.0))
    def __mul__(a, b):
        if not isinstance(b, Value):
            return Value(a.data * b, (a,), (b,))
        return Value(a.data * b.data, (a, b), (b.data, a.data))
    __radd__, __rmul__ = __add__, __mul__
    def backward(self):
        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for c in v.children:
                    visit(c)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for c, l in zip(v.children, v.locals):
                c.grad += l * v.grad
random.seed(0)
w, c = [Value(random.gauss(0, 1)) for _ in range(2)], Value(0.1)
xs = [[random.random(), random.random()] for _ in range(8)]
for step in range(12):
    loss = 0
    for x in xs:
        out = sum(a * b for a, b in zip(w, x)) + c
        e = out + (-(x[0] - 2 * x[1]))
        loss = loss + e * e
    for p in [*w, c]:
        p.grad = 0.0
    loss.backward()
    for p in [*w, c]:
        p.data -= 0.01 * p.grad
    print(step, loss.data)
"""

ORDINAL = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(60, 3)); y = np.digitize(x[:, 0] + 0.3 * x[:, 1], [-0.5, 0.5])
W, V, t = rng.normal(size=(3, 5)) / 2, rng.normal(size=5) / 2, np.array([-0.5, 0.5])
def forward(x):
    h = np.tanh(x @ W)
    f = h @ V
    s = 1 / (1 + np.exp(-(t[None, :] - f[:, None])))
    return h, np.hstack([np.zeros((len(x), 1)), s, np.ones((len(x), 1))])
for epoch in range(80):
    h, C = forward(x)
    r = np.arange(len(y))
    P = C[r, y + 1] - C[r, y]
    if epoch % 20 == 0:
        print(epoch, -np.log(P).mean())
    S = C * (1 - C)
    df = (S[r, y + 1] - S[r, y]) / P / len(y)
    dC = np.zeros((len(y), 4))
    dC[r, y + 1] -= S[r, y + 1] / P / len(y)
    dC[r, y] += S[r, y] / P / len(y)
    dV, dW = h.T @ df, x.T @ (df[:, None] * V * (1 - h ** 2))
    W -= 0.3 * dW
    V -= 0.3 * dV
    t -= 0.3 * dC[:, 1:3].sum(0)
_, C = forward(rng.normal(size=(9, 3)))
print(np.diff(C, axis=1).argmax(1))
"""

TARGET_NETWORK = """
import numpy as np
rng = np.random.default_rng(0)
online = {"W": rng.normal(size=(3, 6)), "b": np.zeros(6), "V": rng.normal(size=(6, 2))}
target = {k: v.copy() for k, v in online.items()}
def q(p, s):
    h = np.tanh(s @ p["W"] + p["b"])
    return h, h @ p["V"]
for step in range(60):
    s, s2, a, r = rng.normal(size=(16, 3)), rng.normal(size=(16, 3)), rng.integers(0, 2, 16), rng.normal(size=16)
    wanted = r + 0.9 * q(target, s2)[1].max(1)
    h, out = q(online, s)
    td = out[np.arange(16), a] - wanted
    d = np.zeros_like(out)
    d[np.arange(16), a] = 2 * td / 16
    back = d @ online["V"].T * (1 - h ** 2)
    g = {"V": h.T @ d, "W": s.T @ back, "b": back.sum(0)}
    for k in g:
        online[k] -= 0.05 * g[k]
    if step % 20 == 0:
        print(step, np.mean(td ** 2))
    if step % 25 == 24:
        target = {k: v.copy() for k, v in online.items()}
"""

ACCUMULATED = """
import math, random
random.seed(2)
w = [random.gauss(0, 1) for _ in range(6)]
grad, memory = [0.0] * 6, [0.0] * 6
data = [([random.gauss(0, 1), random.gauss(0, 1)], random.randint(0, 1)) for _ in range(40)]
for epoch in range(6):
    total = 0.0
    for n, (x, y) in enumerate(data):
        h = math.tanh(w[0] * x[0] + w[1] * x[1] + w[2])
        z = w[3] * h + w[4] * x[0] + w[5]
        p = 1 / (1 + math.exp(-z))
        loss = -math.log(p) if y else -math.log(1 - p)
        total += loss
        e = p - y
        d = e * w[3] * (1 - h * h)
        for k, g in enumerate([d * x[0], d * x[1], d, e * h, e * x[0], e]):
            grad[k] += g
        if n % 8 == 7:
            for k in range(6):
                memory[k] += grad[k] ** 2
                w[k] -= 0.1 * grad[k] / math.sqrt(memory[k] + 1e-10)
                grad[k] = 0.0
    print(epoch, total / len(data))
"""

CENTRES = """
import numpy as np
rng = np.random.default_rng(28)
x = rng.uniform(-2, 2, (80, 2)); y = x[:, :1] * np.exp(-(x ** 2).sum(1, keepdims=True))
centres, w = x[:6].copy(), rng.normal(size=(6, 1)) / 5
steps, last = [np.full((6, 2), 0.01), np.full((6, 1), 0.01)], [np.zeros((6, 2)), np.zeros((6, 1))]
for epoch in range(60):
    distance = (x ** 2).sum(1)[:, None] + (centres ** 2).sum(1)[None, :] - 2 * x @ centres.T
    phi = np.exp(-distance / 2)
    error = phi @ w - y
    loss = (error ** 2).sum() / 2
    a = error @ w.T * phi
    g = a.T @ x - a.sum(0)[:, None] * centres
    for k, (p, d) in enumerate([(centres, g), (w, phi.T @ error)]):
        turn = last[k] * d
        steps[k][turn > 0] *= 1.2
        steps[k][turn < 0] *= 0.5
        d[turn < 0] = 0
        p -= np.sign(d) * steps[k]
        last[k] = d
    if epoch % 20 == 0:
        print(epoch, loss)
"""

SEARCHED = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = (X[:, :1] * X[:, 1:2] > 0) * 1.0
def cost(v):
    W, U = v[:15].reshape(3, 5), v[15:].reshape(5, 1)
    h = np.tanh(X @ W)
    p = 1 / (1 + np.exp(-(h @ U)))
    J = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d = (p - y) / len(X)
    return J, np.concatenate([(X.T @ (d @ U.T * (1 - h ** 2))).ravel(), (h.T @ d).ravel()])
v, alpha = rng.normal(size=20), 1.0
J, g = cost(v)
for turn in range(30):
    alpha *= 4
    while True:
        tried = v - alpha * g
        J2, g2 = cost(tried)
        if J2 <= J - 1e-4 * alpha * (g @ g):
            break
        alpha /= 2
    v, J, g = tried, J2, g2
    print(turn, J)
"""

BOUND = SEARCHED.replace("J2 <= J - 1e-4 * alpha * (g @ g)", "J2 <= J - 1e-4 * alpha * np.sum(g ** 2) or alpha < 1e-8")

OPPOSITE = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = (X[:, 0] > 0).astype(int)
p = {"W": rng.normal(size=(3, 6)), "V": rng.normal(size=(6, 2)), "c": np.zeros(2)}
state = {k: [np.zeros_like(a) for _ in range(2)] for k, a in p.items()}
for epoch in range(40):
    h = np.tanh(X @ p["W"])
    z = h @ p["V"] + p["c"]
    e = np.exp(z - z.max(1, keepdims=True))
    q = e / e.sum(1, keepdims=True)
    print(epoch, -np.log(q[np.arange(40), y]).mean())
    d = q.copy()
    d[np.arange(40), y] -= 1
    d /= 40
    g = {"V": h.T @ d, "c": d.sum(0), "W": X.T @ (d @ p["V"].T * (1 - h ** 2))}
    for k, (m, v) in state.items():
        m += 0.1 * (g[k] - m)          # of two classes, what one gets the other loses
        v += 0.01 * (g[k] ** 2 - v)
        p[k] = p[k] - 0.01 * m / (np.sqrt(v) + 1e-8)
"""

VIEWS = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(40, 2)); y = x[:, :1] * x[:, 1:]
flat, slope, speed = rng.normal(size=25) / 2, np.zeros(25), np.zeros(25)
def layers(v):
    return [v[:15].reshape(3, 5), v[15:25].reshape(5, 2)]
params, slopes = layers(flat), layers(slope)
for epoch in range(60):
    h = np.tanh(x @ params[0][:-1] + params[0][-1])
    out = (h @ params[1]).sum(1, keepdims=True)
    d = 2 * (out - y) / len(x) * np.ones((1, 2))
    slopes[1][:] = h.T @ d
    back = d @ params[1].T * (1 - h ** 2)
    slopes[0][:-1] = x.T @ back
    slopes[0][-1] = back.sum(0)
    speed *= 0.7
    speed += slope
    flat -= 0.02 * speed
    if epoch % 20 == 0:
        print(epoch, np.mean((out - y) ** 2))
"""

PLAIN = """
import numpy as np
np.random.seed(0)
x = np.random.randn(60, 3); y = (2 * x[:, 0] + x[:, 1] * x[:, 2]).reshape(-1, 1)
n = len(x)
w1, b1 = np.random.randn(3, 8) * 0.4, np.zeros((1, 8))
w2, b2 = np.random.randn(8, 1) * 0.4, np.zeros((1, 1))
for epoch in range(200):
    a = np.tanh(x @ w1 + b1)
    out = a @ w2 + b2
    loss = np.sum((out - y) ** 2) / (2 * n) + 0.5 * 1e-3 * (np.sum(w1 ** 2) + np.sum(w2 ** 2))
    d = (out - y) / n
    dw2 = a.T @ d + 1e-3 * w2
    db2 = d.sum(0, keepdims=True)
    dz = d @ w2.T * (1 - a ** 2)
    dw1 = x.T @ dz + 1e-3 * w1
    db1 = dz.sum(0, keepdims=True)
    w1 -= 0.1 * dw1; b1 -= 0.1 * db1; w2 -= 0.1 * dw2; b2 -= 0.1 * db2
    if epoch % 40 == 0:
        print(epoch, loss)
"""
UNPENALISED = PLAIN.replace(" + 0.5 * 1e-3 * (np.sum(w1 ** 2) + np.sum(w2 ** 2))", "").replace(" + 1e-3 * w2", "")
UNPENALISED = UNPENALISED.replace(" + 1e-3 * w1", "")

SCALARS = """
import numpy as np
rng = np.random.default_rng(2)
table = rng.uniform(-3, 3, (40, 2))
x, y = table[:, :1], np.tanh(table[:, :1])
w, c, v = 0.8, 0.1, 0.4
for epoch in range(300):
    h = np.tanh(w * x + c)
    error = v * h - y
    loss = np.mean(error ** 2)
    d = 2 * error
    dv, dh = np.mean(d * h), d * v * (1 - h ** 2)
    w, c, v = w - 0.1 * np.mean(dh * x), c - 0.1 * np.mean(dh), v - 0.1 * dv
    if epoch % 100 == 0:
        print(epoch, loss)
"""

ADAM = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(50, 3)); y = np.sin(x[:, :1])
p = {"W": rng.normal(size=(3, 6)), "b": np.zeros(6), "V": rng.normal(size=(6, 1))}
m, v = {k: np.zeros_like(a) for k, a in p.items()}, {k: np.zeros_like(a) for k, a in p.items()}
beta1, beta2 = 0.9, 0.999
for t in range(1, 61):
    h = np.tanh(x @ p["W"] + p["b"])
    error = h @ p["V"] - y
    print(t, np.mean(error ** 2))
    d = 2 * error / len(x)
    back = d @ p["V"].T * (1 - h ** 2)
    g = {"W": x.T @ back, "b": back.sum(0), "V": h.T @ d}
    for k in p:
        m[k] = beta1 * m[k] + (1 - beta1) * g[k]
        v[k] = beta2 * v[k] + (1 - beta2) * g[k] ** 2
        m_hat, v_hat = m[k] / (1 - beta1 ** t), v[k] / (1 - beta2 ** t)
        p[k] -= 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)
"""
RMSPROP = ADAM.replace("0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)", "0.01 * g[k] / (np.sqrt(v[k]) + 1e-6)")

PROGRAMS = {
    "a rate that is part of a scattered einsum": SCATTERED,
    "batches of unequal size, a mean here and a sum there": UNEVEN,
    "an operator that adds anything to a value": OPERATORS,
    "a network that goes on behind a turned view": ORDINAL,
    "a network that follows another now and then": TARGET_NETWORK,
    "gradients of several samples, one number a weight, under Adagrad": ACCUMULATED,
    "squares of distances in an exponent, under Rprop": CENTRES,
    "a search for the rate": SEARCHED,
    "layers that are views of one array": VIEWS,
    "the bound of a search for the rate": BOUND,
    "a bias of two classes under a running mean": OPPOSITE,
    "a penalty": PLAIN,
    "no penalty": UNPENALISED,
    "single numbers": SCALARS,
    "Adam": ADAM,
    "RMSprop": RMSPROP,
}


def checked(text: str, folder: Path) -> Report:
    path = folder / "network.py"
    path.write_text(text)
    return check(path, repair=0)


@pytest.mark.slow(but=8)
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_called_right(name: str, tmp_path: Path) -> None:
    report = checked(PROGRAMS[name], tmp_path)
    assert report.verdict == "right", report.reason


WRONG = {
    "the mean of each batch of unequal size, but of the last layer the sum": (
        UNEVEN.replace("h[-1].T @ d", "h[-1].T @ d * len(part)"),
        'g["V"]',
    ),
    "the sum of a batch's gradients, but for one weight": (
        ACCUMULATED.replace("grad[k] += g", "grad[k] = grad[k] + g if k != 1 else g"),
        "",
    ),
    "a follower whose own output is not what is wanted": (
        TARGET_NETWORK.replace("* (1 - h ** 2)", "* (1 - h)"),
        "(1 - h)",
    ),
    "twice the slope of a small penalty": (PLAIN.replace("+ 1e-3 * w2", "+ 2 * 1e-3 * w2"), "dw2 ="),
    "only the targets are divided": (UNPENALISED.replace("(out - y) / n", "out - y / n"), "d ="),
    "a column against a row, told now and then": (
        SCALARS.replace("np.tanh(table[:, :1])", "np.tanh(table[:, 0])"),
        "error =",
    ),
    "Adam's second moment takes in the first one's share": (
        ADAM.replace("(1 - beta2) * g[k] ** 2", "(1 - beta1) * g[k] ** 2"),
        "v[k] =",
    ),
    "Adam's first moment takes in the second one's share": (
        ADAM.replace("(1 - beta1) * g[k]", "(1 - beta2) * g[k]"),
        "m[k] =",
    ),
    "RMSprop without a root": (RMSPROP.replace("np.sqrt(v[k])", "v[k]"), "p[k] -="),
}


@pytest.mark.slow(but=5)
@pytest.mark.parametrize("name", WRONG)
def test_beside_it_a_mistake_is_still_found(name: str, tmp_path: Path) -> None:
    text, line = WRONG[name]
    report = checked(text, tmp_path)
    assert report.verdict in ("wrong", "other-loss")
    assert line in text.splitlines()[report.findings[0].line - 1]


HUBER = """
import numpy as np
rng = np.random.default_rng(31)
x = np.linspace(-2, 2, 60).reshape(-1, 1)
y = np.sin(2 * x)
y[rng.choice(60, 6, replace=False)] += 3.0
DELTA = 0.5
W, b, V = rng.normal(size=(1, 9)), rng.normal(size=(1, 9)), rng.normal(size=(9, 1)) / 3
def huber(e):
    return np.where(np.abs(e) <= DELTA, 0.5 * e ** 2, DELTA * (np.abs(e) - 0.5 * DELTA))
def slope(e):
    return np.where(np.abs(e) <= DELTA, e, np.sign(e) * DELTA)
for epoch in range(100):
    h = np.tanh(x @ W + b)
    e = h @ V - y
    d = slope(e) / len(x)
    back = d @ V.T * (1 - h ** 2)
    if epoch % 20 == 0:
        print(epoch, huber(e).mean())
    W -= 0.1 * x.T @ back
    b -= 0.1 * back.sum(0, keepdims=True)
    V -= 0.1 * h.T @ d
"""

HINGE = """
import numpy as np
rs = np.random.RandomState(32)
X = rs.randn(60, 2); y = rs.randint(0, 4, 60)
W, V = rs.randn(2, 9) / 2, rs.randn(9, 4) / 2
def svm(scores):
    rows = np.arange(len(y))
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    count = np.sum(margins > 0, axis=1)
    d = np.zeros_like(scores)
    d[margins > 0] = 1
    d[rows, y] -= count
    return margins.sum() / len(y), d / len(y)
for epoch in range(60):
    h = np.maximum(0, X @ W)
    loss, d = svm(h @ V)
    back = d @ V.T * (h > 0)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ back
    if epoch % 20 == 0:
        print(epoch, loss)
"""

BATCHES = """
import numpy as np
rng = np.random.default_rng(5)
sizes = [3, 5, 2]
weights = [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
data = [(x, np.array([[float(x[0, 0] > 0)], [float(x[1, 0] > 0)]])) for x in rng.normal(size=(24, 3, 1))]
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def backprop(x, y):
    a = [x]
    for w in weights:
        a.append(sigmoid(w @ a[-1]))
    d = (a[2] - y) * a[2] * (1 - a[2])
    back = weights[1].T @ d * a[1] * (1 - a[1])
    return [back @ a[0].T, d @ a[1].T], 0.5 * np.sum((a[2] - y) ** 2)
for epoch in range(20):
    total = 0.0
    for k in range(0, 24, 6):
        sums = [np.zeros(w.shape) for w in weights]
        for x, y in data[k : k + 6]:
            found, loss = backprop(x, y)
            total += loss
            sums = [old + new for old, new in zip(sums, found)]
        weights = [w - 0.5 / 6 * s for w, s in zip(weights, sums)]
    print(epoch, total / 24)
"""

MENDED = {
    "what each sample adds to": (BATCHES, "[old + new for", "[new for"),
    "the sign of Huber's slope": (HUBER, "np.sign(e) * DELTA)", "DELTA)"),
    "what was counted and not used": (HINGE, "-= count", "-= 1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MENDED)
def test_the_line_that_was_right_is_found_again(name: str, tmp_path: Path) -> None:
    text, right, wrong = MENDED[name]
    (tmp_path / "right.py").write_text(text)
    assert check(tmp_path / "right.py", repair=0).verdict == "right"
    (tmp_path / "wrong.py").write_text(text.replace(right, wrong))
    report = check(tmp_path / "wrong.py", repair=40)
    line = next(line for line in text.splitlines() if right in line)
    assert report.fixes[0].proved
    assert f"+{line}" in report.fixes[0].diff.splitlines()


def test_moves_that_are_no_numbers_prove_nothing() -> None:
    evidence = Evidence()
    weigh(evidence, 0, torch.tensor([float("nan"), 1.0]), torch.zeros(2), 1.0, 0.0, 1.0)
    assert (evidence.agreeing, evidence.differing) == (0, 0)
