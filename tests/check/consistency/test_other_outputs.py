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


CLEAN = """import numpy as np
rng = np.random.default_rng(19)
X = rng.normal(size=(80, 4))
y = (X[:, 0] + X[:, 1] ** 2 - 1 > 0).astype(float)[:, None]
W, b = 0.5 * rng.normal(size=(4, 8)), np.zeros(8)
V, c = 0.5 * rng.normal(size=(8, 1)), np.zeros(1)
def forward(x):
    h = np.tanh(x @ W + b)
    return h, 1 / (1 + np.exp(-(h @ V + c)))
def loss_of(p):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
def gradients(x):
    h, p = forward(x)
    d = (p - y) / len(y)
    dh = d @ V.T * (1 - h ** 2)
    return x.T @ dh, dh.sum(0), h.T @ d, d.sum(0), dh @ W.T
for epoch in range(60):
    A = X + 0.05 * np.sign(gradients(X)[4])
    gW, gb, gV, gc, _ = gradients(A)
    adversarial = loss_of(forward(A)[1])
    W -= 0.2 * gW
    b -= 0.2 * gb
    V -= 0.2 * gV
    c -= 0.2 * gc
    if epoch % 20 == 0:
        print(epoch, adversarial, loss_of(forward(X)[1]))
"""


def test_what_is_told_of_clean_samples_beside_the_loss_is_no_other_loss(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(CLEAN, encoding="utf-8")
    report = check(path, repair=0)
    assert report.verdict is Verdict.RIGHT, report.reason
