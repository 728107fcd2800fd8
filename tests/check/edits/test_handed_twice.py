"""Arguments that are handed over twice."""

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.handed_twice import handed_twice

DEFINED = "def forward(w1, b1, w2, b2, x):\n    return w2 @ (w1 @ x + b1) + b2\nw1 = b1 = w2 = b2 = x = 1.0\n"


def _made(call: str) -> list[str]:
    text = f"{DEFINED}out = {call}\n"
    editor = Editor(text)
    return [edit.apply(text).splitlines()[-1] for edit in handed_twice(editor, editor.tree.body[-1])]


def test_the_variable_of_the_parameters_name_is_meant() -> None:
    assert _made("forward(w1, b1, w2, b1, x)") == ["out = forward(w1, b1, w2, b2, x)"]


@pytest.mark.parametrize(
    "call",
    [
        "forward(w1, b1, w2, b2, x)",
        "forward(w1, other, w2, other, x)",  # what bears no parameter's name may stand for any
        "forward(w1, b1, w2, b1, b2)",  # it is handed over elsewhere
        "forward(*w1, b1, w2, b1)",
        "max(w1, b1, b1)",
    ],
)
def test_what_may_be_meant_is_left(call: str) -> None:
    assert _made(call) == []
