"""Which trainings of a file a fix concerns."""

from pathlib import Path

import pytest

from backproof.check.repair.proved import runs
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)
TWICE = """import numpy as np

def times(a, b):
    return a @ b

def trained(inputs, targets, slope, size):
    w = rng.normal(size=(size, 2))
    for turn in range(30):
        out = np.tanh(times(inputs, w))
        back = slope(out, targets)
        w -= 0.1 * times(inputs.T, back)

def squared(out, targets):
    return (out - targets) * (1 - out ** 2)

def absolute(out, targets):
    return np.sign(out - targets) * (1 - out ** 2)

rng = np.random.default_rng(3)
x, t = rng.normal(size=(6, 3)), rng.uniform(size=(6, 2))
y, u = rng.normal(size=(5, 4)), rng.uniform(size=(5, 2))
trained(x, t, squared, 3)
trained(y, u, absolute, 4)
"""


@pytest.mark.parametrize(
    ("line", "first", "second"),
    [(4, True, True), (10, True, True), (14, True, False), (17, False, True), (22, True, False), (23, False, True)],
)
def test_a_training_runs_the_lines_that_compute_something_and_those_that_call_them(
    tmp_path: Path, sandbox: Sandbox, line: int, first: bool, second: bool
) -> None:
    path = tmp_path / "network.py"
    path.write_text(TWICE)
    source = read_source(path)
    recording = sandbox.run(source)
    trainings = [training for training in recording.trainings if training.steps]
    assert [runs(t, recording.sites, {(source.run_name, line)}) for t in trainings] == [first, second]
