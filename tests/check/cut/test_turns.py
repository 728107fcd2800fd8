"""Networks that are trained in turns: each by the gradient of its own loss, the other one as it is at that time."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
GAN = """import numpy as np
rng = np.random.default_rng(3)
real = rng.normal(2.0, 0.5, size=(16, 2))
g1, h1, g2, h2 = rng.normal(size=(3, 5)), np.zeros(5), rng.normal(size=(5, 2)), np.zeros(2)
d1, c1, d2, c2 = rng.normal(size=(2, 6)), np.zeros(6), rng.normal(size=(6, 1)), np.zeros(1)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for step in range(60):
    noise = rng.normal(size=(16, 3))
    x = np.vstack([real, np.tanh(noise @ g1 + h1) @ g2 + h2])
    t = np.vstack([np.ones((16, 1)), np.zeros((16, 1))])
    a = np.tanh(x @ d1 + c1)
    p = sigmoid(a @ d2 + c2)
    loss_d = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    dz = (p - t) / len(x)
    da = dz @ d2.T * (1 - a ** 2)
    d2 -= 0.1 * a.T @ dz
    c2 -= 0.1 * dz.sum(axis=0)
    d1 -= 0.1 * x.T @ da
    c1 -= 0.1 * da.sum(axis=0)

    noise = rng.normal(size=(16, 3))
    h = np.tanh(noise @ g1 + h1)
    x = h @ g2 + h2
    a = np.tanh(x @ d1 + c1)
    p = sigmoid(a @ d2 + c2)
    loss_g = -np.mean(np.log(p))
    dz = (p - 1) / len(x)
    dx = (dz @ d2.T * (1 - a ** 2)) @ d1.T
    dh = dx @ g2.T * (1 - h ** 2)
    g2 -= 0.05 * h.T @ dx
    h2 -= 0.05 * dx.sum(axis=0)
    g1 -= 0.05 * noise.T @ dh
    h1 -= 0.05 * dh.sum(axis=0)
    print(loss_d, loss_g)
"""
MISTAKES = {
    "in the first turn": ("da = dz @ d2.T * (1 - a ** 2)", "da = dz @ d2.T"),
    "in the second turn": ("dh = dx @ g2.T * (1 - h ** 2)", "dh = dx @ g2.T * (1 - h)"),
}


def test_two_networks_that_take_turns_are_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(GAN, tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 4), report.reason


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_one_turn_is_found(mistake: str, sandbox: Sandbox, tmp_path: Path) -> None:
    right, wrong = MISTAKES[mistake]
    assert right in GAN
    report = reported(GAN.replace(right, wrong), tmp_path, sandbox, 20)
    assert report.verdict == Verdict.WRONG
    assert [finding.line for finding in report.findings] == [GAN[: GAN.index(right)].count("\n") + 1]
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict == Verdict.RIGHT


def test_factors_that_are_moved_in_turns_with_errors_of_their_own_are_right(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """import numpy as np
rng = np.random.default_rng(1)
r, p, q = rng.normal(size=(6, 5)), rng.normal(size=(6, 2)), rng.normal(size=(5, 2))
for step in range(50):
    e = p @ q.T - r
    p = p - 0.05 * e @ q
    e = p @ q.T - r
    q = q - 0.05 * e.T @ p
    print(np.sum(e ** 2))
"""
    assert reported(program, tmp_path, sandbox).verdict == Verdict.RIGHT
    early = program.replace("    e = p @ q.T - r\n    q", "    q")
    assert reported(early, tmp_path, sandbox).verdict == Verdict.WRONG


MANY = """import numpy as np
rng = np.random.default_rng(0)
X = rng.uniform(size=(3, 40))
Y = np.sin(X[:1] + X[1:2])
W1, b1 = rng.normal(size=(5, 3)), np.zeros((5, 1))
W2, b2 = rng.normal(size=(4, 5)), np.zeros((4, 1))
W3, b3 = rng.normal(size=(1, 4)), np.zeros((1, 1))


def forward(a0):
    a1 = np.tanh(W1 @ a0 + b1)
    a2 = np.tanh(W2 @ a1 + b2)
    return a0, a1, a2, W3 @ a2 + b3


def gradient(which, x, y):
    a0, a1, a2, a3 = forward(x)
    d3 = 2 * (a3 - y) / x.shape[1]
    d2 = W3.T @ d3 * (1 - a2 ** 2)
    d1 = W2.T @ d2 * (1 - a1 ** 2)
    layer, bias = divmod(which, 2)
    d, a = ((d1, a0), (d2, a1), (d3, a2))[layer]
    return d.sum(axis=1, keepdims=True) if bias else d @ a.T


for epoch in range(30):
    for i in range(0, 40, 25):
        x, y = X[:, i : i + 25], Y[:, i : i + 25]
        print(np.sum((forward(x)[-1] - y) ** 2) / x.shape[1])
        W1 = W1 - 0.05 * gradient(0, x, y)
        b1 = b1 - 0.05 * gradient(1, x, y)
        W2 = W2 - 0.05 * gradient(2, x, y)
        b2 = b2 - 0.05 * gradient(3, x, y)
        W3 = W3 - 0.05 * gradient(4, x, y)
        b3 = b3 - 0.05 * gradient(5, x, y)
"""


def test_each_weight_may_have_a_turn_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    """Block by block: each gradient is taken anew behind the move before it."""
    report = reported(MANY, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    wrong = MANY.replace("d2 = W3.T @ d3 *", "d2 = -W3.T @ d3 *")
    assert reported(wrong, tmp_path, sandbox, name="wrong.py").verdict is Verdict.WRONG
