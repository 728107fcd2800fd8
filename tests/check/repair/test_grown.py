"""Weights that are numbers first and become one copy for each sample, since nothing is summed over the samples."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.locate.following import makes_whole
from backproof.check.locate.locate import locate
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.repair.test_screen import Case
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import random
import numpy as np
random.seed(4)
x1, x2 = np.array([0.1, 0.9, 0.4, 0.7]), np.array([0.8, 0.2, 0.5, 0.3])
y = np.array([0.2, 0.9, 0.4, 0.6])
u1 = random.random()
u2 = random.random()
v1 = random.random()
v2 = random.random()
b = 0.1
def squash(z):
    return 1 / (1 + np.exp(-z))
for turn in range(300):
    h1, h2 = squash(u1 * x1 + b), squash(u2 * x2 + b)
    out = squash(v1 * h1 + v2 * h2)
    print(np.mean((out - y) ** 2 / 2))
    slope = out * (1 - out)
    error_h1 = (out - y) * slope * v1
    error_h2 = (out - y) * slope * v2
    step1, step2 = error_h1 * h1 * (1 - h1) * x1, error_h2 * h2 * (1 - h2) * x2
    step3, step4 = (out - y) * slope * h1, (out - y) * slope * h2
    u1, u2 = u1 - 0.5 * step1, u2 - 0.5 * step2
    v1, v2 = v1 - 0.5 * step3, v2 - 0.5 * step4
"""


WRONG = PROGRAM.replace("error_h2 = (out - y) * slope * v2", "error_h2 = (out - y) / slope * v2")


def test_the_steps_after_that_tell_what_is_right_already(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(WRONG)
    judgement = judge(sandbox.run(read_source(path)).trainings[0])
    following = locate(judgement).following
    assert following is not None
    assert all(frame.number > 0 for frame in following.frames)
    assert max(aim.before for aim in following.aims) == 3


@pytest.mark.slow
def test_a_line_unlike_the_one_beside_it_is_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(WRONG, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert "+    error_h2 = (out - y) * slope * v2" in report.fixes[0].diff


# one sample a step; a bias that is a row gets a column added, and is a square from then on
ROW = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(9, 3)), rng.uniform(-0.5, 0.5, size=(9, 2))
w1, b1 = rng.normal(size=(3, 4)), np.zeros((1, 4))
w2, b2 = rng.normal(size=(4, 2)), np.zeros((1, 2))
for turn in range(20):
    told = 0
    for one in range(9):
        z = np.zeros((1, 4))
        for unit in range(4):
            z[0][unit] = np.dot(x[one, :], w1[:, unit]) + b1[0][unit]
        a = np.tanh(z)
        p = np.tanh(a @ w2 + b2)
        told += np.sum(0.5 * (t[[one]] - p) ** 2)
        d2 = (t[[one]] - p) * (1 - p ** 2)
        d1 = d2 @ w2.T * (1 - a ** 2)
        w2 = w2 + 0.1 * a.T @ d2
        b2 = b2 + 0.1 * d2
        w1 = w1 + 0.1 * x[[one]].T @ d1
        b1 = b1 + 0.1 * d1.T
    print(told)
"""


@pytest.mark.slow
def test_what_only_runs_in_the_first_step_is_no_fix_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(ROW, tmp_path, sandbox)
    rows, promised = case.rows(), case.repair.candidates.promised
    whole = {row.edit.apply(ROW) for row in rows if makes_whole(promised.get((row.file, row.edit), 0.0))}
    assert ROW.replace("d1.T\n    print", "d1\n    print") in whole
    assert ROW.replace("0.1 * d1.T", "0.1 * d1[one]") not in whole, "there is one row alone"
    report = reported(ROW, tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert "+        b1 = b1 + 0.1 * d1\n" in report.fixes[0].diff
