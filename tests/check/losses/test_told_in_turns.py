"""A loss that is told several times within a step, of another part of what the step learns from each time."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
# policy gradients, several episodes for one move: no usual loss stands for a sum that rewards weigh
EPISODES = """import numpy as np
rng = np.random.default_rng(30)
model = {'W1': rng.normal(size=(6, 3)), 'W2': rng.normal(size=6)}
for move in range(25):
    total = {name: np.zeros_like(value) for name, value in model.items()}
    for episode in range(4):
        X = rng.normal(size=(5, 3))
        H = np.tanh(X @ model['W1'].T)
        P = 1 / (1 + np.exp(-(H @ model['W2'])))
        actions = (rng.random(5) < P).astype(float)
        rewards = np.cos(3 * X[:, 0]) * (actions - 0.5)
        loss = -np.sum(rewards * np.log(np.where(actions > 0, P, 1 - P)))
        print(loss)
        error = (P - actions) * {weighed}
        total['W2'] += error @ H
        total['W1'] += (np.outer(error, model['W2']) * (1 - H ** 2)).T @ X
    for name in model:
        model[name] = model[name] - 0.05 * total[name]
"""


@pytest.mark.parametrize(("weighed", "verdict"), [("rewards", Verdict.RIGHT), ("abs(rewards)", Verdict.WRONG)])
def test_a_step_that_learns_from_several_episodes_follows_the_sum_of_their_losses(
    weighed: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(EPISODES.replace("{weighed}", weighed), tmp_path, sandbox, seconds=10)
    assert report.verdict is verdict, report.reason
    assert verdict is Verdict.RIGHT or report.findings[0].line == 14
