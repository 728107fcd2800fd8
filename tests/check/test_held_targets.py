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
# the error of a step is a part of the last one's, through the bias that this moved
VALUES = """
w, c = rng.normal(0, 0.4, 6), np.zeros(1)
def value(s):
    h = np.tanh(s @ W1 + b1)
    return h, w @ h + c
s, errors = rng.normal(size=3), []
for step in range(200):
    following = 0.7 * s + 0.3 * rng.normal(size=3)
    h, v = value(s)
    target = following.sum() + 0.9 * value(following)[1]
    delta = target - v
    errors.append((0.5 * delta**2)[0])
    dh = -delta * w * (1 - h**2)
    w += 0.02 * delta * h
    c += 0.02 * delta
    W1 -= 0.02 * np.outer(s, dh)
    b1 -= 0.02 * dh
    s = following
"""
PROGRAMS = {"one state": Q, "a batch": BATCH}
# what of its loss is held is the author's choice: the advantage is, in the first of its terms
ACTOR = """
critic = rng.normal(0, 0.4, 6)
s = rng.normal(size=3)
for step in range(150):
    h, z = forward(s)
    p = np.exp(z - z.max())
    p /= p.sum()
    v = critic @ h
    a = rng.choice(2, p=p)
    following = rng.normal(size=3)
    target = float(a == (s[0] > 0)) + 0.9 * (critic @ forward(following)[0])
    advantage = target - v
    print(-np.log(p[a]) * advantage + 0.5 * (target - v) ** 2)
    dz, dv = advantage * (p - np.eye(2)[a]), -advantage
    dh = (W2 @ dz + critic * dv) * (1 - h**2)
    W2 -= 0.02 * np.outer(h, dz)
    b2 -= 0.02 * dz
    critic = critic - 0.02 * dv * h
    W1 -= 0.02 * np.outer(s, dh)
    b1 -= 0.02 * dh
    s = following
"""
# sharpness-aware minimization: the gradient is taken where the first one leads uphill
SHARPNESS = """
x, t = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
def gradients(W1, b1, W2, b2):
    h = np.tanh(x @ W1 + b1)
    d = (h @ W2 + b2 - t) / 30
    dh = d @ W2.T * (1 - h**2)
    return 15 * np.sum(d**2), [x.T @ dh, dh.sum(0), h.T @ d, d.sum(0)]
params = [W1, b1, W2, b2]
for step in range(60):
    loss, g = gradients(*params)
    norm = np.sqrt(sum((part**2).sum() for part in g))
    _, g = gradients(*[p + 0.05 * part / norm for p, part in zip(params, g)])
    params = [p - 0.1 * part for p, part in zip(params, g)]
    print(loss)
"""


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_target_is_held(program: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NETWORK + PROGRAMS[program])
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 4), report.reason


def test_an_error_that_goes_on_through_a_bias_is_no_parameter(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NETWORK + VALUES)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 4), report.reason


# the ratio to what the policy said before, which is held (Schulman and others, 2017)
RATIO = """
for turn in range(30):
    s = rng.normal(size=(16, 3))
    old = np.exp(forward(s)[1])
    old /= old.sum(1, keepdims=True)
    a = np.array([rng.choice(2, p=p) for p in old])
    advantage = np.where(a == (s[:, 0] > 0), 1.0, -1.0)
    for epoch in range(3):
        h, z = forward(s)
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        ratio = p[np.arange(16), a] / old[np.arange(16), a]
        print(-np.mean(ratio * advantage))
        d = (-advantage * ratio / 16)[:, None] * (np.eye(2)[a] - p)
        dh = d @ W2.T * (1 - h**2)
        W2 -= 0.1 * h.T @ d
        b2 -= 0.1 * d.sum(0)
        W1 -= 0.1 * s.T @ dh
        b1 -= 0.1 * dh.sum(0)
"""
HELD = {"an actor and its critic": ACTOR, "sharpness-aware": SHARPNESS, "a ratio of policies": RATIO}


@pytest.mark.parametrize("program", HELD.values(), ids=HELD.keys())
def test_what_of_the_loss_is_held_is_not_guessed(program: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NETWORK + program)
    report = check(path, repair=0)
    assert report.verdict in ("cannot-judge", "right"), report.reason


@pytest.mark.slow(but=3)
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("mistake", [("(1 - h**2)", "(1 - h)"), ("W1 -=", "W1 +="), ("(d @ W2.T)", "(d @ W2.T + 0.1)")])
def test_a_mistake_is_found(program: str, mistake: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NETWORK + PROGRAMS[program].replace(*mistake))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason
