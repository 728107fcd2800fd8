"""Which loss was meant, where single numbers are moved by nothing that is right."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported
from tests.mutants.catalogue import MUTANTS
from tests.mutants.score import Case, judge

LIMITS = Limits(patience=0.2)


@pytest.mark.parametrize("formula", ["return fx * (1 - x)", "return x * (1 - x)"])
def test_a_loss_told_now_and_then_is_looked_for_at_every_step(formula: str) -> None:
    # of nine numbers one is a multiple of its gradient at the one step at which the loss is told: that says nothing
    (mutant,) = (m for m in MUTANTS if m.program == "scalar_weights_class.py" and m.new == formula)
    result = judge(Case(mutant.program, mutant), 0)
    assert result.verdict == "wrong", result.reason


@pytest.mark.slow
def test_the_place_is_the_slope_that_all_numbers_share() -> None:
    (mutant,) = (m for m in MUTANTS if m.program == "neuron_objects.py" and "(1 + self.output)" in m.new)
    result = judge(Case(mutant.program, mutant), 20)
    assert result.exact, result.found
    assert result.proved


LENGTHS = """import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(30, 4)), np.eye(3)[rng.integers(0, 3, size=30)]
W, B = [rng.normal(size=(5, 4)), rng.normal(size=(3, 5))], [np.zeros(5), np.zeros(3)]
for epoch in range(40):
    cost = 0
    dW, dB = [0, 0], [0, 0]
    for x, y in zip(X, Y):
        h = 1 / (1 + np.exp(-(W[0] @ x + B[0])))
        o = 1 / (1 + np.exp(-(W[1] @ h + B[1])))
        d = -(y - o) * o * (1 - o)
        cost += {told}
        e = W[1].T @ d * {slope}
        dW[1] += np.outer(d, h)
        dB[1] += d
        dW[0] += np.outer(e, x)
        dB[0] += e
    for i in range(2):
        W[i] -= 0.25 * dW[i] / len(X)
        B[i] -= 0.25 * dB[i] / len(X)
    print(cost / len(X))
"""
ENTROPY = "-np.sum(y * np.log(o) + (1 - y) * np.log(1 - o))"


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("told", "slope", "verdict"),
    [
        ("np.linalg.norm(y - o)", "h * (1 - h)", Verdict.RIGHT),  # how long the errors are, told as a measure
        ("np.sqrt(np.sum((y - o) ** 2))", "h * (1 - h)", Verdict.RIGHT),
        ("np.linalg.norm(y - o)", "(1 - h ** 2)", Verdict.WRONG),
        (ENTROPY, "h * (1 - h)", Verdict.OTHER_LOSS),
    ],
)
def test_the_lengths_of_errors_are_a_measure_and_no_loss(
    told: str, slope: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(LENGTHS.format(told=told, slope=slope), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason


# the root of the mean of the same errors is told now and then: at one step its gradient is any multiple of theirs
MEASURED = """import numpy as np
rng = np.random.default_rng(26)
R, known = rng.normal(size=(9, 7)), rng.random((9, 7)) < 0.6
P, Q = rng.normal(size=(9, 2)) / 5, rng.normal(size=(7, 2)) / 5
def objective():
    E = known * (R - P @ Q.T)
    return E, np.sum(E ** 2) + 0.5 * (np.sum(P ** 2) + np.sum(Q ** 2))
for it in range(60):
    E, J = objective()
    gP, gQ = -2 * E @ Q{P}, -2 * E.T @ P{Q}
    P, Q = P - 0.02 * gP, Q - 0.02 * gQ
    if it % 50 == 0:
        print(J, np.sqrt((E[known] ** 2).mean()))
"""


@pytest.mark.parametrize(("own", "verdict"), [("", Verdict.OTHER_LOSS), (" + 1.0 * ", Verdict.RIGHT)])
def test_a_measure_told_at_one_step_is_not_the_loss(
    own: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    text = MEASURED.replace("{P}", own and own + "P").replace("{Q}", own and own + "Q")
    assert reported(text, tmp_path, sandbox).verdict is verdict
