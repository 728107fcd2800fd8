"""Moves that are the gradient of no loss at all are wrong, whichever loss was meant; of one that is not known, nothing
is known."""

from pathlib import Path

import pytest

from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

# an output of one number, so that every loss moves all weights along one direction; no loss is told
PROGRAM = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(20, 3))
t = np.sin(x[:, :1]) + x[:, 1:2] ** 2
w1, w2 = rng.normal(size=(3, 8)), rng.normal(size=(8, 1))
for step in range(60):
    i = step % 20
    xi, ti = x[i:i + 1], t[i:i + 1]
    h = np.tanh(xi @ w1)
    out = h @ w2
    e = out - ti
    dw2 = h.T @ e
    dw1 = xi.T @ (e @ w2.T * (1 - h ** 2))
    w2 -= 0.05 * dw2
    w1 -= 0.05 * dw1
"""
TWO = (("(1 - h ** 2)", "(1 - h)"), ("dw2 = h.T @ e", "dw2 = h.T ** 2 @ e"))


def _checked(folder: Path, sandbox: Sandbox, *changes: tuple[str, str]) -> str:
    text = PROGRAM
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return str(reported(text, folder, sandbox).verdict)


def test_two_mistakes_after_which_nothing_follows_a_loss_are_wrong(tmp_path: Path, sandbox: Sandbox) -> None:
    assert _checked(tmp_path, sandbox) == "right"
    assert _checked(tmp_path, sandbox, *TWO) == "wrong"


@pytest.mark.parametrize(
    "error",
    [
        "e = (out - ti) ** 2 * np.exp(out)",  # of a loss that nobody knows
        "e = np.tanh(3 * (out - ti)) + 0.3 * (out - ti) * np.cos(out)",
    ],
)
def test_the_gradient_of_an_unknown_loss_is_not_called_wrong(error: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert _checked(tmp_path, sandbox, ("e = out - ti", error)) in ("right", "cannot-judge")


@pytest.mark.parametrize(
    "changes",
    [
        (("0.05 * dw1", "0.002 * dw1"),),  # a rate of its own
        (("0.05 * dw1", "0.05 * (dw1 + 0.01 * w1)"), ("0.05 * dw2", "0.05 * (dw2 + 0.01 * w2)")),  # a penalty
        (
            ("for step", "v1, v2 = 0 * w1, 0 * w2\nfor step"),
            (
                "    w2 -= 0.05 * dw2",
                "    v1 = 0.9 * v1 + dw1\n    v2 = 0.9 * v2 + dw2 + 0.1 * v2 ** 2\n    w2 -= 0.05 * v2",
            ),
            ("0.05 * dw1", "0.05 * v1"),
        ),  # an inertia of some kind
        (("0.05 * dw1", "0.05 * np.linalg.inv(np.eye(3) + xi.T @ xi) @ dw1"),),  # a step that is solved for
        (("0.05 * dw1", "0.05 * (dw1 + 0.01 * rng.normal(size=dw1.shape))"),),  # noise
    ],
)
def test_what_is_made_of_the_gradient_of_an_unknown_loss_is_not_called_wrong(
    changes: tuple[tuple[str, str], ...], tmp_path: Path, sandbox: Sandbox
) -> None:
    error = ("e = out - ti", "e = (out - ti) ** 2 * np.exp(out)")
    assert _checked(tmp_path, sandbox, error, *changes) != "wrong"


NUMBERS = """
import random
random.seed(4)
w = [random.gauss(0, 1) for i in range(4)]
b = 0.1
for step in range(60):
    x = [random.gauss(0, 1) for i in range(4)]
    t = x[0] - x[1] * x[2]
    out = sum(w[i] * x[i] for i in range(4)) + b
    e = t - out
    for i in range(4):
        w[i] += 0.05 * e * x[i]
    b += 0.05 * e
"""


@pytest.mark.parametrize(
    ("change", "verdict"),
    [("e * x[i]", "right"), ("e * x[i] * w[i]", "wrong"), ("e * x[i - 1]", "wrong")],
)
def test_single_numbers_tell_together(change: str, verdict: str, tmp_path: Path, sandbox: Sandbox) -> None:
    text = NUMBERS
    if verdict == "wrong":
        text = text.replace("e * x[i]", change).replace("b += 0.05 * e", "b += 0.05 * e * out * b")
    assert reported(text, tmp_path, sandbox).verdict == verdict


def test_a_batch_of_many_outputs_tells(tmp_path: Path, sandbox: Sandbox) -> None:
    text = PROGRAM.replace("i = step % 20", "").replace("x[i:i + 1], t[i:i + 1]", "x[:, :2], t")
    text = text.replace("size=(3, 8)", "size=(2, 40)").replace("size=(8, 1)", "size=(40, 1)")
    assert reported(text, tmp_path, sandbox).verdict == "right"
    for before, after in TWO:
        text = text.replace(before, after)
    assert reported(text, tmp_path, sandbox).verdict == "wrong"
