"""Where outputs meet targets that are plain numbers."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.losses.losses import stated_losses
from backproof.check.losses.pairs import pairs
from backproof.check.replay.frame import Frame
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
SCALARS = """import math
w, b = 0.3, 0.1
for x, t in [(0.5, 1), (0.9, 1), (0.2, 1), (0.4, LATER), (0.1, 1), (0.7, LATER)] * 20:
    p = 1 / (1 + math.exp(-(w * x + b)))
    error = p - t
    w -= 0.5 * error * x
    b -= 0.5 * error
"""


@pytest.mark.parametrize(
    ("later", "error", "met"),
    [(0, "p - t", ["subtract"]), (1, "p - t", ["subtract"]), (0, "p - 1", []), (0, "p - 0.9", ["subtract"])],
)
def test_a_number_that_has_a_name_or_stands_in_no_formula_is_a_target(
    later: int, error: str, met: list[str], tmp_path: Path, sandbox: Sandbox
) -> None:
    path = tmp_path / "network.py"
    path.write_text(SCALARS.replace("LATER", str(later)).replace("p - t", error))
    (training,) = sandbox.run(read_source(path)).trainings
    frames = [Frame(training, number) for number in (1, 2)]
    nodes = [frames[0].by_key.get(pair.key, []) for pair in pairs(frames)]
    assert [training.trace.operations[n] for at in nodes for n in at[:1] if n in frames[0].backward] == met


# a line for each output, and a criterion that is no loss of the moves
TWO_OUTPUTS = """import numpy as np
rng = np.random.default_rng(5)
x1, x2, t1, t2 = 0.05, 0.10, 0.01, 0.99
w1, w2, w3, w4, v1, v2, v3, v4 = rng.uniform(-0.5, 0.5, 8)
b, c = 0.5, 0.7
for epoch in range(200):
    h1, h2 = np.tanh(x1 * w1 + x2 * w3 + b), np.tanh(x1 * w2 + x2 * w4 + b)
    o1, o2 = np.tanh(h1 * v1 + h2 * v3 + c), np.tanh(h1 * v2 + h2 * v4 + c)
    e1 = t1 - o1
    e2 = t2 - o2
    if abs(e1) + abs(e2) < 0.001:
        break
    d1, d2 = e1 * (1 - o1 ** 2), e2 * (1 - o2 ** 2)
    g1 = (d1 * v1 + d2 * v2) * (1 - h1 ** 2)
    g2 = (d1 * v3 + d2 * v4) * (1 - h2 ** 2)
    v1 += 0.1 * d1 * h1; v2 += 0.1 * d2 * h1; v3 += 0.1 * d1 * h2; v4 += 0.1 * d2 * h2
    w1 += 0.1 * g1 * x1; w2 += 0.1 * g2 * x1; w3 += 0.1 * g1 * x2; w4 += 0.1 * g2 * x2
    b += 0.1 * (g1 + g2)
    c += 0.1 * (d1 + d2)
"""


@pytest.mark.slow(but=2)
@pytest.mark.parametrize(
    ("right", "wrong"),
    [("", ""), ("(d1 * v3 + d2 * v4)", "(d1 * v3 + d2 * v3)"), ("g1 + g2", "g1 - g2"), ("e2 * (1", "e2 * (2")],
)
def test_errors_that_have_a_line_each_are_one_loss(right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(TWO_OUTPUTS.replace(right, wrong), tmp_path, sandbox)
    assert report.verdict == ("wrong" if wrong else "right"), report.reason


# deltas also of the inputs, which nothing is moved by, and a bias unit that errors are multiplied with
LISTS = """import math, random
random.seed(4)
SIZES = [2, 3, 1]
W = [[[random.uniform(-1, 1) for _ in range(b)] for _ in range(a + 1)] for a, b in zip(SIZES, SIZES[1:])]
def act(z):
    return (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z))
def slope(a):
    return 4 / (math.exp(a) + math.exp(-a)) ** 2
def forward(x):
    outputs = [x + [1]]
    for l in range(1, len(SIZES)):
        layer = [act(sum(outputs[l - 1][i] * W[l - 1][i][j] for i in range(SIZES[l - 1] + 1))) for j in range(SIZES[l])]
        outputs.append(layer + [1])
    return outputs
def train(x, t):
    outputs = forward(x)
    deltas = [[(t[j] - outputs[-1][j]) * slope(outputs[-1][j]) for j in range(SIZES[-1])]]
    for l in range(len(SIZES) - 2, -1, -1):
        deltas.append([])
        for i in range(SIZES[l]):
            error = 0
            for j in range(len(W[l][i])):
                error += W[l][i][j] * deltas[-2][j]
            delta = slope(outputs[l][i]) * error
            deltas[-1].append(delta)
    deltas = deltas[::-1]
    for l in range(len(SIZES) - 1):
        for i in range(SIZES[l] + 1):
            for j in range(SIZES[l + 1]):
                d = deltas[l + 1][j]
                W[l][i][j] += 0.1 * d * outputs[l][i]
for n in range(400):
    a, b = random.choice([-1, 1]), random.choice([-1, 1])
    train([a, b], [-a * b])
print(forward([1, -1])[-1][0])
"""


def test_what_is_made_of_an_error_is_no_output_and_what_moves_at_other_turns_no_loss(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = tmp_path / "network.py"
    path.write_text(LISTS)
    training = max(sandbox.run(read_source(path)).trainings, key=lambda each: len(each.steps))
    frames = [Frame(training, number) for number in (1, 2)]
    assert not any(loss.shown for loss in stated_losses(frames))
    met = {node for pair in pairs(frames) for node in frames[0].by_key.get(pair.key, [])}
    assert {training.trace.operations[node] for node in met} == {"subtract"}
    assert judge(training).verdict == "wrong"


@pytest.mark.slow
def test_a_derivative_of_what_is_given_as_it_is_told_by_single_numbers(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LISTS, tmp_path, sandbox, 15)
    assert report.verdict == "wrong"
    assert "+    return (1 - a ** 2)" in report.fixes[0].diff


# one is subtracted from the element of its class in the branch of an `if`, and no label is an array
BY_CLASS = """import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(size=(30, 2))
y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.3)
w, v = rng.normal(size=(2, 5)), rng.normal(size=(5, 3))
for step in range(60):
    h = np.tanh(X @ w)
    p = np.exp(h @ v)
    p = p / p.sum(axis=1, keepdims=True)
    d = p
    for j in range(len(p)):
        if y[j] == 0:
            d[j, 0] = p[j, 0] - 1
            d[j, 1] = p[j, 1]
        elif y[j] == 1:
            d[j, 1] = p[j, 1] - 1
        else:
            d[j, 2] = p[j, 2] - 1
    back = d @ v.T * (1 - h ** 2)
    v = v - 0.02 * h.T @ d
    w = w - 0.02 * X.T @ back
"""


@pytest.mark.parametrize(("slope", "verdict"), [("(1 - h ** 2)", Verdict.RIGHT), ("(1 - h)", Verdict.WRONG)])
def test_classes_that_are_told_apart_by_branches_are_targets(
    slope: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(BY_CLASS.replace("(1 - h ** 2)", slope), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason


SWAPPED = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(2, 60))
y = (X[:1] * X[1:] > 0).astype(float)
W1, b1 = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
W2, b2 = rng.normal(size=(1, 4)), rng.normal(size=(1, 1))
def log_loss(A, y):
    return 1 / len(y) * np.sum(-y * np.log(A + 1e-15) - (1 - y) * np.log(1 - A + 1e-15))
for step in range(30):
    A1 = 1 / (1 + np.exp(-(W1 @ X + b1)))
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    if step % 10 == 0:
        print(log_loss(TOLD))
    d2 = A2 - y
    d1 = W2.T @ d2 * A1 * (1 - A1)
    W2, b2 = W2 - 0.1 * d2 @ A1.T / 60, b2 - 0.1 * d2.sum(axis=1, keepdims=True) / 60
    W1, b1 = W1 - 0.1 * d1 @ X.T / 60, b1 - 0.1 * d1.sum(axis=1, keepdims=True) / 60
"""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("told", "verdict"), [("A2, y", Verdict.RIGHT), ("y, A2", Verdict.OTHER_LOSS)])
def test_one_sample_that_a_loss_is_divided_by_is_no_target(
    told: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(SWAPPED.replace("TOLD", told), tmp_path, sandbox).verdict is verdict


ADDED = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 3))
Y = np.eye(3)[X.argmax(axis=1)]
W = np.zeros((3, 3))
for epoch in range(4):
    total = 0.0
    for x, t in zip(X, Y):
        s = np.exp(W @ x.reshape(3, 1))
        p = s / s.sum()
        error = np.add(t.reshape(3, 1), -p)
        W = np.add(W, 0.05 * (error @ x.reshape(1, 3)))
        total += (error ** 2).sum()
    print(total)
"""


@pytest.mark.parametrize("error", ["np.add(t.reshape(3, 1), -p)", "-p + t.reshape(3, 1)"])
def test_a_sum_with_the_output_turned_round_is_an_error(error: str, tmp_path: Path, sandbox: Sandbox) -> None:
    text = ADDED.replace("np.add(t.reshape(3, 1), -p)", error)
    assert reported(text, tmp_path, sandbox).verdict == "other-loss"
    told = text.replace("(error ** 2).sum()", "-np.log(p[t.reshape(3, 1) == 1][0])")
    assert reported(told, tmp_path, sandbox).verdict == "right"
    assert reported(told.replace("x.reshape(1, 3)", "x.reshape(1, 3) ** 2"), tmp_path, sandbox).verdict == "wrong"


SLOPES = """import numpy as np
rng = np.random.default_rng(8)
X = rng.normal(size=(60, 3))
y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
W1, W2 = rng.normal(size=(3, 8)) * 0.5, rng.normal(size=(8, 1)) * 0.5

def predicted(x):
    h = np.tanh(x @ W1)
    return h, 1 / (1 + np.exp(-h @ W2))

for epoch in range(20):
    for i in range(0, 60, 20):
        x, t = X[i:i + 20], y[i:i + 20]
        h, p = predicted(x)
        d = np.where(t == 1, -1.0, 1.0) * p * (1 - p) / len(t)
        W1 -= 0.5 * x.T @ (d @ W2.T * (1 - h ** 2))
        W2 -= 0.5 * h.T @ d
    p = predicted(X)[1]
    print(np.where(y == 1, 1 - p, p).mean())
"""


def test_a_slope_of_minus_one_is_minus_a_target(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(SLOPES, tmp_path, sandbox).verdict == "right"
    assert reported(SLOPES.replace("* (1 - h ** 2)", "* (1 - h)"), tmp_path, sandbox).verdict == "wrong"


NAMED = """import math
target, rate = 1, 0.5
u, v = [[0.1, 0.5], [0.3, 0.2]], [0.2, 0.1]
x = [0.1, 0.7]

def sigmoid(z):
    return 1 / (1 + math.exp(-z))

for step in range(60):
    h = [sigmoid(sum(w * a for w, a in zip(row, x))) for row in u]
    o = sigmoid(sum(w * a for w, a in zip(v, h)))
    error = (target - o) * o * (1 - o)
    back = [error * v[j] * h[j] * (1 - h[j]) for j in range(2)]
    for j in range(2):
        v[j] += rate * error * h[j]
        for i in range(2):
            u[j][i] += rate * back[j] * x[i]
print(o)
"""


def test_a_number_that_has_a_name_is_a_target_though_it_is_always_the_same(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(NAMED, tmp_path, sandbox).verdict == "right"
    late = NAMED.replace("back[j] * x", "error * v[j] * h[j] * (1 - h[j]) * x")
    report = reported(late, tmp_path, sandbox)
    assert report.verdict == "wrong", report.reason
    assert "moved already" in report.reason
    called = NAMED.replace("target, rate = 1, 0.5", "import numpy as np\nrate = 0.5").replace("target - o", "1 - o")
    called = called.replace("    error = (1 - o)", "    error = np.subtract(target, o)").replace(
        "rate = ", "target, rate = 0, "
    )
    assert reported(called, tmp_path, sandbox).verdict == "right"


# samples one by one, as columns, whose error is made of the softmax
COLUMNS = """import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(12, 4)), rng.integers(0, 3, 12)
W1, b1 = rng.normal(size=(5, 4)) * 0.5, np.zeros((5, 1))
W2, b2 = rng.normal(size=(3, 5)) * 0.5, np.zeros((3, 1))
for epoch in range(3):
    for i in range(12):
        x = X[i].reshape(-1, 1)
        h = np.tanh(W1 @ x + b1)
        o = W2 @ h + b2
        p = np.exp(o) / np.sum(np.exp(o))
        {error}
        dh = (W2.T @ error) * {slope}
        W2 += 0.05 * error @ h.T
        b2 += 0.05 * error
        W1 += 0.05 * dh @ x.T
        b1 += 0.05 * dh
"""
ONE_MORE, ONE_LESS = "error = -p; error[y[i]] += 1", "error = p.copy(); error[y[i]] -= 1; error = -error"


@pytest.mark.parametrize(
    ("error", "slope", "verdict"),
    [
        (ONE_MORE, "(1 - h ** 2)", Verdict.RIGHT),
        (ONE_LESS, "(1 - h ** 2)", Verdict.RIGHT),
        (ONE_MORE, "(1 - h)", Verdict.WRONG),
    ],
)
def test_one_is_added_to_the_right_class_of_what_is_turned_round(
    error: str, slope: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(COLUMNS.format(error=error, slope=slope), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason
    if verdict is Verdict.RIGHT:
        assert report.reason == "All 4 parameters follow the gradient of cross-entropy.", report.reason
