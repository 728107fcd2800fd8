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


@pytest.mark.slow(but=3)
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


THREE_STEPS = {"range(20)": "range(1)", "size=(9, ": "size=(3, "}


@pytest.mark.parametrize(
    ("slope", "kept", "verdict"),
    [
        (SLOPE, "N * co[j][k]", Verdict.RIGHT),
        ("h[j] * (1 - h[j])", "N * co[j][k]", Verdict.WRONG),
        (SLOPE, "N * co[0][k]", Verdict.WRONG),
    ],
)
def test_one_step_behind_the_first_tells_what_goes_on(
    slope: str, kept: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    lines = {"output": LAST_GRADIENT.replace("N * co[j][k]", kept), "hidden": of_hidden(LAST_GRADIENT)}
    text = LOOPS.format(slope=slope, **{name: line.replace("; ", "\n" + " " * 16) for name, line in lines.items()})
    for old, new in THREE_STEPS.items():
        text = text.replace(old, new)
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is verdict, report.reason


TIDES = """import math
import numpy as np
import random

random.seed(0)


def matrix(rows, columns, fill=0.0):
    return np.zeros([rows, columns], float)


class Net:
    def __init__(self, ni, nh, no):
        self.ni, self.nh, self.no = ni + 1, nh, no
        self.ai, self.ah, self.ao = [1.0] * self.ni, [1.0] * self.nh, [1.0] * self.no
        self.wi, self.wo = matrix(self.ni, self.nh), matrix(self.nh, self.no)
        for i in range(self.ni):
            for j in range(self.nh):
                self.wi[i][j] = random.uniform(-0.2, 0.2)
        for j in range(self.nh):
            for k in range(self.no):
                self.wo[j][k] = random.uniform(-2.0, 2.0)
        self.ci, self.co = matrix(self.ni, self.nh), matrix(self.nh, self.no)

    def update(self, inputs):
        for i in range(self.ni - 1):
            self.ai[i] = inputs[i]
        for j in range(self.nh):
            total = 0.0
            for i in range(self.ni):
                total = total + self.ai[i] * self.wi[i][j]
            self.ah[j] = math.tanh(total)
        for k in range(self.no):
            total = 0.0
            for j in range(self.nh):
                total = total + self.ah[j] * self.wo[j][k]
            self.ao[k] = math.tanh(total)
        return self.ao[:]

    def back(self, targets, N, M):
        out = [0.0] * self.no
        for k in range(self.no):
            error = targets[k] - self.ao[k]
            out[k] = (1.0 - self.ao[k] ** 2) * error
        hidden = [0.0] * self.nh
        for j in range(self.nh):
            error = 0.0
            for k in range(self.no):
                error = error + out[k] * self.wo[j][k]
            hidden[j] = SLOPE * error
        for j in range(self.nh):
            for k in range(self.no):
                change = out[k] * self.ah[j]
                self.co[j][k] = N * change + M * self.co[j][k]
                self.wo[j][k] += self.co[j][k]
        for i in range(self.ni):
            for j in range(self.nh):
                change = hidden[j] * self.ai[i]
                self.ci[i][j] = N * change + M * self.ci[i][j]
                self.wi[i][j] += self.ci[i][j]
        return sum(0.5 * (targets[k] - self.ao[k]) ** 2 for k in range(len(targets)))


patterns = [[[0, 0], [0]], [[0, 1], [1]], [[1, 0], [1]], [[1, 1], [0]]]
net = Net(2, 2, 1)
for i in range(200):
    error = 0.0
    for inputs, targets in patterns:
        net.update(inputs)
        error = error + net.back(targets, 0.5, 0.1)
    if i % 100 == 0:
        print("error %-.5f" % error)
"""


@pytest.mark.parametrize(
    ("slope", "verdict"),
    [("(1.0 - self.ah[j] ** 2)", Verdict.RIGHT), ("self.ah[j] * (1.0 - self.ah[j])", Verdict.WRONG)],
)
def test_where_one_weight_goes_on_with_its_last_move_the_others_should(
    slope: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(TIDES.replace("SLOPE", slope), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason
