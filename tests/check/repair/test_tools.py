"""Functions by which both passes are computed are suspected last; what they make of a value may be what is meant."""

import re
from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.judge.judge import judge
from backproof.check.repair.tools import lines_of_tools, tools_last
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)

# rows of numbers have no product of their own, so that `error` alone cannot be given its slope
ROWS = """import numpy as np
rng = np.random.default_rng(4)
x, t = rng.normal(size=(12, 3)), rng.uniform(size=(12, 2))
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))


class Row:
    def __init__(self, numbers):
        self.numbers = numbers


def times(a, b):
    return Row(a.numbers * b.numbers)


def through(row, weights):
    return Row(row.numbers @ weights)


def sigmoid(row):
    return Row(1 / (1 + np.exp(-row.numbers)))


def slope(row):
    return Row(row.numbers * (1 - row.numbers))


for step in range(80):
    given, wanted = Row(x[step % 12]), t[step % 12]
    hidden = sigmoid(through(given, w1))
    out = sigmoid(through(hidden, w2))
    error = Row(out.numbers - wanted)
    change = times(slope(out), error)
    w2 = w2 - 0.5 * np.outer(hidden.numbers, change.numbers)
    change = times(slope(hidden), through(error, w2.T))
    w1 = w1 - 0.5 * np.outer(given.numbers, change.numbers)
"""


# what it computes first, it computes in both passes
FLAGGED = (
    ROWS.replace("def sigmoid(row):\n    return Row(1 /", "def sigmoid(row, derive=False):\n    value = Row(1 /")
    .replace(
        "-row.numbers)))\n", "-row.numbers)))\n    return times(value, Row(1 - value.numbers)) if derive else value\n"
    )
    .replace("slope(out)", "sigmoid(out, True)")
    .replace("slope(hidden)", "sigmoid(hidden, True)")
)


# a method of a matrix is given one of its operands as its object; that of a layer has a mistake of its own
METHODS = (
    ROWS.replace("class Row:", "class Matrix:")
    .replace("Row(", "Matrix(")
    .replace("def times(a, b):\n    return Matrix(a.numbers * b.numbers)\n\n\n", "")
    .replace(
        "= numbers\n", "= numbers\n\n    def times(self, b):\n        return Matrix(self.numbers * b.numbers)\n", 1
    )
    .replace("times(slope(out), error)", "slope(out).times(error)")
    .replace("times(slope(hidden), through", "slope(hidden).times(through")
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ROWS, ["times", "through"]),
        (FLAGGED, ["through"]),
        (METHODS, ["times", "through"]),
        (METHODS.replace("Matrix", "Layer"), ["through"]),
    ],
    ids=["apart", "flagged", "of a matrix", "of a layer"],
)
def test_what_both_passes_use_or_what_is_right_and_what_is_not_is_behind_all_other_lines(
    text: str, expected: list[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text(text)
    source = read_source(path)
    recording = sandbox.run(source)
    (judgement,) = (judge(training) for training in recording.trainings if training.steps)
    ranks = {("network.py", line): 0.5 for line in range(1, text.count("\n"))}
    later = tools_last(ranks, lines_of_tools(ranks, judgement, recording.sites, {"network.py": Editor(text)}))
    lines = text.splitlines()
    above = [lines[line - 2] for (_, line), rank in later.items() if rank > 0.5]
    assert [re.findall(r"def (\w+)", line)[0] for line in above] == expected


def test_what_a_line_above_made_of_a_value_may_be_what_is_meant() -> None:
    editor = Editor(ROWS)
    statement = editor.statement_at(ROWS[: ROWS.index("through(error")].count("\n") + 1)
    assert statement is not None
    wanted = ROWS.replace("through(error, w2.T)", "through(times(slope(out), error), w2.T)")
    assert [edit.kind for edit in edits_of(editor, statement) if edit.apply(ROWS) == wanted] == ["variable"]
