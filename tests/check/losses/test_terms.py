"""A loss that is told at the end of an epoch, of terms that were added up apart."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
AUTOENCODER = """import numpy as np
rng = np.random.default_rng(6)
data = rng.random((60, 8))
w1, b1 = rng.normal(size=(8, 3)) * 0.4, np.zeros(3)
w2, b2 = rng.normal(size=(3, 8)) * 0.4, np.zeros(8)
for epoch in range(30):
    told, spread, count = 0.0, 0.0, 0
    for x in np.split(data, 12):
        h = np.tanh(x @ w1 + b1)
        p = 1 / (1 + np.exp(-(h @ w2 + b2)))
        rec = -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p)) / len(x)
        size = 0.5 * np.sum(h ** 2) / len(x)
        told, spread, count = told + rec, spread + size, count + 1
        d = (p - x) / len(x)
        dh = (d @ w2.T + 0.1 * h / len(x)) * (1 - h ** 2)
        w2 -= 0.1 * h.T @ d
        b2 -= 0.1 * d.sum(0)
        w1 -= 0.1 * x.T @ dh
        b1 -= 0.1 * dh.sum(0)
    if epoch % 2 == 0:
        print("loss", (told + 0.1 * spread) / count)
"""


def test_the_terms_are_put_together(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(AUTOENCODER, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(("right", "wrong"), [("+ 0.1 * h / len(x)", "+ 0.3 * h / len(x)"), ("+ 0.1 * h", "+ 0.1")])
def test_another_share_of_a_term_is_not_right(right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert right in AUTOENCODER
    assert reported(AUTOENCODER.replace(right, wrong), tmp_path, sandbox).verdict is not Verdict.RIGHT


def test_terms_that_are_told_apart_are_put_together(tmp_path: Path, sandbox: Sandbox) -> None:
    apart = AUTOENCODER.replace("size = 0.5 * np", "size = 0.05 * np").replace(
        '    if epoch % 2 == 0:\n        print("loss", (told + 0.1 * spread) / count)',
        "    print(told / count, spread / count)",
    )
    report = reported(apart, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert "the sum of the two losses that it tells" in report.reason
    for wrong in ("+ 0.3 * h / len(x)", "- 0.1 * h / len(x)"):
        changed = apart.replace("+ 0.1 * h / len(x)", wrong)
        assert reported(changed, tmp_path, sandbox).verdict is not Verdict.RIGHT
