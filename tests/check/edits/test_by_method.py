"""What an object computes from one of its attributes may be meant where the attribute itself is read."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
NEURONS = """import math
import random
random.seed(4)
class Link:
    def __init__(self, start, end):
        self.start, self.end, self.weight = start, end, random.uniform(-1, 1)
        end.links.append(self)
    def carry_back(self):
        self.start.error += self.end.delta() * self.weight
    def adjust(self):
        self.weight += 0.4 * self.start.output * self.end.delta()
class Neuron:
    def __init__(self):
        self.links, self.output, self.error = [], 1.0, 0.0
    def fire(self):
        z = sum(link.start.output * link.weight for link in self.links)
        self.output = 1 / (1 + math.exp(-z))
    def delta(self):
        return self.error * self.output * (1 - self.output)
layers = [[Neuron() for _ in range(n)] for n in (3, 3, 2, 1)]
for before, after in zip(layers, layers[1:]):
    for end in after:
        for start in before:
            Link(start, end)
points = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
for turn in range(40):
    total = 0
    for a, b, target in points:
        layers[0][0].output, layers[0][1].output = a, b
        for layer in layers[1:]:
            for neuron in layer:
                neuron.fire()
        for layer in layers:
            for neuron in layer:
                neuron.error = 0.0
        layers[-1][0].error = target - layers[-1][0].output
        total += (target - layers[-1][0].output) ** 2
        for layer in reversed(layers[1:]):
            for neuron in layer:
                for link in neuron.links:
                    link.carry_back()
                    link.adjust()
    print(total)
"""


def test_a_method_is_asked_on_the_object_whose_attribute_it_reads() -> None:
    editor = Editor(NEURONS.replace("self.end.delta() * self.weight", "self.end.error * self.weight"))
    lines = {9: ["self.end.error → self.end.delta()"], 19: []}  # the method itself asks for nothing
    for line, expected in lines.items():
        statement = editor.statement_at(line)
        assert statement is not None
        assert [edit.says for edit in edits_of(editor, statement) if edit.text.endswith(".delta()")] == expected


@pytest.mark.slow
def test_errors_that_are_carried_back_without_their_slope_are_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(NEURONS, tmp_path, sandbox).verdict is Verdict.RIGHT
    text = NEURONS.replace("self.end.delta() * self.weight", "self.end.error * self.weight")
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].texts["network.py"] == NEURONS
