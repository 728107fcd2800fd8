"""A loop that trains on each sample by a line of its own: the calls are steps of one and the same kind."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """import numpy as np
class Network:
    def __init__(self):
        rng = np.random.default_rng(7)
        self.w, self.v = rng.normal(size=(3, 2)), rng.normal(size=(1, 3))
    def train(self, x, t):
        x, t = np.array(x, ndmin=2).T, np.array(t, ndmin=2).T
        h = 1 / (1 + np.exp(-(self.w @ x)))
        y = 1 / (1 + np.exp(-(self.v @ h)))
        error = t - y
        d = error * y * (1 - y)
        back = self.v.T @ d
        self.v += 0.3 * d @ h.T
        self.w += 0.3 * (back * h * (1 - h)) @ x.T
n = Network()
for turn in range(400):
    n.train([1, 1], [0])
    n.train([1, 0], [1])
    n.train([0, 1], [1])
    n.train([0, 0], [0])
"""
MISTAKES = [("self.v.T @ d", "self.v.T @ error"), ("back * h * (1 - h)", "back * h"), ("d @ h.T", "d @ h.T * h.T")]


def test_each_line_is_a_step(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 2), report.reason


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_though_one_sample_does_not_show_it(mistake: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace(*mistake))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason
