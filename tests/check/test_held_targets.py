"""Networks that learn from what they say themselves of the next state: temporal-difference learning."""

from pathlib import Path

import pytest

from backproof.check import check

NETWORK = """import numpy as np
rng = np.random.default_rng(9)
W1, b1 = rng.normal(0, 0.5, (3, 6)), np.zeros(6)
W2, b2 = rng.normal(0, 0.5, (6, 2)), np.zeros(2)
def forward(s):
    h = np.tanh(s @ W1 + b1)
    return h, h @ W2 + b2
"""
Q = """
s = rng.normal(size=3)
for step in range(200):
    h, q = forward(s)
    a = int(np.argmax(q)) if rng.random() > 0.3 else int(rng.integers(2))
    following, reward = rng.normal(size=3), float(rng.normal())
    target = reward if step % 7 == 6 else reward + 0.9 * float(np.max(forward(following)[1]))
    d = np.zeros(2)
    d[a] = q[a] - target
    dh = (d @ W2.T) * (1 - h**2)
    W2 -= 0.05 * np.outer(h, d)
    b2 -= 0.05 * d
    W1 -= 0.05 * np.outer(s, dh)
    b1 -= 0.05 * dh
    s = following
"""
BATCH = """
for step in range(200):
    s, following = rng.normal(size=(8, 3)), rng.normal(size=(8, 3))
    h, q = forward(s)
    a, reward = rng.integers(0, 2, 8), rng.normal(size=8)
    target = q.copy()
    target[np.arange(8), a] = reward + 0.9 * forward(following)[1].max(axis=1)
    print(step, np.mean((q - target) ** 2))
    d = (q - target) / 8
    dh = (d @ W2.T) * (1 - h**2)
    W2 -= 0.05 * h.T @ d
    b2 -= 0.05 * d.sum(axis=0)
    W1 -= 0.05 * s.T @ dh
    b1 -= 0.05 * dh.sum(axis=0)
"""
PROGRAMS = {"one state": Q, "a batch": BATCH}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_target_is_held(program: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NETWORK + PROGRAMS[program])
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 4), report.reason


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("mistake", [("(1 - h**2)", "(1 - h)"), ("W1 -=", "W1 +="), ("(d @ W2.T)", "(d @ W2.T + 0.1)")])
def test_a_mistake_is_found(program: str, mistake: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NETWORK + PROGRAMS[program].replace(*mistake))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason
