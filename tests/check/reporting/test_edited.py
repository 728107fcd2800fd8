"""What is said of an edit of several lines."""

from backproof.check.edits import Edit
from backproof.check.reporting.edited import _by_line

OLD = "def update():\n    w = w - rate * d * x\n    s = 0\n    b = b - rate * d * v\n"
NEW = "def update():\n    old_v = v.copy()\n    w = w - rate * d * y\n    s = 0\n    b = b - rate * d * old_v\n"


def test_each_line_that_is_changed_is_told_of_and_none_that_is_put_in_beside_it() -> None:
    whole = Edit(18, len(OLD) - 1, NEW[18 : len(NEW) - 1], 2, "gradient", 4.0)
    assert whole.apply(OLD) == NEW
    parts = [*_by_line(OLD, whole)]
    assert [(part.line, OLD[part.start : part.end], part.text) for part in parts] == [(2, "x", "y"), (4, "", "old_")]


def test_where_lines_go_or_come_the_edit_is_one() -> None:
    gone = Edit(len("def update():\n"), len(OLD), "    w = 2\n    b = 3\n", 2, "gradient", 4.0)
    assert [*_by_line(OLD, gone)] == [gone]
    line = Edit(len("def update():\n"), len("def update():\n"), "    old_v = v.copy()\n", 2, "old value", 0.5)
    assert [*_by_line(OLD, line)] == [line]
