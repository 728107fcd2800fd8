"""Layers that are read after their weights were moved are copied before."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.kept_objects import kept_objects
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
NETWORK = """import numpy as np


class Layer:
    def __init__(self, size, before=None):
        self.size = size
        if before:
            self.weights = rng.normal(size=(size, before.size))
            self.biases = rng.normal(size=size)


class Network:
    def __init__(self):
        self.layers = [Layer(2)]
        for size in (4, 3, 2):
            self.layers.append(Layer(size, self.layers[-1]))

    def step(self, x, t):
        out = [x]
        for layer in self.layers[1:]:
            out.append(1 / (1 + np.exp(-(layer.weights @ out[-1] + layer.biases))))
        print(0.5 * np.sum((t - out[-1]) ** 2))
        delta = (t - out[-1]) * out[-1] * (1 - out[-1])
        self.layers[-1].biases += 0.1 * delta
        self.layers[-1].weights += 0.1 * np.outer(delta, out[-2])
        for j in range(2, len(self.layers)):
            delta = np.dot(self.layers[-j + 1].weights.T, delta) * out[-j] * (1 - out[-j])
            self.layers[-j].biases += 0.1 * delta
            self.layers[-j].weights += 0.1 * np.outer(delta, out[-j - 1])


rng = np.random.default_rng(3)
network = Network()
for turn in range(40):
    network.step(rng.normal(size=2), rng.uniform(size=2))
"""


def edited(text: str, expression: str) -> list[str]:
    editor = Editor(text)
    read = next(n for n in editor.nodes if isinstance(n, ast.expr) and editor.segment(n) == expression)
    moves = [node for node in editor.nodes if isinstance(node, ast.AugAssign) and "weights" in editor.segment(node)]
    return [edit.apply(text) for edit in kept_objects(editor, [read], moves)]


def test_the_layers_are_copied_before_the_first_of_them_is_moved() -> None:
    first, *_ = edited(NETWORK, "self.layers[-j + 1].weights.T")
    assert first.startswith("import copy\nimport numpy as np\n")
    before = "        old_layers = copy.deepcopy(self.layers)\n        self.layers[-1].biases += 0.1 * delta\n"
    assert before in first
    assert "np.dot(old_layers[-j + 1].weights.T, delta)" in first


@pytest.mark.parametrize(
    ("head", "begins", "copies"),
    [
        ("import copy\n", "import copy\nimport numpy", "copy.deepcopy("),
        ("import copy as c\n", "import copy as c\nimport numpy", "c.deepcopy("),
        ("from copy import deepcopy\n", "from copy import deepcopy\nimport numpy", "= deepcopy("),
        ('"""A network."""\n', '"""A network."""\nimport copy\nimport numpy', "copy.deepcopy("),
        ("from __future__ import annotations\n", "from __future__ import annotations\nimport copy", "copy.deepcopy("),
    ],
)
def test_what_copies_them_is_imported_once_and_where_it_may_be(head: str, begins: str, copies: str) -> None:
    first, *_ = edited(head + NETWORK, "self.layers[-j + 1].weights.T")
    assert first.startswith(begins)
    assert copies in first


@pytest.mark.parametrize("read", ["self.weights[j + 1].T", "weights[j + 1]", "self.output.weights"])
def test_what_holds_no_objects_is_none(read: str) -> None:
    text = f"def step(self):\n    for j in range(2):\n        d = {read} @ d\n        self.weights[j] += d\n"
    assert not edited(text, read)


@pytest.mark.slow
def test_layers_of_which_the_first_has_no_weights_are_kept_before_the_step_moves_them(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(NETWORK, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 27
    assert report.fixes[0].proved
    assert "old_layers[-j + 1].weights.T" in report.fixes[0].diff
