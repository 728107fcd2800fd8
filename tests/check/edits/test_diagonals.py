"""A derivative on the diagonal of a matrix is a factor as any other."""

import pytest

from backproof.check.edits import Editor, edits_of

TEXT = """import numpy as np
z = W @ x
a = np.maximum(z, 0)
d = np.matmul(e.T, np.matmul(V, np.diag({})))
"""


def _made(text: str) -> list[str]:
    editor = Editor(text)
    statement = editor.statement_at(4)
    assert statement is not None
    return [edit.apply(text) for edit in edits_of(editor, statement, moves=False)]


@pytest.mark.parametrize("laid_out", ["z", "z.T[0].tolist()", "z.ravel()", "z.reshape(-1)"])
def test_what_it_is_of_may_be_the_derivative(laid_out: str) -> None:
    wanted = f"np.diag({laid_out.replace('z', '(z > 0)' if '.' in laid_out else 'z > 0')})"
    assert any(wanted in made for made in _made(TEXT.format(laid_out)))


def test_functions_have_no_transpose() -> None:
    assert not [made for made in _made(TEXT.format("z.ravel()")) if "matmul.T" in made or "ravel.T" in made]
