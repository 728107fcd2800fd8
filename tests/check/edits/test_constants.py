"""No edit makes a number of what is computed: what is taken from itself, or divided by itself, tells nothing."""

import ast

import pytest

from backproof.check.edits import Editor, edits_of


def _texts(line: str) -> set[str]:
    editor = Editor("import numpy as np\nz = np.ones(3)\nrate = 0.1\nsmall = 1e-12\n" + line + "\n")
    statement = editor.statement_at(5)
    assert isinstance(statement, ast.stmt)
    return {text for edit in edits_of(editor, statement) for text in edit.apply(editor.text).splitlines()}


def test_a_factor_is_not_made_zero_and_a_term_may_be() -> None:
    texts = _texts("a = 1.0 / (1.0 + np.exp(-z))")
    assert "a = 2.0 / (1.0 + np.exp(-z))" in texts  # other numbers are tried
    assert "a = 1.0 / (0.0 + np.exp(-z))" in texts
    assert not {"a = 0.0 / (1.0 + np.exp(-z))", "a = 1e-12 / (1.0 + np.exp(-z))"} & texts


@pytest.mark.parametrize("silly", ["a = (z / z).sum()", "a = (z - z).sum()"])
def test_nothing_is_divided_by_itself(silly: str) -> None:
    texts = _texts("a = z.sum()")
    assert any(text.startswith("a = (z ") for text in texts)
    assert silly not in texts
