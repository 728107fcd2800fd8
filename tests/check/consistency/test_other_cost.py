"""A cost that is computed by another network than the one that is trained, though it is of the same kind."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
PROGRAM = """import numpy as np
rng = np.random.default_rng(4)
x, v = rng.normal(size=(20, 3)), rng.normal(size=(20, 3))
t, s = (x.sum(axis=1) > 0) * 1.0, (v.sum(axis=1) > 0) * 1.0
w, b = np.zeros(3), 0.0


def forward(x):
    return 1 / (1 + np.exp(-(x @ w + b)))


def cost(x, t):
    total = 0.0
    for i in range(len(x)):
        p = 1 / (1 + np.exp(-(x[i] @ w + b)))
        total += t[i] * np.log(p) + (1 - t[i]) * np.log(1 - p)
    return -total / len(x)


for step in range(40):
    p = forward(x)
    w = w - 0.5 * x.T @ (p - t)
    b = b - 0.5 * np.sum(p - t)
    print(step, cost(x, t))
"""
LESS = PROGRAM.replace("x[i] @ w + b", "x[i] @ w")


def test_a_cost_without_the_bias_is_of_another_network(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LESS, tmp_path, sandbox)
    assert report.verdict == Verdict.INCONSISTENT
    assert [finding.line for finding in report.findings] == [LESS[: LESS.index("x[i]")].count("\n") + 1]
    assert "does not depend on `b`" in report.reason
    assert report.factor is None


@pytest.mark.slow
def test_the_cost_gets_the_bias_where_training_has_it(sandbox: Sandbox, tmp_path: Path) -> None:
    # behind the sigmoid it would depend on the bias, too, and be of yet another network
    report = reported(LESS, tmp_path, sandbox, 40.0)
    assert report.fixes
    assert report.fixes[0].proved
    assert "+        p = 1 / (1 + np.exp(-(x[i] @ w + b)))" in report.fixes[0].diff


@pytest.mark.parametrize(
    "text",
    [PROGRAM, LESS.replace("cost(x, t)", "cost(v, s)").replace("def cost(v, s)", "def cost(x, t)")],
    ids=["the same network", "of other data"],
)
def test_other_costs_say_nothing(text: str, sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(text, tmp_path, sandbox).verdict == Verdict.RIGHT


@pytest.mark.parametrize("every", [1, 20])
def test_a_cost_of_other_outputs_for_the_same_targets_is_of_another_network(
    every: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    # the gradient forgets how long each sample was looked at
    text = f"""import numpy as np
rng = np.random.default_rng(3)
x, long = rng.normal(size=(60, 3)), rng.uniform(0.2, 1.0, 60)
t = rng.poisson(long * np.exp(x @ np.array([0.4, -0.2, 0.1]) + 0.6)).astype(float)
w = np.zeros(3)


def cost(w):
    rate = long * np.exp(x @ w)
    return np.mean(rate - t * np.log(rate))


def gradient(w):
    rate = np.exp(x @ w)
    return x.T @ (rate - t) / len(t)


for step in range(100):
    if step % {every} == 0:
        print(step, cost(w))
    w = w - 0.1 * gradient(w)
"""
    report = reported(text, tmp_path, sandbox)
    assert report.verdict in (Verdict.INCONSISTENT, Verdict.OTHER_LOSS, Verdict.WRONG), report.reason
    assert [finding.line for finding in report.findings] in ([9], [14])
    right = text.replace("    rate = np.exp(x @ w)", "    rate = long * np.exp(x @ w)")
    assert reported(right, tmp_path, sandbox).verdict == Verdict.RIGHT
