"""Parameters that begin as lists of numbers and become arrays with their first update."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(6)
x = rng.normal(size=(12, 2))
t = x[:, :1] * x[:, 1:]
def predict(x, w, b):
    return x.dot(w.T) + b
def backward(x, d, w, b):
    w -= 0.05 * d.T.dot(x)
    b -= 0.05 * np.sum(d, axis=0)
    return w, b
w1, b1 = np.array([[1.0, 0.3], [0.4, 1.0], [0.2, -0.5]]), [0.5, 0.4, 0.5]
w2, b2 = np.array([[1.0, 0.6, -0.7]]), [0.5]
for epoch in range(20):
    for i in range(12):
        h = np.tanh(predict(x[i : i + 1], w1, b1))
        y = predict(h, w2, b2)
        loss = ((y - t[i : i + 1]) ** 2).mean()
        d2 = 2 * (y - t[i : i + 1])
        d1 = d2.dot(w2) * (1 - h**2)
        w2, b2 = backward(h, d2, w2, b2)
        w1, b1 = backward(x[i : i + 1], d1, w1, b1)
    print(loss)
"""


def test_biases_that_begin_as_lists_are_parameters_from_the_first_step_on(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 4), report.reason


@pytest.mark.parametrize(
    "mistake", [("d2.dot(w2) * (1 - h**2)", "d2.dot(w2) * (1 - h)"), ("np.sum(d, axis=0)", "np.sum(d)")]
)
def test_a_mistake_beside_them_is_found(mistake: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace(*mistake))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason
