"""The numbers of a finding are those of the expression that it names, worked out here by running one step."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
PROGRAM = """import numpy as np
rng = np.random.default_rng(0)
x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.2]])
y = np.array([[0.0], [1.0], [1.0], [0.0], [0.3]])
w1, b1 = rng.normal(size=(2, 4)), np.zeros((1, 4))
w2, b2 = rng.normal(size=(4, 1)), np.zeros((1, 1))


def slope(a):
    return 1 - a ** 2


for epoch in range(EPOCHS):
    hidden = np.tanh(x @ w1 + b1)
    output = hidden @ w2 + b2
    print(np.mean((output - y) ** 2))
    error = 2 * (output - y) / y.size
    inner = (error @ w2.T) * slope(hidden)
    g2 = hidden.T @ error
    g1 = np.dot(x.T,
                inner)
    c1, c2 = inner.sum(axis=0, keepdims=True), error.sum(axis=0, keepdims=True)
    w1, b1 = w1 - 0.1 * g1, b1 - 0.1 * c1
    w2, b2 = w2 - 0.1 * g2, b2 - 0.1 * c2
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("1 - a ** 2", "1 - a"),
        ("slope(hidden)", "slope(hidden @ w2)"),
        ("slope(hidden)", "slope(output)"),
        ("2 * (output - y) / y.size", "2 * (y - output) / y.size"),
        ("(error @ w2.T) * slope(hidden)", "error @ w2.T"),
        ("                inner)", "                inner * inner)"),
    ],
    ids=["a part of a line", "a call", "a value read", "a part of a quotient", "what is assigned", "over two lines"],
)
def test_the_numbers_are_of_what_is_named(right: str, wrong: str, sandbox: Sandbox, tmp_path: Path) -> None:
    assert PROGRAM.count(right) == 1
    program = PROGRAM.replace(right, wrong)
    message = reported(program.replace("EPOCHS", "300"), tmp_path, sandbox, 20).findings[0].message
    named, meant = re.findall("`(.*?)`", message)
    _assert_told(message, program, named, meant)


@pytest.mark.slow
def test_of_two_edits_each_has_its_own_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    """The second one stands further back in the text than it stood before the first."""
    program = PROGRAM.replace("1 - a ** 2", "1 - a").replace("g2 = hidden.T", "g2 = -hidden.T")
    findings = reported(program.replace("EPOCHS", "300"), tmp_path, sandbox, 30).findings
    assert len(findings) == 2
    for finding in findings:
        named, meant = re.findall("`(.*?)`", finding.message)
        _assert_told(finding.message, program, named, meant)


def _assert_told(message: str, program: str, named: str, meant: str) -> None:
    """The numbers of a message are some of those that a step gives, from the same place on."""
    was, should = np.ravel(_value(named, program)), np.ravel(_value(meant, PROGRAM))
    first, second = _numbers(message)
    windows = [sliding_window_view(value, len(told)) for value, told in ((was, first), (should, second))]
    close = [np.isclose(seen, told, rtol=1e-3).all(axis=1) for seen, told in zip(windows, (first, second), strict=True)]
    assert (close[0] & close[1]).any(), message


def _value(expression: str, program: str) -> Any:
    """What an expression is in the first step of a program."""
    names: dict[str, Any] = {"print": lambda *_: None}
    exec(program[: program.index("    w1, b1 = w1 -")].replace("range(EPOCHS)", "range(1)"), names)
    names["a"] = names["hidden"]
    return eval(expression.rsplit(" = ", maxsplit=1)[-1].removeprefix("return "), names)


def _numbers(sentence: str) -> list[list[float]]:
    """The numbers of the two lists that a sentence tells."""
    found = re.search(r"is (\[.*?\]|\S+) and should be (\[.*?\]|\S+)\.$", sentence)
    assert found, sentence
    return [[float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", each)] for each in found.groups()]
