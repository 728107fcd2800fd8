"""A sum that goes on from step to step, where those beside it begin anew."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
WAVES = """import numpy as np
rng = np.random.default_rng(2)
U, W, V = (0.4 * rng.normal(size=size) for size in ((2, 5), (5, 5), (5, 1)))
dU, dW, dV = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V)
for step in range(80):
    x, target = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    h, error = [np.zeros(5)], 0.0
    for t in range(6):
        h.append(np.tanh(x[t] @ U + h[-1] @ W))
        error += 0.5 * ((h[-1] @ V - target[t]) ** 2).sum()
    later = np.zeros(5)
    for t in range(5, -1, -1):
        d = h[t + 1] @ V - target[t]
        dz = (d @ V.T + later) * (1 - h[t + 1] ** 2)
        dV += np.outer(h[t + 1], d)
        dW += np.outer(h[t], dz)
        dU += np.outer(x[t], dz)
        later = dz @ W.T
    U -= 0.05 * dU
    W -= 0.05 * dW
    V -= 0.05 * dV
    dU *= 0
    dV *= 0
    print(error)
"""


@pytest.mark.slow
def test_the_sum_is_named_and_begins_anew(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(WAVES.replace("    dU *= 0\n", "    dU *= 0\n    dW *= 0\n"), tmp_path, sandbox).verdict == "right"
    report = reported(WAVES, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert "+    dW *= 0\n" in report.fixes[0].diff


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (WAVES, ["dW *= 0"]),
        (WAVES.replace("dW +=", "dW = dW +"), []),
        (WAVES.replace("*= 0", "[:] = 0"), []),
        (WAVES.replace("dU *= 0", "dU = np.zeros_like(U)"), ["dW = np.zeros_like(W)", "dW *= 0"]),
    ],
)
def test_only_sums_that_grow_beside_those_that_are_reset_are(text: str, made: list[str]) -> None:
    editor = Editor(text)
    found: list[str] = []
    for line in (22, 23):
        statement = editor.statement_at(line)
        assert statement is not None
        edits = [edit for edit in edits_of(editor, statement) if edit.kind == "missing line"]
        found += [edit.text.strip() for edit in edits]
    assert list(dict.fromkeys(found)) == made
