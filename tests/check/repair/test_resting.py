"""Single numbers that a right program does not move, since the loss asks nothing of them, speak against no fix."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.repair.acceptance import keeps_parts
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
PROGRAM = """weights = [[0.5, -0.25, 0.25], [0.3, 0.8, -0.4]]
inputs = [1.0, 0.0, 2.0]
wanted = [1.0, 0.4]  # the first one is there from the beginning
def outputs(rows):
    return [sum(w * x for w, x in zip(row, inputs)) for row in rows]
for epoch in range(40):
    found = outputs(weights)
    errors = [o - t for o, t in zip(found, wanted)]
    for i in range(2):
        for j in range(3):
            weights[i][j] = weights[i][j] - 0.05 * errors[i] * inputs[j]
    print(sum(e ** 2 for e in errors))
"""

SATURATED = """import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def slope(a):
    return sigmoid(a) * (1 - sigmoid(a))
class House:
    def __init__(self):
        rng = np.random.default_rng(8)
        self.W1, self.b1 = rng.normal(size=(3, 4)), np.zeros((1, 4))
        self.W2, self.b2 = rng.normal(size=(4, 1)), np.zeros((1, 1))
    def forward(self, X):
        self.hidden = sigmoid(X @ self.W1 + self.b1)
        self.price = sigmoid(self.hidden @ self.W2 + self.b2)
    def backward(self, X, y):
        d2 = (self.price - y) * slope(self.price)
        d1 = d2 @ self.W2.T * slope(self.hidden)
        self.W2 -= 0.1 * self.hidden.T @ d2
        self.b2 -= 0.1 * d2.sum(axis=0)
        self.W1 -= 0.1 * X.T @ d1
        self.b1 -= 0.1 * d1.sum(axis=0)
X = np.array([[620.0, 95.0, 2500.0], [540.0, 88.0, 1900.0], [710.0, 120.0, 3100.0]])
y = np.array([[0.2], [0.1], [0.4]])
house = House()
for _ in range(30):
    house.forward(X)
    house.backward(X, y)
print(house.price)
"""


def test_a_number_whose_input_is_zero_may_rest(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(PROGRAM, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.parametrize("slip", ["errors[i] * found[i]", "errors[i - 1] * inputs[j]"])
def test_where_all_were_moved_a_fix_lets_some_of_them_rest(slip: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM.replace("errors[i] * inputs[j]", slip), tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert "errors[i] * inputs[j]" in report.fixes[0].diff


@pytest.mark.parametrize(("change", "kept"), [(("", ""), True), (("[1.0, 0.0, 2.0]", "[1.0, 0.0, 0.0]"), False)])
def test_what_an_edit_silences_itself_is_no_rest(change: tuple[str, str], kept: bool, tmp_path: Path) -> None:
    wrong = PROGRAM.replace("errors[i] * inputs[j]", "errors[i - 1] * (inputs[j] + 1)")
    judged = []
    for number, text in enumerate((wrong, PROGRAM.replace(*change))):
        path = tmp_path / f"network{number}.py"
        path.write_text(text)
        with Sandbox(LIMITS) as fresh:
            fresh.numbers = True  # the weights are written down
            judged.append(judge(fresh.run(read_source(path)).trainings[0], brief=True))
    before, after = judged
    assert (before.verdict, after.verdict) == ("wrong", "right")
    assert keeps_parts(before, after, handled=False) is kept


def test_where_all_inputs_saturate_what_they_feed_the_layers_before_may_rest(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(SATURATED, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes, "the true gradients of the first layer are zero, and those of the mended program are"
    assert added(report.fixes[0]) == ["return a * (1 - a)"]
