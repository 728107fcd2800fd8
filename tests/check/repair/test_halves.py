"""Two mistakes of which one shows only where the same lines run otherwise: in another training."""

from pathlib import Path

import pytest

from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
NETWORK = """import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(24, 3))
T = np.tanh(X @ rng.normal(size=(3, 2)))


def activation(z, kind, slope=False):
    if kind == "tanh":
        return 1 - np.tanh(z) ** 2 if slope else np.tanh(z)
    if slope:
        return np.where(z > 0, 1, -0.2)
    return np.where(z > 0, z, 0.2 * z)


def train(kind, epochs):
    W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    for epoch in range(epochs):
        z1 = X @ W1
        a1 = activation(z1, kind)
        out = a1 @ W2
        error = (out - T) / len(X)
        W2 -= 0.1 * a1.T @ error
        hidden = error @ W2.T * activation(z1, kind, slope=True)
        W1 -= 0.1 * X.T @ hidden
        print(np.sum((out - T) ** 2) / len(X))


"""
TURNS = 'for kind in ["tanh", "leaky"]:\n    train(kind, 12)\n'
CALLS = 'train("tanh", 12)\ntrain("leaky", 12)\n'


def _added(report: Report) -> list[str]:
    return added(report.fixes[0]) if report.fixes else []


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("trainings", [TURNS, CALLS])
def test_both_are_mended(trainings: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(NETWORK + trainings, tmp_path, sandbox, 20)
    assert report.verdict is Verdict.WRONG
    added = _added(report)
    assert "return np.where(z > 0, 1, 0.2)" in added, "the slope that only the second training has"
    assert any("error @ W2.T" in line or "= W2.copy()" in line for line in added)
    assert len(added) in (2, 3)


def test_one_mistake_in_both_is_mended_once(sandbox: Sandbox, tmp_path: Path) -> None:
    right = NETWORK.replace("1, -0.2)", "1, 0.2)")
    report = reported(right + TURNS, tmp_path, sandbox, 10)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    assert "np.where" not in "".join(_added(report))
