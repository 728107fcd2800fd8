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


STILL = (
    ("w1, w2", "b, w1, w2"),
    ("= rng.normal(size=(3, 8))", "= np.zeros(8), rng.normal(size=(3, 8))"),
    ("np.tanh(xi @ w1)", "np.tanh(xi @ w1 + b)"),
    ("w2 -= 0.05 * dw2", "w2 -= 0.05 * dw2\n    b -= 0.05 * 0 * e[0] * w2[:, 0]"),
)


def test_what_stands_still_says_nothing_of_what_moves(tmp_path: Path, sandbox: Sandbox) -> None:
    unknown = ("e = out - ti", "e = (out - ti) ** 2 * np.exp(out)")
    assert _checked(tmp_path, sandbox, *STILL, *TWO) == "wrong"
    assert _checked(tmp_path, sandbox, *STILL, unknown) != "wrong"


LARGE = (
    ("x = rng.normal(size=(20, 3))", "x = rng.normal(size=(20, 900))"),
    ("size=(3, 8)), rng.normal(size=(8, 1))", "size=(900, 1200)) / 30, rng.normal(size=(1200, 1)) / 30"),
    ("x[i:i + 1], t[i:i + 1]", "x, t"),
)


@pytest.mark.slow
def test_of_a_large_network_the_small_parameters_tell(tmp_path: Path, sandbox: Sandbox) -> None:
    unknown = ("e = out - ti", "e = (out - ti) ** 2 * np.exp(out)")
    assert _checked(tmp_path, sandbox, *LARGE, *TWO) == "wrong"
    assert _checked(tmp_path, sandbox, *LARGE, unknown) != "wrong"


LAYERS = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(5, 12))
t = (x[:1] > 0).astype(float)
w1, b1, w2, b2 = rng.normal(size=(4, 5)), np.zeros((4, 1)), rng.normal(size=(1, 4)), np.zeros((1, 1))
for step in range(40):
    h = np.tanh(w1 @ x + b1)
    p = 1 / (1 + np.exp(-(w2 @ (h * h) + b2)))
    print(np.mean(np.round(p) == t))
    d2 = p - t
    d1 = h - t
    w2 -= 0.1 * d2 @ h.T / 12
    b2 -= 0.1 * d2.mean(axis=1, keepdims=True)
    w1 -= 0.1 * d1 @ x.T / 12
    b1 -= 0.1 * d1.mean(axis=1, keepdims=True)
"""


def test_hidden_units_that_are_held_against_the_targets_themselves_are_wrong(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(LAYERS, tmp_path, sandbox).verdict == "wrong"
    right = LAYERS.replace("(h * h)", "h").replace("d1 = h - t", "d1 = w2.T @ d2 * (1 - h ** 2)")
    assert reported(right, tmp_path, sandbox).verdict == "right"


WRITTEN = """
import numpy as np
rng = np.random.default_rng(3)
xs = [np.array([[1.0], [0], [0.5]]), np.array([[0], [1.0], [0.2]]), np.array([[0.3], [0.1], [1.0]])]
ts = [np.array([[0], [1], [0]]), np.array([[0], [0], [1]]), np.array([[1], [0], [0]])]
w1, w2 = rng.normal(size=(4, 3)), rng.normal(size=(3, 4))
for step in range(60):
    x, t = xs[step % 3], ts[step % 3]
    h = np.tanh(w1 @ x)
    p = 1 / (1 + np.exp(-(w2 @ h)))
    e = -(np.divide(t, p) - np.divide(1 - t, 1 - p))
    d2 = e * p * (1 - p)
    d1 = w2.T @ d2 * (1 - h ** 2)
    w2 -= 0.1 * d2 @ h.T
    w1 -= 0.1 * d1 @ x.T
"""


def test_targets_that_are_written_out_are_targets(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(WRITTEN, tmp_path, sandbox).verdict == "right"
    wrong = WRITTEN.replace("e * p * (1 - p)", "e * p * h[:3]").replace("(1 - h ** 2)", "(1 + h)")
    assert reported(wrong, tmp_path, sandbox).verdict == "wrong"


SHARED = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(20, 3))
t = [int(n) for n in rng.integers(0, 3, size=20)]
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
for step in range(60):
    xi, ti = x[step % 20], t[step % 20]
    h = np.tanh(xi @ w1)
    out = h @ w2
    e = ti - out
    d = w2 @ e * (1 - h ** 2)
    w2 += 0.05 * np.outer(h, e)
    w1 += 0.05 * np.outer(xi, d)
"""


def test_one_number_may_be_the_target_of_several_outputs(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(SHARED, tmp_path, sandbox).verdict == "right"
    wrong = SHARED.replace("(1 - h ** 2)", "(1 - h)").replace("np.outer(h, e)", "np.outer(h ** 2, e)")
    assert reported(wrong, tmp_path, sandbox).verdict == "wrong"
