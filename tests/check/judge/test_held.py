"""What is held while a gradient is taken, and what moves parameters by no gradient: moves that are taken back, means of
weights, a soft threshold, the advantage of an actor, the last gradient of a training before."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

# where the loss grew, the step is taken back, and the loss that is told is still that of the weights that are given up
DRIVER = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(50, 3))
y = np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:]
W1, W2 = rng.normal(size=(3, 10)) * 0.6, rng.normal(size=(10, 1)) * 0.6
rate, best = 0.05, np.inf
for epoch in range(120):
    h = np.tanh(X @ W1)
    e = h @ W2 - y
    loss = np.mean(e ** 2)
    if loss < best:
        best, W1_best, W2_best = loss, W1.copy(), W2.copy()
        rate *= 1.1
    else:
        W1, W2 = W1_best.copy(), W2_best.copy()
        rate *= 0.5
        h = np.tanh(X @ W1)
        e = h @ W2 - y
    g = 2 * e / len(X)
    dW2 = h.T @ g
    dW1 = X.T @ (g @ W2.T * (1 - h ** 2))
    W1 = W1 - rate * dW1
    W2 = W2 - rate * dW2
    print(epoch, loss)
"""
# each fifth step ends in a mean of the weights and slow ones
LOOKAHEAD = """import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(80, 4))
y = (X[:, 0] ** 2 + X[:, 1] > 0.5).astype(float)[:, None]
weights = [rng.normal(0, 0.5, (4, 8)), np.zeros(8), rng.normal(0, 0.5, (8, 1)), np.zeros(1)]
velocities, slow = [np.zeros_like(w) for w in weights], [w.copy() for w in weights]
for epoch in range(1, 121):
    W1, b1, W2, b2 = weights
    a = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(a @ W2 + b2)))
    d2 = (p - y) / len(y)
    d1 = d2 @ W2.T * (1 - a ** 2)
    for w, g, v in zip(weights, [X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)], velocities):
        v *= 0.9
        v += g
        w -= 0.1 * v
    if epoch % 5 == 0:
        for w, s in zip(weights, slow):
            s += 0.5 * (w - s)
            w[...] = s
    print(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
"""
# an actor whose critic has no array for its targets, each with a rate of its own
BASELINE = """import numpy as np
rng = np.random.default_rng(5)
W, V = 0.3 * rng.normal(size=(4, 2)), 0.3 * rng.normal(size=4)
for episode in range(200):
    place, way = 0, []
    while place < 3 and len(way) < 10:
        x = np.eye(4)[place]
        chances = np.exp(x @ W) / np.exp(x @ W).sum()
        action = rng.choice(2, p=chances)
        way.append((x, action))
        place = place + 1 if action == 1 else max(0, place - 1)
    total = -float(len(way)) / 10
    X, A = np.array([x for x, _ in way]), np.array([action for _, action in way])
    baseline = X @ V
    advantage = total - baseline
    e = np.exp(X @ W)
    pi = e / e.sum(axis=1, keepdims=True)
    actor = -np.sum(advantage * np.log(pi[np.arange(len(A)), A]))
    critic = np.sum((baseline - total) ** 2)
    d = pi * advantage[:, None]
    d[np.arange(len(A)), A] -= advantage
    W -= 0.1 * X.T @ d
    V -= 0.05 * 2 * X.T @ (baseline - total)
    print(actor, critic)
"""
# the network of the targets comes nearer to the trained one by a share that is computed
TARGETS = """import numpy as np
rng = np.random.default_rng(6)
base, share = rng.normal(size=(64, 8)), 0.99
W, P = rng.normal(0, 0.4, (8, 5)), rng.normal(0, 0.4, (5, 5))
W_target = W.copy()
for step in range(120):
    one, other = base + 0.2 * rng.normal(size=base.shape), base + 0.2 * rng.normal(size=base.shape)
    z = np.tanh(one @ W)
    difference = z @ P - np.tanh(other @ W_target)
    d = 2 * difference / len(one)
    dP = z.T @ d
    dW = one.T @ (d @ P.T * (1 - z ** 2))
    W -= 0.05 * dW
    P -= 0.05 * dP
    W_target = share * W_target + (1 - share) * W
    print(np.mean(np.sum(difference ** 2, axis=1)))
"""
# the second training begins with what the first one kept of its last gradient
LAST = """import numpy as np
rng = np.random.default_rng(8)
class Network:
    def __init__(self, *sizes):
        self.weights = [rng.normal(size=pair) * 0.5 for pair in zip(sizes, sizes[1:])]
        self.last = [0] * len(self.weights)
    def reset(self):
        for w in self.weights:
            w[...] = rng.normal(size=w.shape) * 0.5
    def train(self, x, target):
        values = [x]
        for w in self.weights:
            values.append(np.tanh(values[-1] @ w))
        error = target - values[-1]
        errors = [error * (1 - values[-1] ** 2)]
        for i in range(len(self.weights) - 1, 0, -1):
            errors.insert(0, errors[0] @ self.weights[i].T * (1 - values[i] ** 2))
        for i in range(len(self.weights)):
            change = np.atleast_2d(values[i]).T @ np.atleast_2d(errors[i])
            self.weights[i] += 0.1 * change + 0.1 * self.last[i]
            self.last[i] = change
        return (error ** 2).sum()
network = Network(3, 4, 1)
inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], float)
for targets in ([0, 1, 1, 1], [0, 0, 0, 1]):
    network.reset()
    for turn in range(400):
        n = rng.integers(4)
        network.train(inputs[n], targets[n])
"""
# the slope of a logarithm, at the class that is right, and all slopes of a softmax; told of other data alone
PICKED = """import numpy as np
rng = np.random.default_rng(9)
X, labels = rng.normal(size=(40, 4)), rng.integers(0, 3, 40)
W1, W2 = rng.normal(size=(4, 6)) * 0.5, rng.normal(size=(6, 3)) * 0.5
def softmax(z):
    e = np.exp(z)
    return e / e.sum()
def slopes(p):
    return np.array([[p[0][i] * (1 - p[0][i]) if i == j else -p[0][i] * p[0][j] for j in range(3)] for i in range(3)])
def slope_of_loss(p, label):
    d = np.zeros((1, 3))
    d[0][label] = -1.0 / p[0][label]
    return d
for epoch in range(3):
    for x, label in zip(X[:30], labels):
        h = np.tanh(x.reshape(1, 4) @ W1)
        p = softmax(h @ W2)
        d = slope_of_loss(p, label) @ slopes(p)
        dW2 = np.outer(h, d)
        dW1 = np.outer(x, d @ W2.T * (1 - h ** 2))
        W2 -= 0.1 * dW2
        W1 -= 0.1 * dW1
    print(sum(-np.log(softmax(np.tanh(x.reshape(1, 4) @ W1) @ W2)[0][c]) for x, c in zip(X[30:], labels[30:])))
"""
# after one step too long nothing is a number any more
ENDLESS = """import numpy as np
rng = np.random.default_rng(7)
X = rng.normal(size=(5, 60)) * 8
Y = np.eye(3)[rng.integers(0, 3, 60)].T
W1, b1 = rng.normal(size=(6, 5)), np.zeros((6, 1))
W2, b2 = rng.normal(size=(3, 6)) * 0.1, np.zeros((3, 1))
for epoch in range(30):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    e = np.exp(W2 @ A1 + b2)
    A2 = e / e.sum(axis=0)
    dZ2 = A2 - Y
    dW2, db2 = dZ2 @ A1.T, np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * (Z1 > 0)
    dW1, db1 = dZ1 @ X.T, np.sum(dZ1, axis=1, keepdims=True)
    W1, b1 = W1 - 90 * dW1, b1 - 90 * db1
    W2, b2 = W2 - 90 * dW2, b2 - 90 * db2
"""
# a proximal step: what is told beside the plain loss is what the soft threshold is for
LASSO = """import numpy as np
rng = np.random.default_rng(10)
X = rng.normal(size=(80, 6))
y = (X[:, 0] - X[:, 1] > 0).astype(float)
w, b, rate, share = np.zeros(6), 0.0, 0.2, 0.02
def soft_threshold(v, t):
    return np.sign(v) * np.maximum(np.abs(v) - t, 0)
for k in range(100):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    print(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + share * np.abs(w).sum())
    w = soft_threshold(w - rate * X.T @ (p - y) / 80, rate * share)
    b = b - rate * np.mean(p - y)
"""


@pytest.mark.parametrize("text", [DRIVER, BASELINE, TARGETS, LAST, PICKED, ENDLESS, LASSO])
def test_right(sandbox: Sandbox, tmp_path: Path, text: str) -> None:
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (DRIVER, "(1 - h ** 2)", "(1 - h)"),
        (BASELINE, "A] -= advantage", "A] += advantage"),
        (BASELINE, "(baseline - total)", "(total - baseline)"),
        (TARGETS, "d @ P.T", "d @ P"),
        (LAST, "(1 - values[i] ** 2)", "values[i]"),
        (PICKED, "d @ W2.T", "x @ W1 @ W2 @ W2.T"),
        (ENDLESS, "W2.T @ dZ2 * (Z1 > 0)", "W2.T @ dZ2"),
        (LASSO, "X.T @ (p - y)", "X.T @ ((p - y) * p)"),
    ],
)
def test_wrong(sandbox: Sandbox, tmp_path: Path, text: str, right: str, wrong: str) -> None:
    assert right in text
    report = reported(text.replace(right, wrong), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason


def test_means_of_weights_are_not_judged(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LOOKAHEAD, tmp_path, sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE
    assert "Lookahead" in report.reason
    # without them, it is
    plain = LOOKAHEAD.replace("epoch % 5 == 0", "False")
    assert reported(plain, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_an_advantage_is_not_judged_where_nothing_is_told_of_the_critic(sandbox: Sandbox, tmp_path: Path) -> None:
    text = "\n".join(line for line in BASELINE.splitlines() if not line.startswith("    critic ="))
    report = reported(text.replace("print(actor, critic)", "print(actor)"), tmp_path, sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE
    assert "advantage" in report.reason


# an action that is drawn about a mean, which a reward is computed from
DRAWN = """import numpy as np
rng = np.random.default_rng(22)
W, b = rng.normal(0, 0.5, (2, 1)), np.zeros(1)
log_std, baseline = np.zeros(1), 0.0
for step in range(200):
    state = rng.uniform(-1, 1, (32, 2))
    mean, std = np.tanh(state @ W) + b, np.exp(log_std)
    action = mean + std * rng.normal(size=(32, 1))
    reward = -(action - np.sin(2 * state[:, :1])) ** 2
    advantage = reward - baseline
    baseline = 0.9 * baseline + 0.1 * reward.mean()
    logp = -0.5 * ((action - mean) / std) ** 2 - log_std
    loss = -np.mean(logp * advantage)
    d = -advantage / 32 * (action - mean) / std ** 2
    log_std -= 0.02 * (-advantage / 32 * (((action - mean) / std) ** 2 - 1)).sum(axis=0)
    W -= 0.02 * state.T @ (d * (1 - np.tanh(state @ W) ** 2))
    b -= 0.02 * d.sum(axis=0)
    print(loss, reward.mean())
"""


def test_an_action_that_is_drawn_about_a_mean_is_held(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(DRAWN, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert "held as they are" in report.reason
    for right, wrong in (("/ std ** 2", "/ std"), ("** 2 - 1)", "** 2 + 1)")):
        assert reported(DRAWN.replace(right, wrong), tmp_path, sandbox).verdict is Verdict.CANNOT_JUDGE
