"""An error that is handed back without its slope, after the update: the mistake of a much copied toy network."""

import ast
from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.handed_back import handed_back
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
BLOCK = """slope = dsigmoid(out)
{product}
slope = slope * rate
w2 = w2 + outer(slope, hidden)
turned = w2.T
error1 = turned @ error
use(error1)
"""


@pytest.mark.parametrize(
    "product",
    [
        "slope.multiply(error)",
        "slope *= error",
        "slope = slope * error",
        "slope = np.multiply(error, slope)",
        "slope.elementwise_mult(error)",
    ],
)
def test_it_is_computed_from_the_product_where_that_is_made(product: str) -> None:
    text = BLOCK.format(product=product)
    editor = Editor(text)
    (edit,) = handed_back(editor, editor.tree.body[5])
    expected = f"slope = dsigmoid(out)\n{product}\nturned = w2.T\nerror1 = turned @ slope\nslope = slope * rate\n"
    assert edit.apply(text) == expected + "w2 = w2 + outer(slope, hidden)\nuse(error1)\n"
    assert edit in edits_of(editor, editor.tree.body[5])


@pytest.mark.parametrize(
    "product", ["slope.add(error)", "slope = slope * 2", "slope = other * error", "error *= slope"]
)
def test_what_is_no_product_with_the_error_gives_none(product: str) -> None:
    editor = Editor(BLOCK.format(product=product))
    assert not list(handed_back(editor, editor.tree.body[5]))


IN_A_LOOP = """for i in (1, 0):
    delta = {product}
    w[i] = w[i] + delta @ out[i].T
    error = {error}
    use(error)
"""


def _third(editor: Editor) -> ast.stmt:
    loop = editor.tree.body[0]
    assert isinstance(loop, ast.For)
    return loop.body[2]


@pytest.mark.parametrize(
    ("product", "rest"),
    [
        ("slope.multiply(error)", ".map(scaled)"),
        ("slope(out[i]) * error", " * rate"),
        ("error * slope(out[i])", " * rate * 2"),
    ],
)
def test_an_error_that_takes_the_place_of_the_one_before_is_computed_within_the_line(product: str, rest: str) -> None:
    text = IN_A_LOOP.format(product=product + rest, error="w[i].T @ error")
    editor = Editor(text)
    (edit,) = handed_back(editor, _third(editor))
    assert edit.apply(text) == (
        f"for i in (1, 0):\n    delta = {product}\n    error = w[i].T @ delta\n    delta = delta{rest}\n"
        "    w[i] = w[i] + delta @ out[i].T\n    use(error)\n"
    )


@pytest.mark.parametrize("product", ["slope.add(error).map(scaled)", "slope * other * rate", "error + slope * rate"])
def test_a_line_without_a_product_with_the_error_is_not_split(product: str) -> None:
    editor = Editor(IN_A_LOOP.format(product=product, error="w[i].T @ error"))
    assert not list(handed_back(editor, _third(editor)))


TOY = """import math
import random


class Matrix:
    def __init__(self, rows):
        self.rows = rows
        self.shape = (len(rows), len(rows[0]))

    @staticmethod
    def product(a, b):
        return Matrix([[sum(x * y for x, y in zip(row, column)) for column in zip(*b.rows)] for row in a.rows])

    @staticmethod
    def subtract(a, b):
        return Matrix([[x - y for x, y in zip(r, s)] for r, s in zip(a.rows, b.rows)])

    @staticmethod
    def transpose(a):
        return Matrix([list(column) for column in zip(*a.rows)])

    @staticmethod
    def map(a, function):
        return Matrix([[function(x) for x in row] for row in a.rows])

    def add(self, other):
        for i in range(self.shape[0]):
            for j in range(self.shape[1]):
                self.rows[i][j] += other.rows[i][j]

    def multiply(self, other):
        for i in range(self.shape[0]):
            for j in range(self.shape[1]):
                self.rows[i][j] *= other.rows[i][j] if isinstance(other, Matrix) else other


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def dsigmoid(y):
    return y * (1 - y)


random.seed(4)
wih = Matrix([[random.uniform(-1, 1) for _ in range(2)] for _ in range(3)])
who = Matrix([[random.uniform(-1, 1) for _ in range(3)]])
bh, bo = Matrix([[0.1], [0.2], [-0.1]]), Matrix([[0.1]])
data = [([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0), ([0.0, 0.0], 0.0)]


def train(given, wanted):
    inputs, targets = Matrix([[x] for x in given]), Matrix([[wanted]])
    hidden = Matrix.product(wih, inputs)
    hidden.add(bh)
    hidden = Matrix.map(hidden, sigmoid)
    outputs = Matrix.product(who, hidden)
    outputs.add(bo)
    outputs = Matrix.map(outputs, sigmoid)
    output_errors = Matrix.subtract(targets, outputs)
    gradients = Matrix.map(outputs, dsigmoid)
    gradients.multiply(output_errors)
    gradients.multiply(0.1)
    deltas = Matrix.product(gradients, Matrix.transpose(hidden))
    who.add(deltas)
    bo.add(gradients)
    turned = Matrix.transpose(who)
    hidden_errors = Matrix.product(turned, output_errors)
    hidden_gradients = Matrix.map(hidden, dsigmoid)
    hidden_gradients.multiply(hidden_errors)
    hidden_gradients.multiply(0.1)
    wih.add(Matrix.product(hidden_gradients, Matrix.transpose(inputs)))
    bh.add(hidden_gradients)


for turn in range(400):
    train(*random.choice(data))
"""


@pytest.mark.slow
def test_both_mistakes_of_the_toy_network_are_mended_by_one_edit(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(TOY, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert [finding.kind for finding in report.findings] == ["handed back"]
    added = "+    turned = Matrix.transpose(who)\n+    hidden_errors = Matrix.product(turned, gradients)\n"
    assert added in report.fixes[0].diff
    assert report.fixes[0].proved
