"""Momentum that is kept element by element: no value of a step is the gradient as a whole."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LOOPS = """import numpy as np

rng = np.random.default_rng(3)
X, T = rng.normal(size=(9, 3)), np.tanh(rng.normal(size=(9, 2)))
wi, wo = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
ci, co = np.zeros((3, 4)), np.zeros((4, 2))
N, M = 0.1, 0.4
h, o, d, e = np.zeros(4), np.zeros(2), np.zeros(2), np.zeros(4)
for epoch in range(20):
    total = 0.0
    for x, t in zip(X, T):
        for j in range(4):
            h[j] = np.tanh(sum(x[i] * wi[i][j] for i in range(3)))
        for k in range(2):
            o[k] = np.tanh(sum(h[j] * wo[j][k] for j in range(4)))
            d[k] = (t[k] - o[k]) * (1 - o[k] ** 2)
        for j in range(4):
            e[j] = sum(wo[j][k] * d[k] for k in range(2)) * {slope}
        for j in range(4):
            for k in range(2):
                change = d[k] * h[j]
                {output}
        for i in range(3):
            for j in range(4):
                change = e[j] * x[i]
                {hidden}
        total += 0.5 * sum((t[k] - o[k]) ** 2 for k in range(2))
    print(total)
"""
LAST_GRADIENT = "wo[j][k] = wo[j][k] + N * change + M * N * co[j][k]; co[j][k] = change"
VELOCITY = "co[j][k] = N * change + M * co[j][k]; wo[j][k] += co[j][k]"
FOREVER = "co[j][k] += N * change; wo[j][k] += co[j][k]"
SLOPE = "(1 - h[j] ** 2)"


def of_hidden(output: str) -> str:
    return output.replace("co", "ci").replace("wo", "wi").replace("[j][k]", "[i][j]")


@pytest.mark.slow(but=4)
@pytest.mark.parametrize(
    ("output", "hidden", "slope", "verdict"),
    [
        (VELOCITY, of_hidden(VELOCITY), SLOPE, Verdict.RIGHT),
        (LAST_GRADIENT, of_hidden(LAST_GRADIENT), SLOPE, Verdict.RIGHT),
        (VELOCITY, of_hidden(VELOCITY), "h[j] * (1 - h[j])", Verdict.WRONG),
        (FOREVER, of_hidden(FOREVER), SLOPE, None),  # what is kept as a whole is no momentum, whatever is said of it
        (LAST_GRADIENT, of_hidden(LAST_GRADIENT), "h[j] * (1 - h[j])", Verdict.WRONG),
        (LAST_GRADIENT, of_hidden(LAST_GRADIENT).replace("+ M", "- M"), SLOPE, Verdict.WRONG),
    ],
)
def test_momentum_in_loops(
    output: str, hidden: str, slope: str, verdict: Verdict | None, sandbox: Sandbox, tmp_path: Path
) -> None:
    lines = {"output": output, "hidden": hidden}
    text = LOOPS.format(slope=slope, **{name: line.replace("; ", "\n" + " " * 16) for name, line in lines.items()})
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is verdict or (verdict is None and report.verdict is not Verdict.RIGHT), report.reason
