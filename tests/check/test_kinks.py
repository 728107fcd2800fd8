"""A convolution, pooled, over pictures whose border is black: with biases of zero, ReLU stands on its kink there."""

from pathlib import Path

import pytest

from backproof.check import check

PROGRAM = """
import numpy as np
from scipy import signal
rng = np.random.default_rng(7)
X = np.zeros((40, 10, 10))
Y = rng.integers(0, 2, 40)
for k, y in enumerate(Y):
    X[k, 3:7, 3:7] = rng.uniform(0.2, 1, (4, 4)) * (np.tri(4) if y else np.tri(4).T)
K, b = rng.normal(0, 0.3, (3, 3, 3)), np.zeros(3)
W, c = rng.normal(0, 0.2, (2, 48)), np.zeros((2, 1))
for epoch in range(3):
    total = 0.0
    for x, y in zip(X, Y):
        z = np.array([signal.correlate2d(x, K[d], mode="valid") + b[d] for d in range(3)])
        a = np.maximum(0, z)
        pooled, mask = np.zeros((3, 4, 4)), np.zeros_like(a)
        for d in range(3):
            for i in range(4):
                for j in range(4):
                    region = a[d, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                    pooled[d, i, j] = np.max(region)
                    at = np.unravel_index(np.argmax(region), region.shape)
                    mask[d, 2 * i + at[0], 2 * j + at[1]] = 1
        flat = pooled.reshape(-1, 1)
        s = W @ flat + c
        p = np.exp(s - s.max())
        p /= p.sum()
        total -= np.log(p[y, 0])
        d_s = p.copy()
        d_s[y] -= 1
        d_pooled = (W.T @ d_s).reshape(3, 4, 4)
        d_a = mask * np.repeat(np.repeat(d_pooled, 2, axis=1), 2, axis=2)
        d_z = d_a * (z > 0)
        d_K = np.array([signal.correlate2d(x, d_z[d], mode="valid") for d in range(3)])
        W -= 0.05 * d_s @ flat.T
        c -= 0.05 * d_s
        K -= 0.05 * d_K
        b -= 0.05 * d_z.sum(axis=(1, 2))
    print(epoch, total / 40)
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("slope", ["(z > 0)", "(z >= 0)"])
def test_either_slope_is_right_there(slope: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("(z > 0)", slope))
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


@pytest.mark.slow
def test_no_slope_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace(" * (z > 0)", ""))
    assert check(path, repair=0).verdict == "wrong"
