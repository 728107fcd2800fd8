"""A loss that is told at the end of an epoch, of terms that were added up apart."""

from pathlib import Path

import pytest

from backproof.check import check
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


TWO_HEADS = """
import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(30, 4))
y, t = x[:, :1] + x[:, 1:2], (x[:, 2:3] > 0).astype(float)
w, v, u = rng.normal(size=(4, 5)) * 0.5, rng.normal(size=(5, 1)) * 0.5, rng.normal(size=(5, 1)) * 0.5
for epoch in range(60):
    h = np.tanh(x @ w)
    a, p = h @ v, 1 / (1 + np.exp(-(h @ u)))
    squared = np.mean((a - y) ** 2)
    entropy = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    loss = squared + 0.3 * entropy
    da, dp = 2 * (a - y) / 30, WEIGHT * (p - t) / 30
    dh = (da @ v.T + dp @ u.T) * (1 - h ** 2)
    w, v, u = w - 0.1 * x.T @ dh, v - 0.1 * h.T @ da, u - 0.1 * h.T @ dp
    if epoch % 20 == 0:
        print(epoch, squared, entropy, SHOWN)
"""


@pytest.mark.parametrize(
    ("weight", "shown", "verdict"),
    [("0.3", "loss", "right"), ("1", "loss", "wrong"), ("0.3", "-loss", "right"), ("-0.3", "-loss", "wrong")],
)
def test_the_sum_that_is_told_says_how_its_terms_are_added(
    weight: str, shown: str, verdict: str, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text(TWO_HEADS.replace("WEIGHT", weight).replace("SHOWN", shown))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
