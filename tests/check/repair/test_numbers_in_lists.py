"""What a list is made of that single numbers are read from, in a program that draws with Python's own `random`."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
NEURONS = """from math import exp
from random import random, seed, shuffle

def units(count):
    return [{'weights': [random() - 0.5 for _ in range(3)], 'drawn': random()} for _ in range(count)]

def forward(net, row):
    values = row
    for layer in net:
        for unit in layer:
            total = unit['weights'][-1] + sum(w * v for w, v in zip(unit['weights'], values))
            unit['given'] = 1 / (1 + exp(-total))
        values = [unit['given'] for unit in layer]
    return values

def backward(net, wanted):
    for i in reversed(range(len(net))):
        for j, unit in enumerate(net[i]):
            if i == len(net) - 1:
                error = unit['given'] - wanted[j]
            else:
                error = 0.0
                for later in net[i + 1]:
                    error += later['weights'][j] * later['delta']
            unit['delta'] = error * unit['given'] * (1 - unit['given'])

def move(net, row, rate):
    for i in range(len(net)):
        values = row
        if i > 0:
            values = [unit['given'] for unit in net[i - 1]]
        for unit in net[i]:
            for j in range(len(values)):
                unit['weights'][j] -= rate * unit['delta'] * values[j]
            unit['weights'][-1] -= rate * unit['delta']

seed(2)
data = [([random(), random()], [k % 2, 1 - k % 2]) for k in range(10)]
net = [units(2), units(2)]
for epoch in range(10):
    shuffle(data)
    loss = 0
    for row, wanted in data:
        given = forward(net, row)
        loss += sum(0.5 * (g - w) ** 2 for g, w in zip(given, wanted))
        backward(net, wanted)
        move(net, row, 0.5)
    print(epoch, loss)
"""


def test_a_list_of_other_numbers_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    line = "values = [unit['given'] for unit in net[i - 1]]"
    report = reported(NEURONS.replace(line, line.replace("given", "delta")), tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG, report.reason
    assert report.findings[0].line == 31
    assert added(report.fixes[0]) == [line]
    assert reported(NEURONS, tmp_path, sandbox).verdict is Verdict.RIGHT
