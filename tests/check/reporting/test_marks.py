"""The marks in the margin: what is made from a wrong value is wrong, and a slope beside it is not."""

from pathlib import Path

from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import Place
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
TEXT = """import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
W1, W2, W3 = rng.normal(size=(3, 5)), rng.normal(size=(5, 4)), rng.normal(size=(4, 1))
for step in range(50):
    z = X @ W1
    h = np.maximum(z, 0)
    y = h @ W2
    k = np.maximum(y, 0)
    out = k @ W3
    print(np.mean((out - Y) ** 2))
    d_out = 2 * (out - Y) / 20
    dW3 = k.T @ d_out
    d_y = (d_out @ W3.T) * np.where(y > 0, 1, 0) * k
    dW2 = h.T @ d_y
    slope = np.where(z > 0, 1, 0)
    d_z = (d_y @ W2.T) * slope
    dW1 = X.T @ d_z
    W1 -= 0.05 * dW1
    W2 -= 0.05 * dW2
    W3 -= 0.05 * dW3
"""


def test_each_line_is_marked_by_what_it_computes(tmp_path: Path, sandbox: Sandbox) -> None:
    marks = reported(TEXT, tmp_path, sandbox).marks
    wrong = {place.line for place, right in marks.items() if not right}
    assert wrong == {14, 15, 17, 18, 19, 20}
    assert {6, 7, 8, 9, 10, 11, 12, 13, 21} <= {place.line for place, right in marks.items() if right}
    assert Place(16) not in marks, "a slope is no gradient"


def test_in_a_right_file_nothing_is_marked_wrong(tmp_path: Path, sandbox: Sandbox) -> None:
    marks = reported(TEXT.replace(" * k\n", "\n"), tmp_path, sandbox).marks
    assert marks
    assert all(marks.values())
