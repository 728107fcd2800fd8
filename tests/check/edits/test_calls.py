"""Calls that should be others, or none."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SAMPLE_BY_SAMPLE = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W, b = rng.normal(size=(3, 6)), np.zeros(6)
V, c = rng.normal(size=(6, 2)), np.zeros(2)
for epoch in range(10):
    for x, y in zip(X, Y):
        h = np.tanh(x @ W + b)
        error = h @ V + c - y
        back = V @ error * (1 - h ** 2)
        V -= 0.05 * np.outer(h, error)
        c -= 0.05 * error
        W -= 0.05 * np.outer(x, back)
        b -= 0.05 * BACK
    print(np.mean((np.tanh(X @ W + b) @ V + c - Y) ** 2))
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("summed", ["np.sum(back)", "back.sum()", "np.mean(back)"])
def test_the_errors_of_one_sample_are_not_summed_up(summed: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SAMPLE_BY_SAMPLE.replace("BACK", summed), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].proved
    assert report.fixes[0].texts["network.py"] == SAMPLE_BY_SAMPLE.replace("BACK", "back")


# columns are samples: Python's own sum adds up the rows, and the bias becomes a matrix at the first update
COLUMNS = """
import numpy as np
rng = np.random.default_rng(6)
x, t = rng.normal(size=(3, 20)), np.eye(2)[rng.integers(0, 2, 20)].T
w1, b1, w2, b2 = rng.normal(size=(4, 3)), np.zeros((4, 1)), rng.normal(size=(2, 4)), np.zeros((2, 1))
for step in range(30):
    h = np.tanh(w1 @ x + b1)
    p = np.exp(w2 @ h + b2) / sum(np.exp(w2 @ h + b2))
    print(-np.mean(np.sum(t * np.log(p), axis=0)))
    d2 = (p - t) / 20
    d1 = w2.T @ d2 * (1 - h ** 2)
    w2 = w2 - 0.5 * d2 @ h.T
    b2 = b2 - 0.5 * np.sum(d2, axis=1, keepdims=True)
    w1 = w1 - 0.5 * d1 @ x.T
    b1 = b1 - 0.5 * sum(d1)
"""


AVERAGED = """
import numpy as np
rng = np.random.default_rng(6)
xs, ts = rng.normal(size=(20, 3)), rng.uniform(size=(20, 2))
w1, w2 = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
for step in range(80):
    x, t = xs[step % 20], ts[step % 20]
    h = np.tanh(np.sum(x * w1, axis=1))
    p = np.sum(h * w2, axis=1)
    d2 = p - t
    d1 = np.average(d2.reshape(-1, 1) * w2, axis=0) * (1 - h ** 2)
    w2 -= 0.1 * d2.reshape(-1, 1) * h
    w1 -= 0.1 * d1.reshape(-1, 1) * x
"""


@pytest.mark.parametrize(
    ("text", "wrong", "mended"),
    [(COLUMNS, "sum(d1)", "np.sum(d1, axis=1, keepdims=True)"), (AVERAGED, "np.average(", "np.sum(")],
    ids=["own", "average"],
)
def test_another_sum_is_meant(text: str, wrong: str, mended: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(text, tmp_path, sandbox, seconds=15.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].proved
    assert report.fixes[0].texts["network.py"] == text.replace(wrong, mended)


SHELLS = """import numpy as np
rng = np.random.default_rng(8)
shells, kinds = rng.normal(size=(20, 3)), np.eye(3)[rng.integers(0, 3, size=20)]
V, W = rng.normal(size=(3, 6)), rng.normal(size=(6, 3)) * 0.5


def relu(z, derivative=False):
    return (z > 0) * 1.0 if derivative else np.maximum(z, 0)


def softmax(z, derivative=False):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    if derivative:
        return p * (1 - p)
    return p


for epoch in range(60):
    z = shells @ V
    h = relu(z)
    s = h @ W
    p = softmax(s)
    print(-np.sum(kinds * np.log(p)))
    missed = p - kinds
    slope = softmax(s, derivative=True)
    delta = np.multiply(missed, slope)
    below = np.multiply(delta @ W.T, relu(z, derivative=True))
    W -= 0.01 * h.T @ delta
    V -= 0.01 * shells.T @ below
"""


def test_an_error_that_needs_no_slope_is_not_multiplied_with_one(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SHELLS, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert "+    delta = missed" in report.fixes[0].diff.splitlines(), [fix.diff for fix in report.fixes]
    right = SHELLS.replace("np.multiply(missed, slope)", "missed")
    assert reported(right, tmp_path, sandbox, seconds=0.0).verdict is Verdict.RIGHT


ADAM = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
w, b, v = rng.normal(size=(3, 5)) * 0.5, np.zeros(5), rng.normal(size=(5, 1)) * 0.5
m, s = [np.zeros_like(p) for p in (w, b, v)], [np.zeros_like(p) for p in (w, b, v)]
for step in range(1, 40):
    h = np.tanh(x @ w + b)
    error = h @ v - t
    print(np.mean(error ** 2))
    d = 2 * error / 20
    back = d @ v.T * (1 - h ** 2)
    found = [x.T @ back, np.sum(back, axis=0), h.T @ d]
    for k in range(3):
        m[k] = 0.9 * m[k] + 0.1 * found[k]
        s[k] = 0.999 * s[k] + 0.001 * found[k] ** 2
    moves = [0.01 * (m[k] / (1 - 0.9 ** step)) / (np.sqrt(s[k] / (1 - 0.999 ** step)) + 1e-8) for k in range(3)]
    w, b, v = w - moves[0], b - moves[1], v - moves[2]
"""


def test_a_sum_without_its_axis_is_seen_through_adam(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ADAM.replace("np.sum(back, axis=0)", "np.sum(back)"), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 12
    assert report.fixes[0].texts["network.py"] == ADAM
