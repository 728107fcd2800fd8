"""What counts the turns of a loop, which no gradient is multiplied with."""

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.counters import counters, lengths


@pytest.mark.parametrize(
    ("head", "step", "counting"),
    [
        ("while n < 5:", "n = n + 1", {"n"}),
        ("while n < 5:", "n += 1", {"n"}),
        ("while n > 0:", "n -= 1", {"n"}),
        ("while n < 5:", "n = n * 2", set()),
        ("while n < 5:", "n = n + error", set()),
        ("while error > 0.1:", "n += 1", set()),
        ("for n in range(5):", "pass", {"n"}),
        ("for n, x in enumerate(rows):", "pass", {"n"}),
        ("for n in rows:", "pass", set()),
    ],
)
def test_what_counts(head: str, step: str, counting: set[str]) -> None:
    editor = Editor(f"n, rows, error, w, x = made()\n{head}\n    w = w + error * x\n    {step}\n")
    statement = editor.statement_at(3)
    assert statement is not None
    assert counters(editor, statement) == counting


def test_how_often_loops_turn_is_a_length() -> None:
    text = "n = len(rows)\nself.depth = len(sizes)\nfor i in range(1, self.count - 1):\n    h = n * x[i]\n"
    assert lengths(Editor(text)) >= {"n", "self.depth", "self.count"}
    assert not lengths(Editor(text)) & {"rows", "h", "x", "i"}
