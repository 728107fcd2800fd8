"""Several lines that are wrong, each mended by itself: gradients of single numbers, and errors that a loop adds up."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
NUMBERS = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(5, 2)), rng.uniform(size=5)
w1, w2, w3, w4, w5, w6, w7, w8 = rng.normal(size=8)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for epoch in range(40):
    dw1 = dw2 = dw3 = dw4 = dw5 = dw6 = dw7 = dw8 = 0
    loss = 0
    for (x1, x2), y in zip(X, Y):
        h1 = sigmoid(w1 * x1 + w2 * x2)
        h2 = sigmoid(w3 * x1 + w4 * x2)
        h3 = sigmoid(w7 * x1 + w8 * x2)
        out = w5 * h1 + w6 * h2 - h3
        loss += (out - y) ** 2
        dw5 += 2 * (out - y) * h1
        dw6 += 2 * (out - y) * h1
        dw1 += 2 * (out - y) * w5 * h1 * (1 - h1) * x1
        dw2 += 2 * (out - y) * w5 * h1 * (1 - h1) * x1
        dw3 += 2 * (out - y) * w5 * h2 * (1 - h2) * x1
        dw4 += 2 * (out - y) * w6 * h2 * (1 - h1) * x2
        dw7 -= 2 * (out - y) * h3 * (1 - h3) * x1
        dw8 -= 2 * (out - y) * h3 * h3 * x2
    print(loss)
    w1 -= 0.05 * dw1
    w2 -= 0.05 * dw2
    w3 -= 0.05 * dw3
    w4 -= 0.05 * dw4
    w5 -= 0.05 * dw5
    w6 -= 0.05 * dw6
    w7 -= 0.05 * dw7
    w8 -= 0.05 * dw8
"""


@pytest.mark.slow
def test_gradients_of_single_numbers_are_each_mended_by_a_small_edit(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NUMBERS, tmp_path, sandbox, 8)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) == [
        "dw6 += 2 * (out - y) * h2",
        "dw2 += 2 * (out - y) * w5 * h1 * (1 - h1) * x2",
        "dw3 += 2 * (out - y) * w6 * h2 * (1 - h2) * x1",
        "dw4 += 2 * (out - y) * w6 * h2 * (1 - h2) * x2",
        "dw8 -= 2 * (out - y) * h3 * (1 - h3) * x2",
    ]


LOOPS = """import math
import random
random.seed(1)
data = [([0.1, 0.2], [0.0, 1.0]), ([0.0, 1.0], [1.0, 0.2]), ([1.0, 0.1], [1.0, 0.5]), ([1.0, 1.0], [0.0, 0.3])]
network = [[{"weights": [random.random() for _ in range(3)]} for _ in range(size)] for size in (2, 2)]
def forward(row):
    for layer in network:
        for neuron in layer:
            weights = neuron["weights"]
            neuron["output"] = 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, row + [1.0]))))
        row = [neuron["output"] for neuron in layer]
    return row
for epoch in range(20):
    loss = 0.0
    for row, wanted in data:
        outputs = forward(row)
        loss += sum((o - t) ** 2 for o, t in zip(outputs, wanted))
        for j, neuron in enumerate(network[1]):
            neuron["delta"] = (neuron["output"] - wanted[j]) * (1 - neuron["output"])
        for j, neuron in enumerate(network[0]):
            error = 0.0
            for later in network[1]:
                error += later["weights"][j] + later["delta"]
            neuron["delta"] = error * neuron["output"] * (1 - neuron["output"])
        for number, layer in enumerate(network):
            inputs = row if number == 0 else [neuron["output"] for neuron in network[0]]
            for neuron in layer:
                for k, value in enumerate(inputs + [1.0]):
                    neuron["weights"][k] -= 0.5 * neuron["delta"] * value
    print(epoch, loss)
"""


@pytest.mark.slow
def test_errors_that_a_loop_adds_up_are_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LOOPS, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    lines = added(report.fixes[0])
    assert 'error += later["weights"][j] * later["delta"]' in lines
    assert len(lines) == 2
