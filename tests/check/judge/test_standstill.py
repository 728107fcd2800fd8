"""What seems to be trained beside a network, and is none: the centres of clusters, for one."""

from pathlib import Path

from backproof.check import check

# radial functions around centres that are found first, one sample after the other
PROGRAM = """
import numpy as np
rng = np.random.default_rng(8)
x = rng.uniform(0, 1, 40)
t = 0.5 + 0.4 * np.sin(2 * np.pi * x)
means = np.column_stack([np.array([0.1, 0.5, 0.9]), np.zeros(3)])
for value in np.tile(x, 2):
    c = min(range(3), key=lambda k: (value - means[k, 0]) ** 2)
    means[c, 0] = (means[c, 0] * means[c, 1] + value) / (means[c, 1] + 1)
    means[c, 1] += 1
W, b = rng.normal(size=(1, 3)), np.zeros(1)
for epoch in range(8):
    total = 0.0
    for i in rng.permutation(40):
        h = np.exp(-(x[i] - means[:, 0]) ** 2 / 0.05)
        error = t[i] - (W @ h + b)
        total += 0.5 * error[0] ** 2
        W += 0.1 * np.outer(error, h)
        b += 0.1 * error
    print("loss", total)
"""


def test_the_centres_of_clusters_are_no_network(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 2), report.reason


def test_the_network_beside_them_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("b += 0.1 * error", "b -= 0.1 * error"))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason


# the optimizer keeps the arrays of zeros that it was given first, and the layer makes new ones
NOT_HANDED = """
import numpy as np
rng = np.random.default_rng(4)
X, T = rng.normal(size=(30, 3)), rng.normal(size=(30, 1))
class Linear:
    def __init__(self, m, n):
        self.W, self.gW = rng.normal(0, 0.5, (m, n)), np.zeros((m, n))
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, d):
        self.gW{into} = self.x.T @ d
        return d @ self.W.T
layer = Linear(3, 1)
gradients = [layer.gW]
for epoch in range(40):
    y = layer.forward(X)
    print(np.sum((y - T) ** 2))
    layer.backward(2 * (y - T))
    for g in gradients:
        layer.W -= 0.01 * g
"""


def test_gradients_that_nobody_hands_over_are_told(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NOT_HANDED.format(into="[:]"))
    assert check(path, repair=0).verdict == "right"
    path.write_text(NOT_HANDED.format(into=""))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason
    assert "no parameter is moved at all" in report.reason
    assert report.findings[0].expression == "0.01 * g"


def test_dead_units_with_momentum_accuse_nobody(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(
        """
import numpy as np
rng = np.random.default_rng(4)
X, T = rng.random((30, 3)), rng.random((30, 1))
W, v = -rng.random((3, 1)), np.zeros((3, 1))
for epoch in range(40):
    z = X @ W
    y = np.maximum(0, z)
    print(np.mean((y - T) ** 2))
    d = (y - T) * (z > 0)
    v = 0.9 * v + 0.1 * X.T @ d
    W = W - 0.1 * v
"""
    )
    assert check(path, repair=0).verdict != "wrong"


CART = """
import random
import numpy as np
random.seed(3)
np.random.seed(3)
W, b = np.random.randn(2, 2) * 0.5, np.zeros(2)
memory, s = [], np.zeros(2)
for turn in range(120):
    x, v = s
    v = 0.9 * v + (0.1 if random.random() < 0.5 else -0.1)
    x = x + v
    memory.append((s, random.randrange(2), -x * x))
    s = np.array([x, v])
    if len(memory) < 32:
        continue
    S, A, R = map(np.array, zip(*random.sample(memory, 16)))
    q = S @ W + b
    off = q[np.arange(16), A] - R
    dq = np.zeros_like(q)
    dq[np.arange(16), A] = 2 * off / 16
    W -= 0.05 * S.T @ dq
    b -= 0.05 * dq.sum(axis=0)
    print(np.mean(off ** 2))
"""


def test_a_world_that_is_simulated_is_no_training(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(CART)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason
    assert report.parameters == 2
