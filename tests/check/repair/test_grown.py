"""Weights that are numbers first and become one copy for each sample, since nothing is summed over the samples."""

from pathlib import Path

from backproof.check.judge.judge import judge
from backproof.check.locate.locate import locate
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
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


def test_a_line_unlike_the_one_beside_it_is_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(WRONG, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert "+    error_h2 = (out - y) * slope * v2" in report.fixes[0].diff
