"""What a normalisation keeps of its batches is no parameter, though the same loop predicts with it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
NETWORK = """import numpy as np
rng = np.random.default_rng(12)
X = rng.normal(size=(90, 5)) * 3 + 2
y = (X[:, 0] > X[:, 1]).astype(float)[:, None]
W1, W2 = rng.normal(size=(5, 8)) * 0.5, rng.normal(size=(8, 1)) * 0.5
gamma, beta = np.ones(8), np.zeros(8)
mean, var = np.zeros(8), np.ones(8)


def forward(x, training):
    global mean, var
    z = x @ W1
    if training:
        m, v = z.mean(axis=0), z.var(axis=0)
        KEPT
    else:
        m, v = mean, var
    scale = 1 / np.sqrt(v + 1e-5)
    normal = (z - m) * scale
    h = np.tanh(gamma * normal + beta)
    return scale, normal, h, 1 / (1 + np.exp(-h @ W2))


for epoch in range(30):
    for begin in range(0, 90, 30):
        x, t = X[begin:begin + 30], y[begin:begin + 30]
        scale, normal, h, p = forward(x, True)
        loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
        error = (p - t) / 30
        d = error @ W2.T * (1 - h ** 2)
        dn = d * gamma
        dz = scale * (dn - dn.mean(axis=0) - normal * (dn * normal).mean(axis=0))
        W2 = W2 - 0.3 * h.T @ error
        W1 = W1 - 0.3 * x.T @ dz
        gamma, beta = gamma - 0.3 * (d * normal).sum(axis=0), beta - 0.3 * d.sum(axis=0)
    *_, p = forward(X, False)
    print(epoch, loss, ((p > 0.5) == y).mean())
"""
SHARES = "mean, var = 0.9 * mean + 0.1 * m, 0.9 * var + 0.1 * v"
STEPS = "mean += 0.1 * (m - mean); var += 0.1 * (v - var)"


@pytest.mark.parametrize("kept", [SHARES, STEPS])
def test_running_means_that_are_read_each_epoch_are_not_trained(kept: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NETWORK.replace("KEPT", kept), tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 4)


def test_the_mean_of_a_target_may_be_learnt(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """import numpy as np
y = np.random.default_rng(2).normal(size=50) + 3
w = 0.0
for step in range(60):
    w = w - 0.1 * (w - y.mean())
    print(0.5 * (w - y.mean()) ** 2)
"""
    assert reported(text, tmp_path, sandbox).verdict is Verdict.RIGHT
