"""What is shown may be an output, which is held against nothing: no loss that is meant."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SHOWN = """import math
import random
random.seed(2)
hidden = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(3)]
last = [random.uniform(-1, 1) for _ in range(3)]
def slope(a):
    return 1 - pow(a, 2)
for epoch in range(40):
    for x, t in [((1, 0, 0), 1), ((1, 1, 1), 1), ((1, 0, 1), 0), ((1, 1, 0), 0)]:
        h = [math.tanh(sum(w * v for w, v in zip(row, x))) for row in hidden]
        out = math.tanh(sum(w * v for w, v in zip(last, h)))
        d = slope(out) * (t - out)
        back = [slope(h[j]) * last[j] * d for j in range(3)]
        for j in range(3):
            last[j] += 0.1 * d * h[j]
            for i in range(3):
                hidden[j][i] += 0.1 * back[j] * x[i]
        print("output", out, "should be", t)
"""


def test_an_output_that_is_shown_is_no_loss(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(SHOWN, tmp_path, sandbox, 0).verdict is Verdict.RIGHT
    report = reported(SHOWN.replace("1 - pow(a, 2)", "1 - pow(math.tanh(a), 2)"), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes, report.reason
    assert "+    return 1 - pow(a, 2)" in report.fixes[0].diff
