"""An element that is picked where the sum of all belongs, and what a loop reads before its first turn."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
ONE_BIAS_A_LAYER = """import numpy as np
rng = np.random.default_rng(3)
X, Y = rng.normal(size=(30, 4)), np.eye(3)[rng.integers(0, 3, 30)]
w1, w2 = rng.normal(size=(4, 5)), rng.normal(size=(5, 3))
b1, b2 = rng.normal(), rng.normal()
sigmoid = lambda z: 1 / (1 + np.exp(-z))
for epoch in range(20):
    for i in range(len(X)):
        x, y = X[i:i + 1], Y[i:i + 1]
        a1 = sigmoid(x @ w1 + b1)
        a2 = sigmoid(a1 @ w2 + b2)
        print(-np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2)))
        d2 = a2 - y
        d1 = d2 @ w2.T * a1 * (1 - a1)
        w2 = w2 - 0.1 * a1.T @ d2
        w1 = w1 - 0.1 * x.T @ d1
        b2 = b2 - 0.1 * d2[-1][-1]
        b1 = b1 - 0.1 * d1[-1][-1]
"""
RECURRENT = """import numpy as np
rng = np.random.default_rng(3)
T, H = 5, 6
U, W, V = (0.3 * rng.normal(size=size) for size in ((H, 3), (H, H), (2, H)))
for step in range(60):
    x, target = rng.normal(size=(T, 3)), rng.normal(size=(T, 2))
    h, y, before = np.zeros((T, H)), np.zeros((T, 2)), np.zeros(H)
    for t in range(T):
        h[t] = before = np.tanh(U @ x[t] + W @ before)
        y[t] = V @ h[t]
    print(0.5 * np.sum((y - target) ** 2))
    dU, dW, dV, later = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V), np.zeros(H)
    for t in reversed(range(T)):
        dV += np.outer(y[t] - target[t], h[t])
        dz = (V.T @ (y[t] - target[t]) + later) * (1 - h[t] ** 2)
        dU += np.outer(dz, x[t])
        dW += np.outer(dz, h[t - 1])
        later = W.T @ dz
    U -= 0.05 * dU
    W -= 0.05 * dW
    V -= 0.05 * dV
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "lines", "written"),
    [
        (RECURRENT, [17], "dW += np.outer(dz, (h[t - 1] if t > 0 else np.zeros_like(h[t])))\n"),
        (ONE_BIAS_A_LAYER, [17, 18], "b2 - 0.1 * np.sum(d2)\n        b1 = b1 - 0.1 * np.sum(d1)\n"),
    ],
    ids=["before the first", "picked"],
)
def test_the_sum_of_all_and_what_was_before_the_first_are_put_there(
    text: str, lines: list[int], written: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(text, tmp_path, sandbox, seconds=15.0)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == lines
    assert report.fixes[0].proved
    assert written in report.fixes[0].texts["network.py"]


@pytest.mark.parametrize(
    ("line", "made"),
    [
        (
            "    w = d[0]\n",
            {"w = d.sum()", "w = d.sum(axis=0)", "w = d.sum(axis=0, keepdims=True)", "w = d.mean(axis=0)"},
        ),
        ("    w = d.shape[0]\n", set()),
        ("    w = s[i - 2]\n", {"w = (s[i - 2] if i >= 2 else np.zeros_like(s[i]))"}),
        ("    w = s[n - 1]\n", set()),  # no loop counts it
        ("    d[0] = w\n", set()),
    ],
)
def test_only_what_is_read_of_an_array_or_at_a_loops_turn_is_thought_of(line: str, made: set[str]) -> None:
    text = f"for i in range(9):\n{line}"
    editor = Editor(text, {"d": (4, 3)})
    statement = editor.statement_at(2)
    assert statement is not None
    edits = [edit for edit in edits_of(editor, statement) if edit.kind in ("picked", "before the first")]
    assert {edit.apply(text).splitlines()[1].strip() for edit in edits} == made
