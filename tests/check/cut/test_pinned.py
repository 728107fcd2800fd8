"""A row that is zero for good, as that of the padding of an embedding, is not asked to move."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(94)
ids = np.array([[1, 2, 0], [3, 2, 0], [4, 1, 5], [3, 6, 2], [5, 5, 5], [6, 0, 0]])
labels = np.array([1.0, 0, 1, 0, 1, 0])
E, w, b = rng.normal(0, 0.5, (7, 4)), rng.normal(0, 0.5, 4), 0.0
E[0] = 0
for epoch in range(60):
    average = E[ids].mean(axis=1)
    p = 1 / (1 + np.exp(-(average @ w + b)))
    print(-np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p)))
    d = (p - labels) / len(labels)
    dE = np.zeros_like(E)
    np.add.at(dE, ids, (np.outer(d, w) / 3)[:, None, :])
    E[1:] -= 0.5 * dE[1:]
    w -= 0.5 * average.T @ d
    b -= 0.5 * d.sum()
"""


def test_the_row_of_a_padding_stays_zero(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox)
    assert (report.verdict, report.parameters) == (Verdict.RIGHT, 3), report.reason


def test_the_last_one_may_stay_zero_as_well(sandbox: Sandbox, tmp_path: Path) -> None:
    last = PROGRAM.replace("E[1:] -= 0.5 * dE[1:]", "E[:-1] -= 0.5 * dE[:-1]").replace("E[0] = 0", "E[-1] = 0")
    assert reported(last, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_a_mistake_in_the_others_is_found(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = PROGRAM.replace("np.outer(d, w) / 3", "np.outer(d, w) * average")
    assert reported(wrong, tmp_path, sandbox).verdict is Verdict.WRONG


def test_a_row_that_is_something_is_to_move(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = PROGRAM.replace("E[0] = 0\n", "")
    assert reported(wrong, tmp_path, sandbox).verdict is Verdict.WRONG
