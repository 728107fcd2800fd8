"""Where a backward pass is wrong in many ways, all its gradients are written anew."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
# the slope of another function, twice; weights as factors of their own gradients; a slope at what is squashed already
PROGRAM = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(40, 3))
T = (X[:, :1] * X[:, 1:2] > 0).astype(float)
W1, W2 = rng.normal(size=(3, 5)) * 0.5, rng.normal(size=(5, 1)) * 0.5
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def tanh_slope(z):
    return 1 - np.tanh(z) ** 2
for epoch in range(60):
    for x, t in zip(X, T):
        h = np.tanh(np.dot(x, W1))
        o = sigmoid(np.dot(h, W2))
        delta2 = tanh_slope(np.dot(h, W2)) * (t - o)
        delta1 = np.dot(W2, delta2) * tanh_slope(h)
        step2 = 0.1 * delta2 * (h[:, None] * W2)
        step1 = 0.1 * delta1 * (x[:, None] * W1)
        W2 += step2
        W1 += step1
print(np.mean((sigmoid(np.tanh(X @ W1) @ W2) - T) ** 2))
"""


def _mended(program: str, report: Report) -> str:
    """A program with the lines of its fix in the place of those that it takes out."""
    diff = [line for line in report.fixes[0].diff.splitlines() if line[:3] not in ("---", "+++")]
    text = "\n" + program
    for line, made in zip([d[1:] for d in diff if d[:1] == "-"], [d[1:] for d in diff if d[:1] == "+"], strict=True):
        text = text.replace(f"\n{line}\n", f"\n{made}\n")
    return text[1:]


def test_a_backward_pass_that_is_wrong_all_over_is_written_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox, 4)
    assert report.verdict is Verdict.WRONG
    assert [line.partition(" =")[0] for line in added(report.fixes[0])] == ["delta2", "delta1", "step2", "step1"]
    assert reported(_mended(PROGRAM, report), tmp_path, sandbox, name="mended.py").verdict is Verdict.RIGHT


def test_what_is_written_is_what_autograd_says(sandbox: Sandbox, tmp_path: Path) -> None:
    """The lines themselves, computed with numbers of our own."""
    report = reported(PROGRAM, tmp_path, sandbox, 4)
    rng = np.random.default_rng(11)
    x, t = rng.normal(size=3), rng.normal(size=1)
    weights = [torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in ((3, 5), (5, 1))]
    hidden = torch.tanh(torch.tensor(x) @ weights[0])
    output = torch.sigmoid(hidden @ weights[1])
    loss = ((output - torch.tensor(t)) ** 2).sum()
    own = {"W1": weights[0].detach().numpy(), "W2": weights[1].detach().numpy()}
    known: dict[str, Any] = {
        "np": np,
        "x": x,
        "t": t,
        "h": hidden.detach().numpy(),
        "o": output.detach().numpy(),
        **own,
    }
    exec("\n".join(added(report.fixes[0])), known)
    for name, gradient in zip(("step1", "step2"), torch.autograd.grad(loss, weights), strict=True):
        np.testing.assert_allclose(known[name], -0.05 * gradient.numpy(), rtol=1e-9)


# two slopes at what is squashed already, and a mean beside sums, in a loop over the layers
LAYERS = """import numpy as np
np.random.seed(0)
X, Y = np.random.randn(6, 3), (np.random.rand(6, 2) > 0.5) * 1.0
sizes = [3, 5, 4, 2]
Ws = [np.random.randn(a, b) * 0.5 for a, b in zip(sizes[:-1], sizes[1:])]
bs = [np.zeros((1, b)) for b in sizes[1:]]
def sigmoid(z): return 1 / (1 + np.exp(-z))
for epoch in range(30):
    acts = [X]
    for W, b in zip(Ws, bs):
        acts.append(sigmoid(acts[-1] @ W + b))
    print(np.mean((acts[-1] - Y) ** 2))
    delta = (acts[-1] - Y) * sigmoid(acts[-1])
    grads = []
    for i in reversed(range(len(Ws))):
        dW = acts[i].T @ delta
        db = np.mean(delta, axis=0, keepdims=True)
        grads.append((i, dW, db))
        if i > 0:
            delta = delta @ Ws[i].T * sigmoid(acts[i]) * (1 - sigmoid(acts[i]))
    for i, dW, db in grads:
        Ws[i] -= 0.1 * dW
        bs[i] -= 0.1 * db
"""


# an error that leads up, a slope of what is squashed already, a mean beside sums
OBJECTS = """import numpy as np
class Dense:
    def __init__(self, n, m, rng):
        self.W, self.b = rng.normal(size=(n, m)) * 0.5, np.zeros((1, m))
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b
    def backward(self, grad, lr):
        dW = np.dot(self.x.T, grad)
        db = np.mean(grad, axis=0, keepdims=True)
        back = np.dot(grad, self.W.T)
        self.W -= lr * dW
        self.b -= lr * db
        return back
class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out
    def backward(self, grad, lr):
        return grad * (1 - np.tanh(self.out) ** 2)
def mse(y, p):
    return np.mean((y - p) ** 2)
def mse_prime(y, p):
    return 2 * (y - p) / y.size
rng = np.random.default_rng(3)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
net = [Dense(3, 4, rng), Tanh(), Dense(4, 5, rng), Tanh(), Dense(5, 2, rng)]
for epoch in range(40):
    out = X
    for layer in net:
        out = layer.forward(out)
    print(mse(Y, out))
    grad = mse_prime(Y, out)
    for layer in reversed(net):
        grad = layer.backward(grad, 0.1)
"""


# an output in its own error, a slope at what comes before it, weights that are moved too early, a mean beside a sum
EARLY = """import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 1))
W1, b1, W2, b2 = rng.normal(size=(3, 4)), np.zeros((1, 4)), rng.normal(size=(4, 1)), np.zeros((1, 1))
lr = 0.05
for step in range(60):
    z1 = X @ W1 + b1
    h = np.tanh(z1)
    out = h @ W2 + b2
    loss = np.mean((out - y) ** 2)
    if step % 10 == 0:
        print(step, loss)
    d2 = 2 * (out - y) * out / len(X)
    W2 -= lr * h.T @ d2
    b2 -= lr * d2.sum(axis=0, keepdims=True)
    d1 = (d2 @ W2.T) * (1 - z1 ** 2)
    W1 -= lr * X.T @ d1
    b1 -= lr * d1.mean(axis=0, keepdims=True)
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("program", "lines"),
    [
        (
            LAYERS,
            [
                "delta = (acts[-1] - Y) * acts[-1] * (1 - acts[-1])",
                "db = np.sum(delta, axis=0, keepdims=True)",
                "delta = delta @ Ws[i].T * acts[i] * (1 - acts[i])",
            ],
        ),
        (
            OBJECTS,
            [
                "db = np.sum(grad, axis=0, keepdims=True)",
                "return grad * (1 - self.out ** 2)",
                "return 2 * (p - y) / y.size",
            ],
        ),
        (
            EARLY,
            [
                "d2 = 2 * (out - y) / len(X)",
                "old_W2 = W2.copy()",
                "d1 = (d2 @ old_W2.T) * (1 - h ** 2)",
                "b1 -= lr * d1.sum(axis=0, keepdims=True)",
            ],
        ),
    ],
    ids=["layers", "objects", "early"],
)
def test_errors_are_mended_line_by_line(sandbox: Sandbox, tmp_path: Path, program: str, lines: list[str]) -> None:
    report = reported(program, tmp_path, sandbox, 4)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0]) == lines


# sums over the samples that are each of something else
SAMPLES = """import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(6, 3)), rng.normal(size=6)
W1, b1, w2, b2 = rng.normal(size=(4, 3)), np.zeros(4), rng.normal(size=4), 0.0
lr = 0.05
for epoch in range(40):
    dW1, db1, dw2, db2 = np.zeros_like(W1), np.zeros_like(b1), np.zeros_like(w2), 0.0
    loss = 0.0
    for x, t in zip(X, y):
        z = W1 @ x + b1
        h = np.tanh(z)
        out = w2 @ h + b2
        loss += (out - t) ** 2
        e = 2 * (out - t)
        dw2 += e * z
        db2 += e
        d = e * w2 * (1 - np.tanh(h) ** 2)
        dW1 += np.outer(d, h[:3])
        db1 += d * z
    print(loss)
    W1 -= lr * dW1 / len(X)
    b1 -= lr * db1 / len(X)
    w2 -= lr * dw2 / len(X)
    b2 -= lr * db2 / len(X)
"""


@pytest.mark.slow
def test_sums_over_the_samples_are_written_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(SAMPLES, tmp_path, sandbox, 4)
    assert report.verdict is Verdict.WRONG
    assert added(report.fixes[0])[0] == "dw2 += e * h"
    assert added(report.fixes[0])[2:] == ["dW1 += np.outer(d, x)", "db1 += d"]
    assert reported(_mended(SAMPLES, report), tmp_path, sandbox, name="mended.py").verdict is Verdict.RIGHT


def test_what_moves_at_some_steps_only_is_left_as_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    program = LAYERS.replace("        bs[i] -= 0.1 * db", "        if epoch % 2 == 0:\n            bs[i] -= 0.1 * db")
    report = reported(program, tmp_path, sandbox, 2)
    assert report.verdict is Verdict.WRONG


# vectors whose product is one number, so that the rows of a matrix are all moved alike; at one sample all inputs are 0
ALIKE = """import numpy as np
rng = np.random.default_rng(4)
class Network:
    def __init__(self):
        self.w1, self.w2, self.rate = rng.normal(size=(2, 2)), rng.normal(size=(1, 2)), 0.4
    def train(self, inputs, target):
        inputs = np.array(inputs)
        hidden = 1 / (1 + np.exp(-np.dot(self.w1, inputs)))
        output = 1 / (1 + np.exp(-np.dot(self.w2, hidden)))
        error = target - output
        hidden_error = np.dot(self.w2.T, error)
        slope = np.dot(output * (1 - output), error) * self.rate
        hidden_slope = np.dot(hidden * (1 - hidden), hidden_error) * self.rate
        change = np.dot(slope, hidden.T)
        self.w2 = np.add(self.w2, change)
        hidden_change = np.dot(hidden_slope, inputs.T)
        self.w1 = np.add(self.w1, hidden_change)
network = Network()
for epoch in range(300):
    for inputs, target in zip([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]):
        network.train(inputs, target)
"""


def test_rows_that_are_moved_alike_get_their_own_gradients(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(ALIKE, tmp_path, sandbox, 6)
    assert [finding.line for finding in report.findings] == [11, 16]
    assert reported(_mended(ALIKE, report), tmp_path, sandbox, name="mended.py").verdict is Verdict.RIGHT
