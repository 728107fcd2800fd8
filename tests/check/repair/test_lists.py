"""Little matrices of the file's own, lists in an object or in a list: what a call makes of them is followed, too."""

from pathlib import Path

import pytest

from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

NETWORK = """import math
import random

random.seed(3)


class Matrix:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.data = [[0.0] * columns for _ in range(rows)]

    @staticmethod
    def drawn(rows, columns):
        made = Matrix(rows, columns)
        for i in range(rows):
            for j in range(columns):
                made.data[i][j] = random.uniform(-1, 1)
        return made

    @staticmethod
    def of(numbers):
        made = Matrix(len(numbers), 1)
        for i in range(len(numbers)):
            made.data[i][0] = numbers[i]
        return made


def add(a, b):
    made = Matrix(a.rows, a.columns)
    for i in range(a.rows):
        for j in range(a.columns):
            made.data[i][j] = a.data[i][j] + b.data[i][j]
    return made


def subtract(a, b):
    made = Matrix(a.rows, a.columns)
    for i in range(a.rows):
        for j in range(a.columns):
            made.data[i][j] = a.data[i][j] - b.data[i][j]
    return made


def scaled(a, number):
    made = Matrix(a.rows, a.columns)
    for i in range(a.rows):
        for j in range(a.columns):
            made.data[i][j] = a.data[i][j] * number
    return made


def each(a, b):
    made = Matrix(a.rows, a.columns)
    for i in range(a.rows):
        for j in range(a.columns):
            made.data[i][j] = a.data[i][j] * b.data[i][j]
    return made


def turned(a):
    made = Matrix(a.columns, a.rows)
    for i in range(a.rows):
        for j in range(a.columns):
            made.data[j][i] = a.data[i][j]
    return made


def product(a, b):
    made = Matrix(a.rows, b.columns)
    for i in range(a.rows):
        for j in range(b.columns):
            total = 0
            for k in range(a.columns):
                total += a.data[i][k] * b.data[k][j]
            made.data[i][j] = total
    return made


def sigmoid(a):
    made = Matrix(a.rows, a.columns)
    for i in range(a.rows):
        for j in range(a.columns):
            made.data[i][j] = 1 / (1 + math.exp(-a.data[i][j]))
    return made


def slope(a):
    made = Matrix(a.rows, a.columns)
    for i in range(a.rows):
        for j in range(a.columns):
            made.data[i][j] = a.data[i][j] * (1 - a.data[i][j])
    return made


w1, b1, w2, b2 = Matrix.drawn(3, 2), Matrix.drawn(3, 1), Matrix.drawn(1, 3), Matrix.drawn(1, 1)
rows = [([0.1, 0.9], 0.8), ([0.7, 0.2], 0.3), ([0.5, 0.6], 0.9), ([0.9, 0.8], 0.1)]
for step in range(400):
    x, t = rows[step % 4]
    x = Matrix.of(x)
    hidden = sigmoid(add(product(w1, x), b1))
    out = sigmoid(add(product(w2, hidden), b2))
    missed = subtract(Matrix.of([t]), out)
    change = scaled(each(slope(out), missed), 0.3)
    b2 = add(b2, change)
    {update}
    back = product(turned(w2), {error})
    {late}
    change = scaled(each(slope(hidden), back), 0.3)
    b1 = add(b1, change)
    w1 = add(w1, product(change, turned(x)))
"""
UPDATE = "w2 = add(w2, product(change, turned(hidden)))"


def written(error: str, *, early: bool) -> str:
    text = NETWORK.replace("{error}", error)
    for place, now in (("{update}", early), ("{late}", not early)):
        text = text.replace(place, UPDATE) if now else text.replace(f"    {place}\n", "")
    return text


def test_such_a_network_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(written("each(slope(out), missed)", early=False), tmp_path, sandbox)
    assert report.verdict == "right"


@pytest.mark.slow
@pytest.mark.parametrize("early", [False, True], ids=["slope", "slope-and-order"])
def test_what_a_call_makes_of_lists_is_followed(early: bool, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(written("missed", early=early), tmp_path, sandbox, 40)
    assert report.verdict == "wrong"
    diffs = [fix.diff for fix in report.fixes if fix.proved]
    assert any("product(turned(w2), each(slope(out), missed))" in diff for diff in diffs), report
