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


COUNTED = """for i in range(4):
    for j in range(3):
        step = rate * errors[j] * inputs[i]
        weights[i][j] = weights[i][j] - step
"""


def test_what_counts_the_turns_picks_elements_and_is_seldom_a_value() -> None:
    editor = Editor(COUNTED)
    statement = editor.statement_at(3)
    assert statement is not None
    costs = {(COUNTED[e.start : e.end], e.text): e.cost for e in edits_of(editor, statement) if e.kind == "variable"}
    assert costs["errors[j]", "j"] > costs["errors[j]", "step"] + 1
    assert costs["j", "i"] < 1.2


def test_nothing_is_taken_to_the_power_of_zero() -> None:
    editor = Editor("n = np.sqrt(np.sum(a ** 2))\n")
    texts = {edit.apply(editor.text).strip() for edit in edits_of(editor, editor.tree.body[0])}
    assert "n = np.sqrt(np.sum(a ** 1))" in texts
    assert "n = np.sqrt(np.sum(a ** 0))" not in texts
