"""A file that ends with an error where it trains: what came before is judged, and the error is named."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

ENDING = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
w, rates = rng.normal(size=(3, 1)), [0.1] * 12
for step in range(20):
    e = x @ w - t
    print(0.5 * np.sum(e ** 2))
    w = w - 0.01 * x.T @ e{more}
{behind}
"""


@pytest.mark.parametrize(
    ("more", "behind", "told"), [(" * rates[step] / 0.1", "", True), ("", "rates[20]", False), ("", "", False)]
)
def test_an_error_within_training_is_named(
    more: str, behind: str, told: bool, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(ENDING.replace("{more}", more).replace("{behind}", behind), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT
    expected = "It ends with an error where it trains, in line 8: IndexError: list index out of range."
    assert (expected in report.notes) == told
