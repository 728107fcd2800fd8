"""Updates that are missing are written as the last one was that was found."""

from pathlib import Path

import pytest

from backproof.check.repair import insertions
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LAYERS = """import numpy as np
rng = np.random.default_rng(5)
x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
w_1, b_1 = rng.normal(size=(3, 4)), np.zeros(4)
w_2, b_2 = rng.normal(size=(4, 4)), np.zeros(4)
w_3, b_3 = rng.normal(size=(4, 1)), np.zeros(1)
for step in range(30):
    h_1 = np.tanh(x @ w_1 + b_1)
    h_2 = np.tanh(h_1 @ w_2 + b_2)
    out = h_2 @ w_3 + b_3
    print(np.mean((out - t) ** 2))
    d_3 = 2 * (out - t) / len(x)
    d_2 = d_3 @ w_3.T * (1 - h_2 ** 2)
    d_1 = d_2 @ w_2.T * (1 - h_1 ** 2)
    w_3 -= 0.1 * h_2.T @ d_3
    w_2 -= 0.1 * h_1.T @ d_2
    w_1 -= 0.1 * x.T @ d_1
"""


@pytest.mark.slow
def test_of_layers_that_differ_by_a_number_all_are_written_at_once(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, tmp_path: Path
) -> None:
    asked: list[str] = []
    one_by_one = insertions._missing_update

    def counted(*arguments: object) -> object:
        asked.append(str(arguments[3]))
        return one_by_one(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(insertions, "_missing_update", counted)
    report = reported(LAYERS, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.INCONSISTENT
    added = [line for line in report.fixes[0].diff.splitlines() if line.startswith("+ ")]
    assert sorted(added) == [f"+    b_{n} -= 0.1 * d_{n}.sum(axis=0)" for n in (1, 2, 3)]
    assert len(asked) == 2, "the second line is written with the third one"


HELPER = """import numpy as np


class Neuron:
    def __init__(self, rng, count):
        self.weights = rng.normal(size=count)
        self.bias = rng.normal()

    def answer(self, x):
        self.output = 1 / (1 + np.exp(-(np.dot(self.weights, x) + self.bias)))
        return self.output


class Network:
    def __init__(self, rng, sizes):
        self.layers = [[Neuron(rng, a) for _ in range(b)] for a, b in zip(sizes, sizes[1:])]

    def learn(self, x, t):
        given = [x]
        for layer in self.layers:
            given.append(np.array([neuron.answer(given[-1]) for neuron in layer]))
        deltas = [(given[-1] - t) * given[-1] * (1 - given[-1])]
        for layer, own in zip(self.layers[:0:-1], given[-2::-1]):
            deltas.insert(0, deltas[0].dot(np.array([neuron.weights for neuron in layer])) * own * (1 - own))
        for layer, delta, x in zip(self.layers, deltas, given):
            for j, neuron in enumerate(layer):
                neuron.weights -= 0.3 * np.outer(x, delta[j]).flatten()
        return 0.5 * np.sum((given[-1] - t) ** 2)
"""
MAIN = """import numpy as np
from helper import Network

rng = np.random.default_rng(8)
x, t = rng.normal(size=(20, 3)), rng.uniform(size=(20, 2))
network = Network(rng, [3, 4, 2])
for epoch in range(10):
    print(sum(network.learn(a, b) for a, b in zip(x, t)))
"""


def test_the_update_is_written_in_the_file_that_moves_the_weights(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(HELPER)
    report = reported(MAIN, tmp_path, sandbox, 60)
    assert report.verdict == Verdict.INCONSISTENT
    (fix, *_) = report.fixes
    assert fix.proved
    assert fix.diff.startswith("--- helper.py")
    assert "+                neuron.bias -= 0.3 * delta[j]" in fix.diff


NEURONS = """import random
from math import exp
random.seed(2)
data = [([random.gauss(c, 0.6), random.gauss(-c, 0.6), random.gauss(0, 1)], c) for c in (0, 1) for _ in range(8)]
hidden = [{"weights": [random.uniform(-0.5, 0.5) for _ in range(4)]} for _ in range(2)]
network = [hidden, [{"weights": [random.uniform(-0.5, 0.5) for _ in range(3)]}]]
def forward(row):
    inputs = row
    for layer in network:
        outputs = []
        for neuron in layer:
            w = neuron["weights"]
            z = w[-1] + sum(w[i] * inputs[i] for i in range(len(w) - 1))
            neuron["output"] = 1.0 / (1.0 + exp(-z))
            outputs.append(neuron["output"])
        inputs = outputs
    return inputs[0]
def backward(target):
    for i in reversed(range(2)):
        for j, neuron in enumerate(network[i]):
            error = target - neuron["output"] if i == 1 else sum(n["weights"][j] * n["delta"] for n in network[1])
            neuron["delta"] = error * neuron["output"] * (1.0 - neuron["output"])
def update(row, rate):
    for i in range(2):
        inputs = row[:-1]
        if i != 0:
            inputs = [neuron["output"] for neuron in network[i - 1]]
        for neuron in network[i]:
            for j in range(len(inputs)):
                neuron["weights"][j] += rate * neuron["delta"] * inputs[j]
            neuron["weights"][-1] += rate * neuron["delta"]
for epoch in range(6):
    total = 0
    for row, target in data:
        total += (target - forward(row)) ** 2
        backward(target)
        update(row, 0.3)
    print(epoch, total)
"""


def test_the_last_input_is_left_out_where_the_row_is_cut(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NEURONS, tmp_path, sandbox, seconds=10.0)
    assert report.verdict is Verdict.INCONSISTENT, report.reason
    assert report.findings[0].line == 1 + NEURONS[: NEURONS.index("row[:-1]")].count("\n")
    changed = [line for line in report.fixes[0].diff.splitlines() if line[:2] in ("+ ", "- ")]
    assert changed == ["-        inputs = row[:-1]", "+        inputs = row"]
