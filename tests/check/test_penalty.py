"""A penalty that is told now and then, and weights that decay by its gradient or by another share."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(60, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
reg, epsilon = 0.01, 0.3
def calculate_loss(model):
    a1 = np.tanh(X @ model["W1"] + model["b1"])
    scores = np.exp(a1 @ model["W2"] + model["b2"])
    probs = scores / scores.sum(axis=1, keepdims=True)
    data_loss = -np.log(probs[range(60), y]).mean()
    data_loss += reg / 2 * (np.sum(np.square(model["W1"])) + np.sum(np.square(model["W2"])))
    return data_loss
W1, b1 = rng.normal(size=(2, 6)), np.zeros((1, 6))
W2, b2 = rng.normal(size=(6, 2)) / 3, np.zeros((1, 2))
for i in range(1000):
    a1 = np.tanh(X @ W1 + b1)
    scores = np.exp(a1 @ W2 + b2)
    delta3 = scores / scores.sum(axis=1, keepdims=True)
    delta3[range(60), y] -= 1
    delta3 /= 60
    dW2, db2 = a1.T @ delta3, delta3.sum(axis=0, keepdims=True)
    delta2 = delta3 @ W2.T * (1 - a1 ** 2)
    dW1, db1 = X.T @ delta2, delta2.sum(axis=0)
    dW2 += reg * W2
    dW1 += reg * W1
    W1 += -epsilon * dW1
    b1 += -epsilon * db1
    W2 += -epsilon * dW2
    b2 += -epsilon * db2
    model = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    if i % 200 == 0:
        print(i, calculate_loss(model))
"""
RIGHT, WRONG = "    dW1 += reg * W1", "    dW1 += reg / 60 * W1"


def test_it_is_the_told_loss_that_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.factor) == ("right", 1.0)


@pytest.mark.slow
def test_another_share_is_found_and_mended_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    text = PROGRAM.replace(RIGHT, WRONG)
    path.write_text(text)
    report = check(path, repair=30)
    assert report.verdict == "wrong"
    assert text.splitlines()[report.findings[0].line - 1] == WRONG
    assert report.fixes[0].proved
    assert f"+{RIGHT}" in report.fixes[0].diff.splitlines()


# the loss is told of all samples now and then, and the steps see some of them: only how the weights decay is told
BATCHES = """
import numpy as np
rng = np.random.default_rng(12)
X = rng.normal(size=(80, 4))
y = X @ rng.normal(size=(4, 1)) + 0.3 * rng.normal(size=(80, 1))
W1, b1 = rng.normal(size=(4, 9)) / 2, np.zeros(9)
W2, b2 = rng.normal(size=(9, 1)) / 3, np.zeros(1)
lam, n = 0.02, 20
def objective():
    mae = np.mean(np.abs(np.tanh(X @ W1 + b1) @ W2 + b2 - y))
    return mae + 0.5 * lam * (np.sum(W1 ** 2) + np.sum(W2 ** 2)), mae
for epoch in range(24):
    rate = 0.1 / (1 + 0.02 * epoch)
    order = rng.permutation(80)
    for start in range(0, 80, n):
        x, t = X[order[start:start + n]], y[order[start:start + n]]
        a = np.tanh(x @ W1 + b1)
        d = np.sign(a @ W2 + b2 - t) / n
        back = d @ W2.T * (1 - a ** 2)
        dW2 = a.T @ d + lam * W2
        dW1 = x.T @ back + lam * W1
        W2 -= rate * dW2; b2 -= rate * d.sum(axis=0)
        W1 -= rate * dW1; b1 -= rate * back.sum(axis=0)
    if epoch % 6 == 0:
        print("objective %.4f, of it %.4f" % objective())
"""
ONE, OTHER = "x.T @ back + lam * W1", "a.T @ d + lam * W2"


@pytest.mark.parametrize(
    ("used", "told"),
    [
        ((ONE, ONE), ("", "")),
        ((ONE, "x.T @ back + 3 * lam * W1"), ("np.sum(W1 ** 2)", "3 * np.sum(W1 ** 2)")),
        ((ONE, "x.T @ back"), ("np.sum(W1 ** 2) + ", "")),
    ],
    ids=["one share for all", "shares of their own, as told", "one weight without a penalty, as told"],
)
def test_weights_that_decay_as_is_told_are_right(used: tuple[str, str], told: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(BATCHES.replace(*used).replace(*told))
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


@pytest.mark.parametrize(
    ("right", "wrong", "expression"),
    [
        (ONE, "x.T @ back + lam / n * W1", "lam / n * W1"),
        (OTHER, "a.T @ d + 2 * lam * W2", None),
        (ONE, "x.T @ back", None),
        ("np.sum(W1 ** 2)", "2 * np.sum(W1 ** 2)", None),
    ],
    ids=["divided by the samples", "twice as much", "none", "another one in the loss"],
)
def test_a_weight_that_decays_by_another_share_than_is_told_is_named(
    right: str, wrong: str, expression: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text(BATCHES.replace(right, wrong))
    report = check(path, repair=0)
    assert report.verdict == "inconsistent", report.reason
    assert "decay" in report.reason
    assert expression is None or report.findings[0].expression == expression


ENTROPY = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(60, 4))
y = (np.sin(x[:, :1]) + 0.5 * x[:, 1:2] * x[:, 2:3] > 0).astype(float)
w1, b1 = rng.normal(size=(4, 8)) * 0.5, np.zeros((1, 8))
w2, b2 = rng.normal(size=(8, 1)) * 0.5, np.zeros((1, 1))
lam, rate, m = 0.01, 0.5, len(x)
for epoch in range(200):
    a1 = np.tanh(x @ w1 + b1)
    a2 = 1 / (1 + np.exp(-(a1 @ w2 + b2)))
    loss = -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2)) + lam / 2 * (np.sum(w1 ** 2) + np.sum(w2 ** 2))
    dz2 = (a2 - y) / m
    dw2 = a1.T @ dz2 + lam * w2
    db2 = dz2.sum(axis=0, keepdims=True)
    dz1 = dz2 @ w2.T * (1 - a1 ** 2)
    dw1 = x.T @ dz1 + lam * w1
    db1 = dz1.sum(axis=0, keepdims=True)
    w1 -= rate * dw1
    b1 -= rate * db1
    w2 -= rate * dw2
    b2 -= rate * db2
    if epoch % 50 == 0:
        print(epoch, loss)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "wrong", "count"),
    [(" + lam * w", "  # w", 2), (" + lam * w1", "", 1), (" + lam * w", " + 2 * lam * w", 2)],
    ids=["of all", "of one", "twice as much of all"],
)
def test_a_penalty_of_the_told_loss_is_mended_in_the_gradients(
    old: str, wrong: str, count: int, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text(ENTROPY.replace(old, wrong))
    report = check(path, repair=30)
    assert report.verdict == "wrong"
    assert report.fixes[0].proved
    added = [line[5:] for line in report.fixes[0].diff.splitlines() if line.startswith("+ ")]
    right = ["dw2 = a1.T @ dz2 + lam * w2", "dw1 = x.T @ dz1 + lam * w1"]
    assert [line.split("  #")[0] for line in added] == right[-count:]


@pytest.mark.slow
def test_a_penalty_that_weighs_otherwise_than_the_weights_decay_is_mended_in_the_loss(tmp_path: Path) -> None:
    text = """import numpy as np
rng = np.random.default_rng(4)
x, t, reg = rng.normal(size=(30, 2)), rng.normal(size=(30, 1)), 0.02
w1, w2 = rng.normal(size=(2, 6)), rng.normal(size=(6, 1))
for i in range(60):
    h = np.tanh(x @ w1)
    error = h @ w2 - t
    loss = np.mean(error ** 2)
    loss += 0.5 * reg * (np.sum(w1 * w1) + np.sum(w2 * w2))
    d = 2 * error / 30
    dw2 = h.T @ d + 2 * reg * w2
    dw1 = x.T @ (d @ w2.T * (1 - h ** 2)) + 2 * reg * w1
    w1 -= 0.1 * dw1
    w2 -= 0.1 * dw2
    print(loss)
"""
    path = tmp_path / "network.py"
    path.write_text(text)
    report = check(path, repair=30)
    assert report.verdict == "wrong"
    assert report.findings[0].line == 9
    assert report.fixes[0].proved
    assert "+    loss += reg * (np.sum(w1 * w1) + np.sum(w2 * w2))" in report.fixes[0].diff.splitlines()


BOOK = """
import numpy as np
rng = np.random.default_rng(1)
x, t = rng.normal(size=(40, 3)), np.eye(2)[rng.integers(0, 2, 40)].T
ones, l2 = np.ones((40, 1)), 0.1
w1, w2 = rng.normal(size=(5, 4)) * 0.5, rng.normal(size=(2, 6)) * 0.5
for epoch in range(60):
    a1 = np.hstack([ones, x])
    a2 = np.vstack([ones.T, 1 / (1 + np.exp(-(w1 @ a1.T)))])
    a3 = 1 / (1 + np.exp(-(w2 @ a2)))
    cost = np.sum(-t * np.log(a3) - (1 - t) * np.log(1 - a3))
    cost = cost + l2 / 2 * (np.sum(w1[:, 1:] ** 2) + np.sum(w2[:, 1:] ** 2))
    d3 = a3 - t
    d2 = (w2.T @ d3 * a2 * (1 - a2))[1:, :]
    g1, g2 = d2 @ a1, d3 @ a2.T
    g1[:, 1:] += w1[:, 1:] * l2
    g2[:, 1:] += w2[:, 1:] * l2
    w1, w2 = w1 - 0.01 * g1, w2 - 0.01 * g2
    if epoch % 10 == 0:
        print(cost)
"""


def test_a_penalty_without_the_biases_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(BOOK)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


@pytest.mark.parametrize("again", ["both", "one"])
def test_a_penalty_that_is_added_twice_is_wrong(tmp_path: Path, again: str) -> None:
    path = tmp_path / "network.py"
    twice = BOOK.replace("    g1[:, 1:] += w1[:, 1:] * l2\n", "    g1[:, 1:] += w1[:, 1:] * l2\n" * 2)
    if again == "both":
        twice = twice.replace("    g2[:, 1:] += w2[:, 1:] * l2\n", "    g2[:, 1:] += w2[:, 1:] * l2\n" * 2)
    path.write_text(twice)
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason


TOLD_OF_ALL = """
import numpy as np
rng = np.random.default_rng(6)
x = rng.normal(size=(48, 3))
t = x[:, :1] * x[:, 1:2] + 2
w1, b1 = rng.normal(size=(3, 6)) * 0.6, np.zeros((1, 6))
w2, b2 = rng.normal(size=(6, 1)) * 0.6, np.zeros((1, 1))
reg, kept = 0.01, [0.0, 0.0, 0.0, 0.0]
def network(rows):
    h = np.tanh(rows @ w1 + b1)
    return h, h @ w2 + b2
def loss(o, target):
    return np.mean((o - target) ** 2) + 0.5 * reg * (np.sum(w1 ** 2) + np.sum(w2 ** 2))
for epoch in range(12):
    for i in range(0, 48, 8):
        h, o = network(x[i:i + 8])
        d = 2 * (o - t[i:i + 8]) / 8
        dw2 = h.T @ d + reg * w2
        dh = d @ w2.T * (1 - h ** 2)
        dw1 = x[i:i + 8].T @ dh + reg * w1
        db1, db2 = dh.sum(axis=0, keepdims=True), d.sum(axis=0, keepdims=True)
        for n, (weight, gradient) in enumerate([(w1, dw1), (b1, db1), (w2, dw2), (b2, db2)]):
            kept[n] = 0.9 * kept[n] + 0.1 * gradient
            weight -= 0.05 * kept[n]
    print(epoch, loss(network(x)[1], t))
"""


def test_a_penalty_that_is_told_of_all_samples_says_nothing_of_the_share_in_a_batch(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(TOLD_OF_ALL)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


# weights that shrink in the very line that moves them, over batches of which the last is smaller
SHRINKING = """
import numpy as np
rng = np.random.default_rng(9)
x = rng.normal(size=(40, 4))
t = np.eye(3)[np.argmax(x[:, :3], axis=1)]
rate, decay, n = 0.4, 0.1, 40
w, v = rng.normal(size=(4, 6)), rng.normal(size=(6, 3))
b, c = rng.normal(size=6), rng.normal(size=3)
def network(rows):
    h = 1 / (1 + np.exp(-(rows @ w + b)))
    return h, 1 / (1 + np.exp(-(h @ v + c)))
def cost():
    o = network(x)[1]
    total = np.sum(-t * np.log(o) - (1 - t) * np.log(1 - o)) / n
    return total + 0.5 * (decay / n) * (np.sum(w ** 2) + np.sum(v ** 2))
for epoch in range(8):
    order = rng.permutation(n)
    for batch in [order[k:k + 12] for k in range(0, n, 12)]:
        m = len(batch)
        h, o = network(x[batch])
        d = o - t[batch]
        dh = d @ v.T * h * (1 - h)
        w, b = SHARE * w - (rate / m) * (x[batch].T @ dh), b - (rate / m) * dh.sum(axis=0)
        v, c = SHARE * v - (rate / m) * (h.T @ d), c - (rate / m) * d.sum(axis=0)
    print(epoch, cost())
"""


@pytest.mark.parametrize(
    ("share", "verdict"),
    [("(1 - rate * decay / n)", "right"), ("(1 - 3 * rate * decay / n)", "other-loss"), ("1", "other-loss")],
)
def test_weights_that_shrink_in_the_line_that_moves_them(share: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(SHRINKING.replace("SHARE", share))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason


# Loshchilov and Hutter, Decoupled weight decay regularization (2019)
DECOUPLED = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3))
y = np.sin(x.sum(axis=1, keepdims=True))
p = {"w": rng.normal(size=(3, 6)) / 2, "b": np.zeros(6), "v": rng.normal(size=(6, 1)) / 2}
first, second = {k: 0 * a for k, a in p.items()}, {k: 0 * a for k, a in p.items()}
decay, rate = 0.01, 0.01
for t in range(1, 90):
    h = np.tanh(x @ p["w"] + p["b"])
    o = h @ p["v"]
    d = 2 * (o - y) / 20
    dh = d @ p["v"].T * (1 - h * h)
    gradients = {"w": x.T @ dh, "b": dh.sum(axis=0), "v": h.T @ d}
    for k, g in gradients.items():
        first[k] = 0.9 * first[k] + 0.1 * g
        second[k] = 0.999 * second[k] + 0.001 * g ** 2
        step = first[k] / (1 - 0.9 ** t) / (np.sqrt(second[k] / (1 - 0.999 ** t)) + 1e-8)
        p[k] = p[k] - rate * (step + (decay * p[k] if k != "b" else 0))
    if t % 30 == 1:
        told = np.mean((np.tanh(x @ p["w"] + p["b"]) @ p["v"] - y) ** 2)
        print(told + decay / 2 * (np.sum(p["w"] ** 2) + np.sum(p["v"] ** 2)))
"""


def test_decay_apart_from_an_optimizers_steps_is_no_penalty_that_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(DECOUPLED)
    assert check(path, repair=0).verdict == "right"
    path.write_text(DECOUPLED.replace(' + (decay * p[k] if k != "b" else 0)', ""))
    assert check(path, repair=0).verdict == "other-loss"


# the weights are views of flat arrays, and each step has a little of the last one in it
VIEWS = """
import numpy as np
rng = np.random.default_rng(1)
x, t = rng.normal(size=(40, 3)), np.eye(2)[rng.integers(0, 2, 40)].T
ones, l2 = np.ones((40, 1)), 0.1
w1 = rng.uniform(-1, 1, size=5 * 4).reshape(5, 4)
w2 = rng.uniform(-1, 1, size=2 * 6).reshape(2, 6)
last1, last2 = np.zeros(w1.shape), np.zeros(w2.shape)
costs = []
for epoch in range(60):
    a1 = np.hstack([ones, x])
    a2 = np.vstack([ones.T, 1 / (1 + np.exp(-(w1 @ a1.T)))])
    a3 = 1 / (1 + np.exp(-(w2 @ a2)))
    cost = np.sum(-t * np.log(a3) - (1 - t) * np.log(1 - a3))
    costs.append(cost + l2 / 2 * (np.sum(w1[:, 1:] ** 2) + np.sum(w2[:, 1:] ** 2)))
    d3 = a3 - t
    d2 = (w2.T @ d3 * a2 * (1 - a2))[1:, :]
    g1, g2 = d2 @ a1, d3 @ a2.T
    g1[:, 1:] += w1[:, 1:] * l2
    g2[:, 1:] += w2[:, 1:] * l2
    delta1, delta2 = 0.001 * g1, 0.001 * g2
    w1 -= delta1 + 0.001 * last1
    w2 -= delta2 + 0.001 * last2
    last1, last2 = delta1, delta2
print(np.mean(costs))
"""


def test_a_penalty_on_views_is_followed_though_each_step_has_some_of_the_last(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(VIEWS)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


# of the gradient, the penalty asks for next to nothing: no step shows whether it is there
GREAT_MARGIN = """import numpy as np
rng = np.random.default_rng(6)
X = np.c_[rng.normal(size=(40, 3)) * 10 + 20, np.ones(40)]
y = np.where(rng.normal(size=40) + X[:, 0] - 20 > 0, 1, -1)
C, rate = 50000, 1e-9
w = np.zeros(4)
for epoch in range(21):
    for i, x in enumerate(X):
        if 1 - y[i] * np.dot(x, w) < 0:
            gradient = w
        else:
            gradient = w - C * y[i] * x
        w = w - rate * gradient
    if epoch % 10 == 0:
        distance = np.maximum(1 - y * np.dot(X, w), 0)
        print(np.dot(w, w) / 2 + C * np.sum(distance) / len(y))
"""


def test_a_penalty_that_would_not_show_is_not_missed(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(GREAT_MARGIN)
    assert check(path, repair=0).verdict == "right"
    # beside a smaller margin it would show
    path.write_text(GREAT_MARGIN.replace("50000, 1e-9", "5, 1e-3").replace("gradient = w - C", "gradient = -C"))
    assert check(path, repair=0).verdict != "right"
