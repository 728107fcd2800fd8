"""Weights that are kept within bounds after each update, however that is written."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
t = X @ np.array([[0.3], [-0.2], [0.1]])
w, v, b = rng.normal(size=(3, 4)) * 0.1, rng.normal(size=(4, 1)) * 0.1, np.zeros((1, 1))
for step in range(60):
    h = np.tanh(X @ w)
    y = h @ v + b
    print(np.mean((y - t) ** 2))
    d = 2 * (y - t) / 20
    dh = d @ v.T * (1 - h**2)
    v -= 0.1 * h.T @ d
    v = {v}
    w -= 0.1 * X.T @ dh
    w = {w}
    b -= 0.1 * d.sum(0, keepdims=True)
"""
WAYS = {
    "clip": "np.clip({0}, -{1}, {1})",
    "two bounds": "np.maximum(-{1}, np.minimum({1}, {0}))",
    "two bounds, turned": "np.minimum({1}, np.maximum(-{1}, {0}))",
}


def program(way: str, bound: float) -> str:
    return PROGRAM.format(v=WAYS[way].format("v", bound), w=WAYS[way].format("w", bound))


@pytest.mark.parametrize("bound", [0.25, 0.05])
@pytest.mark.parametrize("way", WAYS)
def test_they_are_right(way: str, bound: float, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(program(way, bound))
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 3), report.reason
    assert report.steps > 2


@pytest.mark.parametrize("way", WAYS)
def test_a_mistake_beside_it_is_found(way: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(program(way, 0.25).replace("(1 - h**2)", "(1 - h)"))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason
