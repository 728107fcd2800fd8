"""What the first of several trainings of a file do not show: another activation, a penalty, another optimizer."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.judge.later_turns import NOTE
from backproof.check.report import Report, Verdict

ACTIVATIONS = """import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(60, 3))
T = np.sin(X[:, :1]) - X[:, 1:2] * X[:, 2:]
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
HOW = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "logistic": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
}
for name in HOW:
    act, slope = HOW[name]
    W, V = rng.normal(size=(3, 7)) * 0.6, rng.normal(size=(7, 1)) * 0.6
    for epoch in range(150):
        Z = X @ W
        A = act(Z)
        E = A @ V - T
        loss = np.mean(E ** 2)
        D = 2 * E / len(X)
        W, V = W - 0.1 * X.T @ (D @ V.T * slope(Z)), V - 0.1 * A.T @ D
    print(name, loss)
"""
GRID = """import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(90, 4))
y = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.3 * rng.normal(size=90)
for lam in (0.0, 0.5, 2.0):
    scores = []
    for fold in range(3):
        own = np.arange(90) % 3 != fold
        A, b = X[own], y[own]
        w = np.zeros(4)
        for step in range(120):
            r = A @ w - b
            cost = (r @ r + lam * w @ w) / len(b)
            w = w - 0.1 * (2 * A.T @ r + 2 * lam * w) / len(b)
        scores.append(cost)
    print(lam, np.mean(scores))
"""
OPTIMIZERS = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(64, 4))
y = np.tanh(X @ np.array([1.0, -2.0, 0.5, 0.0]))
def plain(p, g, kept, t):
    p -= 0.1 * g
def momentum(p, g, kept, t):
    kept["v"] = 0.9 * kept.get("v", 0) + g
    p -= 0.05 * kept["v"]
def scaled(p, g, kept, t):
    kept["s"] = 0.9 * kept.get("s", 0) + 0.1 * g ** 2
    p -= 0.01 * g / (np.sqrt(kept["s"]) + 1e-8)
def adam(p, g, kept, t):
    m, s = kept.get("m", (0, 0))
    m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g ** 2
    kept["m"] = m, s
    p -= 0.01 * (m / (1 - 0.9 ** t)) / (np.sqrt(s / (1 - 0.999 ** t)) + 1e-8)
for optimizer in (plain, momentum, scaled, adam):
    W, V, b = rng.normal(size=(4, 6)) * 0.5, rng.normal(size=6) * 0.4, np.zeros(1)
    own = [{}, {}, {}]
    for t in range(1, 60):
        H = np.tanh(X @ W)
        e = H @ V + b - y
        loss = np.mean(e ** 2)
        d = 2 * e / len(y)
        grads = [X.T @ (np.outer(d, V) * (1 - H ** 2)), H.T @ d, d.sum(keepdims=True)]
        for p, g, kept in zip((W, V, b), grads, own):
            optimizer(p, g, kept, t)
    print(optimizer.__name__, loss)
"""


def _checked(text: str, folder: Path, seconds: float = 0.0) -> Report:
    path = folder / "network.py"
    path.write_text(text)
    return check(path, repair=seconds)


@pytest.mark.parametrize("program", [ACTIVATIONS, GRID, OPTIMIZERS])
def test_trainings_with_other_settings_are_right(program: str, tmp_path: Path) -> None:
    report = _checked(program, tmp_path)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(
    ("program", "before", "after"),
    [
        # only the third of the activations has this slope
        (ACTIVATIONS, "lambda z: sigmoid(z) * (1 - sigmoid(z))", "lambda z: z * (1 - z)"),
        # the first of the penalties is none, and so is that of the next folds
        (GRID, "2 * lam * w)", "lam * w)"),
        # what comes last goes up the gradient, and only there: a single number is carried down now and then
        (OPTIMIZERS, "0.9 * m + 0.1 * g,", "0.9 * m - 0.1 * g,"),
        (OPTIMIZERS, "0.001 * g ** 2", "0.001 * m ** 2"),
    ],
)
def test_a_later_training_that_is_wrong_is_found(program: str, before: str, after: str, tmp_path: Path) -> None:
    assert before in program
    text = program.replace(before, after)
    report = _checked(text, tmp_path)
    assert report.verdict is Verdict.WRONG, report.reason
    assert NOTE in report.notes


@pytest.mark.slow
def test_a_fix_for_a_later_training_breaks_none_of_the_others(tmp_path: Path) -> None:
    """`slope(A)` would mend the training with this slope of the activation, and the one before it would be wrong."""
    line = "lambda z: sigmoid(z) * (1 - sigmoid(z))"
    report = _checked(ACTIVATIONS.replace(line, "lambda z: z * (1 - z)"), tmp_path, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert not any("slope(A)" in fix.diff for fix in report.fixes)
