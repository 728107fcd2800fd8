"""Edits are written with what a file calls NumPy."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.numpy_names import in_own_names, with_usual_name
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
TEXT = "np.sum(np.exp(x), axis=0) + snp.sum(x)"
PROGRAM = """IMPORT
random.seed(1)
x = random.random((8, 3))
y = random.random((8, 2))
w, b = 2 * random.random((3, 2)) - 1, zeros(2)
for i in range(60):
    out = 1 / (1 + exp(-(dot(x, w) + b)))
    error = out - y
    d = error * out * (1 - out)
    w -= 0.1 * dot(x.T, d)
    b -= 0.1 * d[0]
print((error ** 2).sum() / 2)
"""


@pytest.mark.parametrize(
    ("imports", "own"),
    [
        ("import numpy as np", TEXT),
        ("import numpy", "numpy.sum(numpy.exp(x), axis=0) + snp.sum(x)"),
        ("import numpy as N", "N.sum(N.exp(x), axis=0) + snp.sum(x)"),
        ("from numpy import *", "sum(exp(x), axis=0) + snp.sum(x)"),
        ("from numpy import exp, sum", "sum(exp(x), axis=0) + snp.sum(x)"),
        ("from numpy import exp, tanh", "np.sum(exp(x), axis=0) + snp.sum(x)"),
        ("from numpy import exp\nimport numpy", "numpy.sum(numpy.exp(x), axis=0) + snp.sum(x)"),
        ("import math", TEXT),
    ],
)
def test_a_text_is_written_in_the_files_own_names(imports: str, own: str) -> None:
    assert in_own_names(Editor(imports), TEXT) == own


@pytest.mark.parametrize(
    ("imports", "text"),
    [
        ("import numpy", "numpy.exp(x) * self.numpy.exp(x)"),
        ("from numpy import exp", "exp(x) * self.numpy.exp(x)"),
        ("import numpy as np", "np.exp(x) * self.numpy.exp(x)"),
    ],
)
def test_and_is_read_with_the_usual_one(imports: str, text: str) -> None:
    assert with_usual_name(Editor(imports), text) == "np.exp(x) * self.numpy.exp(x)"


def test_all_edits_of_a_statement_are_in_its_names() -> None:
    text = "import numpy\na = numpy.tanh(z)\ndelta = error * a\n"
    editor = Editor(text)
    edits = [*edits_of(editor, editor.tree.body[-1])]
    assert any("numpy." in edit.text for edit in edits)
    assert not any("np." in edit.text.replace("numpy.", "") for edit in edits)


@pytest.mark.parametrize(
    ("imports", "made"),
    [
        ("from numpy import exp, dot, zeros, random, sum", "sum(d, axis=0)"),
        ("import numpy\nfrom numpy import exp, dot, zeros, random", "numpy.sum(d, axis=0)"),
    ],
)
def test_a_fix_is(sandbox: Sandbox, tmp_path: Path, imports: str, made: str) -> None:
    program = PROGRAM.replace("IMPORT", imports)
    ast.parse(program)
    report = reported(program, tmp_path, sandbox, 8)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) in ([f"b -= 0.1 * {made}"], ["b -= 0.1 * d.sum(axis=0)"])
