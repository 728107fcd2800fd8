"""What a fix has to leave as it is."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.repair.acceptance import keeps_parts
from backproof.check.repair.shapes import keeps_shapes
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
# the penalty that is told is not the one that the weights decay by
PENALTY = """
import numpy as np
rng = np.random.default_rng(4)
X, Y = rng.normal(size=(30, 3)), np.eye(4)[rng.integers(0, 4, 30)]
W = rng.normal(0, 0.3, (3, 4))
def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)
for epoch in range(40):
    p = softmax(X @ W)
    print(-np.sum(Y * np.log(p)) + np.sum(W * W))
    W = W - 0.01 * (X.T @ (p - Y) + 0.1 * W)
"""


def _judged(text: str, folder: Path, sandbox: Sandbox) -> Judgement:
    path = folder / "network.py"
    path.write_text(text)
    (training,) = (t for t in sandbox.run(read_source(path)).trainings if t.steps)
    return judge(training)


def test_a_loss_keeps_what_the_network_says_of_the_data(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(PENALTY, tmp_path, sandbox)
    other = _judged(PENALTY.replace("+ 0.1 * W", "+ 2 * W"), tmp_path, sandbox)
    assert keeps_parts(before, other, handled=False)
    # what is left of the loss is its penalty, and the weights follow that
    empty = PENALTY.replace("e / e.sum(axis=1, keepdims=True)", "e > 0").replace("(p - Y)", "(p - p * 1.0)")
    assert not keeps_parts(before, _judged(empty, tmp_path, sandbox), handled=False)


LEFT_OUT = """import math, random
random.seed(2)
weights = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(3)]
outer, bias = [random.uniform(-1, 1) for _ in range(3)], 0.1
rows = [([0.3, 0.9], 1.0), ([-0.8, 0.1], 0.0), ([0.7, -0.6], 1.0)]
for epoch in range(40):
    total = 0
    for x, t in rows:
        h = [1 / (1 + math.exp(-w[0] * x[0] - w[1] * x[1])) for w in weights]
        p = bias
        for j in range(len(h) - 1):
            p += h[j] * outer[j]
        total += (p - t) ** 2
        d = 2 * (p - t)
        for j in range(len(h)):
            dz = d * outer[j] * h[j] * (1 - h[j])
            outer[j] -= 0.1 * d * h[j]
            for i in range(len(x)):
                weights[j][i] -= 0.1 * dz * x[i]
        bias -= 0.1 * d
    print(total)
"""


@pytest.mark.slow
def test_a_weight_that_a_loop_leaves_out_is_read_again(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LEFT_OUT, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 11
    assert report.fixes[0].proved
    assert report.fixes[0].texts["network.py"] == LEFT_OUT.replace("range(len(h) - 1)", "range(len(h))")


# what is called a momentum is a share of the weights
SHRINKING = """
import numpy as np
rng = np.random.default_rng(4)
X, Y = rng.normal(size=(30, 3)), np.eye(4)[rng.integers(0, 4, 30)]
W, v = rng.normal(0, 0.3, (3, 4)), np.zeros((3, 4))
for epoch in range(40):
    p = np.exp(X @ W)
    p = p / p.sum(axis=1, keepdims=True)
    print(-np.sum(Y * np.log(p)) / 30)
    v = 0.9 * W + 0.1 * X.T @ (p - Y) / 30
    W = W - 0.5 * v
"""


def test_weights_that_shrink_are_not_mended_by_smaller_steps_or_other_targets(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(SHRINKING, tmp_path, sandbox)
    assert "lose 45% of themselves" in before.faults[0].reason
    slower = _judged(SHRINKING.replace("0.5 * v", "0.001 * v"), tmp_path, sandbox)
    assert slower.verdict == "right", "slowly enough, it is weight decay"
    assert not keeps_parts(before, slower, handled=False)
    other = SHRINKING.replace("np.eye(4)[rng", "np.eye(4)[0 * rng").replace("0.9 * W", "0.9 * v")
    assert not keeps_parts(before, _judged(other, tmp_path, sandbox), handled=False)
    mended = _judged(SHRINKING.replace("0.9 * W", "0.9 * v"), tmp_path, sandbox)
    assert keeps_parts(before, mended, handled=True)


# the loss that is told is squared, the errors are those of an entropy
SQUARED = """
import numpy as np
rng = np.random.default_rng(4)
x, t = rng.normal(size=(12, 3)), rng.integers(0, 2, size=(12, 1)).astype(float)
w1, w2, rate = rng.normal(size=(3, 4)), rng.normal(size=(4, 1)), 0.3
for epoch in range(40):
    h = np.tanh(x @ w1)
    p = 1 / (1 + np.exp(-(h @ w2)))
    print(np.mean((p - t) ** 2))
    error = p - t
    d2 = error * p * (1 - h[:, :1])
    d1 = d2 @ w2.T * (1 - h ** 2)
    w2 -= rate * h.T @ d2
    w1 -= rate * x.T @ d1
print(w1)
"""


def test_targets_are_not_taken_out_of_the_errors(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(SQUARED, tmp_path, sandbox)
    assert before.verdict == "wrong"
    right = SQUARED.replace("h[:, :1]", "p")
    assert keeps_parts(before, _judged(right, tmp_path, sandbox), handled=False)
    # the exact gradient of the sum of the outputs, times the rate
    sums = _judged(right.replace("error * p", "rate * p").replace("(p - t) ** 2", "p"), tmp_path, sandbox)
    assert not keeps_parts(before, sums, handled=False)


# Adam, of which a second moment is not to become nothing: without it, a small constant alone divides the first one
MOMENTS = """
import numpy as np
rng = np.random.default_rng(4)
x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
w, m, v, turn = rng.normal(size=(3, 1)), np.zeros((3, 1)), np.zeros((3, 1)), 0
for epoch in range(40):
    turn += 1
    error = x @ w - t
    print(np.mean(error ** 2))
    g = 2 * x.T @ error / len(x)
    m += (1 - 0.9) * (g - m)
    v += (1 - 0.999) * (g ** 2 - v)
    w -= 0.01 * (m / (1 - 0.9 ** turn)) / (np.sqrt(v / (1 - 0.999 ** turn)) + 1e-7)
"""


def test_what_an_optimizer_keeps_is_not_multiplied_by_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(MOMENTS, tmp_path, sandbox)
    assert before.verdict == "right"
    assert keeps_parts(before, _judged(MOMENTS.replace("0.01 *", "0.02 *"), tmp_path, sandbox), handled=False)
    silenced = _judged(MOMENTS.replace("(1 - 0.999) *", "(1 - int(turn > 0)) *"), tmp_path, sandbox)
    assert not keeps_parts(before, silenced, handled=False)


# the hidden layer is saturated: its true gradient is zero by rounding, and anything that is zero is as right
SATURATED = """
import numpy as np
rng = np.random.default_rng(4)
x, t = rng.normal(60, 5, size=(12, 3)), rng.uniform(size=(12, 1))
w1, w2 = rng.uniform(1, 2, size=(3, 4)), rng.normal(size=(4, 1))
for epoch in range(40):
    h = 1 / (1 + np.exp(-(x @ w1)))
    s = 1 / (1 + np.exp(-h))
    y = h @ w2
    print(np.mean((y - t) ** 2))
    d2 = 2 * (y - t) / len(x)
    d1 = d2 @ w2.T * s * (1 - s)
    w2 -= 0.1 * h.T @ d2
    w1 -= 0.1 * x.T @ d1
"""


def test_what_is_moved_no_more_is_not_mended_by_that(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(SATURATED, tmp_path, sandbox)
    assert before.verdict == "wrong"
    nothing = _judged(SATURATED.replace("d2 @ w2.T", "(1 - np.tanh(x[:, :1]) ** 2)"), tmp_path, sandbox)
    assert nothing.verdict == "right"
    assert not keeps_parts(before, nothing, handled=False)


# each sample moves the numbers of its user and its item, and no others
SPARSE = """import random
random.seed(4)
users, items, level = [random.random() for _ in range(6)], [random.random() for _ in range(5)], 0.0
rows = [(random.randrange(6), random.randrange(5), random.choice([1.0, 2.0])) for _ in range(40)]
for epoch in range(3):
    total = 0.0
    for user, item, rating in rows:
        error = level + users[user] + items[item] - rating
        total += 0.5 * error ** 2
        level += 0.1 * error
        users[user] -= 0.1 * error
        items[item] -= 0.1 * error
    print(total)
"""


def test_a_shorter_run_of_an_edit_may_not_see_what_is_moved_later(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(SPARSE, tmp_path, sandbox)
    (tmp_path / "network.py").write_text(SPARSE.replace("level +=", "level -="))
    (after,) = (t for t in sandbox.run(read_source(tmp_path / "network.py"), updates=6).trainings if t.steps)
    assert len(after.parameters) < len(before.training.parameters)
    assert keeps_parts(before, judge(after), handled=False)
    # the proof runs all of it, and there a number that is moved no more is missed
    fewer = SPARSE.replace("level +=", "level -=").replace("items[item] -=", "items[0] -=")
    assert not keeps_shapes(before, _judged(fewer, tmp_path, sandbox))


WIDENED = """import numpy as np
rng = np.random.default_rng(6)
x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
w, b = rng.normal(size=(3, 2)), np.zeros(2)
for epoch in range(30):
    e = x @ w + b - t
    print(0.5 * np.sum(e ** 2))
    w = w - 0.01 * x.T @ e
    b = b - 0.01 * np.sum(e)
"""


def test_a_bias_gets_no_row_for_each_sample(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(WIDENED, tmp_path, sandbox)
    assert keeps_parts(
        before, _judged(WIDENED.replace("np.sum(e)", "np.sum(e, axis=0)"), tmp_path, sandbox), handled=False
    )
    # each row follows the gradient of the biases that it has become
    assert not keeps_parts(before, _judged(WIDENED.replace("np.sum(e)", "e"), tmp_path, sandbox), handled=False)


def test_steps_that_are_next_to_none_mend_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    early = PENALTY.replace("+ np.sum(W * W)", "").replace("0.01 * (X.T @ (p - Y) + 0.1 * W)", "RATE * X.T @ (p - Y)")
    before = _judged(early.replace("RATE", "0.01"), tmp_path, sandbox)
    assert keeps_parts(before, _judged(early.replace("RATE", "0.001"), tmp_path, sandbox), handled=False)
    assert not keeps_parts(before, _judged(early.replace("RATE", "1e-7"), tmp_path, sandbox), handled=False)
