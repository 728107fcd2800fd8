"""A bias that is a single number, and goes through an optimizer, is mended where its gradient is wrong by a factor."""

from pathlib import Path

import pytest

from backproof.check.locate.following import makes_whole
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.repair.test_screen import Case

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(5)
X = rng.uniform(-1, 1, (30, 2))
t = X[:, 0] * X[:, 1] + 0.3
theta = [rng.normal(size=(2, 4)), np.zeros(4), rng.normal(size=4), 0.0]
before = [0.0, 0.0, 0.0, 0.0]
for turn in range(120):
    V, c, w, d = theta
    h = np.tanh(X @ V + c)
    e = h @ w + d - t
    print(np.mean(e ** 2))
    de = 2 * e / len(t)
    gd = np.sum(de)
    du = np.outer(de, w) * (1 - h ** 2)
    grads = [X.T @ du, du.sum(axis=0), h.T @ de, gd]
    before = [0.8 * v - 0.05 * g for v, g in zip(before, grads)]
    theta = [p + v for p, v in zip(theta, before)]
"""


@pytest.mark.parametrize("slip", ["np.mean(de)", "np.sum(e)"])
def test_its_factor_is_held_against_those_of_the_others(slip: str, sandbox: Sandbox, tmp_path: Path) -> None:
    case = Case(PROGRAM.replace("np.sum(de)", slip), tmp_path, sandbox)
    likeliest = case.rows()[0]
    assert likeliest.edit.apply(case.source.text) == PROGRAM
    assert makes_whole(case.repair.candidates.promised[likeliest.file, likeliest.edit])
