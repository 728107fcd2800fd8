"""What is moved from where another parameter is."""

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.from_itself import from_itself


def _made(text: str) -> list[str]:
    editor = Editor(text)
    return [edit.apply(text) for statement in editor.tree.body for edit in from_itself(editor, statement)]


def test_a_line_among_others_that_move_what_they_replace() -> None:
    text = "w[0] = w[0] - r * d * x\nw[1] = w[1] - r * d * y\nb[0] = w[1] - r * d\n"
    assert _made(text) == [text.replace("b[0] = w[1]", "b[0] = b[0]")]
    attributes = "self.w = self.w - r * d * x\nself.v = self.v - r * e * h\nself.b = self.v - r * e\n"
    assert _made(attributes) == [attributes.replace("self.b = self.v", "self.b = self.b")]


@pytest.mark.parametrize(
    "text",
    [
        "w[0] = w[0] - d * x\nb[0] = w[0] - d\n",  # one line beside it says little
        "w[0] = w[0] - d\nw[1] = w[1] - d\nb[0] = u[1] - d\n",  # what nothing moves may be meant
        "w[0] = w[0] - d\nw[1] = w[1] - d\ne = w[1] - d\n",  # a name may be given anything
        "w[0] = w[0] - d\nw[1] = w[1] - d\nw[0] = w[1] - d\n",  # what is moved elsewhere
    ],
)
def test_what_may_be_meant_is_left(text: str) -> None:
    assert _made(text) == []
