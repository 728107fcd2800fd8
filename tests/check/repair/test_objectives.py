"""A loss of all samples, with a penalty on the weights, is held against what batches or single samples descend."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(24, 3))
t = (x[:, :1] > 0).astype(float)
lam, n, size = 0.2, 24, 6
w1, b1 = 0.6 * rng.normal(size=(3, 5)), np.zeros(5)
w2, b2 = 0.6 * rng.normal(size=(5, 1)), np.zeros(1)
v1 = np.zeros_like(w1)

def predict(x):
    return 1 / (1 + np.exp(-(np.tanh(x @ w1 + b1) @ w2 + b2)))

def cost(x, t):
    p = predict(x)
    error = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    return error + lam / (2 * len(x)) * (np.sum(w1 ** 2) + np.sum(w2 ** 2))

for epoch in range(25):
    for k in range(0, n, size):
        xb, tb = x[k:k + size], t[k:k + size]
        a1 = np.tanh(xb @ w1 + b1)
        p = 1 / (1 + np.exp(-(a1 @ w2 + b2)))
        d2 = (p - tb) / size
        d1 = d2 @ w2.T * (1 - a1 ** 2)
        v1 = 0.5 * v1 - 0.3 * (xb.T @ d1 + lam / n * w1)
        w2 = w2 - 0.3 * (a1.T @ d2 + lam / n * w2)
        b2 = b2 - 0.3 * d2.sum(axis=0)
        w1 = w1 + v1
        b1 = b1 - 0.3 * d1.sum(axis=0)
    print(cost(x, t))
"""
AFTERWARDS = PROGRAM.replace("    print(cost(x, t))", "print('cost', cost(x, t))")
W2_LINE = 27


@pytest.mark.parametrize("program", [PROGRAM, AFTERWARDS])
def test_the_gradient_of_the_told_loss_is_right(program: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.parametrize("program", [PROGRAM, AFTERWARDS])
@pytest.mark.parametrize(
    ("old", "new", "times"), [("lam / n * w2", "lam / size * w2", 4), ("2 * len(x)", "len(x)", 0.5)]
)
def test_another_penalty_is_another_loss(
    program: str, old: str, new: str, times: float, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(program.replace(old, new), tmp_path, sandbox)
    assert report.verdict is Verdict.OTHER_LOSS
    assert f"decay {times:g} times as fast" in report.reason


def test_every_update_that_decays_otherwise_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(PROGRAM.replace("lam / n *", "lam / size *"), tmp_path, sandbox)
    assert [finding.line for finding in report.findings] == [W2_LINE - 1, W2_LINE]


@pytest.mark.slow
def test_what_the_penalty_lacks_is_put_in_and_proved(tmp_path: Path, sandbox: Sandbox) -> None:
    wrong = PROGRAM.replace("lam / n * w2", "lam / size * w2")
    report = reported(wrong, tmp_path, sandbox, 30.0)
    assert report.findings[0].line == W2_LINE
    mended = [line for fix in report.fixes for line in fix.diff.splitlines() if line.startswith("+  ")]
    assert "+        w2 = w2 - 0.3 * (a1.T @ d2 + lam / n * w2)" in mended
    assert all(fix.proved for fix in report.fixes)


def test_another_loss_than_the_told_one_is_named_by_its_kind(tmp_path: Path, sandbox: Sandbox) -> None:
    squared = AFTERWARDS.replace("d2 = (p - tb) / size", "d2 = (p - tb) * p * (1 - p) / size")
    report = reported(squared, tmp_path, sandbox)
    assert report.verdict is Verdict.OTHER_LOSS
    assert "the squared error" in report.reason
    assert "binary cross-entropy" in report.reason


def test_a_penalty_told_of_other_data_proves_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    other = "rng.normal(size=(12, 3)), np.ones((12, 1))"
    assert reported(PROGRAM.replace("cost(x, t))", f"cost({other}))"), tmp_path, sandbox).verdict is Verdict.RIGHT


def test_weights_that_grow_where_momentum_carries_their_decay_are_seen(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(PROGRAM.replace("+ lam / n * w1)", "- lam / n * w1)"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert "made larger" in report.reason


# the penalty is of all samples, and a step is given their number
GIVEN = """import numpy as np
rng = np.random.default_rng(61)
x = rng.normal(size=(48, 3))
t = (x[:, :1] * x[:, 1:2] > 0).astype(float)
sizes, lam = [3, 5, 1], 0.8
w = [rng.normal(size=(a, b)) * 0.7 for a, b in zip(sizes[:-1], sizes[1:])]
def network(a):
    kept = [a]
    for m in w:
        kept.append(1 / (1 + np.exp(-(kept[-1] @ m))))
    return kept
def update(xb, tb, n):
    kept = network(xb)
    d = (kept[-1] - tb) / len(xb)
    g = [0, kept[1].T @ d]
    g[0] = xb.T @ (d @ w[1].T * kept[1] * (1 - kept[1]))
    for k in range(2):
        w[k] = (1 - 0.5 * (lam / n)) * w[k] - 0.5 * g[k]
def total_cost(xs, ts):
    o = network(xs)[-1]
    cost = -np.mean(ts * np.log(o) + (1 - ts) * np.log(1 - o))
    cost += 0.5 * (lam / len(xs)) * sum(np.linalg.norm(m) ** 2 for m in w)
    return cost
for epoch in range(12):
    for s in range(0, 48, 8):
        update(x[s:s + 8], t[s:s + 8], 48)
    print(total_cost(x, t))
"""


@pytest.mark.slow
def test_a_penalty_is_mended_by_what_a_step_is_given_and_not_taken_out_of_the_loss(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    assert reported(GIVEN, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(GIVEN.replace("lam / n)", "lam / len(xb))"), tmp_path, sandbox, 20.0)
    assert report.verdict is Verdict.OTHER_LOSS
    added = [line for fix in report.fixes for line in fix.diff.splitlines() if line.startswith("+ ")]
    assert added[0] == "+        w[k] = (1 - 0.5 * (lam / n)) * w[k] - 0.5 * g[k]"
    assert not any("sizes" in line for line in added)
