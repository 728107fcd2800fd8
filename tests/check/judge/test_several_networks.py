"""Several networks in one program: each with a loss of its own, or one that is only drawn after another."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

ACTOR = """import numpy as np
rng = np.random.default_rng(7)
W, c = 0.3 * rng.normal(size=(3, 2)), np.zeros(2)
V, d = 0.3 * rng.normal(size=(3, 1)), np.zeros(1)
for episode in range(40):
    S = rng.normal(size=(12, 3))
    e = np.exp(S @ W + c)
    P = e / e.sum(axis=1, keepdims=True)
    A = (rng.random(12) < P[:, 1]).astype(int)
    R = (S[:, :1] > 0) * (2.0 * A[:, None] - 1)
    advantage = R - (S @ V + d)
    critic_loss = np.mean(advantage ** 2)
    actor_loss = -np.mean(np.log(P[np.arange(12), A]) * advantage[:, 0])
    g = -2 * advantage / 12
    h = P.copy()
    h[np.arange(12), A] -= 1
    h = h * advantage / 12
    V -= 0.1 * S.T @ g
    d -= 0.1 * g.sum(axis=0)
    W -= 0.1 * S.T @ h
    c -= 0.1 * h.sum(axis=0)
    print(episode, actor_loss, critic_loss)
"""
CART = """import random
import numpy as np
random.seed(2)
rng = np.random.default_rng(2)
W, b = 0.5 * rng.normal(size=(2, 3)), np.zeros(3)
frozen = W.copy(), b.copy()
memory, x, v = [], 0.5, 0.0
for t in range(300):
    s = np.array([x, v])
    a = random.randrange(3) if random.random() < 0.3 else int((s @ W + b).argmax())
    v = v + 0.1 * (a - 1) - 0.05 * x
    x = x + 0.1 * v
    memory.append((s, a, -x * x, np.array([x, v])))
    if len(memory) >= 16:
        S, A, R, N = (np.array(each) for each in zip(*random.sample(memory, 16)))
        target = R + 0.9 * (N @ frozen[0] + frozen[1]).max(axis=1)
        error = (S @ W + b)[np.arange(16), A] - target
        g = np.zeros((16, 3))
        g[np.arange(16), A] = 2 * error / 16
        W -= 0.05 * S.T @ g
        b -= 0.05 * g.sum(axis=0)
        if t % 40 == 0:
            frozen = W.copy(), b.copy()
            print(t, np.mean(error ** 2))
"""
DRAWN = """import numpy as np
rng = np.random.default_rng(10)
def net(p, s):
    return s @ p["W"] + p["b"]
q = {"W": 0.5 * rng.normal(size=(4, 3)), "b": np.zeros(3)}
target = {k: each.copy() for k, each in q.items()}
for t in range(200):
    S, N, A = rng.normal(size=(8, 4)), rng.normal(size=(8, 4)), rng.integers(0, 3, 8)
    wanted = S[:, 0] + 0.9 * net(target, N).max(axis=1)
    error = net(q, S)[np.arange(8), A] - wanted
    g = np.zeros((8, 3))
    g[np.arange(8), A] = error / 8
    gradients = {"W": S.T @ g, "b": g.sum(axis=0)}
    for k in q:
        q[k] -= 0.05 * gradients[k]
        target[k] = 0.9 * target[k] + 0.1 * q[k]
    if t % 50 == 0:
        print(t, np.mean(error ** 2) / 2)
"""


@pytest.mark.parametrize("text", [ACTOR, CART, DRAWN])
def test_right(sandbox: Sandbox, tmp_path: Path, text: str) -> None:
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


def test_of_an_actor_and_a_critic_each_follows_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(ACTOR, tmp_path, sandbox)
    assert report.reason == "All 4 parameters follow the gradient of the loss that is told of their own network."


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (ACTOR, "h = h * advantage", "h = -h * advantage"),
        (ACTOR, "A] -= 1", "A] -= 0.5"),
        (ACTOR, "-2 * advantage", "2 * advantage"),
        (CART, "S.T @ g", "N.T @ g"),
        (DRAWN, "S.T @ g", "N.T @ g"),
    ],
)
def test_wrong(sandbox: Sandbox, tmp_path: Path, text: str, right: str, wrong: str) -> None:
    assert right in text
    report = reported(text.replace(right, wrong), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
