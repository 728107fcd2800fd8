"""A line that is wrong in more than one way is written anew, with the gradient that belongs there."""

from pathlib import Path

import pytest

from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

PALETTE = """import numpy as np

rng = np.random.default_rng(11)
flowers = rng.normal(size=(12, 3))
colours = np.eye(4)[rng.integers(0, 4, size=12)]
petals = rng.normal(size=(3, 5)) * 0.7
shades = rng.normal(size=(5, 4)) * 0.7


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def train(flowers, colours, petals, shades, rounds):
    for k in range(rounds):
        h = np.tanh(flowers @ petals)
        guess = softmax(h @ shades)
        loss = np.sum((guess - colours) ** 2)
        d_guess = 2 * (guess - colours)
        d_z = {d_z}
        d_h = {d_h}
        shades -= 0.02 * h.T @ d_z
        petals -= 0.02 * flowers.T @ d_h
        if k % 10 == 0:
            print("loss", loss)


train(flowers, colours, petals, shades, 40)
"""
JACOBIAN = "guess * (d_guess - np.sum(d_guess * guess, axis=1, keepdims=True))"
BACK = "d_z @ shades.T * (1 - h ** 2)"
ONE_BY_ONE = "d_guess * guess * (1 - guess)"
WRITTEN = {
    "both": (ONE_BY_ONE, "h * colours.mean()", ["guess * (d_guess - np.sum(", "np.dot(d_z, shades.T) * (1 - h ** 2)"]),
    "softmax's derivative element by element": (ONE_BY_ONE, BACK, ["guess * (d_guess - np.sum(d_guess * guess"]),
    "no way back": (JACOBIAN, "h - colours.mean()", ["np.dot(d_z, shades.T) * (1 - h ** 2)"]),
}


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("name", WRITTEN)
def test_the_gradient_is_written_out(name: str, tmp_path: Path) -> None:
    d_z, d_h, wanted = WRITTEN[name]
    with Sandbox(LIMITS) as sandbox:
        report = reported(PALETTE.replace("{d_z}", d_z).replace("{d_h}", d_h), tmp_path, sandbox, 40.0)
    assert report.verdict == "wrong"
    assert report.fixes, report.reason
    assert report.fixes[0].proved
    for text in wanted:
        assert text in report.fixes[0].diff


def test_the_program_is_right_as_it_should_be(tmp_path: Path) -> None:
    with Sandbox(LIMITS) as sandbox:
        report = reported(PALETTE.replace("{d_z}", JACOBIAN).replace("{d_h}", BACK), tmp_path, sandbox)
    assert report.verdict == "right"
