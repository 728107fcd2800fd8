"""What a value was made of is read where that is meant."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.made_of import summed_instead
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
ONE_OUTPUT = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
W, V = rng.normal(size=(3, 6)), rng.normal(size=(6, 1))
def squash(z):
    return 1.7 * np.tanh(2 / 3 * z)
def slope(z):
    return 1.7 * 2 / 3 * (1 - np.tanh(2 / 3 * z) ** 2)
for epoch in range(10):
    for x, y in zip(X, Y):
        z = x @ W
        h = squash(z)
        out = squash(np.dot(h, V))
        d = (y - out) * slope(SLOPE)
        back = V @ d * slope(z)
        V += 0.05 * np.outer(h, d)
        W += 0.05 * np.outer(x, back)
"""


@pytest.mark.slow
def test_the_slope_is_taken_where_the_activation_was(tmp_path: Path, sandbox: Sandbox) -> None:
    # of one sample and one output, every update points the right way: it is too long or too short
    assert reported(ONE_OUTPUT.replace("SLOPE", "np.dot(h, V)"), tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(ONE_OUTPUT.replace("SLOPE", "out"), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 14
    assert "slope(np.dot(h, V))" in report.fixes[0].texts["network.py"]


NO_BIASES = """import numpy as np
rng = np.random.default_rng(2)
class Network:
    def __init__(self):
        self.rate = 0.2
        self.x, self.y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
        self.w, self.v = rng.normal(size=(3, 6)), rng.normal(size=(6, 2))
        self.b, self.c = np.zeros((1, 6)), np.zeros((1, 2))
    def step(self):
        self.h = np.tanh(np.dot(self.x, self.w) + self.b)
        self.o = np.dot(self.h, self.v) + self.c
        error = (self.y - self.o) / 20
        hidden_error = np.dot(error, self.v.T) * (1 - self.h ** 2)
        change_v = np.dot(self.h.T, error)
        change_w = np.dot(self.x.T, hidden_error)
        self.v += change_v * self.rate
        self.w += change_w * self.rate
network = Network()
for step in range(50):
    network.step()
    print(np.mean((network.o - network.y) ** 2))
"""


def test_biases_that_stand_still_are_moved_by_the_errors(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(NO_BIASES, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.INCONSISTENT
    assert report.fixes[0].proved
    mended = report.fixes[0].texts["network.py"]
    assert "self.b += hidden_error.sum(axis=0) * self.rate" in mended
    assert "self.c += error.sum(axis=0) * self.rate" in mended


def test_a_method_makes_a_product_as_a_function_does() -> None:
    for product in ("np.dot(x.T, e * s)", "x.T.dot(e * s)", "x.T @ (e * s)"):
        editor = Editor(f"dw = {product}\ndb = np.sum(dw, axis=0)\n")
        statement = editor.statement_at(2)
        assert isinstance(statement, ast.Assign)
        assert isinstance(statement.value, ast.Call)
        made = [edit.text for edit in summed_instead(editor, statement.value, statement)]
        assert made == ["np.sum(x", "np.sum(e * s"], product


def test_what_is_added_already_is_not_added_once_more() -> None:
    text = "step = rate * slope\nb = b - (rate * db)\n"
    editor = Editor(text)
    statement = editor.statement_at(2)
    assert statement is not None
    terms = [edit.text for edit in edits_of(editor, statement) if edit.kind == "missing term"]
    assert any(term.endswith("- step") or term.endswith("+ step") for term in terms)
    assert not [term for term in terms if term.endswith(("- rate * db", "+ rate * db", "+ db", "- db"))]
