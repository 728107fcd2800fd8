"""A cost that takes the softmax of a softmax is another loss than the one that training descends."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
NETWORK = """import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(30, 4))
classes = rng.integers(0, 3, 30)
Y = np.eye(3)[classes]
W, b = rng.normal(size=(4, 3)), np.zeros((1, 3))


def softmax(z):
    return np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)


def cost(results, classes):
    shares = softmax(results)
    return np.sum(-np.log(shares[range(len(classes)), classes])) / len(classes)


costs = []
for step in range(60):
    P = softmax(X @ W + b)
    W_gradient = X.T @ (P - Y)
    b_gradient = np.sum(P - Y)
    W -= 0.01 * W_gradient
    b -= 0.01 * b_gradient
    costs.append(cost(P, classes))
print(costs)
"""
SUMMED = "np.sum(P - Y, axis=0, keepdims=True)"


@pytest.mark.slow
def test_the_cost_is_mended_where_the_gradient_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NETWORK.replace("np.sum(P - Y)", SUMMED), tmp_path, sandbox, 20)
    assert report.verdict is Verdict.OTHER_LOSS
    assert any(added(fix) == ["shares = results"] for fix in report.fixes)


@pytest.mark.slow
def test_and_beside_a_gradient_that_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NETWORK, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    first = report.findings[0]
    assert (first.line, first.expression) == (22, "np.sum(P - Y)")
    assert f"should be `{SUMMED}`" in first.message
    assert report.fixes
    assert set(added(report.fixes[0])) == {"shares = results", f"b_gradient = {SUMMED}"}
