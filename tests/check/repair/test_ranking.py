"""Where a fix is looked for first."""

from backproof.check.edits import Editor
from backproof.check.repair.ranking import ends_with_rate, with_sources

STEP = """rate = 0.1
scale = 3.0
count = len(x)
for epoch in range(9):
    dz = (p - y) / count * scale
    w -= rate * (x.T @ dz)
    b -= rate * dz.sum()
"""


def test_a_rate_of_the_updates_is_seldom_what_a_gradient_lacks() -> None:
    editor = Editor(STEP)
    gradient, update = editor.statement_at(5), editor.statement_at(6)
    assert gradient is not None
    assert update is not None
    # scale is a setting, too, but no update reads it, and count is none
    assert ends_with_rate(editor, gradient, [6, 7]) == ("* rate", "/ rate")
    assert ends_with_rate(editor, update, [6, 7]) == ()


def test_what_a_turn_hands_on_to_the_next_is_as_suspect_as_what_is_computed() -> None:
    text = (
        "def backward(gates):\n"
        "    later = start\n"
        "    for f, o in reversed(gates):\n"
        "        dc = later + dh * o\n"
        "        df = dc * f\n"
        "        later = dc\n"
        "    return df\n"
    )
    ranks = with_sources({("a.py", 4): 0.0}, {"a.py": Editor(text)})
    assert ranks["a.py", 6] == 0.25, "nothing is computed there, so nothing of it was recorded"
    assert ranks["a.py", 2] > 0.25, "and that only begins it"
