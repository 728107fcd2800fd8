"""Mistakes of the forward pass, of which the values of the backward pass do not tell."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LAYERS = """import numpy as np

rng = np.random.default_rng(1)
x = rng.normal(size=(3, 12))
y = rng.uniform(0.1, 0.9, size=(2, 12))
w = [rng.normal(size=(4, 3)), rng.normal(size=(4, 4)), rng.normal(size=(2, 4))]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(z, 0)


for epoch in range(40):
    a = [x]
    for i in range(3):
        z = w[i] @ a[i]
        if i == 2:
            a.append(sigmoid(z))
        elif i == 0:
            a.append(relu(z))
        else:
            a.append(relu(z))
    print(np.mean((a[3] - y) ** 2))
    d = (a[3] - y) * a[3] * (1 - a[3]) / 12
    for i in (2, 1, 0):
        step = d @ a[i].T
        d = w[i].T @ d
        if i > 0:
            d = d * (a[i] > 0)
        w[i] = w[i] - 0.1 * step
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("slip", "line"),
    [
        (("np.exp(-z)", "np.exp(z)"), 10),
        (("elif i == 0:\n            a.append(relu(z))", "elif i == 0:\n            a.append(sigmoid(z))"), 24),
    ],
    ids=["a sign within the activation", "the activation of another layer"],
)
def test_it_is_found_and_mended(slip: tuple[str, str], line: int, tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(LAYERS, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(LAYERS.replace(*slip), tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert LAYERS in [fix.texts["network.py"] for fix in report.fixes]
    assert report.findings[0].line == line


UPHILL = """import numpy as np

rng = np.random.default_rng(4)
x, t = rng.normal(size=(15, 3)), rng.uniform(size=(15, 2))
v, b = rng.normal(size=(3, 4)), np.zeros(4)
w, c = rng.normal(size=(4, 2)), np.zeros(2)
for epoch in range(30):
    h = 1 / (1 + np.exp(-(x @ v + b)))
    z = h @ w + c
    o = 1 / (1 + np.exp(-z))
    error = np.multiply((o - t), o * (1 - o))
    e = np.multiply(error @ w.T, h * (1 - h))
    w += 0.1 * h.T @ error
    c += 0.1 * error.sum(axis=0)
    v += 0.1 * x.T @ e
    b += 0.1 * e.sum(axis=0)
    print(np.mean((o - t) ** 2))
"""


def test_where_all_goes_uphill_no_sign_is_put_before_a_whole_layer(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(UPHILL, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].proved
    assert "+    error = np.multiply((t - o), o * (1 - o))" in report.fixes[0].diff
