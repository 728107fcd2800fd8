"""Units that are dropped at random are scaled at one of two times: when they are kept, or when the network predicts."""

from pathlib import Path

import pytest

from backproof.check import check

NEITHER = """
import numpy as np
rng = np.random.default_rng(55)
KEEP = 0.5
W1, b1 = rng.normal(size=(3, 40)) * 0.6, np.zeros(40)
W2, b2 = rng.normal(size=(40, 1)) * 0.3, np.zeros(1)
X = rng.uniform(-1, 1, (60, 3)); Y = ((X ** 2).sum(axis=1, keepdims=True) > 0.9).astype(float)
for epoch in range(60):
    a = np.tanh(X @ W1 + b1)
    mask = rng.random(a.shape) < KEEP
    dropped = a * mask
    p = 1 / (1 + np.exp(-(dropped @ W2 + b2)))
    loss = -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))
    d = (p - Y) / len(X)
    back = (d @ W2.T) * mask * (1 - a ** 2)
    W2 -= 0.5 * dropped.T @ d; b2 -= 0.5 * d.sum(axis=0)
    W1 -= 0.5 * X.T @ back; b1 -= 0.5 * back.sum(axis=0)
    if epoch % 20 == 0:
        print(epoch, loss)
def predict(x):
    a = np.tanh(x @ W1 + b1)
    return 1 / (1 + np.exp(-(a @ W2 + b2)))
print(np.mean((predict(X) > 0.5) == Y))
"""
INVERTED = NEITHER.replace("a * mask", "a * mask / KEEP").replace("* mask * (1 -", "* mask / KEEP * (1 -")
SCALED = NEITHER.replace("mask = rng.random(a.shape) < KEEP", "mask = (rng.random(a.shape) < KEEP) / KEEP")
WHEN_PREDICTING = NEITHER.replace("(a @ W2", "(a * KEEP @ W2")
# an encoder that learns from inputs with holes has nothing to make up for
OF_INPUTS = NEITHER.replace("np.tanh(X @ W1 + b1)", "np.tanh(X * holes @ W1 + b1)").replace(
    "for epoch in range(60):", "for epoch in range(60):\n    holes = rng.random(X.shape) < 0.7"
)
OF_INPUTS = OF_INPUTS.replace("W1 -= 0.5 * X.T", "W1 -= 0.5 * (X * holes).T").replace("a * mask", "a * 1")
OF_INPUTS = OF_INPUTS.replace("* mask * (1 -", "* (1 -")


def test_it_is_said_where_neither_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NEITHER)
    report = check(path, repair=0)
    assert report.verdict == "inconsistent"
    assert report.findings[0].expression == "a * mask"


def test_the_mask_is_divided_by_the_share_that_it_keeps(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(NEITHER)
    report = check(path, repair=20)
    assert report.verdict == "inconsistent"
    assert report.fixes[0].proved
    assert "mask = (rng.random(a.shape) < KEEP) / KEEP\n" in report.fixes[0].texts["network.py"]


@pytest.mark.parametrize("program", [INVERTED, SCALED, WHEN_PREDICTING, OF_INPUTS])
def test_one_of_both_is_right(program: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(program)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


LEFT_OUT = {
    "x @ W1 + b1": lambda program: program.replace("    a = np.tanh(x @ W1 + b1)", "    a = x @ W1 + b1"),
    "a @ W2": lambda program: program.replace("(a @ W2 + b2)))\nprint", "(a @ W2)))\nprint"),
    "a * KEEP @ W2": lambda program: program.replace("(a * KEEP @ W2 + b2)", "(a * KEEP @ W2)"),
}


@pytest.mark.parametrize(
    ("program", "expression"),
    [
        (INVERTED, "x @ W1 + b1"),
        (INVERTED, "a @ W2"),
        (SCALED, "x @ W1 + b1"),
        (SCALED, "a @ W2"),
        (WHEN_PREDICTING, "a * KEEP @ W2"),
    ],
)
def test_what_predicts_with_all_units_is_held_against_training_with_the_share_that_is_kept(
    program: str, expression: str, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text(LEFT_OUT[expression](program))
    assert path.read_text() != program
    report = check(path, repair=0)
    assert report.verdict == "inconsistent", report.reason
    assert report.findings[0].expression == expression


def test_masks_of_a_later_layer_are_no_part_of_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(INVERTED)
    assert check(path, repair=0).factor == 1.0


# one sample a step, and a few units: at the first step none of them is dropped
FEW = """
import numpy as np
np.random.seed(SEED)
W, V = np.random.randn(4, 3) / 2, np.random.randn(2, 4) / 2
X = np.random.randn(50, 3)
T = np.eye(2)[(X[:, 0] > 0).astype(int)]
masks = []
for epoch in range(20):
    for x, t in zip(X, T):
        h = np.tanh(W @ x)
        mask = np.random.choice([0, 1], size=4, p=[0.2, 0.8])
        masks.append(mask)
        k = mask * h
        z = V @ k
        p = np.exp(z) / np.exp(z).sum()
        loss = -np.sum(t * np.log(p))
        d = p - t
        dh = (V.T @ d) * mask * (1 - h * h)
        V -= 0.1 * np.outer(d, k)
        W -= 0.1 * np.outer(dh, x)
    print(epoch, loss)
print(masks[0].min())
right = 0
for x, t in zip(X, T):
    right += np.argmax(V @ np.tanh(W @ x)) == np.argmax(t)
print(right)
"""


@pytest.mark.parametrize("seed", [0, 1, 4])  # with the first two seeds all are kept at first
def test_masks_that_drop_nothing_at_the_first_step(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(FEW.replace("SEED", str(seed)))
    report = check(path, repair=0)
    assert report.verdict == "inconsistent", report.reason
    assert report.findings[0].expression == "mask * h"


@pytest.mark.slow
def test_units_divided_by_themselves_are_no_fix(tmp_path: Path) -> None:
    # the slope k(1 - k) of dropped units holds only as long as those that are kept are not scaled
    text = FEW.replace("SEED", "0").replace("h = np.tanh(W @ x)", "h = 1 / (1 + np.exp(-(W @ x)))")
    text = text.replace("* mask * (1 - h * h)", "* k * (1 - k)").replace(
        "V @ np.tanh(W @ x)", "V @ (1 / (1 + np.exp(-(W @ x))))"
    )
    text = text.replace("        k = mask * h\n", "        k = keep(h)\n").replace(
        "masks = []",
        "masks = []\ndef keep(a):\n    mask = np.random.choice([0, 1], size=4, p=[0.2, 0.8])\n"
        "    masks.append(mask)\n    return mask * a",
    )
    text = text.replace(
        "        mask = np.random.choice([0, 1], size=4, p=[0.2, 0.8])\n        masks.append(mask)\n", ""
    )
    path = tmp_path / "network.py"
    path.write_text(text)
    report = check(path, repair=10)
    assert report.verdict == "inconsistent", report.reason
    assert not any("/ a" in fix.diff for fix in report.fixes)
