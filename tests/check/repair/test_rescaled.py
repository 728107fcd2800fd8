"""A gradient that lacks a factor, and is made of data alone: no parameter goes into what moves the bias of a hinge."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
MACHINE = """import random
random.seed(5)
rows = [([random.gauss(0.9 * t, 1), random.gauss(-0.5 * t, 1)], t) for t in (-1, 1) for _ in range(12)]
C = 3.0
class Machine:
    def __init__(self):
        self.w, self.b = [0.1, -0.2], 0.05
    def fit(self):
        for epoch in range(30):
            total = 0
            for x, t in rows:
                out = sum(w * v for w, v in zip(self.w, x)) + self.b
                total += 0.5 * sum(w * w for w in self.w) + C * max(0, 1 - t * out)
                db = 0
                dw = list(self.w)
                if t * out < 1:
                    dw = [w - C * t * v for w, v in zip(self.w, x)]
                    db = -t
                self.w = [w - 0.01 * d for w, d in zip(self.w, dw)]
                self.b = self.b - 0.01 * db
            print(epoch, total / len(rows))
Machine().fit()
"""
RIGHT = "db = -C * t"


def test_a_hinge_in_plain_lists_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MACHINE.replace("db = -t", RIGHT), tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 3)


@pytest.mark.parametrize(
    ("slip", "mended"),
    [
        ("db = -t", "self.b = self.b - 0.01 * db * C"),
        ("db = -C * C * t", "db = -C * t"),
    ],
)
def test_the_bias_gets_the_factor_of_the_weights(slip: str, mended: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MACHINE.replace("db = -t", slip), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert added(report.fixes[0]) == [mended]
    assert report.fixes[0].factor == pytest.approx(24.0), "of all the rows, whose mean is told"


CLIPPED = """import numpy as np
from typing import Optional
rng = np.random.default_rng(3)
X = rng.normal(size=(30, 4))
T = np.tanh(X @ rng.normal(size=(4, 2)) * 3)
W1, b1 = rng.normal(size=(4, 6)), np.zeros(6)
W2, b2 = rng.normal(size=(6, 2)), np.zeros(2)


def train(rate: float, most: Optional[float] = None) -> None:
    global W1, b1, W2, b2
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    print(np.sum((out - T) ** 2))
    error = 2 * (out - T)
    dW2, db2 = h.T @ error, error.sum(axis=0)
    back = error @ W2.T * (1 - h**2)
    dW1, db1 = X.T @ back, back.sum(axis=0)
    size_W1, size_b1 = np.linalg.norm(dW1), np.linalg.norm(db1)
    size_W2, size_b2 = np.linalg.norm(dW2), np.linalg.norm(db2)
    if most:
        if size_W1 >= most:
            dW1 = most * dW1 / size_W1
        if size_b1 >= most:
            db1 = most * db1 / size_b1
        if size_W2 >= most:
            dW2 = most * dW2 / size_W2
        if size_b2 >= most:
            db2 = most * db2 / size_b2
    W1, b1 = W1 - rate * dW1, b1 - rate * db1
    W2, b2 = W2 - rate * dW2, b2 - rate * db2


for epoch in range(40):
    train(0.02, 1.0)
"""


def test_each_gradient_may_be_clipped_to_a_norm_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(CLIPPED, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_a_gradient_is_clipped_by_its_own_norm_and_not_by_that_of_another(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(CLIPPED.replace("db2 / size_b2", "db2 / size_W2"), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert added(report.fixes[0]) == ["db2 = most * db2 / size_b2"]


BY_ITSELF = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(40, 3))
y = np.sin(X[:, :1])
W, v = rng.normal(size=(3, 5)) * 0.5, np.ones((5, 1))
for epoch in range(300):
    h = np.tanh(X @ W)
    out = h @ v
    loss = np.sum((out - y) ** 2)
    d = 2 * (out - y)
    gv = h.T @ d
    gW = X.T @ (d @ v.T * (1 - h**2))
    gW = SCALED
    W -= 0.002 * gW
    v -= 0.002 * gv
    if epoch % 100 == 0:
        print(epoch, loss)
"""


@pytest.mark.parametrize(("scaled", "right"), [("gW", True), ("gW * (W != 0)", True), ("gW * W", False)])
def test_a_gradient_times_its_own_weight_is_none(scaled: str, right: bool, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(BY_ITSELF.replace("SCALED", scaled), tmp_path, sandbox, 0 if right else 15)
    assert report.verdict is (Verdict.RIGHT if right else Verdict.WRONG)
    assert right or report.fixes
