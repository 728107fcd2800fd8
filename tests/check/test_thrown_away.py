"""What is computed and kept nowhere is named, and kept: `v - m * v`, `w == w + v`; and what no line updates."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
NETWORK = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = (X[:, :1] > 0).astype(float)

class Dense:
    def __init__(self, n, m):
        self.w, self.b = rng.normal(size=(n, m)) * 0.5, np.zeros((1, m))
        self.vw, self.vb = np.zeros_like(self.w), np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, d):
        self.dw = self.x.T @ d
        self.db = d.sum(axis=0, keepdims=True)
        return d @ self.w.T

def update(layer):
    layer.vw = 0.9 * layer.vw - 0.3 * layer.dw
    layer.vb = 0.9 * layer.vb - 0.3 * layer.db
    layer.w += layer.vw
    layer.b += layer.vb

l1, l2 = Dense(3, 5), Dense(5, 1)
for epoch in range(40):
    h = np.tanh(l1.forward(X))
    p = 1 / (1 + np.exp(-l2.forward(h)))
    print(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    d = l2.backward((p - y) / len(X))
    l1.backward(d * (1 - h ** 2))
    update(l1)
    update(l2)
"""
NAMES = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = (X[:, :1] > 0).astype(float)
params = {"W1": rng.normal(size=(3, 5)), "b1": np.zeros((1, 5)), "W2": rng.normal(size=(5, 1)), "b2": np.zeros((1, 1))}
for epoch in range(40):
    h = np.tanh(X @ params["W1"] + params["b1"])
    p = 1 / (1 + np.exp(-(h @ params["W2"] + params["b2"])))
    print(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    dz2 = (p - y) / len(X)
    dz1 = dz2 @ params["W2"].T * (1 - h ** 2)
    grads = {"W1": X.T @ dz1, "b1": dz1.sum(axis=0), "W2": h.T @ dz2, "b2": dz2.sum(axis=0)}
    for name in ["W1", "b1", "W2"]:
        params[name] = params[name] - 0.3 * grads[name]
"""


@pytest.mark.slow
def test_a_velocity_that_is_thrown_away_is_named_and_kept(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(NETWORK, tmp_path, sandbox).verdict is Verdict.RIGHT
    text = NETWORK.replace("layer.vb = 0.9 * layer.vb -", "layer.vb - 0.9 * layer.vb -")
    report = reported(text, tmp_path, sandbox, seconds=20)
    assert (report.verdict, report.findings[0].line) == (Verdict.WRONG, 21)
    assert report.fixes[0].texts["network.py"] == NETWORK


def test_a_comparison_in_the_place_of_an_assignment_is_named_and_mended(tmp_path: Path, sandbox: Sandbox) -> None:
    text = NETWORK.replace("layer.w += layer.vw", "layer.w == layer.w + layer.vw")
    report = reported(text, tmp_path, sandbox, seconds=20)
    assert (report.verdict, report.findings[0].line) == (Verdict.INCONSISTENT, 22)
    assert "+    layer.w = layer.w + layer.vw\n" in report.fixes[0].diff


def test_only_what_nothing_comes_of_is_thrown_away() -> None:
    text = "a - b\nfor t in x:\n    a - b\n    a == b\n    f(a) - b\n    a * b\n    c = a - b\n    a[t] + b - c\n"
    assert Editor(text).thrown_away == {3, 4, 8}


def test_a_name_that_is_left_out_of_the_updates_is_added(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(NAMES, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.INCONSISTENT
    assert report.findings[0].line == 12
    assert {"+    for name in params:\n", '+    for name in ["W1", "b1", "W2", \'b2\']:\n'} & {
        f"{line}\n" for fix in report.fixes for line in fix.diff.splitlines()
    }


def test_a_line_that_only_hands_a_parameter_on_gets_the_update_of_the_others(tmp_path: Path, sandbox: Sandbox) -> None:
    lines = [f'    {n} = params["{n}"] - 0.3 * grads["{n}"]\n' for n in ("W1", "b1", "W2", "b2")]
    whole = NAMES[: NAMES.index("    for name in [")] + "".join(lines)
    whole += '    params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}\n'
    assert reported(whole, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(whole.replace(' - 0.3 * grads["b2"]', ""), tmp_path, sandbox, seconds=20)
    assert (report.verdict, report.findings[0].line) == (Verdict.INCONSISTENT, 15)
    assert report.fixes[0].texts["network.py"] == whole


def test_only_functions_that_compute_and_keep_nothing_are_tried() -> None:
    text = (
        "def slope(a):\n    return a * (1 - a)\ndef show(a):\n    print(a)\nclass Net:\n    def __init__(self):\n"
        "        self.a = 0\n    def forward(self, x):\n        self.x = x\n        return x\n"
        "    def prime(self, x):\n        return 1 - x\n    def back(self, d):\n        e = d\n        return e\n"
        "e = 1\n"
    )
    editor = Editor(text)
    inside, outside = editor.statement_at(14), editor.statement_at(16)
    assert inside is not None
    assert outside is not None
    assert editor.callable_from(inside) == {"slope": 1, "self.prime": 1, "self.back": 1}
    assert editor.callable_from(outside) == {"slope": 1}
