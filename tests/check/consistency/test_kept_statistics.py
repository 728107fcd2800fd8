"""Running means that training keeps for the prediction, and that it has to read."""

from pathlib import Path

import pytest

from backproof.check import check

NORMALISED = """
import numpy as np
rng = np.random.default_rng(7)
X = rng.normal(2, 3, (60, 3))
T = (X[:, :1] > X[:, 1:2]) * 1.0
W1, W2 = rng.normal(0, 0.5, (3, 5)), rng.normal(0, 0.5, (5, 1))
g, b = np.ones(5), np.zeros(5)
running_mean, running_var = np.zeros(5), np.ones(5)
for epoch in range(60):
    z = X @ W1
    mean, var = z.mean(axis=0), z.var(axis=0)
    std = np.sqrt(var + 1e-5)
    n = (z - mean) / std
    running_mean = 0.9 * running_mean + 0.1 * mean
    running_var = 0.9 * running_var + 0.1 * var
    h = np.tanh(g * n + b)
    y = h @ W2
    loss = 0.5 * np.sum((y - T) ** 2)
    d = y - T
    dz = d @ W2.T * (1 - h * h)
    dn = dz * g
    dx = (60 * dn - dn.sum(0) - n * (dn * n).sum(0)) / (60 * std)
    W2 -= 0.005 * h.T @ d
    g -= 0.005 * (dz * n).sum(0)
    b -= 0.005 * dz.sum(0)
    W1 -= 0.005 * X.T @ dx
    if epoch % 10 == 0:
        print(loss)
z = X @ W1
h = np.tanh(g * {normalised} + b)
print(np.mean((h @ W2 > 0.5) == T))
"""
BOTH = "(z - running_mean) / np.sqrt(running_var + 1e-5)"


@pytest.mark.parametrize(
    ("normalised", "verdict", "missing"),
    [
        (BOTH, "right", ""),
        ("(z - z.mean(0)) / z.std(0)", "right", ""),  # of its own batch, as some do
        ("z / np.sqrt(running_var + 1e-5)", "inconsistent", "nothing reads `running_mean`"),
        ("(z - running_mean)", "inconsistent", "nothing reads `running_var`"),
    ],
)
def test_all_that_is_kept_is_read(tmp_path: Path, normalised: str, verdict: str, missing: str) -> None:
    path = tmp_path / "network.py"
    path.write_text(NORMALISED.format(normalised=normalised))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
    assert missing in report.reason
    assert not missing or report.findings[0].line == 30


def test_one_that_is_only_printed_predicts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    text = NORMALISED.format(normalised="(z - z.mean(0)) / z.std(0)")
    path.write_text(text + "print(np.sqrt(running_var + 1e-5), running_mean.shape)\n")
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason
