"""What a gradient lacks where it stands is found by its numbers."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.locate.locate import locate
from backproof.check.repair.completed import completed
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.repair.test_screen import Case
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

GRAPH = """import numpy as np
rng = np.random.default_rng(8)
x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
A = rng.uniform(size=(12, 12)) / 6
W1, W2 = rng.normal(size=(3, 5)) / 2, rng.normal(size=(5, 2)) / 2
lam, rate = 0.03, 0.05
for turn in range(30):
    z = A @ x @ W1
    h = z / (1 + np.abs(z))
    r = A @ h @ W2 - t
    loss = np.sum(np.abs(r) ** 1.5) / 12 + lam * np.sum(W2 ** 2)
    print(loss)
    dr = 1.5 * np.sqrt(np.abs(r)) * np.sign(r) / 12
    back = A.T @ dr
    dW2 = h.T @ back + 2 * lam * W2
    dz = back @ W2.T / (1 + np.abs(z)) ** 2
    dW1 = x.T @ (A.T @ dz)
    W2 = W2 - rate * dW2
    W1 = W1 - rate * dW1
"""
SLIPS = {  # what is there, what a slip makes of it, and a line that mends that
    "a sign": (" * np.sign(r)", "", "dr = 1.5 * (np.sqrt(np.abs(r)) * np.sign(r)) / 12"),
    "a penalty": (" + 2 * lam * W2", "", "dW2 = h.T @ back + 2 * lam * W2"),
    "a power": ("(1 + np.abs(z)) ** 2", "(1 + np.abs(z))", "dz = back @ W2.T / (1 + np.abs(z)) ** 2"),
    "the neighbours": ("x.T @ (A.T @ dz)", "x.T @ dz", "dW1 = x.T @ (A.T @ dz)"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_what_is_lacking_is_among_the_edits(name: str, tmp_path: Path, sandbox: Sandbox) -> None:
    right, wrong, meant = SLIPS[name]
    case = Case(GRAPH.replace(right, wrong), tmp_path, sandbox)
    text, sites = case.source.text, case.recording.sites
    assert text != GRAPH
    rows = completed(locate(case.judgement), {"network.py": text}, {"network.py": Editor(text)}, sites)
    lines = [row.edit.apply(text).splitlines()[row.edit.line - 1].strip() for row, _ in rows]
    assert ast.dump(ast.parse(meant)) in [ast.dump(ast.parse(line)) for line in lines], lines


# of a loop's turns the last one, which comes first on the way back, is right without what is lacking
GATE = """import numpy as np
rng = np.random.default_rng(2)
X, T = rng.normal(size=(5, 8, 2)), rng.normal(size=(8, 3))
W, U, R = rng.normal(size=(2, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
for turn in range(20):
    h, kept = np.zeros((8, 3)), []
    for x in X:
        g = 1 / (1 + np.exp(-h @ R))
        c = np.tanh(x @ W + (g * h) @ U)
        kept.append((x, h, g, c))
        h = h + c
    print(0.5 * np.sum((h - T) ** 2))
    dW, dU, dR, dh = np.zeros_like(W), np.zeros_like(U), np.zeros_like(R), h - T
    for x, h, g, c in kept[::-1]:
        dc = dh * (1 - c ** 2)
        dgh = dc @ U.T
        dg = dgh * h * g * (1 - g)
        dW += x.T @ dc
        dU += (g * h).T @ dc
        dR += h.T @ dg
        dh = dh + dgh + dg @ R.T
    W -= 0.01 * dW
    U -= 0.01 * dU
    R -= 0.01 * dR
"""


@pytest.mark.slow
def test_what_a_gate_lacks_is_found_though_a_loop_goes_on_with_it(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(GATE, tmp_path, sandbox, seconds=20.0)
    assert report.verdict == "wrong"
    assert report.fixes[0].proved
    assert report.fixes[0].texts["network.py"] == GATE.replace("dh + dgh + dg", "dh + dgh * g + dg")
