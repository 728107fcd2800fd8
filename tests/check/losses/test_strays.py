"""Who follows the gradient by another factor than the others, and not by a rate of its own."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LAYERS = """import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(size=(20, 3))
T = 1 / (1 + np.exp(-X[:, :1] * X[:, 1:2]))
sizes = [3, 4, 4, 3, 1]
W = [rng.normal(size=pair) for pair in zip(sizes, sizes[1:])]
rates = [0.05, 0.02, 0.02, 0.1]
rate, keep = 0.07, 0.8
for step in range(40):
    A, masks = [X], []
    for layer, w in enumerate(W):
        a = 1 / (1 + np.exp(-A[-1] @ w))
        masks.append((rng.random(a.shape) < keep) / keep if layer < 3 else np.ones(a.shape))
        A.append(a * masks[-1])
    print(np.sum((A[-1] - T) ** 2) / 2)
    delta = (A[-1] - T) * A[-1] * (1 - A[-1]){last}
    for layer in (3, 2, 1, 0):
        slope = delta @ W[layer].T
        old = A[layer] / np.where(masks[layer - 1] == 0, 1, masks[layer - 1]) if layer else 0
        step_taken = A[layer].T @ delta
        if layer:
            delta = slope * masks[layer - 1] * old * (1 - old){each}
        W[layer] = W[layer] - {own} * step_taken
"""


@pytest.mark.parametrize(
    ("last", "each", "own", "verdict"),
    [
        ("", "", "rate", Verdict.RIGHT),
        ("", "", "rates[layer]", Verdict.RIGHT),  # each layer's own
        (" * rate", "", "rates[layer]", Verdict.RIGHT),
        (" * rate", "", "1.0", Verdict.RIGHT),  # one for all, with the error
        (" * rate", " * rate", "1.0", Verdict.WRONG),  # its powers
        (" * rate", " * rate", "rate", Verdict.WRONG),
    ],
)
def test_a_rate_that_each_layer_hands_on_is_none_of_its_own(
    last: str, each: str, own: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    text = LAYERS.format(last=last, each=each, own=own)
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is verdict, report.reason


SELDOM = """import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(12, 3))
T = np.tanh(X[:, :1] - X[:, 1:2])
V, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for step in range(30):
    h = np.tanh(X @ V)
    out = h @ W
    print(np.sum((out - T) ** 2) / 2)
    delta = out - T
    before = (delta @ W.T) * (1 - h ** 2)
    if step % 3:
        W -= 0.02 * h.T @ delta
    V -= 0.05 * X.T @ before
"""


def test_a_parameter_that_is_not_moved_at_the_first_step_has_a_rate_too(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(SELDOM, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


HALF = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
w1, b1, w2, b2 = rng.normal(size=(3, 5)) * 0.5, np.zeros(5), rng.normal(size=(5, 2)) * 0.5, np.zeros(2)
for step in range(40):
    h = np.tanh(x @ w1 + b1)
    error = h @ w2 + b2 - t
    print({loss})
    back = error @ w2.T * (1 - h ** 2)
    dw2, db2 = h.T @ error {weights}, error.sum(axis=0) {biases}
    dw1, db1 = x.T @ back {weights}, back.sum(axis=0) {biases}
    w1, b1, w2, b2 = w1 - 0.01 * dw1, b1 - 0.01 * db1, w2 - 0.01 * dw2, b2 - 0.01 * db2
"""


@pytest.mark.parametrize(("loss", "odd"), [("np.sum(error ** 2) / 2 / 20", "w"), ("np.sum(error ** 2) / 2", "b")])
def test_of_two_halves_the_one_that_follows_the_stated_loss_by_a_rate_alone_is_right(
    loss: str, odd: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(HALF.format(loss=loss, weights="", biases="/ 20"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    text = {"w": ("h.T @ error", "x.T @ back"), "b": ("error.sum(axis=0)", "back.sum(axis=0)")}[odd]
    assert all(any(part in finding.expression for part in text) for finding in report.findings), report.findings


MOVES = "    w1, b1, w2, b2 = w1 - 0.01 * dw1, b1 - 0.01 * db1, w2 - 0.01 * dw2, b2 - 0.01 * db2\n"
KEPT = """    v = [0.9 * u + g for u, g in zip(v, (dw1, db1, dw2, db2))]
    w1, b1, w2, b2 = (p - 0.003 * u for p, u in zip((w1, b1, w2, b2), v))
"""


@pytest.mark.parametrize(("loss", "odd"), [("np.sum(error ** 2) / 2 / 20", "w"), ("np.sum(error ** 2) / 2", "b")])
def test_of_two_halves_the_one_whose_optimizer_gets_the_gradient_is_right(
    loss: str, odd: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    text = HALF.format(loss=loss, weights="", biases="/ 20").replace(MOVES, KEPT)
    report = reported(text.replace("for step", "v = [0.0] * 4\nfor step"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    own = {"w": ("h.T @ error", "x.T @ back"), "b": ("error.sum(axis=0)", "back.sum(axis=0)")}[odd]
    assert all(any(part in finding.expression for part in own) for finding in report.findings), report.findings


SELDOM_TOLD = """import numpy as np
rng = np.random.default_rng(12)
X = rng.normal(size=(50, 3))
t = X[:, :1] - 0.5 * X[:, 1:2] + rng.normal(0, 0.1, (50, 1))
p = {"W1": rng.normal(0, 0.5, (3, 6)), "b1": np.zeros(6), "W2": rng.normal(0, 0.5, (6, 1)), "b2": np.zeros(1)}
v = {k: np.zeros_like(w) for k, w in p.items()}
def predict(x):
    h = np.tanh(x @ p["W1"] + p["b1"])
    return h, h @ p["W2"] + p["b2"]
for k, w in p.items():  # a check of the gradient, whose numbers nobody looks at
    i = (0,) * w.ndim
    w[i] += 1e-5
    up = np.mean((predict(X)[1] - t) ** 2)
    w[i] -= 2e-5
    down = np.mean((predict(X)[1] - t) ** 2)
    w[i] += 1e-5
    print(k, (up - down) / 2e-5)
for epoch in range(200):
    h, y = predict(X)
    d = 2 * (y - t) / len(X)
    g = {"W2": h.T @ d, "b2": d.mean(axis=0)}
    d = d @ p["W2"].T * (1 - h ** 2)
    g["W1"], g["b1"] = X.T @ d, d.mean(axis=0)
    for k in g:
        v[k] = 0.8 * v[k] + g[k]
        p[k] = p[k] - 0.05 * v[k]
    if epoch % 40 == 0:
        print(np.mean((predict(X)[1] - t) ** 2))
"""


def test_of_two_halves_the_one_that_follows_a_usual_mean_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    """Where the moves follow no loss that is told at their steps: no mean is divided by the samples twice."""
    report = reported(SELDOM_TOLD, tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert {finding.expression for finding in report.findings} == {"d.mean(axis=0)"}, report.findings
