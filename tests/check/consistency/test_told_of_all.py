"""A loss that is told of all samples, in a file that trains on folds first: what one line computes in other forms."""

from pathlib import Path

from backproof.check import check
from backproof.check.report import Verdict

FOLDS = """import numpy as np

def network(X, p):
    A1 = np.tanh(np.dot(p["W1"], X) + p["b1"])
    return A1, 1 / (1 + np.exp(-(np.dot(p["W2"], A1) + p["b2"])))

def cost(A2, Y):
    return float(np.squeeze(-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]))

def fit(X, Y, rate, rounds, tell=False):
    rng = np.random.RandomState(0)
    p = {"W1": 0.1 * rng.randn(4, 2), "b1": np.zeros((4, 1)), "W2": 0.1 * rng.randn(1, 4), "b2": np.zeros((1, 1))}
    m = X.shape[1]
    for i in range(rounds):
        A1, A2 = network(X, p)
        told = cost(A2, Y)
        d2 = A2 - Y
        d1 = np.dot(p["W2"].T, d2) * (1 - np.power(A1, 2))
        g = {"W2": np.dot(d2, A1.T) / m, "b2": d2.mean(axis=1, keepdims=True)}
        g |= {"W1": np.dot(d1, X.T) / m, "b1": d1.mean(axis=1, keepdims=True)}
        for k in ("W1", "b1", "W2", "b2"):
            p[k] = p[k] - rate * g[k]
        if tell and i % 20 == 0:
            print(i, told)
    return p

rng = np.random.RandomState(14)
X = rng.randn(2, 60)
Y = (X[:1] ** 2 + X[1:] ** 2 > 1.2).astype(int)
folds = np.array_split(rng.permutation(60), 4)
for rate in (0.1, 0.5):
    right = []
    for held in range(4):
        others = np.hstack([folds[j] for j in range(4) if j != held])
        p = fit(X[:, others], Y[:, others], rate, 40)
        right.append(np.mean((network(X[:, folds[held]], p)[1] > 0.5) == Y[:, folds[held]]))
    print(rate, np.mean(right))
p = fit(X, Y, 0.5, 100, tell=True)
print(np.mean((network(X, p)[1] > 0.5) == Y))
"""


def test_folds_before_a_last_training_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "folds.py"
    path.write_text(FOLDS)
    report = check(path, repair=0)
    assert report.verdict is Verdict.RIGHT, report.reason
    path.write_text(FOLDS.replace("(1 - np.power(A1, 2))", "(1 - A1)"))
    assert check(path, repair=0).verdict is Verdict.WRONG


RATES = """import numpy as np
X = np.random.RandomState(2).randn(50, 4)
T = np.eye(3)[np.argmax(X @ np.random.RandomState(3).randn(4, 3), axis=1)]
class Net:
    def __init__(self):
        r = np.random.RandomState(0)
        self.W, self.b = r.randn(4, 3) * 0.5, np.zeros(3)
    def forward(self, x):
        e = np.exp(x @ self.W + self.b)
        return e / e.sum(axis=1, keepdims=True)
    def loss(self, x, t):
        return -np.mean(np.sum(t * np.log(self.forward(x)), axis=1))
results = {}
for lr in (0.01, 0.1, 0.5):
    net = Net()
    for epoch in range(6):
        d = (net.forward(X) - T) / len(X)
        net.W, net.b = net.W - lr * X.T @ d, net.b - lr * d.sum(axis=0)
    results[lr] = net.loss(X, T)
print(results)
"""


def test_a_loss_that_is_told_behind_each_of_several_trainings_is_that_of_each(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(RATES)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason
    path.write_text(RATES.replace("d.sum(axis=0)", "d.sum()"))
    assert check(path, repair=0).verdict == "wrong"
