"""A loss that is told of all the data once an epoch, beside moves that are made from a few samples."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

HUBER = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(60, 4))
y = np.sin(x[:, 0]) + x[:, 1] + 2 * (rng.random(60) < 0.1)
w1, b1 = rng.normal(size=(4, 6)) * 0.5, np.zeros(6)
w2, b2 = rng.normal(size=(6, 1)) * 0.5, np.zeros(1)

def forward(x):
    h = np.tanh(x @ w1 + b1)
    return h, (h @ w2 + b2)[:, 0]

def huber(p, t):
    r = np.abs(p - t)
    return np.where(r <= 0.5, 0.5 * r ** 2, 0.5 * (r - 0.25)).mean()

for epoch in range(12):
    order = rng.permutation(60)
    for s in range(0, 60, 10):
        rows = order[s:s + 10]
        h, p = forward(x[rows])
        d = (np.clip(p - y[rows], -0.5, 0.5) / len(rows))[:, None]
        dh = d @ w2.T * (1 - h ** 2)
        w2 -= 0.1 * h.T @ d
        b2 -= 0.1 * d.sum(0)
        w1 -= 0.1 * x[rows].T @ dh
        b1 -= 0.1 * dh.sum(0)
    print(epoch, huber(forward(x)[1], y))
"""

SPARSE = """
import numpy as np
rng = np.random.default_rng(4)
data = rng.random((80, 5)).round(2)
w, b, c = rng.normal(size=(5, 3)) * 0.3, np.zeros(3), np.zeros(5)
lam = 0.05

def encode(x):
    return 1 / (1 + np.exp(-(x @ w + b)))

def cost(x):
    h = encode(x)
    r = 1 / (1 + np.exp(-(h @ w.T + c)))
    return -np.sum(x * np.log(r) + (1 - x) * np.log(1 - r)) / len(x) + lam * np.abs(h).sum() / len(x)

for epoch in range(10):
    for s in range(0, 80, 16):
        x = data[s:s + 16]
        h = encode(x)
        r = 1 / (1 + np.exp(-(h @ w.T + c)))
        d = (r - x) / len(x)
        dh = (d @ w + lam / len(x)) * h * (1 - h)
        w -= 0.2 * (x.T @ dh + d.T @ h)
        b -= 0.2 * dh.sum(axis=0)
        c -= 0.2 * d.sum(axis=0)
    print(cost(data))
"""


@pytest.mark.parametrize("text", [HUBER, SPARSE])
def test_the_moves_follow_the_told_loss_of_their_own_samples(text: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.factor == 1.0


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (HUBER, "np.clip(p - y[rows], -0.5, 0.5)", "np.clip(p - y[rows], -0.4, 0.4)"),
        (HUBER, "(1 - h ** 2)", "(1 - h)"),
        (SPARSE, "lam / len(x)) * h", "2 * lam / len(x)) * h"),
    ],
)
def test_what_follows_another_loss_is_not_right(
    text: str, old: str, new: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert old in text
    assert reported(text.replace(old, new), tmp_path, sandbox).verdict is not Verdict.RIGHT


def test_columns_may_be_the_samples(tmp_path: Path, sandbox: Sandbox) -> None:
    text = (
        HUBER.replace("def forward(x):", "def forward(columns):\n    x = columns.T")
        .replace("forward(x[rows])", "forward(x.T[:, rows])")
        .replace("forward(x)[1]", "forward(x.T)[1]")
    )
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


def test_an_optimizer_that_is_wrong_is_wrong_beside_a_loss_that_is_told_seldom(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    text = HUBER.replace("for epoch in", "m1, m2, v1, v2, t = 0, 0, 0, 0, 0\nfor epoch in").replace(
        "        w2 -= 0.1 * h.T @ d\n",
        "        t += 1\n        g2 = h.T @ d\n"
        "        m2 = 0.9 * m2 + (1 - 0.9) * g2\n        v2 = 0.99 * v2 + (1 - 0.99) * g2 ** 2\n"
        "        w2 -= 0.01 * (m2 / (1 - 0.9 ** t)) / (np.sqrt(v2 / (1 - 0.99 ** t)) + 1e-8)\n",
    )
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
    wrong = reported(text.replace("(1 - 0.99 ** t)", "(1 - 0.9 ** t)"), tmp_path, sandbox)
    assert wrong.verdict is Verdict.WRONG
    assert "corrected with" in wrong.findings[0].message
