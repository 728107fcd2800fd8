"""What the network is given after training: other data than training gives it."""

from pathlib import Path

import pytest

from backproof.check import check

SCALED = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(20, 5, (40, 2))
T = (X[:, :1] > 20) * 1.0
S = np.hstack([np.ones((40, 1)), {scale}])
W = np.zeros((3, 1))
for epoch in range(300):
    p = 1 / (1 + np.exp(-(S @ W)))
    loss = -np.mean(T * np.log(p) + (1 - T) * np.log(1 - p))
    W -= 0.5 * S.T @ (p - T) / 40
    if epoch % 50 == 0:
        print(loss)
print(np.mean(({given} > 0) == T))
"""
LOOKED_UP = """
import numpy as np
rng = np.random.default_rng(2)
words = rng.integers(0, 9, (30, 4))
T = rng.integers(0, 9, 30)
E, W = rng.normal(0, 0.3, (9, 5)), rng.normal(0, 0.3, (5, 9))
for epoch in range(200):
    h = E[words].mean(axis=1)
    e = np.exp(h @ W)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(30), T]).mean()
    d = p.copy()
    d[np.arange(30), T] -= 1
    d /= 30
    dh = d @ W.T
    dE = np.zeros_like(E)
    for c in range(4):
        np.add.at(dE, words[:, c], dh / 4)
    W -= 0.5 * h.T @ d
    E -= 0.5 * dE
    if epoch % 50 == 0:
        print(loss)
print((({given}).mean(axis=1) @ W).argmax(axis=1))
"""


def _verdict(tmp_path: Path, text: str) -> tuple[str, int | None]:
    path = tmp_path / "network.py"
    path.write_text(text)
    report = check(path, repair=0)
    return str(report.verdict), report.findings[0].line if report.findings else None


@pytest.mark.parametrize("scale", ["(X - X.mean(axis=0)) / X.std(axis=0)", "(X - 20) / 5", "X / X.max(axis=0)"])
def test_data_that_training_scales(tmp_path: Path, scale: str) -> None:
    assert _verdict(tmp_path, SCALED.format(scale=scale, given="S @ W")) == ("right", None)
    assert _verdict(tmp_path, SCALED.format(scale=scale, given="(X @ W[1:] + W[0])")) == ("inconsistent", 14)


def test_data_that_were_scaled_again_for_the_prediction_are_right(tmp_path: Path) -> None:
    given = "(((X - X.mean(axis=0)) / X.std(axis=0)) @ W[1:] + W[0])"
    text = SCALED.format(scale="(X - X.mean(axis=0)) / X.std(axis=0)", given=given)
    assert _verdict(tmp_path, text) == ("right", None)


def test_data_that_training_only_puts_together_are_right(tmp_path: Path) -> None:
    text = SCALED.format(scale="X.copy()", given="(X @ W[1:] + W[0])").replace("normal(20, 5", "normal(0, 1")
    assert _verdict(tmp_path, text.replace("> 20", "> 0")) == ("right", None)


def test_fewer_rows_than_training_looks_up(tmp_path: Path) -> None:
    assert _verdict(tmp_path, LOOKED_UP.format(given="E[words]")) == ("right", None)
    assert _verdict(tmp_path, LOOKED_UP.format(given="E[words[:7]]")) == ("right", None)  # other samples
    assert _verdict(tmp_path, LOOKED_UP.format(given="E[words[:, :2]]")) == ("inconsistent", 23)
