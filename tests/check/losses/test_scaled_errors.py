"""A number that an error is multiplied with between two layers is no rate, where each move has a rate of its own."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
THREE_LAYERS = """import numpy as np
rng = np.random.default_rng(7)
X = rng.normal(size=(40, 3))
Y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
W1, b1 = rng.normal(size=(3, 6)), np.zeros(6)
W2, b2 = rng.normal(size=(6, 5)), np.zeros(5)
W3, b3 = rng.normal(size=(5, 1)), np.zeros(1)
slow, lr = 0.1, 0.3
for epoch in range(60):
    a1 = np.tanh(X @ W1 + b1)
    a2 = np.tanh(a1 @ W2 + b2)
    p = 1 / (1 + np.exp(-(a2 @ W3 + b3)))
    print(-np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p)))
    d3 = (p - Y) / len(X)
    d2 = {second}
    d1 = {first}
    W3 -= {own3} a2.T @ d3
    b3 -= {own3} d3.sum(axis=0)
    W2 -= {own2} a1.T @ d2
    b2 -= {own2} d2.sum(axis=0)
    W1 -= {own1} X.T @ d1
    b1 -= {own1} d1.sum(axis=0)
"""
SECOND, FIRST = "d3 @ W3.T * (1 - a2 ** 2)", "d2 @ W2.T * (1 - a1 ** 2)"


@pytest.mark.parametrize(
    ("second", "first", "own", "verdict"),
    [
        (SECOND, FIRST, ("lr *",) * 3, Verdict.RIGHT),
        (SECOND, FIRST, ("0.3 *", "0.1 *", "0.5 * lr *"), Verdict.RIGHT),  # each layer's own
        ("0.5 * d3 @ W3.T * (1 - a2 ** 2)", FIRST, ("lr *",) * 3, Verdict.WRONG),
        ("d3 @ W3.T * slow * (1 - a2 ** 2)", FIRST, ("lr *",) * 3, Verdict.WRONG),
        (SECOND, "(d2 / 2.5) @ W2.T * (1 - a1 ** 2)", ("lr *", "0.2 *", "0.1 *"), Verdict.WRONG),
        ("d3 @ W3.T * (1 - a2 ** 2) * 0.25", FIRST, ("lr *",) * 3, Verdict.WRONG),
        # the first layer's rate goes with its error, and its moves have no other
        (SECOND, "slow * d2 @ W2.T * (1 - a1 ** 2)", ("lr *", "lr *", ""), Verdict.RIGHT),
    ],
)
def test_a_number_that_scales_an_error_between_layers_is_a_mistake(
    second: str, first: str, own: tuple[str, str, str], verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    own3, own2, own1 = own
    text = THREE_LAYERS.format(second=second, first=first, own3=own3, own2=own2, own1=own1)
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is verdict, report.reason
    assert verdict is Verdict.RIGHT or report.findings[0].line == (16 if first != FIRST else 15)


SEPARATE = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(30, 3))
A, B = np.sin(X[:, :1]), X[:, 1:2] ** 2
Wa, Va = rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
Wb, Vb = rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
for epoch in range(60):
    ha, hb = np.tanh(X @ Wa), np.tanh(X @ Wb)
    ya, yb = ha @ Va, hb @ Vb
    print(np.mean((ya - A) ** 2), np.mean((yb - B) ** 2))
    da = (ya - A) / len(X)
    db = 0.5 * (yb - B) / len(X)
    ga, gb = da @ Va.T * (1 - ha ** 2), db @ Vb.T * (1 - hb ** 2)
    Va -= 0.1 * ha.T @ da
    Wa -= 0.1 * X.T @ ga
    Vb -= 0.1 * hb.T @ db
    Wb -= 0.1 * X.T @ gb
"""


def test_a_network_beside_another_may_weigh_its_error(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(SEPARATE, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
