"""Where by chance nearly nothing of a network is trained, another chance is tried before anything is said of it."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
# with the seed that every file gets, no unit of the hidden layer ever fires
SHORE = """import numpy as np

sand = np.array([[0.2, 0.9], [0.8, 0.4], [0.5, 0.7], [0.9, 0.1]])
tide = np.array([[0.3], [0.9], [0.4], [0.8]])
{seed}
spin = np.sign(0.4 - np.random.random())
V, b = spin * np.random.random((2, 5)), np.zeros(5)
W, c = np.random.normal(size=(5, 1)), np.zeros(1)
for epoch in range(60):
    for s, t in zip(sand, tide):
        z = s @ V + b
        h = np.maximum(z, 0)
        y = 1 / (1 + np.exp(-(h @ W + c)))
        error = (y - t) * y * (1 - y)
        below = (W @ error) * {slope}
        W -= 0.1 * np.outer(h, error)
        c -= 0.1 * error
        V -= 0.1 * np.outer(s, below)
        b -= 0.1 * below
    print(np.mean((y - t) ** 2))
"""


@pytest.mark.parametrize(
    ("slope", "verdict"), [("(z > 0)", Verdict.RIGHT), ("h", Verdict.WRONG)], ids=["right", "wrong"]
)
def test_another_chance_tells(slope: str, verdict: Verdict, tmp_path: Path) -> None:
    text = SHORE.replace("{slope}", slope)
    with Sandbox(LIMITS) as sandbox:
        report = reported(text.replace("{seed}", ""), tmp_path, sandbox, 0.0)
        assert sandbox.seed != 0
        assert report.verdict is verdict, report.reason


def test_a_seed_of_its_own_is_kept(tmp_path: Path) -> None:
    text = SHORE.replace("{slope}", "(z > 0)").replace("{seed}", "np.random.seed(0)")
    with Sandbox(LIMITS) as sandbox:
        report = reported(text, tmp_path, sandbox, 0.0)
    assert report.verdict is Verdict.RIGHT, report.reason
