"""How much of an edited program is run."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from backproof.check.repair.tries import Tries
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.repair.test_screen import LAYERS, Case

LIMITS = Limits(patience=0.2)


class _Asked(Exception):
    """In the place of a run."""


def test_what_is_written_before_training_is_not_taken_for_updates(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run ends once enough updates are seen, and not before half as much was computed as by these."""

    def run(*_: object, **asked: object) -> None:
        raise _Asked(asked["updates"], asked["fewest"])

    case = Case(LAYERS, tmp_path, sandbox)
    tries = Tries(case.source, [sandbox], fails=False)
    tries.are_of(case.judgement)
    monkeypatch.setattr(sandbox, "run", run)
    with pytest.raises(_Asked) as asked:
        tries.outcome(sandbox, {"network.py": LAYERS}, 0, cast(Any, None))
    updates, fewest = asked.value.args
    assert fewest == case.judgement.training.steps[updates - 1].end // 2


def test_a_run_goes_on_until_so_much_was_computed(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(LAYERS)
    runs = [sandbox.run(read_source(path), updates=4, fewest=fewest) for fewest in (0, 400)]
    lengths = [len(run.trainings[0].trace) for run in runs]
    assert lengths[0] < 400 <= lengths[1]


# the states of a residual flow go on from one to the next as weights do, and within few steps there are no others
FLOW = """import numpy as np
rng = np.random.default_rng(124)
X = rng.normal(size=(40, 2)); lab = np.where(np.linalg.norm(X, axis=1) > 1.1, 1., 0.)
A, a, B = rng.normal(size=(2, 10)), np.zeros(10), rng.normal(size=(10, 2)) * .3
w, c = rng.normal(size=2), 0.
def integrate(x):
    path = [x]
    for _ in range(8):
        path.append(path[-1] + .25 * np.tanh(path[-1] @ A + a) @ B)
    return path
def adjoint(path, lam):
    gA, ga, gB = np.zeros_like(A), np.zeros_like(a), np.zeros_like(B)
    for x in path[-2::-1]:
        u = np.tanh(x @ A + a)
        gB += .25 * u.T @ lam
        gu = (lam @ B.T) * (1 - u ** 2)
        gA += x.T @ gu
        ga += gu.sum(0)
        lam = lam + gu @ A.T
    return gA, ga, gB
for it in range(40):
    path = integrate(X)
    prob = 1 / (1 + np.exp(-(path[-1] @ w + c)))
    print(-np.mean(lab * np.log(prob) + (1 - lab) * np.log(1 - prob)))
    r = (prob - lab) / 40
    gA, ga, gB = adjoint(path, np.outer(r, w))
    w, c = w - .5 * path[-1].T @ r, c - .5 * r.sum()
    A, a, B = A - .5 * gA, a - .5 * ga, B - .5 * gB
"""


def test_a_run_that_shows_other_parameters_goes_further(sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(FLOW, tmp_path, sandbox)
    tries = Tries(case.source, [sandbox], fails=False)
    tries.are_of(case.judgement)
    before = tries.updates
    mended = {"network.py": FLOW.replace("(lam @ B.T)", ".25 * (lam @ B.T)")}
    outcome = tries.outcome(sandbox, mended, 0, cast(Any, SimpleNamespace(whole=True)))
    assert outcome is not None
    assert outcome[0].verdict == "right"
    assert tries.updates > before


def test_an_edit_that_makes_a_loop_without_an_end_costs_what_it_may(sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(LAYERS, tmp_path, sandbox)
    tries = Tries(case.source, [sandbox], fails=False, seconds=1.0)
    tries.are_of(case.judgement)
    begun = time.monotonic()
    assert tries.outcome(sandbox, {"network.py": "while True:\n    pass\n" + LAYERS}, 0, cast(Any, None)) is None
    assert time.monotonic() - begun < 10
