"""The factor that is reported: what the updates are times the gradient of the stated loss, the learning rate apart."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(31)
X = rng.normal(size=(60, 3))
Y = np.sin(X[:, :1]) + 0.1 * rng.normal(size=(60, 1))
W1, b1 = rng.normal(size=(3, 6)) / 2, np.zeros(6)
W2, b2 = rng.normal(size=(6, 1)) / 2, np.zeros(1)
lr, n = 0.1, 12
def mse():
    return np.mean((np.tanh(X @ W1 + b1) @ W2 + b2 - Y) ** 2)
for epoch in range(30):
    for rows in np.array_split(rng.permutation(60), 60 // n):
        x, t = X[rows], Y[rows]
        a = np.tanh(x @ W1 + b1)
        d2 = 2 * (a @ W2 + b2 - t) / len(x)
        d1 = d2 @ W2.T * (1 - a ** 2)
        W2 -= lr * (a.T @ d2); b2 -= lr * d2.sum(axis=0)
        W1 -= lr * (x.T @ d1); b1 -= lr * d1.sum(axis=0)
        print(mse())
"""


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        ("", "", 1.0),  # the mean of a batch, where the mean of all is told
        ("/ len(x)", "", 12.0),  # the sum of a batch
        ("2 * (a @ W2", "(a @ W2", 0.5),
        ("n = 0.1, 12", "n = 0.1, 60", 1.0),
        ("lr, n = 0.1", "lr, n = 1", 1.0),  # a rate of 1 is none, and a rate that is a whole number is one
        ("lr, n = 0.1", "lr, n = 2", 1.0),
    ],
)
def test_it_is_that_of_the_mean_that_is_told(old: str, new: str, factor: float, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace(old, new))
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason
    assert report.factor == pytest.approx(factor)


TOLD_AFTERWARDS = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 3))
y = X[:, :1] * 2 - X[:, 1:2]
W, b = rng.normal(size=(3, 1)), np.zeros(1)
def loss_and_gradients(W, b):
    r = X @ W + b - y
    return np.sum(r**2) / (2 * len(y)), X.T @ r / len(y), r.mean(0)
for i in range(40):
    loss, dW, db = loss_and_gradients(W, b)
    W = W - 0.1 * dW
    b = b - 0.1 * db
    if i % 10 == 0:
        print(i, loss_and_gradients(W, b)[0])
"""


def test_a_mean_that_is_told_now_and_then_is_the_one_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(TOLD_AFTERWARDS)
    report = check(path, repair=0)
    assert (report.verdict, report.factor) == ("right", 1.0), report.reason
    path.write_text(TOLD_AFTERWARDS.replace("X.T @ r / len(y), r.mean(0)", "X.T @ r, r.sum(0)"))
    assert check(path, repair=0).factor == 30.0


NUMBERS = """inputs = [[0.2, 0.7], [0.9, -0.4], [-0.3, 0.5], [0.6, 0.8]]
w = [0.5, -0.1]
for epoch in range(20):
    total = 0
    for x, t in zip(inputs, [0.1, 0.9, 0.3, 0.4]):
        e = w[0] * x[0] + w[1] * x[1] - t
        total += e * e
        for j in range(2):
            w[j] -= RATE * e * x[j]
    print(total)
"""


@pytest.mark.parametrize(("rate", "factor"), [("0.1", 0.5), ("2 * 0.05", 1.0), ("0.3", 0.5)])
def test_what_every_weight_is_multiplied_with_is_no_rate(rate: str, factor: float, tmp_path: Path) -> None:
    # without a bias each move has a number of the data on its way, and that is another one at the next sample
    path = tmp_path / "network.py"
    path.write_text(NUMBERS.replace("RATE", rate))
    assert check(path).factor == pytest.approx(factor)


# the loss of a batch is told once its step is made; before that it is computed, and thrown away
AFTER_THE_STEP = """
import numpy as np
rng = np.random.default_rng(40)
X = rng.normal(size=(90, 4))
t = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)
w = {"W": rng.normal(size=(4, 6)) * 0.5, "V": rng.normal(size=(6, 3)) * 0.5}
def network(x):
    h = np.tanh(x @ w["W"])
    e = np.exp(h @ w["V"])
    return h, e / e.sum(axis=1, keepdims=True)
def loss(x, t):
    p = network(x)[1]
    return -np.sum(np.log(p[np.arange(len(t)), t])) / len(t)
def gradient(x, t):
    loss(x, t)
    h, p = network(x)
    d = p.copy()
    d[np.arange(len(t)), t] -= 1
    d /= len(t)
    return {"W": x.T @ (d @ w["V"].T * (1 - h ** 2)), "V": h.T @ d}
for i in range(40):
    batch = rng.choice(90, 30)
    g = gradient(X[batch], t[batch])
    for key in w:
        w[key] -= 0.5 * g[key]
    print(loss(X[batch], t[batch]))
"""


def test_of_a_sum_and_the_mean_that_is_made_of_it_the_mean_is_the_loss(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(AFTER_THE_STEP)
    report = check(path, repair=0)
    assert (report.verdict, report.factor) == ("right", 1.0), report.reason


WRITTEN_DOWN = """import math
def sigmoid(z):
    return 1 / (1 + math.exp(-z))
x1, x2, t1, t2, rate = 0.3, -0.7, 0.1, 0.9, 0.5
w11, w12, w21, w22 = 0.4, 0.45, 0.5, 0.55
for turn in range(30):
    o1, o2 = sigmoid(w11 * x1 + w12 * x2), sigmoid(w21 * x1 + w22 * x2)
    print(0.5 * (o1 - t1) ** 2 + 0.5 * (o2 - t2) ** 2)
    d1, d2 = (o1 - t1) * o1 * (1 - o1), (o2 - t2) * o2 * (1 - o2)
    w11 -= rate * d1 * x1
    w12 -= rate * d1 * x2
    w21 -= rate * d2 * x1
    w22 -= rate * d2 * x2
"""


@pytest.mark.parametrize(
    ("text", "factor"),
    [(WRITTEN_DOWN, 1.0), (WRITTEN_DOWN.replace("0.5 * (o", "0.25 * (o").replace("0.9, 0.5", "0.9, 0.2"), 2.0)],
)
def test_inputs_that_are_written_down_are_no_rates(text: str, factor: float, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(text)
    assert check(path, repair=0).factor == pytest.approx(factor)
