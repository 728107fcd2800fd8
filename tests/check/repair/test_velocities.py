"""A slip in what a velocity is drawn by, in a program of single numbers: the velocities of before are as they were."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
MOMENTUM = """import math
import random
random.seed(3)
samples = [([random.uniform(-1, 1) for _ in range(2)] + [1.0], n % 3) for n in range(30)]
A = [[random.gauss(0, 0.8) for _ in range(3)] for _ in range(4)]
B = [[random.gauss(0, 0.8) for _ in range(4)] for _ in range(3)]
vA = [[0.0] * 3 for _ in range(4)]
vB = [[0.0] * 4 for _ in range(3)]
def times(M, x):
    return [sum(m * v for m, v in zip(row, x)) for row in M]
for epoch in range(10):
    loss = 0.0
    for x, c in samples:
        h = [math.tanh(q) for q in times(A, x)]
        e = [math.exp(q) for q in times(B, h)]
        p = [q / sum(e) for q in e]
        loss -= math.log(p[c])
        d = [p[k] - (1 if k == c else 0) for k in range(3)]
        back = [sum(d[k] * B[k][j] for k in range(3)) for j in range(4)]
        for k in range(3):
            for j in range(4):
                vB[k][j] = 0.7 * vB[k][j] + d[k] * h[j]
                B[k][j] -= 0.1 * vB[k][j]
        for j in range(4):
            for i in range(3):
                vA[j][i] = 0.7 * vA[j][i] + back[j] * (1 - h[j] ** 2) * x[i]
                A[j][i] -= 0.1 * vA[j][i]
    print(loss / 30)
"""
SLIPS = {
    "+ d[k] * h[j]\n": "+ d[k] * p[k] * h[j]\n",
    "(1 - h[j] ** 2)": "(1 - h[j])",
}


@pytest.mark.slow
@pytest.mark.parametrize("line", SLIPS)
def test_the_gradient_beside_the_velocity_is_mended(line: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MOMENTUM.replace(line, SLIPS[line]), tmp_path, sandbox, 30)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    (made,) = added(report.fixes[0])
    assert line.strip() in made
