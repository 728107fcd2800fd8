"""Outputs that are 0 or 1 from the first step on, so that no entropy has a finite gradient there."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

PROGRAM = """
import numpy as np
rng = np.random.default_rng(5)
x = rng.uniform(0, 1, (120, 40))
t = np.eye(4)[rng.integers(0, 4, 40)].T
w1, b1 = rng.normal(size=(12, 120)) * 8, rng.normal(size=(12, 1))
w2, b2 = rng.normal(size=(4, 12)) * 8, rng.normal(size=(4, 1))
for i in range(30):
    z1 = w1 @ x + b1
    a1 = np.maximum(0, z1)
    z2 = w2 @ a1 + b2
    a2 = np.where(z2 >= 0, 1 / (1 + np.exp(-np.abs(z2))), np.exp(-np.abs(z2)) / (1 + np.exp(-np.abs(z2))))
    dz2 = a2 - t
    dw2, db2 = dz2 @ a1.T / 40, np.sum(dz2, axis=1, keepdims=True) / 40
    dz1 = w2.T @ dz2 * (z1 > 0)
    dw1 = dz1 @ x.T / 40
    db1 = np.sum(dz1, axis=1, keepdims=True) / 40
    w1, b1 = w1 - 0.01 * dw1, b1 - 0.01 * db1
    w2, b2 = w2 - 0.01 * dw2, b2 - 0.01 * db2
    if i % 10 == 0:
        print(np.mean(np.argmax(a2, axis=0) == np.argmax(t, axis=0)))
"""
SUM = "db1 = np.sum(dz1, axis=1, keepdims=True) / 40"


def test_a_right_program_is_right(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


@pytest.mark.parametrize("wrong", ["db1 = np.sum(dz1) / 40"])
def test_a_sum_without_its_axis_is_named_and_mended(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace(SUM, wrong))
    report = check(path, repair=20)
    assert report.verdict == "wrong", report.reason
    assert report.findings[0].line == PROGRAM[: PROGRAM.index(SUM)].count("\n") + 1
    assert report.fixes


# as it is often written: features as they come, a bound that keeps `exp` finite, and no loss
GROWN = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.uniform(0, 1, (120, 5)) * np.array([1.0, 20.0, 600.0, 2500.0, 0.1])
y = (X[:, 2] - 0.2 * X[:, 3] + 50 * rng.normal(size=120) > 0).astype(int)
weights, bias = np.zeros(5), 0
for step in range(300):
    p = 1 / (1 + np.exp(-np.clip(X @ weights + bias, -500, 500)))
    dw = (1 / 120) * (X.T @ (p - y))
    db = (1 / 120) * np.sum({error})
    weights = weights - 0.05 * dw
    bias = bias - 0.05 * db
print(np.mean((p > 0.5) == y))
"""


@pytest.mark.parametrize(("error", "verdict"), [("p - y", "right"), ("np.abs(p - y)", "wrong")])
def test_weights_that_grow_until_all_is_cut_off_tell_little_at_later_steps(
    error: str, verdict: str, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text(GROWN.format(error=error))
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason


FAR = """import numpy as np
rng = np.random.default_rng(SEED)
points, targets = rng.uniform(1, 99, size=(300, 2)), rng.integers(0, 2, size=300)
weights, bias = rng.normal(size=2), rng.normal()
errors = []
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for turn in range(2000):
    pick = rng.integers(300)
    x, t = points[pick], targets[pick]
    z = x @ weights + bias
    slope = 2 * (sigmoid(z) - t) * (sigmoid(z) * (1 - sigmoid(z)))
    bias = bias - 0.1 * slope
    weights = weights - 0.1 * slope * x
    if turn % 100 == 0:
        errors.append(sum((sigmoid(row @ weights + bias) - one) ** 2 for row, one in zip(points, targets)))
print(errors)
"""


@pytest.mark.parametrize("seed", [3, 5, 11])
def test_of_losses_that_all_fit_what_little_is_seen_the_told_one_is_meant(
    seed: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(FAR.replace("SEED", str(seed)), tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT
    assert report.factor == pytest.approx(1 / 300, rel=1e-4)


UNSCALED = """
import numpy as np
rng = np.random.default_rng(SEED)
x, t = rng.uniform(0, 160, size=(60, 8, 1)), rng.integers(0, 2, size=(60, 1, 1))
w1, w2 = rng.normal(size=(20, 8)), rng.normal(size=(1, 20))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for epoch in range(2):
    cost = 0.0
    for i in range(60):
        a1 = sigmoid(w1.dot(x[i]))
        a2 = sigmoid(w2.dot(a1))
        d2 = (a2 - t[i]) * a2 * (1 - a2)
        d1 = w2.T.dot(d2) * a1 * (1 - a1)
        w2 = w2 - 0.001 * d2.dot(a1.T)
        w1 = w1 - 0.001 * d1.dot(x[i].T)
        cost += 0.5 * np.sum((a2 - t[i]) ** 2)
    print('cost', cost)
"""


@pytest.mark.parametrize(
    "seed", [12, 22]
)  # in one a single unit has a slope that is seen, in the other few digits of it
def test_the_digits_that_are_lost_beside_large_inputs_accuse_nobody(
    seed: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    program = UNSCALED.replace("SEED", str(seed))
    assert reported(program, tmp_path, sandbox).verdict == Verdict.RIGHT
    slope = reported(program.replace("w2.T.dot(d2) * a1 * (1 - a1)", "w2.T.dot(d2) * a1"), tmp_path, sandbox)
    assert slope.verdict == Verdict.WRONG
    early = reported(program.replace("d1.dot(x[i].T)", "(w2.T.dot(d2) * a1 * (1 - a1)).dot(x[i].T)"), tmp_path, sandbox)
    assert early.verdict == Verdict.WRONG
