"""Half of sigmoid's derivative is missing: it is put in, and proved."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.half_slope import other_half
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
UNITS = """import math
import random

random.seed(5)
rows = [([random.uniform(-1, 1) for _ in range(3)], random.random()) for _ in range(12)]
down = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
up = [random.uniform(-1, 1) for _ in range(4)]
for epoch in range(30):
    missed = 0.0
    for row, wanted in rows:
        fired = [1 / (1 + math.exp(-sum(w * x for w, x in zip(ws, row)))) for ws in down]
        out = sum(u * f for u, f in zip(up, fired))
        error = out - wanted
        missed += error ** 2
        for j in range(4):
            below = {below}
            for i in range(3):
                down[j][i] -= 0.1 * below * row[i]
            up[j] -= 0.1 * error * fired[j]
    print(missed)
"""


@pytest.mark.slow
def test_the_other_half_is_put_in(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(UNITS.replace("{below}", "error * fired[j] * up[j]"), tmp_path, sandbox, 20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes, report.reason
    assert "below = error * fired[j] * (1 - fired[j]) * up[j]" in report.fixes[0].diff


def test_what_is_there_already_is_not_put_in() -> None:
    text = "s = 1 / (1 + math.exp(-z))\nd = e * a * (1 - a)\n"
    editor = Editor(text)
    names = ("e", "a", "1 - a")
    factors = [n for n in editor.nodes if isinstance(n, ast.Name | ast.BinOp) and editor.segment(n) in names]
    edits = {edit.text for edit in other_half(editor, [(factor, False) for factor in factors])}
    assert edits == {"e * (1 - e)"}
