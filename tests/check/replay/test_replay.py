"""What is computed again is what was recorded, but for rounding, which some functions make much of."""

from pathlib import Path

import torch

from backproof.check.cut.parameters import Training
from backproof.check.replay.frame import Frame
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
ROUNDED = """import numpy as np
rng = np.random.default_rng(2)
x, y = rng.normal(size=(40, 4)), rng.normal(size=(40, 2))
w1, w2 = rng.normal(size=(4, 6)), rng.normal(size=(6, 2))
for epoch in range(8):
    print(np.sin(1e13 * np.exp(w1 @ w2)).sum())  # its last digits are all that is left of it
    h = np.tanh(x @ w1)
    e = h @ w2 - y
    print(np.mean(e ** 2))
    d = 2 * e / e.size
    dh = d @ w2.T * (1 - h ** 2)
    w2 -= 0.1 * h.T @ d
    w1 -= 0.1 * x.T @ dh
"""


def test_rounding_that_grows_hides_no_mistake(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ROUNDED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    report = reported(ROUNDED.replace("(1 - h ** 2)", "(1 - h)"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason


FLAT = """import numpy as np
rng = np.random.default_rng(4)
x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 2))
b1, b2 = rng.normal(size=5), rng.normal(size=2)
for epoch in range(9):
    h = np.tanh(x @ w1 + b1)
    o = h @ w2 + b2
    print(np.mean((o - y) ** 2))
    d2 = 2 * (o - y) / y.size
    d1 = d2 @ w2.T * (1 - h ** 2)
    w2, w1 = w2 - 0.1 * h.T @ d2, w1 - 0.1 * x.T @ d1
    b2 = b2 - 0.1 * np.sum(d2, axis=0, keepdims=True)
    b1 = b1 - 0.1 * np.sum(d1, axis=0, keepdims=True)
"""


def test_a_bias_may_take_on_an_axis_of_one_at_its_first_update(tmp_path: Path, sandbox: Sandbox) -> None:
    path = tmp_path / "network.py"
    path.write_text(FLAT)
    training = Training(sandbox.run(read_source(path)).stretches[0])
    moves = Frame(training, 0).moves
    assert {tuple(move.shape) for move in moves.values()} == {(3, 5), (5, 2), (5,), (2,)}
    assert all(bool(move.isfinite().all()) for move in moves.values())
    assert reported(FLAT, tmp_path, sandbox).verdict is Verdict.RIGHT
    wrong = FLAT.replace("np.sum(d1, axis=0", "np.sum(x.T @ d1, axis=0")
    report = reported(wrong, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [14]
    assert report.fixes[0].texts["network.py"] == FLAT


SAMPLES = """import numpy as np
rng = np.random.default_rng(4)
x, y = rng.normal(size=(20, 30)), rng.normal(size=(20, 2))
w = rng.normal(size=(30, 2))
for step in range(40):
    given = x[step % 20]
    error = given @ w - y[step % 20]
    w = w - 0.01 * np.outer(given, error)
"""


def test_what_is_put_in_a_place_and_makes_far_more_numbers_than_there_were_is_not_computed(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = tmp_path / "network.py"
    path.write_text(SAMPLES)
    frame = Frame(Training(sandbox.run(read_source(path)).stretches[0]), 0)
    outer = next(n for n in sorted(frame.backward) if frame.trace.operations[n] == "outer")
    error = frame.trace.inputs(outer)[-1]
    for size, followed in ((2, True), (20_000, True), (50_000, False)):  # of 30 times as many numbers
        other = frame.varied({error: torch.ones(size, dtype=torch.float64)}, {outer}, {})
        other.replay.value(outer)
        assert (outer not in other.replay.opaque) == followed
