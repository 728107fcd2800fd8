"""A loss of no known kind, and moves that follow nothing: they are meant to be its gradient, if all point its way."""

from pathlib import Path

import pytest

from backproof.check import check

# the focal loss of Lin and others (2017): samples that are known already count less
PROGRAM = """
import numpy as np
rng = np.random.default_rng(21)
x = rng.normal(size=(90, 3))
t = (x[:, :1] + 0.5 * x[:, 1:2] ** 2 > 0.8).astype(float)
w1, b1 = rng.normal(size=(3, 8)) / 2, np.zeros(8)
w2, b2 = rng.normal(size=(8, 1)) / 2, np.zeros(1)
def focal(p, t):
    q = np.where(t == 1, p, 1 - p)
    return np.mean(-(1 - q) ** 2 * np.log(q))
for step in range(120):
    h = np.tanh(x @ w1 + b1)
    p = 1 / (1 + np.exp(-(h @ w2 + b2)))
    print("focal", focal(p, t))
    q = np.where(t == 1, p, 1 - p)
    dq = 2 * (1 - q) * np.log(q) - (1 - q) ** 2 / q
    d2 = np.where(t == 1, dq, -dq) * p * (1 - p) / len(x)
    d1 = d2 @ w2.T * (1 - h ** 2)
    w2 -= 0.5 * h.T @ d2; b2 -= 0.5 * d2.sum(axis=0)
    w1 -= 0.5 * x.T @ d1; b1 -= 0.5 * d1.sum(axis=0)
"""
SLOPE = "2 * (1 - q) * np.log(q) - (1 - q) ** 2 / q"


def test_a_loss_of_its_own_kind_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


@pytest.mark.parametrize("wrong", ["-(1 - q) ** 2 / q", "(1 - q) * np.log(q) - (1 - q) ** 2 / q"])
def test_moves_that_point_its_way_and_are_not_its_gradient_are_wrong(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    text = PROGRAM.replace(SLOPE, wrong)
    path.write_text(text)
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason
    assert text.splitlines()[report.findings[0].line - 1].strip() == f"dq = {wrong}"


def test_noise_that_is_added_to_a_gradient_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("    d1 = d2", "    d2 = d2 + 0.001 * rng.normal(size=d2.shape)\n    d1 = d2"))
    assert check(path, repair=0).verdict == "cannot-judge"


def test_a_step_that_is_solved_for_is_no_mistake(tmp_path: Path) -> None:
    # every step points the way of the gradient, and is another one on purpose
    text = PROGRAM.replace(
        "h.T @ d2; b2 -= 0.5 * d2.sum(axis=0)", "np.linalg.inv(h.T @ h / 90 + np.eye(8)) @ (h.T @ d2)"
    )
    text = text.replace("x.T @ d1; b1 -= 0.5 * d1.sum(axis=0)", "np.linalg.inv(x.T @ x / 90 + np.eye(3)) @ (x.T @ d1)")
    path = tmp_path / "network.py"
    path.write_text(text)
    assert "inv(h" in text
    assert "inv(x" in text
    assert check(path, repair=0).verdict == "cannot-judge"


RANKED = """import random
import numpy as np
random.seed(1)
np.random.seed(1)
likes = {u: {i for i in range(10) if (u + i) % 3 == 0} for u in range(8)}
P, Q = np.random.normal(0, 0.1, (8, 4)), np.random.normal(0, 0.1, (10, 4))
running = 0
for step in range(2000):
    u = random.randrange(8)
    i = random.choice(sorted(likes[u]))
    j = random.choice(sorted(set(range(10)) - likes[u]))
    x = P[u] @ (Q[i] - Q[j])
    loss = np.log(1 + np.exp(-x)) + 0.005 * (P[u] @ P[u] + Q[i] @ Q[i] + Q[j] @ Q[j])
    running += loss
    e = 1 / (1 + np.exp(x))
    pu = P[u].copy()
    P[u] += 0.1 * (e * (Q[i] - Q[j]) - 0.01 * P[u])
    Q[i] += 0.1 * (e * pu - 0.01 * Q[i])
    Q[j] += 0.1 * (-e * pu - 0.01 * Q[j])
    if (step + 1) % 500 == 0:
        print(step + 1, running / 500)
        running = 0
"""


@pytest.mark.parametrize(("slip", "verdict"), [("np.exp(x)", "right"), ("np.exp(-x)", "wrong")])
def test_what_is_called_a_loss_tells_the_way_though_only_its_sum_is_shown(
    slip: str, verdict: str, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text(RANKED.replace("1 + np.exp(x)", f"1 + {slip}"))
    assert check(path, repair=0).verdict == verdict
