"""A slope of ReLU's that is 1 everywhere; in the second training of a file, too."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor
from backproof.check.edits.flat_slopes import above_zero, lines_of_flat_slopes
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SLOPE = """def relu(x, slope=False):
    if slope:
        {first}
        {second}
        return x
    return np.maximum(0, x)
"""
TRAINED_TWICE = """import numpy as np

def relu(x, slope=False):
    if slope:
        x = np.where(x < 0, 0, x)
        x = np.where(x >= 0, 1, x)
        return x
    return np.maximum(0, x)

def tanh(x, slope=False):
    return 1 - np.tanh(x) ** 2 if slope else np.tanh(x)

def accuracy(out):
    return np.mean(out.argmax(axis=1) == t.argmax(axis=1))

def train(activation, rate):
    w1, w2 = rng.normal(size=(3, 6)), rng.normal(size=(6, 2))
    for epoch in range(300):
        for k in range(5):
            own = x[6 * k : 6 * k + 6]
            z = own @ w1
            h = activation(z)
            d = 2 * (h @ w2 - t[6 * k : 6 * k + 6]) / 12
            d1 = (d @ w2.T) * activation(z, slope=True)
            w2 = w2 - rate * h.T @ d
            w1 = w1 - rate * own.T @ d1
        out = activation(x @ w1) @ w2
        print("{:.2f} {:.2f}".format(np.mean((out - t) ** 2), accuracy(out)))

rng = np.random.default_rng(3)
x, t = rng.normal(size=(30, 3)), rng.uniform(size=(30, 2))
train(tanh, 0.1)
train(relu, 0.05)
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x = np.where(x < 0, 0, x)", "x = np.where(x >= 0, 1, x)"),
        ("x[x <= 0] = 0", "x[x >= 0] = 1"),
    ],
)
def test_what_is_not_zero_by_then_is_above_zero(first: str, second: str) -> None:
    text = SLOPE.format(first=first, second=second)
    editor = Editor(text)
    assert lines_of_flat_slopes(editor) == {4}
    statement = editor.statement_at(4)
    assert statement is not None
    (edit,) = above_zero(editor, statement)
    assert edit.apply(text) == SLOPE.format(first=first, second=second.replace(">=", ">"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x[x < 0] = 0", "x[x > 0] = 1"),
        ("y = np.where(x < 0, 0, x)", "x = np.where(x >= 0, 1, x)"),
        ("x = np.where(x < 0, 0, x)", "y = np.where(x >= 0, 1, x)"),
        ("x[x < 1] = 0", "x[x >= 1] = 1"),
    ],
)
def test_what_is_as_it_should_be_or_unlike_it_is_left(first: str, second: str) -> None:
    assert not lines_of_flat_slopes(Editor(SLOPE.format(first=first, second=second)))


@pytest.mark.slow
def test_the_second_training_of_a_file_is_mended_though_the_first_one_tells_numbers(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(TRAINED_TWICE, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes[0].texts["network.py"] == TRAINED_TWICE.replace("x >= 0", "x > 0")
    assert [finding.line for finding in report.findings] == [6]
