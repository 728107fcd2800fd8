"""What the told losses are recognized as."""

from pathlib import Path

from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

GREATEST = """import numpy as np
rng = np.random.default_rng(6)
X, T = rng.integers(0, 2, size=(5, 4)), np.array([1, 0, 0, 1, 0])
w, v = rng.normal(size=(3, 4)), rng.normal(size=(1, 3))
dw, dv, mw, mv = np.zeros_like(w), np.zeros_like(v), np.zeros_like(w), np.zeros_like(v)
greatest = np.zeros(1)
for epoch in range(12):
    for x, t in zip(X, T):
        h = 1 / (1 + np.exp(-(w @ x)))
        o = 1 / (1 + np.exp(-(v @ h)))
        error = o - t
        dv += np.outer(error, h)
        dw += np.outer((v.T @ error) * h * (1 - h), x)
        if np.absolute(error) > greatest:
            greatest = np.absolute(error)
    mv, mw = 0.9 * mv + 0.1 * dv, 0.9 * mw + 0.1 * dw
    v -= 0.1 * mv
    w -= 0.1 * mw
    dw, dv = np.zeros_like(w), np.zeros_like(v)
    print(greatest)
"""


def test_the_greatest_error_so_far_is_a_measure_and_no_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(GREATEST, tmp_path, sandbox)
    assert report.verdict == "right", report.reason
    assert reported(GREATEST.replace("* h * (1 - h)", "* (1 - h)"), tmp_path, sandbox).verdict == "wrong"
