"""A cost with a penalty that is told of each batch, and once of all samples: the first one says how weights decay."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(33, 3)), rng.uniform(size=(33, 2))
w, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def cost(x, y):
    errors = sigmoid(sigmoid(x @ w) @ v) - y
    return (np.sum(errors ** 2) + 0.01 * (np.sum(w ** 2) + np.sum(v ** 2))) / (2 * len(x))
for epoch in range(10):
    total = 0.0
    for k in range(0, 33, 5):
        x, y = X[k:k + 5], Y[k:k + 5]
        h = sigmoid(x @ w)
        o = sigmoid(h @ v)
        d = (o - y) * o * (1 - o)
        dv, dw = h.T @ d, x.T @ (d @ v.T * h * (1 - h))
        w = w - 0.1 * dw - 0.1 * 0.01 * w
        v = v - 0.1 * dv - 0.1 * 0.01 * v
        total += cost(x, y)
    print(total)
print(cost(X, Y))
"""


def test_the_cost_of_each_batch_says_how_weights_decay(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(PROGRAM, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    other = reported(PROGRAM.replace("- 0.1 * 0.01 *", "- 0.1 * 0.03 *"), tmp_path, sandbox)
    assert other.verdict in (Verdict.OTHER_LOSS, Verdict.WRONG)


def test_where_only_the_cost_of_all_is_told_that_says_it(tmp_path: Path, sandbox: Sandbox) -> None:
    alone = PROGRAM.replace("        total += cost(x, y)\n    print(total)\n", "")
    assert reported(alone, tmp_path, sandbox).verdict is Verdict.OTHER_LOSS


def test_a_copy_of_a_plain_number_is_no_obstacle(tmp_path: Path, sandbox: Sandbox) -> None:
    seen = "print(cost(X, Y))\nprint(np.copy(sum(t > 0.5 for t in Y[:, 0])), sigmoid(sigmoid(X[:1] @ w) @ v))\n"
    assert reported(PROGRAM.replace("print(cost(X, Y))\n", seen), tmp_path, sandbox).verdict is Verdict.RIGHT
