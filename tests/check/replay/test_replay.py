"""What is computed again is what was recorded, but for rounding, which some functions make much of."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
ROUNDED = """import numpy as np
rng = np.random.default_rng(2)
x, y = rng.normal(size=(40, 4)), rng.normal(size=(40, 2))
w1, w2 = rng.normal(size=(4, 6)), rng.normal(size=(6, 2))
for epoch in range(8):
    print(np.sin(1e13 * np.exp(w1 @ w2)).sum())  # its last digits are all that is left of it
    h = np.tanh(x @ w1)
    e = h @ w2 - y
    print(np.mean(e ** 2))
    d = 2 * e / e.size
    dh = d @ w2.T * (1 - h ** 2)
    w2 -= 0.1 * h.T @ d
    w1 -= 0.1 * x.T @ dh
"""


def test_rounding_that_grows_hides_no_mistake(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ROUNDED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    report = reported(ROUNDED.replace("(1 - h ** 2)", "(1 - h)"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
