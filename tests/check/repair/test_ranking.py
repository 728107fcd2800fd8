"""Where a fix is looked for first."""

from pathlib import Path

from backproof.check.edits import Editor
from backproof.check.judge.judge import judge
from backproof.check.repair.ranking import ends_with_rate, renamed_on_the_way, shapes_of_variables, with_sources
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)

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


CHAIN = """import numpy as np
rng = np.random.default_rng(0)
x, y = rng.normal(size=(2, 5)), rng.normal(size=(1, 5))
w = [rng.normal(size=(3, 2)), rng.normal(size=(1, 3))]
def forward():
    before = x
    kept = [before]
    for k in range(2):
        a = np.tanh(w[k] @ before)
        before = a
        kept.append(a)
    return kept
def backward(kept):
    delta = kept[2] - y
    found = [None, None]
    for k in (1, 0):
        e = delta * (1 - kept[k + 1] ** 2)
        found[k] = e @ kept[k].T / 5
        delta = w[k].T @ e
        onward = delta
    return found
for step in range(20):
    kept = forward()
    out = kept[2]
    print(np.mean((out - y) ** 2))
    found = backward(kept)
    w = [each - 0.1 * slope for each, slope in zip(w, found)]
"""


def test_what_the_forward_pass_hands_on_lacks_no_factor(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "chain.py"
    path.write_text(CHAIN)
    recording = sandbox.run(read_source(path))
    lines = CHAIN.splitlines()
    every = [("chain.py", number) for number in range(1, len(lines) + 1)]
    found = renamed_on_the_way(judge(recording.trainings[0]), recording.sites, {"chain.py": Editor(CHAIN)}, every)
    assert {lines[line - 1].strip() for _, line in found} == {"before = x", "before = a", "return kept"}


def test_what_has_several_shapes_in_a_step_has_none_that_tells(sandbox: Sandbox, tmp_path: Path) -> None:
    text = CHAIN.replace("    delta = kept[2] - y\n", "    error = kept[2] - y\n    delta = error\n")
    path = tmp_path / "chain.py"
    path.write_text(text)
    recording = sandbox.run(read_source(path))
    shapes = shapes_of_variables({"chain.py": text}, judge(recording.trainings[0]), recording.sites)["chain.py"]
    assert shapes["error"] == (1, 5)
    assert not {"a", "e", "delta"} & shapes.keys(), "each is one of several layers"
