"""A slope that is wrong in a function of a class, beside methods that keep what they compute."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import numpy as np
class Network:
    def __init__(self, sizes, alpha=0.5):
        rng = np.random.default_rng(3)
        self.alpha = alpha
        self.W = [rng.normal(0, 1 / np.sqrt(a), (a, b)) for a, b in zip(sizes, sizes[1:])]
    def elu(self, z):
        return np.where(z > 0, z, self.alpha * (np.exp(np.minimum(z, 0)) - 1))
    def d_elu(self, a):
        return np.where(a > 0, 1.0, a + self.alpha)
    def forward(self, X):
        self.acts = [X]
        for i, w in enumerate(self.W):
            z = self.acts[-1] @ w
            self.acts.append(z if i == len(self.W) - 1 else self.elu(z))
        return self.acts[-1]
    def loss(self, X, Y):
        return 0.5 * np.mean(np.sum((self.forward(X) - Y) ** 2, axis=1))
    def backward(self, Y):
        delta = (self.acts[-1] - Y) / len(Y)
        found = []
        for i in range(len(self.W) - 1, -1, -1):
            found.insert(0, self.acts[i].T @ delta)
            if i > 0:
                delta = (delta @ self.W[i].T) * self.d_elu(self.acts[i])
        return found
rng = np.random.default_rng(8)
X = rng.uniform(-2, 2, (256, 2))
Y = np.sin(X[:, :1]) * X[:, 1:]
net = Network([2, 24, 16, 1])
for epoch in range(100):
    loss = net.loss(X, Y)
    gradients = net.backward(Y)
    for i in range(3):
        net.W[i] -= 0.05 * gradients[i]
    if epoch % 20 == 0:
        print(epoch, loss)
"""
RIGHT = "        return np.where(a > 0, 1.0, a + self.alpha)"


@pytest.mark.slow
def test_the_setting_that_was_written_as_a_number_is_found(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("a + self.alpha)", "a + 1.0)"))
    report = check(path, repair=40)
    assert report.verdict == "wrong"
    assert report.fixes[0].proved
    assert f"+{RIGHT}" in report.fixes[0].diff.splitlines()
