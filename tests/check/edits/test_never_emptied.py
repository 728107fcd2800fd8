"""Lists that each forward pass adds to: emptied before it, or read by their last elements, they are right."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.edits import Editor
from backproof.check.edits.never_emptied import lines_never_emptied

NETWORK = """
import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(20, 3))
T = np.tanh(X[:, :1] - X[:, 1:2])
class Network:
    def __init__(self):
        self.W = [rng.normal(0, 0.5, (3, 4)), rng.normal(0, 0.5, (4, 1))]
        self.kept = []
        self.losses = []
    def forward(self, a):
        {begin}
        for w in self.W:
            self.kept.append(a)
            a = np.tanh(a @ w)
        self.kept.append(a)
        return a
    def step(self, T):
        y = self.forward(X)
        self.losses.append(np.sum((y - T) ** 2))
        d = 2 * (y - T)
        for n in (1, 0):
            d = d * (1 - self.kept[{after}] ** 2)
            g = self.kept[{before}].T @ d
            d = d @ self.W[n].T
            self.W[n] = self.W[n] - 0.01 * g
network = Network()
for epoch in range(30):
    network.step(T)
    print(network.losses[epoch])
"""


def _written(begin: str, after: str = "n + 1", before: str = "n") -> str:
    return NETWORK.format(begin=begin, after=after, before=before)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (_written("pass"), {14, 16}),
        (_written("self.kept = []"), set()),
        (_written("self.kept.clear()"), set()),
        (_written("pass", "n - 2", "n - 3"), {14, 16}),
    ],
)
def test_the_lines_are_found(text: str, lines: set[int]) -> None:
    assert lines_never_emptied(Editor(text)) == lines


def test_a_list_that_is_emptied_is_right(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    for text in (_written("self.kept = []"), _written("pass", "n - 2", "n - 3")):
        path.write_text(text)
        assert check(path, repair=0).verdict == "right"


@pytest.mark.slow
def test_a_list_that_is_never_emptied_is_named_and_mended(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(_written("pass"))
    report = check(path, repair=20.0)
    assert report.verdict == "wrong", report.reason
    assert report.findings[0].line in (14, 16)
    assert "never emptied" in report.findings[0].message
    assert report.fixes
    assert "+        self.kept = []" in report.fixes[0].diff
