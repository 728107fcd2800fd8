"""What is only tried changes nothing: neither what is tried next, nor the run that goes on."""

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from backproof.check.record import trial
from backproof.check.record.untouched import untouched
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SOFTMAX = """import numpy as np

rng = np.random.default_rng(4)
x = rng.normal(size=(90, 5))
y = np.eye(3)[(x[:, 0] + 0.5 * rng.normal(size=90) > 0).astype(int) + (x[:, 1] > 0.5)]
W1, b1 = rng.normal(size=(5, 8)), np.zeros(8)
W2, b2 = rng.normal(size=(8, 3)), np.zeros(3)


def softmax(z):
    z -= np.max(z, axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


for epoch in range(300):
    a1 = np.tanh(x @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    loss = -np.mean(np.sum(y * np.log(p), axis=1))
    d2 = (p - y) * p * (1 - p) / len(x)
    d1 = d2 @ W2.T * (1 - a1 ** 2)
    W2 -= 0.5 * a1.T @ d2
    b2 -= 0.5 * d2.sum(axis=0)
    W1 -= 0.5 * x.T @ d1
    b1 -= 0.5 * d1.sum(axis=0)
    if epoch % 50 == 0:
        print(epoch, loss)
"""


class Layer:
    def __init__(self) -> None:
        self.weights = [np.ones(3), np.ones((2, 2))]


def test_arrays_that_are_reached_cannot_be_written_into_and_can_be_afterwards() -> None:
    whole, layer, given = np.arange(6.0), Layer(), np.ones(2)
    given.flags.writeable = False
    names = {"part": whole[2:], "whole": whole, "layer": layer, "cache": {"z": (np.ones(2), 3)}, "given": given}
    arrays = [whole, names["part"], *layer.weights, names["cache"]["z"][0]]  # type: ignore[index]
    with untouched(names, ()):
        for array in arrays:
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
    for array in arrays:
        array[...] = array + 1
    assert whole.tolist() == [1, 2, 4, 5, 6, 7]
    assert not given.flags.writeable, "what the file itself keeps from being written into stays so"


class Clock:
    """Time that passes only where a text asks for it, and is not put back."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = 0.0

    def passes(self, seconds: float) -> float:
        self.now += seconds
        return self.now


def trials_of(units: list[trial.Unit], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> trial.Trials:
    monkeypatch.setattr("time.process_time", lambda: clock.now)
    recorder = SimpleNamespace(on=True, number=0, operations=["add"] * 5, memory=SimpleNamespace(peek=lambda _: None))
    return trial.Trials(cast(Any, recorder), units, 0, [(0, 10)], lambda: None, 4.0)


def texts_of(trials: trial.Trials) -> list[tuple[int, int]]:
    """The unit of each execution, and how many of its texts were computed."""
    return [(row[0], sum(map(len, row[4]))) for row in trials.rows]


def test_what_the_program_itself_takes_is_no_time_of_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    trials = trials_of([("a.py", 1, 0, 1, "0.5", ["1.5", "2.5"])], clock, monkeypatch)
    clock.passes(100)
    trials.at(0)
    assert texts_of(trials) == [(0, 2)]


def test_a_slow_expression_leaves_time_for_others_and_for_its_next_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    slow = [f"clock.passes(0.1) + {number}" for number in range(100)]
    units: list[trial.Unit] = [("a.py", 1, 0, 2, "0.5", slow)]
    units += [
        ("a.py", line, 0, 1, "0.5", [f"clock.passes(0.001) + {line + n}" for n in range(100)]) for line in range(9)
    ]
    trials = trials_of(units, clock, monkeypatch)
    for number in (*range(10), 0):
        trials.at(number)
    (_, first), *others, (_, second) = texts_of(trials)
    assert [count for _, count in others] == [100] * 9
    assert 5 < second <= first < 20


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("small", ["", " + 1e-6"])
def test_a_softmax_that_writes_into_its_argument_is_no_hindrance(small: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """Nor is the number that keeps the logarithm finite, which a hand-derived gradient leaves out."""
    text = SOFTMAX.replace("np.log(p)", f"np.log(p{small})")
    report = reported(text, tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert "+    d2 = (p - y) / len(x)" in report.fixes[0].diff
    assert report.fixes[0].factor == 1
    mended = reported(text.replace(" * p * (1 - p)", ""), tmp_path, sandbox)
    assert (mended.verdict, mended.factor) == (Verdict.RIGHT, 1)


def test_what_ends_with_an_error_at_one_execution_gives_nothing_at_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    units: list[trial.Unit] = [("a.py", 1, 0, 2, "0.5", ["[2.0][turn]", "turn + 3.0", "undefined"])]
    trials = trials_of(units, Clock(), monkeypatch)
    for turn in range(2):
        names = {"turn": turn}  # which the texts read in the frame that calls
        exec("trials.at(0)", {"trials": trials}, names)
    trials.write(tmp_path)
    first, second = trial.read_trials(tmp_path)
    assert (first.texts, second.texts) == ([[], [1]], [[1]])


class Keeper:
    """A layer that keeps what it is given, as most do."""

    def __init__(self) -> None:
        self.seen = 1.0

    def forward(self, given: float) -> float:
        self.seen, self.more = given, True
        return given


def shortened(parts: list[float], table: Any) -> float:
    """A function that takes a list and a table apart."""
    table["a"] = 0.0
    return parts.pop()


def test_what_functions_change_in_place_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["layer.forward(2.0)", "shortened(parts, table)", "cache.pop('z')", "layers[0].forward(3.0)"]
    trials = trials_of([("a.py", 1, 0, 1, "0.5", texts)], Clock(), monkeypatch)
    layer, table = Keeper(), pd.DataFrame({"a": [1.0, 4.0]})
    parts, cache, layers = [1.0, 5.0], {"z": 6.0}, [Keeper()]
    names = {"layer": layer, "parts": parts, "table": table, "cache": cache, "layers": layers}
    exec("trials.at(0)", {"trials": trials, "shortened": shortened}, names)
    assert texts_of(trials) == [(0, 4)], "all of them were computed"
    assert vars(layer) == vars(layers[0]) == {"seen": 1.0}
    assert (parts, cache, table["a"].tolist()) == ([1.0, 5.0], {"z": 6.0}, [1.0, 4.0])


def drawn() -> float:
    return random.random()


def test_what_is_drawn_is_drawn_again_by_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = trials_of([("a.py", 1, 0, 1, "0.5", ["drawn()", "drawn() + 1.0"])], Clock(), monkeypatch)
    random.seed(3)
    wanted = drawn()
    random.seed(3)
    exec("trials.at(0)", {"trials": trials, "drawn": drawn})
    assert texts_of(trials) == [(0, 2)]
    assert drawn() == wanted


def test_a_value_is_kept_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trials = trials_of([("a.py", 1, 0, 1, "0.5", ["weights"])], Clock(), monkeypatch)
    weights = np.ones(3)
    exec("trials.at(0)", {"trials": trials}, {"weights": weights})
    weights -= 1.0  # a step moves it in place
    trials.write(tmp_path)
    (row,) = trial.read_trials(tmp_path)
    assert row.values[0][0].tolist() == [1.0, 1.0, 1.0]


class Matrix:
    def __init__(self, rows: list[list[float]]) -> None:
        self.shape = (len(rows), len(rows[0]))
        self.data = rows


def test_an_object_that_holds_rows_and_their_shape_is_these_numbers() -> None:
    assert trial._numbers(Matrix([[0.5, 2.0], [1.0, 3.0]])) == [0.5, 2.0, 1.0, 3.0]
    assert trial._numbers(SimpleNamespace(a=[1.0], b=[2.0])) is None


WIDE = """import numpy as np
rng = np.random.default_rng(4)
x, t = rng.normal(size=(800, 4)), rng.normal(size=(800, 2))
w1, w2 = rng.normal(size=(4, 150)) * 0.3, rng.normal(size=(150, 2)) * 0.1
for step in range(30):
    z = x @ w1
    h = np.maximum(z, 0)
    error = h @ w2 - t
    print(np.mean(error ** 2))
    d = 2 * error / error.size
    back = d @ w2.T * (z > 0)
    w2 -= 0.1 * h.T @ d
    w1 -= 0.1 * x.T @ back
"""


@pytest.mark.slow
def test_values_of_many_samples_and_neurons_are_tried(tmp_path: Path, sandbox: Sandbox) -> None:
    assert 100_000 < 800 * 150 < trial._ELEMENTS
    report = reported(WIDE.replace("(z > 0)", "(d @ w2.T > 0)"), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].proved
    assert "(h > 0)" in report.fixes[0].diff or "(z > 0)" in report.fixes[0].diff
