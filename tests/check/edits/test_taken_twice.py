"""The derivative of a sigmoid that is taken of its output as if it were what went in."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.edits import Editor, edits_of

PROGRAM = """import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(12, 2))
t = (X[:, :1] > X[:, 1:]) * 1.0
W1, W2 = rng.normal(size=(2, 4)), rng.normal(size=(4, 1))
def sigmoid(z, derivative=False):
    if derivative:
        return {slope}
    return 1 / (1 + np.exp(-z))
for epoch in range(200):
    h = sigmoid(X @ W1)
    y = sigmoid(h @ W2)
    error = t - y
    d2 = error * sigmoid(y, True)
    d1 = d2 @ W2.T * sigmoid(h, True)
    W2 += h.T @ d2
    W1 += X.T @ d1
    if epoch % 50 == 0:
        print(np.mean(np.abs(error)))
"""
TAKEN_TWICE = ("(1 / (1 + np.exp(-z)))*(1-(1 / (1 + np.exp(-z))))", "sigmoid(z) * (1 - sigmoid(z))")


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("slope", TAKEN_TWICE)
def test_it_is_named_and_mended_though_no_parameter_is_right(slope: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.format(slope=slope))
    report = check(path, repair=30)
    assert (report.verdict, report.findings[0].line) == ("wrong", 8), report.reason
    assert "+        return z*(1-z)" in report.fixes[0].diff.replace(" * ", "*").replace(" - ", "-")


def test_at_the_output_it_is_right(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.format(slope="z * (1 - z)"))
    assert check(path, repair=0).verdict == "right"


@pytest.mark.parametrize("power", ["np.exp(-x)", "safe_exp(-x)", "math.exp(-(x))"])
def test_a_sigmoid_that_is_written_out_may_be_one_too_many(power: str) -> None:
    for text in f"a = 1.0 / (1.0 + {power})\n", f"a = 1 / ({power} + 1)\n":
        editor = Editor(text)
        statement = editor.statement_at(1)
        assert statement is not None
        assert "a = x" in {edit.apply(text).strip() for edit in edits_of(editor, statement)}
