"""Parameters that are moved by what the step before has computed: a much copied tutorial moves them too early."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
MOMENTUM = """import numpy as np
rng = np.random.default_rng(5)

def train(x, t, V, W, bv, bw):
    A = x @ V + bv
    Z = np.tanh(A)
    Y = 1 / (1 + np.exp(-(Z @ W + bw)))
    Ew = Y - t
    Ev = (1 - np.tanh(A) ** 2) {by} np.dot(W, Ew)
    loss = -np.mean(t * np.log(Y) + (1 - t) * np.log(1 - Y))
    return loss, (np.outer(x, Ev), np.outer(Z, Ew), Ev, Ew)

params = [rng.normal(scale=0.3, size=(4, 5)), rng.normal(scale=0.3, size=(5, 4)), np.zeros(5), np.zeros(4)]
X = rng.binomial(1, 0.5, (60, 4))
for epoch in range(4):
    losses, upd = [], [0] * 4
    for x in X:
        loss, grad = train(x, 1 - x, *params)
{first}
{second}
        losses.append(loss)
    print(epoch, np.mean(losses))
"""
MOVE = "        for j in range(4):\n            params[j] -= upd[j]"
KEEP = "        for j in range(4):\n            upd[j] = 0.1 * grad[j] + 0.9 * upd[j]"
RIGHT = MOMENTUM.format(by="*", first=KEEP, second=MOVE)


def test_it_is_right_the_other_way_round(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(RIGHT, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("by", ["*", "+"])
def test_the_lines_are_swapped_and_what_else_is_wrong_is_mended(by: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(MOMENTUM.format(by=by, first=MOVE, second=KEEP), tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].proved
    assert report.fixes[0].texts["network.py"] == RIGHT
    lines = {text: 1 + RIGHT.split("\n").index(text) for text in RIGHT.split("\n")}
    slope = next(number for text, number in lines.items() if "Ev = (1" in text)
    moved = lines["        loss, grad = train(x, 1 - x, *params)"] + 1
    assert [finding.line for finding in report.findings] == ([slope] if by == "+" else []) + [moved]
