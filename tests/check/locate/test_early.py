"""Parameters that are read after the same step has moved them: named without a search, and mended by an old value."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.early import reads_moved
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
DATA = """import numpy as np
rng = np.random.default_rng(2)
x, t = rng.normal(size=(12, 3)), rng.uniform(size=(12, 2))

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

"""
LISTED = (
    DATA
    + """weights = [rng.normal(size=(3, 4)), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))]
for epoch in range(30):
    outputs = [x]
    for w in weights:
        outputs.append(sigmoid(outputs[-1] @ w))
    print(np.mean((outputs[-1] - t) ** 2))
    for layer in reversed(range(3)):
        if layer == 2:
            delta = (outputs[3] - t) * outputs[3] * (1 - outputs[3])
        else:
            delta = (delta @ weights[layer + 1].T) * outputs[layer + 1] * (1 - outputs[layer + 1])
        weights[layer] -= 0.3 * outputs[layer].T @ delta
"""
)
NAMED = LISTED.replace(
    "weights = [rng.normal(size=(3, 4)), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))]",
    "weights = {0: rng.normal(size=(3, 4)), 1: rng.normal(size=(4, 3)), 2: rng.normal(size=(3, 2))}",
).replace("for w in weights:", "for w in weights.values():")
NEURONS = (
    DATA
    + """class Neuron:
    def __init__(self, count):
        self.weights = rng.normal(size=count)

    def output(self, inputs):
        self.inputs = inputs
        self.a = sigmoid(inputs @ self.weights)
        return self.a

    def learn(self, error):
        self.delta = error * self.a * (1 - self.a)
        self.weights -= 0.5 * self.delta * self.inputs

hidden, outer = [Neuron(3) for _ in range(4)], [Neuron(4) for _ in range(2)]
for epoch in range(30):
    total = 0.0
    for row, wanted in zip(x, t):
        between = np.array([neuron.output(row) for neuron in hidden])
        out = np.array([neuron.output(between) for neuron in outer])
        total += np.sum((out - wanted) ** 2)
        for neuron, error in zip(outer, out - wanted):
            neuron.learn(error)
        for place, neuron in enumerate(hidden):
            neuron.learn(sum(after.weights[place] * after.delta for after in outer))
    print(total)
"""
)


@pytest.mark.parametrize(
    ("text", "line", "moved"), [(LISTED, 18, 19), (NAMED, 18, 19), (NEURONS, 31, 19)], ids=["list", "named", "objects"]
)
def test_the_line_that_reads_it_is_named_without_a_search(
    text: str, line: int, moved: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == line
    assert report.findings[0].kind == "old value"
    assert f"line {moved} has moved already" in report.reason
    assert "every parameter follows the gradient" in report.reason


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("text", "kept", "read"),
    [
        (LISTED, "    old_weights = [each.copy() for each in weights]\n", "old_weights[layer + 1].T"),
        (NAMED, "    old_weights = {key: each.copy() for key, each in weights.items()}\n", "old_weights[layer + 1].T"),
        (NEURONS, "        self.old_weights = self.weights.copy()\n", "after.old_weights[place]"),
    ],
    ids=["list", "named", "objects"],
)
def test_the_old_values_are_kept_by_whoever_has_them(
    text: str, kept: str, read: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.fixes[0].proved
    mended = report.fixes[0].texts["network.py"]
    assert kept in mended
    assert read in mended
    assert len(mended.splitlines()) == len(text.splitlines()) + 1


def test_where_another_loss_would_be_followed_nothing_is_said_of_it(tmp_path: Path, sandbox: Sandbox) -> None:
    text = LISTED.replace("delta = (outputs[3] - t) * outputs[3] * (1 - outputs[3])", "delta = outputs[3] - t")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert "has moved already" not in report.reason


def test_old_values_are_right_and_small_steps_do_not_hide_new_ones(tmp_path: Path, sandbox: Sandbox) -> None:
    right = LISTED.replace(
        "    for layer in reversed", "    before = [w.copy() for w in weights]\n    for layer in reversed"
    ).replace("delta @ weights[", "delta @ before[")
    path = tmp_path / "network.py"
    found: list[Judgement] = []
    for text in (right, LISTED.replace("0.3 *", "1e-9 *")):
        path.write_text(text)
        found.append(judge(sandbox.run(read_source(path)).trainings[0]))
    assert [one.verdict for one in found] == ["right", "right"]  # the second one as far as the numbers tell
    assert [reads_moved(one) for one in found] == [False, True]
