"""Edits seen through in one run: those that are promised to help do, and trying them leaves the run as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.check.cut.parameters import Training
from backproof.check.edits import Editor, edits_of
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.following import makes_whole
from backproof.check.locate.locate import locate
from backproof.check.record.trial import Unit
from backproof.check.repair.placing import Group, Placing, Row
from backproof.check.repair.repair import Repair
from backproof.check.repair.screen import Screen
from backproof.check.sandbox.recording import Recording
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import Source, read_source
from tests.check.locate.test_wanted import MANY
from tests.check.repair.test_first_values import RECURRENT

LIMITS = Limits(patience=0.1)

LAYERS = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(a):
    return a * (1 - a)


rng = np.random.default_rng(5)
x, t = rng.normal(size=(10, 3)), rng.uniform(size=(10, 2))
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
b1 = np.zeros((1, 4))
for epoch in range(40):
    a1 = sigmoid(x @ w1 + b1)
    a2 = sigmoid(a1 @ w2)
    loss = np.mean((a2 - t) ** 2)
    d2 = (a2 - t) * slope(a2)
    d1 = d2 @ w2.T * slope(a1)
    w2 -= 0.3 * a1.T @ d2
    w1 -= 0.3 * x.T @ d1
    b1 -= 0.3 * d1.sum(axis=0, keepdims=True)
print(loss)
"""
SCALARS = """import math
w, v, c = 0.4, -0.7, 0.1
data = [(0.5, 0.2), (-1.0, 0.9), (1.5, 0.4), (0.3, 0.1)]
for epoch in range(30):
    total = 0.0
    for x, t in data:
        h = math.tanh(w * x + c)
        o = v * h
        total += (o - t) ** 2
        d = 2 * (o - t)
        e = d * v * (1 - h * h)
        v -= 0.05 * d * h
        w -= 0.05 * e * x
        c -= 0.05 * e
    print(total)
"""
MISTAKES = {
    "a derivative in a function": (LAYERS, "return a * (1 - a)", "return a * (1 + a)"),
    "a forgotten factor": (LAYERS, "d1 = d2 @ w2.T * slope(a1)", "d1 = d2 @ w2.T"),
    "a line that only passes on": (LAYERS, "d2 = (a2 - t) * slope(a2)", "e2 = (a2 - t)\n    d2 = e2"),
    "two other values in a line": (LAYERS, "w2 -= 0.3 * a1.T @ d2", "w2 -= 0.3 * (a1 + b1).T @ d1[:, :2]"),
    "a sign of an update": (LAYERS, "w1 -= 0.3", "w1 += 0.3"),
    "a single number": (SCALARS, "d * v * (1 - h * h)", "d * v * (1 - h)"),
}


class Case:
    """A program with a mistake, recorded and judged."""

    def __init__(self, text: str, folder: Path, sandbox: Sandbox) -> None:
        path = folder / "network.py"
        path.write_text(text)
        self.source: Source = read_source(path)
        self.recording: Recording = sandbox.run(self.source)
        self.judgement: Judgement = judge(Training(self.recording.stretches[0]))
        self.repair = Repair(self.source, {"network.py": text}, [sandbox], 10)  # seconds, on a busy machine, too

    def rows(self) -> list[Row]:
        sites = self.recording.sites
        return self.repair.candidates.rows(
            self.judgement, locate(self.judgement), sites, self.repair.texts, self.repair.until
        )


def units_tried(case: Case, sandbox: Sandbox) -> list[Unit]:
    """The expressions whose edits are computed in the search of a case."""
    units: list[Unit] = []
    run = sandbox.run_trials
    try:
        sandbox.run_trials = lambda *a: units.extend(a[2]) or run(*a)  # type: ignore[method-assign, func-returns-value]
        case.rows()
    finally:
        sandbox.run_trials = run  # type: ignore[method-assign]
    return units


@pytest.mark.slow(but=3)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_edit_that_makes_all_right_is_among_the_first(mistake: str, sandbox: Sandbox, tmp_path: Path) -> None:
    text, right, wrong = MISTAKES[mistake]
    case = Case(text.replace(right, wrong), tmp_path, sandbox)
    assert case.judgement.verdict != "right"
    first = [row.edit.apply(case.source.text) for row in case.rows()[:6]]
    verdicts = []
    for number, edited in enumerate(first):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            verdicts.append(Case(edited, folder, sandbox).judgement.verdict)
        except IndexError:  # it trains nothing any more
            verdicts.append("nothing")
    assert "right" in verdicts, first


def test_what_gives_the_gradient_that_its_place_wants_is_followed_first(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the names have nothing in common, so that many others are likelier
    text = LAYERS.replace("d1 = d2 @", "gradient = d2\n    d1 = (a2 - t) @")
    case = Case(text, tmp_path, sandbox)
    followed: list[str] = []
    gain_of = Placing.gain_of

    def told(self: Placing, file: str, group: Group, *given: Any) -> float:
        followed.append(next(name for at, name in enumerate(group.texts) if at in given[-1]))
        return gain_of(self, file, group, *given)

    monkeypatch.setattr(Placing, "gain_of", told)
    assert case.rows()
    assert followed[0] == "d2 @ w2.T * slope(a1)"


def test_what_a_function_gives_back_is_seen_through(sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(LAYERS.replace("d1 = d2", "s = slope(b1)\n    d1 = d2").replace("slope(a1)", "s"), tmp_path, sandbox)
    rows = case.rows()
    promised = {
        edit.apply(case.source.text) for (_, edit), gain in case.repair.candidates.promised.items() if gain > 99
    }
    assert case.source.text.replace("s = slope(b1)", "s = slope(a1)") in promised
    assert rows


def test_a_training_is_not_called_again(sandbox: Sandbox, tmp_path: Path) -> None:
    # what a call gives back is computed anew with each edit of it: not if a network learns in it
    head, body = LAYERS[: LAYERS.index("for epoch")], LAYERS[LAYERS.index("    a1 =") : LAYERS.index("print")]
    body = body.replace("* slope(a1)", "").replace("\n    ", "\n        ")
    run = "def run(w1, w2, b1, epochs):\n    for epoch in range(epochs):\n    " + body + "    return loss\n\n\n"
    case = Case(head + run + "loss = run(w1, w2, b1, 40)\nprint(loss)\n", tmp_path, sandbox)
    assert case.judgement.verdict == "wrong"
    asked = [own for *_, own, _ in units_tried(case, sandbox)]
    assert "d2 @ w2.T" in asked
    assert not [each for each in asked if each.startswith("run(")]


def test_a_number_that_is_lost_at_the_first_step_tells_nothing_at_the_next(sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(SCALARS.replace("d * v * (1 - h * h)", "d * v * (1 - h)"), tmp_path, sandbox)
    following = locate(case.judgement).following
    assert following is not None
    (aim, *_), frame = following.aims, following.frames[1]
    wrong = next(p for p in frame.parameters if p not in aim.right)
    aim.right, aim.first = set(), {}
    assert aim._fits_others(1, frame, wrong, 0.5) is None
    assert aim._fits_others(0, frame, wrong, 0.5)
    assert aim._fits_others(1, frame, wrong, 0.5)
    assert aim._fits_others(1, frame, wrong, 0.6) is False


def test_trying_leaves_what_is_computed_as_it_was(sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(LAYERS, tmp_path, sandbox)
    frame = case.judgement.frames[2]
    unit = (
        "network.py",
        20,
        4,
        1,
        "(a2 - t) * slope(a2)",
        ["(a2 - t) * np.random.rand()", "slope(t)", "1 / 0", "a2 @"],
    )
    (one, *_) = tried = sandbox.run_trials(
        case.source, {"network.py": LAYERS}, [unit], [(frame.step.start, frame.step.end)], 0, 4.0
    )
    assert len(tried) == 1
    trace = case.recording.stretches[0]
    expected = [n for n in range(one.position, frame.step.end) if trace.operations[n] == "multiply"]
    assert trace.operations[one.position] == "subtract", "the record has the same length as without trying"
    assert list(one.texts) == [[0], [1]], "what fails or is no Python is left out"
    target = np.asarray(trace.values[trace.inputs(one.position)[1]])
    np.testing.assert_allclose(one.values[1][0], target * (1 - target))
    assert expected


def test_what_would_act_is_not_tried(sandbox: Sandbox, tmp_path: Path) -> None:
    text = LAYERS.replace("d1 = d2 @ w2.T * slope(a1)", "d1 = d2 @ w2.T * slope(a1) * (rng.random() > 2)")
    case = Case(text, tmp_path, sandbox)
    asked = [text for *_, texts in units_tried(case, sandbox) for text in texts]
    assert asked
    assert not [each for each in asked if "rng.random()" in each]


def test_what_is_seen_to_mend_nothing_is_tried_after_what_cannot_be_seen(sandbox: Sandbox, tmp_path: Path) -> None:
    # the forward pass takes another activation than the backward pass: no edit of the latter's slope is right
    text = LAYERS.replace("a1 = sigmoid(x @ w1 + b1)", "a1 = np.exp(z) - np.exp(-z) / np.exp(z) + np.exp(-z)")
    text = text.replace("    a1 =", "    z = x @ w1 + b1\n    a1 =").replace("slope(a1)", "(1 - a1 ** 2)")
    case = Case(text, tmp_path, sandbox)
    rows, refuted = case.rows(), case.repair.candidates.refuted
    assert rows[0].edit.apply(text).count("(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))") == 1
    known = [n for n, row in enumerate(rows) if (row.file, row.edit) in refuted]
    assert known
    assert rows[known[0]].score < max(row.score for row in rows[1 : known[0]]), "likelier, but for what was seen"
    ends = [row for row in rows if row.edit.line == rows[known[0]].edit.line and row.edit.text == "t"]
    assert all((row.file, row.edit) in refuted for row in ends), "shapes that do not fit end the run"


@pytest.mark.parametrize("single", [True, False])
def test_a_single_number_does_not_show_that_nothing_is_mended(single: bool, sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = SCALARS.replace("(1 - h * h)", "(1 - h)") if single else LAYERS.replace("slope(a1)", "(1 - a1)")
    case = Case(wrong, tmp_path, sandbox)
    whole, bare = ("d * v * (1 - h)", "d * v") if single else ("d2 @ w2.T * (1 - a1)", "d2 @ w2.T")
    made = wrong.replace(f"= {whole}", f"= {bare}")
    rows = [row for row in case.rows() if row.edit.apply(wrong) == made]
    assert rows
    refuted = case.repair.candidates.refuted
    assert all(((row.file, row.edit) in refuted) is not single for row in rows)


def test_first_values_are_looked_at_of_edits_that_came_before_all_others(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = RECURRENT.replace("dh = wh.T @ dz", "dh = wh @ dz")
    case = Case(wrong, tmp_path, sandbox)
    following = locate(case.judgement).following
    assert following is not None
    texts = {"network.py": wrong}
    screen = Screen(case.source, texts, following, case.recording.sites, sandbox)
    editor = Editor(wrong)
    rows = [
        Row(edit.cost, "network.py", edit, statement)
        for statement in (editor.statement_at(n) for n, line in enumerate(wrong.splitlines(), 1) if "dh = " in line)
        if statement is not None
        for edit in edits_of(editor, statement)
    ]
    transposed = [row for row in rows if row.edit.apply(wrong) == RECURRENT]
    others = [row for row in rows if row.statement is not None and row.statement.lineno != transposed[0].edit.line]
    assert screen.promising(transposed[:1], {"network.py": editor}, alone=True) == {}
    assert ("network.py", transposed[0].edit) in screen.promising(others[:20], {"network.py": editor})


@pytest.mark.slow
def test_in_a_step_of_many_samples_the_first_ones_tell_what_an_edit_gives(sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(MANY.replace("w2 * d2 * h", "w2 * error * h"), tmp_path, sandbox)
    first = case.rows()[0]
    assert first.edit.apply(case.source.text) == MANY
    assert makes_whole(case.repair.candidates.promised[first.file, first.edit])
