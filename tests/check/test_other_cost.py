"""A cost that is computed by another network than the one that is trained, though it is of the same kind."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox import Limits, Sandbox
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
