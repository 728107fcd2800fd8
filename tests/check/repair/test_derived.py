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


LEAKY = """import numpy as np
rng = np.random.default_rng(4)
X, t = rng.normal(size=(5, 40)), rng.integers(0, 2, (2, 40)).astype(float)
first = [0.5 * rng.normal(size=(6, 5)), np.zeros((6, 1))]
second = [0.5 * rng.normal(size=(2, 6)), np.zeros((2, 1))]
def leaky(z):
    return np.where(z > 0, z, 0.01 * z)
def slope(z):
    return np.where(z > 0, 1, 0.01)
for epoch in range(40):
    z = first[0] @ X + first[1]
    a = leaky(z)
    p = 1 / (1 + np.exp(-(second[0] @ a + second[1])))
    print(-np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)) / 40)
    d2 = p - t
    d1 = np.dot(second[1].T, d2) * slope(z)
    second[0] = second[0] - 0.1 * d2 @ a.T / 40
    second[1] = second[1] - 0.1 * np.sum(d2, axis=1, keepdims=True) / 40
    first[0] = first[0] - 0.1 * d1 @ X.T / 40
    first[1] = first[1] - 0.1 * np.sum(d1, axis=1, keepdims=True) / 40
"""


def test_what_a_function_of_the_file_gives_back_is_kept(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LEAKY, tmp_path, sandbox, 10)
    assert report.findings[0].line == 16
    assert "second[0].T" in report.fixes[0].diff
    assert "slope(z)" in report.fixes[0].diff
