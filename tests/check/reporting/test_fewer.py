"""Steps of many operations, which are judged by some of their samples."""

from pathlib import Path

import pytest

from backproof.check.record.short import Short
from backproof.check.report import Report, Verdict
from backproof.check.reporting.fewer import with_fewer_samples
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

LOOP = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(900, 3))
t = (x[:, 0] * x[:, 1] > 0).astype(float)
w, b, v, c = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=4), np.zeros(1)
for epoch in range(3):
    gw, gb, gv, gc, loss = np.zeros((3, 4)), np.zeros(4), np.zeros(4), np.zeros(1), 0.0
    for one, target in zip(x, t):
        h = np.tanh(one @ w + b)
        p = 1 / (1 + np.exp(-(h @ v + c)))
        d = p - target
        loss += -np.log(p[0]) * target - np.log(1 - p[0]) * (1 - target)
        e = d * v * (1 - h ** 2)
        gv += d * h
        gc += d
        gw += np.outer(one, e)
        gb += e
    w -= 0.01 * gw
    b -= 0.01 * gb
    v -= 0.01 * gv
    c -= 0.01 * gc
    print(epoch, loss / 900)
"""

GRAPH = """
import random
random.seed(1)
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents
    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))
    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))
    def backward(self):
        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for parent, _ in v.parents:
                    visit(parent)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for parent, slope in v.parents:
                parent.grad = parent.grad + slope * v.grad
xs = [[random.uniform(-1, 1) for _ in range(4)] for _ in range(900)]
ys = [0.5 * a - b * b + 0.1 for a, b, _, _ in xs]
w = [Value(random.uniform(-1, 1)) for _ in range(5)]
for step in range(3):
    for p in w:
        p.grad = 0.0
    loss = Value(0.0)
    for x, y in zip(xs, ys):
        out = w[4]
        for p, one in zip(w, x):
            out = out + p * Value(one)
        e = out + Value(-y)
        loss = loss + e * e
    loss.backward()
    for p in w:
        p.data -= 0.0005 * p.grad
    print(step, loss.data)
"""


def report_of(text: str, folder: Path, sandbox: Sandbox) -> Report | None:
    path = folder / "network.py"
    path.write_text(text)
    source = read_source(path)
    return with_fewer_samples(source, sandbox.run(source, updates=1), sandbox, 1000)


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("text", [LOOP, GRAPH])
def test_what_is_right_for_some_samples_is_right(text: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = report_of(text, tmp_path, sandbox)
    assert report is not None
    assert report.verdict is Verdict.RIGHT
    assert report.factor is None
    assert "some samples" in report.notes[0]


@pytest.mark.slow
@pytest.mark.parametrize("slip", [("* (1 - h ** 2)", "* (1 - h)"), ("gw += np.outer(one, e)", "gw = np.outer(one, e)")])
def test_a_wrong_gradient_is_found_by_some_samples(slip: tuple[str, str], sandbox: Sandbox, tmp_path: Path) -> None:
    assert slip[0] in LOOP
    report = report_of(LOOP.replace(*slip), tmp_path, sandbox)
    assert report is not None
    assert report.verdict is Verdict.WRONG
    assert report.findings


@pytest.mark.slow
def test_a_step_that_ends_in_time_is_not_cut(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(LOOP)
    assert not sandbox.run(read_source(path)).cut_within


def test_the_outermost_loop_that_has_turned_is_left_after_as_many_turns_again() -> None:
    short = Short(6000)

    def epoch(recorded: int) -> list[int]:
        """Turns of a loop over samples, of 1,000 operations each, with one over layers in it."""
        samples = short.enter(2, recorded)
        turns = 0
        while turns < 20 and not short.turn(samples, recorded):
            layers = short.enter(3, recorded)
            for _ in range(5):
                assert not short.turn(layers, recorded)
                recorded += 200
            short.leave(layers, recorded)
            turns += 1
        short.leave(samples, recorded)
        return [turns, recorded]

    epochs = short.enter(1, 0)
    assert not short.turn(epochs, 0)
    first, recorded = epoch(0)
    assert not short.turn(epochs, recorded)
    second, _ = epoch(recorded)
    assert 3 <= first == second < 20
    assert len(short.left) == 2


@pytest.mark.slow
def test_a_step_that_is_too_long_is_said_to_be_so(sandbox: Sandbox, tmp_path: Path) -> None:
    """The program is done before its loops are left."""
    text = """import numpy as np
x, w = np.linspace(0, 1, 600), np.zeros((600, 600))
for step in range(2):
    g = np.array([[x[i] * x[j] for j in range(600)] for i in range(600)])
    w = w - 0.1 * g * (w - 1)
"""
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE
    assert "No training step was over within" in report.reason
    assert "left before their end" not in report.reason
