"""Optimizers that move one row of a table at a time, as word vectors are trained, with what they keep of that row."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

COUNTS = """import numpy as np
rng = np.random.default_rng(3)
pairs = [(i, j, float(rng.integers(1, 9))) for i in range(9) for j in range(9) if rng.random() < 0.6]
W, C = 0.1 * rng.normal(size=(9, 4)), 0.1 * rng.normal(size=(9, 4))
bw, bc = np.zeros(9), np.zeros(9)
sW, sC, sbw, sbc = np.ones((9, 4)), np.ones((9, 4)), np.ones(9), np.ones(9)
for epoch in range(10):
    cost = 0
    for k in rng.permutation(len(pairs)):
        i, j, x = pairs[k]
        share = min(1.0, (x / 6) ** 0.75)
        error = W[i] @ C[j] + bw[i] + bc[j] - np.log(x)
        cost += 0.5 * share * error ** 2
        slope = share * error
        gw, gc = slope * C[j], slope * W[i]
        W[i] -= 0.05 * gw / np.sqrt(sW[i])
        C[j] -= 0.05 * gc / np.sqrt(sC[j])
        bw[i] -= 0.05 * slope / np.sqrt(sbw[i])
        bc[j] -= 0.05 * slope / np.sqrt(sbc[j])
        sW[i] += gw ** 2
        sC[j] += gc ** 2
        sbw[i] += slope ** 2
        sbc[j] += slope ** 2
    print(epoch, cost)
"""
ADAM = """import numpy as np
rng = np.random.default_rng(5)
P, Q = 0.3 * rng.normal(size=(8, 4)), 0.3 * rng.normal(size=(10, 4))
kept = {}
def adam(table, key, row, g):
    t, m, v = kept.get((key, row), (0, np.zeros(4), np.zeros(4)))
    t, m, v = t + 1, 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    kept[key, row] = t, m, v
    table[row] -= 0.05 * (m / (1 - 0.9 ** t)) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
for epoch in range(6):
    loss = 0.0
    for k in rng.permutation(80):
        u, i = divmod(int(k), 10)
        r = float((u + i) % 3 == 0)
        p = 1 / (1 + np.exp(-P[u] @ Q[i]))
        loss -= r * np.log(p) + (1 - r) * np.log(1 - p)
        gu, gi = (p - r) * Q[i], (p - r) * P[u]
        adam(P, "P", u, gu)
        adam(Q, "Q", i, gi)
    print(epoch, loss)
"""


@pytest.mark.parametrize(
    "text",
    [
        COUNTS,
        # what is kept takes the gradient in before it moves anything
        COUNTS.replace("        W[i] -=", "        sW[i] += gw ** 2\n        W[i] -=").replace(
            "        sW[i] += gw ** 2\n        sC", "        sC"
        ),
        ADAM,
    ],
)
def test_right(sandbox: Sandbox, tmp_path: Path, text: str) -> None:
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (COUNTS, "slope * C[j], slope", "slope * W[i], slope"),
        (COUNTS, "gw / np.sqrt(sW[i])", "gw / sW[i]"),
        (ADAM, "(p - r) * Q[i], ", "(p + r) * Q[i], "),
    ],
)
def test_wrong(sandbox: Sandbox, tmp_path: Path, text: str, right: str, wrong: str) -> None:
    assert right in text
    report = reported(text.replace(right, wrong), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
