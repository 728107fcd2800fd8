"""Of a loss that weighs its samples, one by one, the weighted one is followed, and not a part of it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 3))
y, w = X @ np.array([1.0, -2.0, 0.5]), rng.uniform(0.2, 3, 30)
v, b = rng.normal(size=3), 0.0
for epoch in range(4):
    total = 0.0
    for x, t, share in zip(X, y, w):
        e = x @ v + b - t
        total += 0.5 * share * e ** 2
        v -= 0.05 * SHARE * e * x
        b -= 0.05 * SHARE * e
    print(epoch, total / 30)
"""


@pytest.mark.parametrize(("share", "verdict"), [("share", Verdict.RIGHT), ("1.0", Verdict.OTHER_LOSS)])
def test_the_weight_of_a_sample_belongs_to_its_loss(
    sandbox: Sandbox, tmp_path: Path, share: str, verdict: Verdict
) -> None:
    assert reported(PROGRAM.replace("SHARE", share), tmp_path, sandbox).verdict is verdict


LIKELIHOOD = """import numpy as np
rng = np.random.default_rng(0)
y = rng.integers(0, 3, 40)
X = rng.normal(size=(3, 4))[y] + rng.normal(size=(40, 4)) * 0.5
weights = np.array([0.5, 1.0, 2.0])
W, b = rng.normal(size=(4, 3)) * 0.3, np.zeros(3)
for epoch in range(3):
    total = 0
    for i in range(40):
        x = X[i:i + 1]
        s = x @ W + b
        p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
        total += -np.sum(weights[y[i:i + 1]] * np.log(p[np.arange(1), y[i:i + 1]]))
        d = p.copy()
        d[np.arange(1), y[i:i + 1]] -= 1
        d = SIGN * d * weights[y[i:i + 1]][:, None]
        W -= 0.1 * x.T @ d
        b -= 0.1 * d.sum(0)
    print(epoch, total / 40)
"""


@pytest.mark.parametrize(("sign", "right"), [("1", True), ("-1", False)])
def test_minus_what_is_told_is_not_what_is_meant(sandbox: Sandbox, tmp_path: Path, sign: str, right: bool) -> None:
    verdict = reported(LIKELIHOOD.replace("SIGN", sign), tmp_path, sandbox).verdict
    assert (verdict is Verdict.RIGHT) == right
