"""The update that a bias lacks is written where its layer's weight gets its gradient, however its file is written."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.bias_updates import bias_updates
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

# the gradients are made in one method and used in another, by their place in a tuple
HANDED_ON = """import numpy as np

rng = np.random.default_rng(8)
X, T = rng.normal(size=(40, 3)), rng.uniform(size=(40, 1))


class Network:
    def __init__(self):
        self.rate = 0.2
        self.W1, self.W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        self.b1, self.b2 = np.full((1, 4), 0.1), np.full((1, 1), 0.1)

    def forward(self, x):
        self.hidden = np.tanh(x @ self.W1 + self.b1)
        return self.hidden @ self.W2 + self.b2

    def gradients(self, x, y, t):
        error = (y - t) / len(x)
        first = np.dot(x.T, error @ self.W2.T * (1 - self.hidden**2))
        second = np.dot(self.hidden.T, error)
        return first, second

    def update(self, changes):
        self.W1 = self.W1 - self.rate * changes[0]
        self.W2 = self.W2 - self.rate * changes[1]


network = Network()
for step in range(120):
    rows = slice(step % 4 * 10, step % 4 * 10 + 10)
    y = network.forward(X[rows])
    print(0.5 * np.mean((y - T[rows]) ** 2))
    network.update(network.gradients(X[rows], y, T[rows]))
"""
# a neuron is an object, and its weights are moved one by one
NEURONS = """import math
import random

random.seed(5)


class Neuron:
    def __init__(self, inputs):
        self.weights = [random.uniform(-1, 1) for _ in range(inputs)]
        self.bias = 0.3

    def answer(self, inputs):
        self.inputs = inputs
        total = 0
        for i in range(len(inputs)):
            total += inputs[i] * self.weights[i]
        self.output = 1 / (1 + math.exp(-(total + self.bias)))
        return self.output


hidden, out = [Neuron(2) for _ in range(3)], Neuron(3)
rows = [([0.1, 0.9], 0.8), ([0.7, 0.2], 0.3), ([0.5, 0.6], 0.9), ([0.9, 0.8], 0.1)]
for step in range(400):
    x, t = rows[step % 4]
    y = out.answer([neuron.answer(x) for neuron in hidden])
    print(0.5 * (t - y) ** 2)
    delta = (y - t) * y * (1 - y)
    deltas = [0] * 3
    for h in range(3):
        deltas[h] = delta * out.weights[h] * hidden[h].output * (1 - hidden[h].output)
    for w in range(3):
        out.weights[w] -= 0.4 * delta * out.inputs[w]
    for h in range(3):
        for w in range(2):
            hidden[h].weights[w] -= 0.4 * deltas[h] * hidden[h].inputs[w]
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (HANDED_ON, ["self.b2 = self.b2 - self.rate * error.sum(axis=0)"]),
        (NEURONS, ["    out.bias -= 0.4 * delta", "        hidden[h].bias -= 0.4 * deltas[h]"]),
    ],
    ids=["handed-on", "neurons"],
)
def test_biases_that_nothing_moves_get_their_update(
    text: str, lines: list[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(text, tmp_path, sandbox, 30)
    assert report.verdict == "inconsistent"
    (fix, *_) = [fix for fix in report.fixes if fix.proved]
    added = [line[1:] for line in fix.diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    for wanted in lines:
        assert any(line.startswith(wanted) or line.strip().startswith(wanted) for line in added), added
    assert len(added) == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("w -= 0.1 * np.dot(x.T, d)", "b -= 0.1 * d.sum(axis=0)"),
        ("w = w - 0.1 * x.T.dot(d)", "b = b - 0.1 * d.sum(axis=0)"),
        ("w += (0.1 *\n    x.T @ d)", None),  # what goes over several lines is no crash
        ("w -= 0.1 * np.dot(*pair)", None),
        ("w -= 0.1 * d * x", "b -= 0.1 * d"),
        ("w += 0.1 * x.T.dot(d[:, j]).flatten()", "b += 0.1 * d[:, j].sum()"),  # not laid out as the weight
        ("for n in row:\n    n.w -= 0.1 * x * d[n]", "n.b -= 0.1 * d[n]"),
    ],
)
def test_what_is_left_of_a_product(line: str, expected: str | None) -> None:
    editor = Editor(f"import numpy as np\nb = 0.0\n{line}\n")
    statement = editor.statement_at(editor.text.count("\n") if line.startswith("for") else 3)
    assert statement is not None
    name = "self.b" if line.startswith("for") else "b"
    made = [edit.text.strip() for edit in bias_updates(editor, statement, statement, name)]
    assert expected is None or expected in made
