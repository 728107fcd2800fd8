"""A loss that is told of other outputs than those that training moves the parameters by."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.report import Verdict

MARGIN = """import numpy as np
rng = np.random.default_rng(1)
leaves = np.vstack([rng.normal(size=(40, 2)) + 1.5, rng.normal(size=(40, 2)) - 1])
kind = np.repeat([1.0, -1.0], 40)
w, b, told = 0.01 * rng.normal(size=2), 0, []

def loss():
    return 0.01 * np.sum(w ** 2) + np.mean(np.maximum(0, 1 - kind * (leaves @ w - b)))

for epoch in range(60):
    inside = kind * (leaves @ w - b) < 1
    dw = 2 * 0.01 * w - (kind[inside, None] * leaves[inside]).sum(axis=0) / len(leaves)
    db = np.sum(kind[inside]) / len(leaves)
    told.append(loss())
    w -= 0.1 * dw
    b -= 0.1 * db
for each in told:
    print(each)
"""
OWN = "inside = kind * (leaves @ w - b)"
BIAS = "db = np.sum(kind[inside])"
PULL = "- (kind[inside, None] * leaves[inside])"


def verdict_of(text: str, folder: Path) -> Verdict:
    path = folder / "margin.py"
    path.write_text(text)
    return check(path, repair=0).verdict


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, Verdict.RIGHT),
        ({OWN: OWN.replace("- b", "+ b"), BIAS: BIAS.replace("np", "-np")}, Verdict.OTHER_LOSS),
        ({BIAS: BIAS.replace("np", "-np")}, Verdict.WRONG),
        # all go up the hinge loss, and only the penalty pulls down
        ({BIAS: BIAS.replace("np", "-np"), PULL: PULL.replace("- ", "+ ")}, Verdict.WRONG),
    ],
    ids=["right", "of others", "one way", "upwards"],
)
def test_the_outputs_are_those_that_the_loss_is_told_of(
    changed: dict[str, str], verdict: Verdict, tmp_path: Path
) -> None:
    text = MARGIN
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    assert verdict_of(text, tmp_path) is verdict


@pytest.mark.slow
def test_what_goes_up_is_turned_though_the_loss_holds_a_penalty(tmp_path: Path) -> None:
    path = tmp_path / "margin.py"
    path.write_text(MARGIN.replace(BIAS, BIAS.replace("np", "-np")))
    report = check(path, repair=15)
    assert {finding.line for finding in report.findings} <= {13, 16}
    assert report.fixes[0].proved
    assert verdict_of(report.fixes[0].texts["margin.py"], tmp_path) is Verdict.RIGHT
