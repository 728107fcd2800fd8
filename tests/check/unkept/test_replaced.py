"""Parameters that are replaced by their steps, beside states that a network replaces as it should."""

from pathlib import Path

from backproof.check import check
from backproof.check.report import Report, Verdict

ALL = """
import numpy as np
np.random.seed(1)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1.0]])
y = np.array([[0.0, 1, 1, 0]]).T
w0 = np.random.randn(3, 4)
w1 = np.random.randn(4, 1)
for i in range(200):
    a = 1 / (1 + np.exp(-X @ w0))
    p = 1 / (1 + np.exp(-a @ w1))
    d1 = (y - p) * p * (1 - p)
    d0 = d1 @ w1.T * a * (1 - a)
    w1 = a.T @ d1
    w0 = X.T @ d0
    if i % 50 == 0:
        print(np.mean((y - p) ** 2))
"""

BIAS = """
import numpy as np

class Net:
    def __init__(self):
        self.W1, self.W2 = np.random.randn(3, 4), np.random.randn(4, 1)
        self.b1 = np.zeros((1, 4))

    def forward(self, X):
        self.a1 = np.tanh(X @ self.W1 + self.b1)
        return self.a1 @ self.W2

    def train(self, X, y, lr=0.1):
        for i in range(100):
            p = self.forward(X)
            loss = np.mean((p - y) ** 2)
            d2 = 2 * (p - y) / len(X)
            d1 = d2 @ self.W2.T * (1 - self.a1 ** 2)
            self.W1 = self.W1 - lr * X.T @ d1
            self.b1 = -lr * d1.sum(axis=0, keepdims=True)
            self.W2 = self.W2 - lr * self.a1.T @ d2
            if i % 20 == 0:
                print(i, loss)

np.random.seed(0)
X = np.random.randn(30, 3)
Net().train(X, X[:, :1] * X[:, 1:2])
"""

OUTSIDE = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(30, 3))
y = x @ np.array([1.0, -2, 0.5]) + 1

class Line:
    def __init__(self):
        self.w, self.b = np.zeros(3), np.zeros(1)

net = Line()
for epoch in range(80):
    d = x @ net.w + net.b - y
    if epoch % 20 == 0:
        print(0.5 * np.mean(d ** 2))
    net.w = net.w - 0.1 * x.T @ d / 30
    net.b = 0.1 * d.mean()
"""

STATE = """
import numpy as np
rng = np.random.default_rng(0)
W = rng.normal(size=(4, 4)) * 0.4
V = rng.normal(size=(4, 1))
h = np.zeros((1, 4))
for t in range(60):
    x = np.sin(0.3 * t)
    before = h
    h = np.tanh(before @ W + x)
    p = h @ V
    error = p - np.sin(0.3 * (t + 1))
    loss = 0.5 * np.sum(error ** 2)
    dz = error @ V.T * (1 - h ** 2)
    V = V - 0.05 * h.T @ error
    W = W - 0.05 * before.T @ dz
    if t % 20 == 0:
        print(loss)
"""


def checked(tmp_path: Path, text: str) -> Report:
    path = tmp_path / "network.py"
    path.write_text(text)
    return check(path, repair=0.0)


def test_all_are_replaced(tmp_path: Path) -> None:
    report = checked(tmp_path, ALL)
    assert report.verdict == Verdict.WRONG
    assert [finding.line for finding in report.findings] == [13, 14]
    assert report.fixes[0].proved
    assert "+    w1 += a.T @ d1" in report.fixes[0].diff


def test_the_step_is_added_with_the_sign_that_makes_it_right(tmp_path: Path) -> None:
    report = checked(tmp_path, ALL.replace("(y - p) * p", "(p - y) * p"))
    assert "+    w1 -= a.T @ d1" in report.fixes[0].diff


def test_one_weight_of_several_is_replaced(tmp_path: Path) -> None:
    right = BIAS.replace("self.b1 = -lr", "self.b1 = self.b1 - lr")
    assert checked(tmp_path, right).verdict == Verdict.RIGHT
    report = checked(tmp_path, right.replace("self.W1 = self.W1 - lr", "self.W1 = lr"))
    assert report.verdict == Verdict.WRONG
    assert [finding.line for finding in report.findings] == [19]
    assert report.fixes[0].proved


def test_a_bias_is_replaced(tmp_path: Path) -> None:
    report = checked(tmp_path, BIAS)
    assert report.verdict == Verdict.WRONG
    assert report.findings[0].expression == "self.b1 = -lr * d1.sum(axis=0, keepdims=True)"


def test_an_attribute_that_is_replaced_outside_its_class_is_the_same(tmp_path: Path) -> None:
    report = checked(tmp_path, OUTSIDE)
    assert report.verdict == Verdict.WRONG, report.reason
    assert report.findings[0].expression == "net.b = 0.1 * d.mean()"
    assert report.fixes[0].proved


def test_a_state_of_the_network_may_be_replaced(tmp_path: Path) -> None:
    assert checked(tmp_path, STATE).verdict == Verdict.RIGHT
