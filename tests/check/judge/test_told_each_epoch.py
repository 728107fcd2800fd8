"""A loss with a penalty that is told once an epoch, of all data, while batches are trained on: at the steps between,
the own loss of the batch tells what is right."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

NETWORK = """import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(150, 3))
T = np.sin(X[:, :1]) + 0.5 * X[:, 1:2]
Ws = [rng.normal(size=s) * 0.5 for s in ((3, 8), (8, 6), (6, 1))]
bs = [np.zeros((1, s)) for s in (8, 6, 1)]
vW, vb = [0 * W for W in Ws], [0 * b for b in bs]
def forward(x):
    layers = [x]
    for k in range(3):
        z = layers[-1] @ Ws[k] + bs[k]
        layers.append(np.tanh(z) if k < 2 else z)
    return layers
def loss():
    return ((forward(X)[-1] - T) ** 2).mean() / 2 + 0.005 * sum((W ** 2).sum() for W in Ws)
curve = []
for epoch in range(60):
    for s in range(0, 150, 50):
        layers = forward(X[s:s + 50])
        d = (layers[-1] - T[s:s + 50]) / 50
        gW, gb = [None] * 3, [None] * 3
        for k in (2, 1, 0):
            gW[k] = layers[k].T @ d + 0.01 * Ws[k]
            gb[k] = d.sum(axis=0, keepdims=True)
            d = d @ Ws[k].T * (1 - layers[k] ** 2)
        for k in range(3):
            vW[k], vb[k] = 0.9 * vW[k] + gW[k], 0.9 * vb[k] + gb[k]
            Ws[k] -= 0.02 * vW[k]
            bs[k] -= 0.02 * vb[k]
    curve.append(loss())
print(curve[-1])
"""


def test_a_network_with_a_penalty_told_each_epoch_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(NETWORK, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("before", "after"), [("(1 - layers[k] ** 2)", "(1 - layers[k])"), (" * (1 - layers[k] ** 2)", "")]
)
def test_a_slope_that_is_wrong_there_is_named(before: str, after: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert before in NETWORK
    report = reported(NETWORK.replace(before, after), tmp_path, sandbox, seconds=15)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [25]
    assert any("(1 - layers[k] ** 2)" in fix.diff for fix in report.fixes)


RIDGE = """import numpy as np
rng = np.random.default_rng(6)
x = rng.normal(size=(160, 4))
y = x @ np.array([1.0, -2.0, 0.0, 0.5]) + 0.1 * rng.normal(size=160)
X, t, V, v = x[:120], y[:120], x[120:], y[120:]
w, ridge = np.zeros(4), 1e-3
for epoch in range(300):
    r = X @ w - t
    loss = np.mean(r ** 2) + ridge * np.sum(w ** 2)
    g = 2 * X.T @ r / len(r)
    g += 2 * ridge * w
    w = w - 0.1 * g
    held_out = np.mean((V @ w - v) ** 2)
    if epoch % 50 == 0:
        print(epoch, loss, held_out)
"""


def test_a_small_penalty_is_told_beside_what_is_held_out(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(RIDGE, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize("slip", ["ridge * w", "2 * ridge * np.abs(w)"])
def test_and_another_share_of_it_is_wrong(slip: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(RIDGE.replace("2 * ridge * w", slip), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason


ONE_BY_ONE = """
import numpy as np
data = np.array([[2.0, 7.0, 1.0], [5.0, 3.0, 0.0], [8.0, 6.0, 1.0], [1.0, 4.0, 0.0]])
rng = np.random.default_rng(1)
w1, b1, w2, b2 = rng.normal(size=(2, 2)), np.zeros(2), rng.normal(size=2), 0.0
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for epoch in range(6):
    total = 0.0
    for row in data:
        x, y = row[:2], row[2]
        a = sigmoid(w1 @ x + b1)
        out = sigmoid(w2 @ a + b2)
        total += -y * np.log(out) - (1 - y) * np.log(1 - out)
        d = (out - y) * w2
        dw = np.outer(d * a * (1 - a), x)
        db = d * a * (1 - a)
        w2, b2 = w2 - 0.05 * (out - y) * a, b2 - 0.05 * (out - y)
        w1, b1 = w1 - 0.05 * dw, b1 - 0.05 * db
    print(total / len(data))
"""


def test_a_slip_that_the_last_sample_does_not_show_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(ONE_BY_ONE, tmp_path, sandbox).verdict == Verdict.RIGHT
    # the last sample's first input is 1, and its gradient is the one of that mean
    slip = ONE_BY_ONE.replace("    db = d", "    dw[:, 0] = d * a * (1 - a * x[0])\n        db = d")
    assert reported(slip, tmp_path, sandbox).verdict == Verdict.WRONG


# the network answers all samples at each step, is told of all, and learns from one
ONE_OF_ALL = """import numpy as np
rng = np.random.default_rng(6)
X, T = rng.normal(size=(20, 3)), np.sign(rng.normal(size=(20, 1)))
V, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for epoch in range(3):
    for k in range(20):
        H = np.tanh(X @ V)
        Y = np.tanh(H @ W)
        print(np.mean((Y - T) ** 2) / 2)
        some = range(k, k + 1)
        d = (Y[some] - T[some]) * (1 - Y[some] ** 2)
        dH = d @ W.T * (1 - H[some] ** 2)
        W -= 0.1 * H[some].T @ d
        V -= 0.1 * X[some].T @ dH
"""


@pytest.mark.parametrize(("slope", "verdict"), [("(1 - H[some] ** 2)", "right"), ("(1 - H[some])", "wrong")])
def test_a_sample_is_learnt_from_where_all_are_told(slope: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(ONE_OF_ALL.replace("(1 - H[some] ** 2)", slope))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
