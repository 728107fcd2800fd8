"""A layer that drops units must hand nothing back where it dropped them."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
NETWORK = """import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(40, 5))
T = np.tanh(X @ rng.normal(size=(5, 2)))
class Dense:
    def __init__(self, n, m):
        self.W, self.b = rng.normal(size=(n, m)) * 0.5, np.zeros(m)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, error):
        back = error @ self.W.T
        self.W -= 0.1 * self.x.T @ error
        self.b -= 0.1 * error.sum(axis=0)
        return back
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, error):
        return error * (1 - self.y ** 2)
class Dropout:
    def __init__(self, p):
        self.p = p
    def forward(self, x):
        mask = rng.random(x.shape) > self.p
        return x * mask / (1 - self.p)
    def backward(self, error):
        return error
layers = [Dense(5, 8), Tanh(), Dropout(0.25), Dense(8, 2)]
for epoch in range(60):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - T) ** 2)
    print(epoch, loss)
    error = 2 * (out - T) / T.size
    for layer in reversed(layers):
        error = layer.backward(error)
"""
DRAWN = "mask = rng.random(x.shape) > self.p\n        return x * mask / (1 - self.p)"
AT_ONCE = "return x * (rng.random(x.shape) > self.p)"


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        (DRAWN, "self.mask = mask / (1 - self.p)"),
        (AT_ONCE, "self.mask = rng.random(x.shape) > self.p"),
    ],
)
def test_the_mask_is_kept(form: str, kept: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NETWORK.replace(DRAWN, form), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert added(report.fixes[0]) == [kept, "return x * self.mask", "return error * self.mask"]
    assert [finding.expression for finding in report.findings] == ["return error"]


def test_a_mask_that_is_kept_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    text = NETWORK.replace(DRAWN, "self.mask = rng.random(x.shape) > self.p\n        return x * self.mask")
    text = text.replace("return error\n", "return error * self.mask\n")
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
