"""What the told losses are recognized as."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

GREATEST = """import numpy as np
rng = np.random.default_rng(6)
X, T = rng.integers(0, 2, size=(5, 4)), np.array([1, 0, 0, 1, 0])
w, v = rng.normal(size=(3, 4)), rng.normal(size=(1, 3))
dw, dv, mw, mv = np.zeros_like(w), np.zeros_like(v), np.zeros_like(w), np.zeros_like(v)
greatest = np.zeros(1)
for epoch in range(12):
    for x, t in zip(X, T):
        h = 1 / (1 + np.exp(-(w @ x)))
        o = 1 / (1 + np.exp(-(v @ h)))
        error = o - t
        dv += np.outer(error, h)
        dw += np.outer((v.T @ error) * h * (1 - h), x)
        if np.absolute(error) > greatest:
            greatest = np.absolute(error)
    mv, mw = 0.9 * mv + 0.1 * dv, 0.9 * mw + 0.1 * dw
    v -= 0.1 * mv
    w -= 0.1 * mw
    dw, dv = np.zeros_like(w), np.zeros_like(v)
    print(greatest)
"""


def test_the_greatest_error_so_far_is_a_measure_and_no_loss(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(GREATEST, tmp_path, sandbox)
    assert report.verdict == "right", report.reason
    assert reported(GREATEST.replace("* h * (1 - h)", "* (1 - h)"), tmp_path, sandbox).verdict == "wrong"


def test_the_greatest_error_of_each_epoch_is_none_either(tmp_path: Path, sandbox: Sandbox) -> None:
    """Several samples of a step were the greatest so far: that is no sum of their errors."""
    anew = GREATEST.replace("range(12):\n", "range(12):\n    greatest = np.zeros(1)\n")
    anew = anew.replace("size=(5, 4)), np.array([1, 0, 0, 1, 0])", "size=(20, 4)), rng.integers(0, 2, 20)")
    report = reported(anew, tmp_path, sandbox)
    assert report.verdict == "right", report.reason


PENALISED = """import numpy as np
rng = np.random.default_rng(9)
x = rng.uniform(-2, 2, (40, 2))
y = np.abs(x[:, :1]) + x[:, 1:]
w, v = rng.normal(0, 0.4, (2, 6)), rng.normal(0, 0.4, (6, 1))
def predict(x):
    return np.tanh(x @ w) @ v
for epoch in range(60):
    h = np.tanh(x @ w)
    error = h @ v - y
    loss = 0.5 * np.mean(error ** 2) + 0.01 * (np.abs(w).sum() + np.abs(v).sum())
    dv = h.T @ error / len(x) + 0.01 * np.sign(v)
    dw = x.T @ (error @ v.T * (1 - h ** 2)) / len(x) + 0.01 * np.sign(w)
    w, v = w - 0.1 * dw, v - 0.1 * dv
    if epoch % 20 == 0:
        print(epoch, loss, np.mean((predict(x) - y) ** 2))
"""


def test_the_loss_with_a_penalty_is_told_beside_one_of_predictions(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(PENALISED, tmp_path, sandbox).verdict == "right"
    wrong = reported(PENALISED.replace("0.01 * np.sign(w)", "0.01 * np.abs(w)"), tmp_path, sandbox)
    assert wrong.verdict == "wrong", wrong.reason


PAIRS = """import numpy as np
rng = np.random.default_rng(3)
pairs = [(i, j, rng.uniform(0.2, 5.0)) for i in range(6) for j in range(6) if rng.random() < 0.7]
W, C = 0.3 * rng.normal(size=(6, 3)), 0.3 * rng.normal(size=(6, 3))
b, c = np.zeros(6), np.zeros(6)
gW, gC, gb, gc = np.ones((6, 3)), np.ones((6, 3)), np.ones(6), np.ones(6)
for epoch in range(20):
    cost = 0
    for i, j, x in pairs:
        weight = (x / 5) ** 0.75
        error = W[i] @ C[j] + b[i] + c[j] - np.log(x)
        cost += 0.5 * weight * error ** 2
        g = weight * error
        dW, dC = g * C[j], g * W[i]
        W[i] -= 0.05 * dW / np.sqrt(gW[i])
        C[j] -= 0.05 * dC / np.sqrt(gC[j])
        b[i] -= 0.05 * g / np.sqrt(gb[i])
        c[j] -= 0.05 * g / np.sqrt(gc[j])
        gW[i] += dW ** 2
        gC[j] += dC ** 2
        gb[i] += g ** 2
        gc[j] += g ** 2
    print(cost)
"""


def test_what_an_optimizer_keeps_is_no_loss_and_a_sum_that_is_called_one_is(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(PAIRS, tmp_path, sandbox).verdict == "right"
    assert reported(PAIRS.replace("g = weight * error", "g = error"), tmp_path, sandbox).verdict == "wrong"


SHARE_RIGHT = """import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(30, 3))
y = (X[:, :1] > X[:, 1:2]) * 1.0
V, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for epoch in range(80):
    h = 1 / (1 + np.exp(-X @ V))
    p = 1 / (1 + np.exp(-h @ W))
    error = y - p
    off = np.mean(np.abs(error))
    if epoch == 79:
        print("right: {0:.2f} %".format((1 - off) * 100))
    d = error * p * (1 - p)
    e = d @ W.T * {slope}
    W = W * 1 + h.T @ d * 0.3
    V = V * 1 + X.T @ e * 0.3
"""


def test_how_much_is_right_is_a_measure_as_the_error_is(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SHARE_RIGHT.replace("{slope}", "h * (1 - h)"), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    report = reported(SHARE_RIGHT.replace("{slope}", "h"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG, report.reason
