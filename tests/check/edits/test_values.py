"""What may stand in the place of a variable."""

from backproof.check.edits import Editor, edits_of

TEXT = """STEP_SIZE = 0.01
SHARE = 0.5
COUNT = 4
weight = 0.25
other = 0.75
for turn in range(9):
    active = values > 0
    weight = weight - STEP_SIZE * other * active
    bias = bias - STEP_SIZE * active / COUNT
"""


def instead(name: str, line: int) -> set[str]:
    """What is put in the place of a variable of a line."""
    editor = Editor(TEXT)
    statement = editor.statement_at(line)
    assert statement is not None
    edits = edits_of(editor, statement)
    return {edit.text for edit in edits if edit.kind == "variable" and TEXT[edit.start : edit.end] == name}


def test_in_the_place_of_a_share_stands_another_setting_and_no_value() -> None:
    assert "SHARE" in instead("STEP_SIZE", 9)
    assert {"active", "bias", "values"}.isdisjoint(instead("STEP_SIZE", 9))
    assert "active" in instead("COUNT", 9), "a count is no share"


def test_what_is_moved_is_no_share() -> None:
    assert Editor(TEXT).fractions == {"STEP_SIZE", "SHARE", "other"}
