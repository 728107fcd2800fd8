"""How likely it is that a fix is what was meant."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.repair.fix import keeps_rate
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)

RATES = """import numpy as np
rng = np.random.default_rng(6)
x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
w, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for epoch in range(30):
    h = np.tanh(x @ w)
    e = h @ v - t
    d = e @ v.T * (1 - h ** 2)
    v = v - 0.01 * h.T @ e
    w = w - {step}
"""


@pytest.mark.parametrize(
    ("step", "kept"), [("0.01 * x.T @ d", True), ("0.2 * x.T @ d", False), ("0.01 * x.T @ (d * h)", True)]
)
def test_a_fix_keeps_the_rate_that_the_others_have(step: str, kept: bool, tmp_path: Path, sandbox: Sandbox) -> None:
    def judged(text: str) -> Judgement:
        (tmp_path / "network.py").write_text(text)
        (training,) = (t for t in sandbox.run(read_source(tmp_path / "network.py")).trainings if t.steps)
        return judge(training)

    before, after = judged(RATES.replace("{step}", "0.01 * x.T @ (d * h)")), judged(RATES.replace("{step}", step))
    assert len(before.match.right if before.match else ()) == 1
    assert keeps_rate(before, after) is kept
