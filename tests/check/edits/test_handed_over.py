"""A layer that reads what an activation was computed from is handed the activation."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits.editor import Editor
from backproof.check.edits.handed_over import handed_over
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
KEPT = """import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(6, 3))
y = rng.uniform(0.1, 0.9, size=(6, 2))


class Network:
    def __init__(self, sizes):
        self.weights = [rng.normal(size=(a, b)) for a, b in zip(sizes, sizes[1:])]

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def forward(self, x):
        self.sums = [x]
        self.outs = [x]
        for i in range(len(self.weights)):
            z = np.dot(self.outs[i], self.weights[i]) + 0.1
            self.sums.append(z)
            self.outs.append(self.sigmoid(z))
        return self.outs[-1]

    def backward(self, y):
        delta = 2 * (self.outs[-1] - y)
        slopes = []
        for i in reversed(range(len(self.weights))):
            a = self.sigmoid(self.sums[i + 1])
            delta = delta * a * (1 - a)
            slopes.insert(0, np.dot(self.outs[i].T, delta))
            delta = np.dot(delta, self.weights[i].T)
        for i in range(len(self.weights)):
            self.weights[i] -= 0.1 * slopes[i]


network = Network([3, 4, 4, 2])
for epoch in range(40):
    out = network.forward(x)
    print(np.sum((out - y) ** 2))
    network.backward(y)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "slip",
    [
        ("np.dot(self.outs[i], self.weights[i])", "np.dot(self.sums[i], self.weights[i])"),
        (
            "            z = np.dot(self.outs[i], self.weights[i]) + 0.1\n",
            "            z = np.dot(z if i else x, self.weights[i]) + 0.1\n",
        ),
    ],
)
def test_it_is_the_first_that_is_tried(slip: tuple[str, str], tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(KEPT, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(KEPT.replace(*slip), tmp_path, sandbox, seconds=10.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert report.findings[0].line == 19
    assert "self.outs[" in report.fixes[0].texts["network.py"].splitlines()[18]


def made(text: str) -> list[str]:
    """The texts after each edit of what the one product of a text multiplies, whose third line is an activation."""
    editor = Editor(text)
    (product,) = (n for n in ast.walk(editor.tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult))
    statement = editor.statement_at(3)
    assert statement is not None
    return [edit.apply(text) for edit in handed_over(editor, product.left, statement)]


def test_a_name_is_read_or_gets_the_activation_for_the_next_turn() -> None:
    text = "for w in ws:\n    layer = layer @ w\n    out = f(layer)\n    outs.append(out)\n"
    assert made(text) == [
        text.replace("layer @", "outs[-1] @"),
        text.replace("layer @", "out @"),
        text.replace("f(layer)\n", "f(layer)\n    layer = out\n"),
    ]


def test_an_entry_of_a_dictionary_is_read_by_its_letter() -> None:
    text = """for l in range(1, 4):
    c["Z" + str(l)] = c["Z" + str(l - 1)] @ w[l]
    c["A" + str(l)] = f(c["Z" + str(l)])
"""
    assert text.replace('c["Z" + str(l - 1)] @', 'c["A" + str(l - 1)] @') in made(text)


NO_BIAS = """import numpy as np
rng = np.random.default_rng(9)
X, Y = rng.normal(size=(3, 15)), rng.uniform(0.1, 0.9, size=(2, 15))
V, W = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for epoch in range(40):
    sums = np.dot(V, X)
    hidden = sigmoid(sums)
    out = sigmoid(np.dot(W, hidden))
    print(np.sum((out - Y) ** 2) / 2)
    d_out = (Y - out) * out * (1 - out)
    d_hidden = hidden * (1 - hidden) * np.dot(W.T, d_out)
    W = W + 0.1 * np.dot(d_out, hidden.T)
    V = V + 0.1 * np.dot(d_hidden, X.T)
"""


@pytest.mark.slow
def test_without_a_bias_too(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(NO_BIAS, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(NO_BIAS.replace("np.dot(W, hidden)", "np.dot(W, sums)"), tmp_path, sandbox, seconds=15.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].texts["network.py"] == NO_BIAS
