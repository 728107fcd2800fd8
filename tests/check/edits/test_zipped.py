"""An element of a list among parts of others that a loop goes through with it."""

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.zipped import lines_that_zip_an_element

LOOP = "for w, b in {}:\n    a = f(w @ a + b)\n"


@pytest.mark.parametrize(
    ("now", "meant"),
    [
        ("zip(self.w[:-1], self.b[-1])", "zip(self.w[:-1], self.b[:-1])"),
        ("zip(w[1], b[1:])", "zip(w[1:], b[1:])"),
        ("enumerate(zip(w[:k], b[k]))", "enumerate(zip(w[:k], b[:k]))"),
    ],
)
def test_it_is_meant_as_the_part_that_the_others_are(now: str, meant: str) -> None:
    text = LOOP.format(now)
    editor = Editor(text)
    assert lines_that_zip_an_element(editor) == {1}
    statement = editor.tree.body[0]
    assert LOOP.format(meant) in [edit.apply(text) for edit in edits_of(editor, statement) if edit.kind == "unlike"]


@pytest.mark.parametrize("zipped", ["zip(w[:-1], b[:-1])", "zip(w[0], b[1:])", "zip(w[0], b[0])", "zip(w, b[1])"])
def test_what_may_be_meant_so_is_left(zipped: str) -> None:
    assert not lines_that_zip_an_element(Editor(LOOP.format(zipped)))
