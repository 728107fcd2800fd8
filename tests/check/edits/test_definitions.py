"""A derivative that is wrong is mended in its function, not where it is called."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.definitions import in_definitions
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SLOPED = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))

def _leaky(v):
    return v if v > 0 else 0.1 * v

def _slope(v):
    return v if v > 0 else 0.1

leaky = np.vectorize(_leaky, otypes=[float])
slope = np.vectorize(_slope, otypes=[float])
w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
for epoch in range(30):
    z1 = x @ w1
    a1 = leaky(z1)
    error = a1 @ w2 - t
    print(np.mean(error ** 2))
    d1 = error @ w2.T * slope(z1)
    w2 -= 0.01 * a1.T @ error
    w1 -= 0.01 * x.T @ d1
"""


@pytest.mark.slow
def test_a_function_that_numpy_calls_for_each_element_is_mended_itself(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SLOPED, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 9
    assert report.fixes[0].proved
    mended = report.fixes[0].texts["network.py"]
    assert mended == SLOPED.replace("return v if v > 0 else 0.1\n", "return np.where(v > 0, 1, 0.1)\n")


@pytest.mark.parametrize(
    ("function", "call", "formula", "made"),
    [
        ("def slope(a):\n    return 1 - a", "slope(h)", "h * (1 - h)", "def slope(a):\n    return a * (1 - a)"),
        (
            "def slope(a, low=0.1):\n    return a > 0",
            "slope(h)",
            "np.where(h > 0, 1, 0.1)",
            "def slope(a, low=0.1):\n    return np.where(a > 0, 1, 0.1)",
        ),
        ("slope = lambda a: 1 - a", "slope(h[0])", "1 - h[0] ** 2", "slope = lambda a: 1 - a ** 2"),
        (
            "class N:\n    def slope(self, a):\n        return a",
            "n.slope(n.h)",
            "(n.h > 0)",
            "class N:\n    def slope(self, a):\n        return a > 0",
        ),
    ],
)
def test_what_was_handed_over_is_called_as_the_function_calls_it(
    function: str, call: str, formula: str, made: str
) -> None:
    text = f"{function}\nd = e * {call}\n"
    editor = Editor(text)
    edit = editor.replace(_call(editor, call), formula, "derivative", 1.5)
    ((name, found),) = in_definitions({"net.py": text}, "net.py", edit)
    assert name == "net.py"
    assert found.apply(text) == f"{made}\nd = e * {call}\n"
    assert found.cost < edit.cost


def test_a_formula_of_what_the_function_does_not_know_stays_where_it_is() -> None:
    text = "def slope(a):\n    return 1 - a\nd = e * slope(h)\n"
    editor = Editor(text)
    assert not [
        *in_definitions({"n.py": text}, "n.py", editor.replace(_call(editor, "slope(h)"), "z", "variable", 1.0))
    ]


def _call(editor: Editor, text: str) -> ast.expr:
    found = (node for node in ast.walk(editor.tree) if isinstance(node, ast.Call) and editor.segment(node) == text)
    return next(found)
