"""What an edit does to a value: of what is scaled in place, the whole is what goes on."""

import ast

import pytest

from backproof.check.edits.editor import Editor
from backproof.check.edits.varied import own_text, varied


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("d *= a / n", "d * (b / n)"),
        ("d /= a", "d / (b)"),
        ("d = d * a", "d * b"),
    ],
)
def test_what_is_scaled_by_data_is_varied_as_a_whole(line: str, text: str) -> None:
    editor = Editor(f"{line}\n")
    (statement,) = editor.tree.body
    (name,) = (node for node in ast.walk(editor.tree) if isinstance(node, ast.Name) and node.id == "a")
    made = varied(editor, statement, editor.replace(name, "b", "variable", 1.0))
    assert made is not None
    unit, given = made
    assert given == text
    assert own_text(editor, unit) == text.replace("b", "a")
