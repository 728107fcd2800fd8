"""A slope that is written a (a - 1): it is minus the slope, once in the output's layer and twice in the one before."""

from pathlib import Path

from backproof.check import check

PROGRAM = """
import numpy as np
np.random.seed(1)
def nonlin(x, derivative=False):
    if derivative:
        return x * (x - 1)
    return 1 / (1 + np.exp(-x))
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
syn0, syn1 = 2 * np.random.random((3, 4)) - 1, 2 * np.random.random((4, 1)) - 1
for step in range(60):
    l1 = nonlin(X.dot(syn0))
    l2 = nonlin(l1.dot(syn1))
    l2_error = y - l2
    if step % 20 == 0:
        print(np.mean(np.abs(l2_error)))
    l2_delta = l2_error * nonlin(l2, derivative=True)
    l1_delta = l2_delta.dot(syn1.T) * nonlin(l1, derivative=True)
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
"""


def test_it_is_turned_where_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=20)
    assert report.verdict == "wrong"
    # another sign of one update alone would do, too, and is no better reading of it
    assert report.findings[0].line == PROGRAM[: PROGRAM.index("x * (x - 1)")].count("\n") + 1
    assert "+        return x * (1 - x)" in report.fixes[0].diff.splitlines()


def test_turned_so_it_is_right(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("(x - 1)", "(1 - x)"))
    assert check(path, repair=0).verdict == "right"
