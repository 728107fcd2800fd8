"""What a fix has to leave as it is."""

from pathlib import Path

from backproof.check.acceptance import keeps_parts
from backproof.check.judge import judge
from backproof.check.judgement import Judgement
from backproof.check.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)
# the penalty that is told is not the one that the weights decay by
PENALTY = """
import numpy as np
rng = np.random.default_rng(4)
X, Y = rng.normal(size=(30, 3)), np.eye(4)[rng.integers(0, 4, 30)]
W = rng.normal(0, 0.3, (3, 4))
def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)
for epoch in range(40):
    p = softmax(X @ W)
    print(-np.sum(Y * np.log(p)) + np.sum(W * W))
    W = W - 0.01 * (X.T @ (p - Y) + 0.1 * W)
"""


def _judged(text: str, folder: Path, sandbox: Sandbox) -> Judgement:
    path = folder / "network.py"
    path.write_text(text)
    (training,) = (t for t in sandbox.run(read_source(path)).trainings if t.steps)
    return judge(training)


def test_a_loss_keeps_what_the_network_says_of_the_data(tmp_path: Path, sandbox: Sandbox) -> None:
    before = _judged(PENALTY, tmp_path, sandbox)
    other = _judged(PENALTY.replace("+ 0.1 * W", "+ 2 * W"), tmp_path, sandbox)
    assert keeps_parts(before, other, handled=False)
    # what is left of the loss is its penalty, and the weights follow that
    empty = PENALTY.replace("e / e.sum(axis=1, keepdims=True)", "e > 0").replace("(p - Y)", "(p - p * 1.0)")
    assert not keeps_parts(before, _judged(empty, tmp_path, sandbox), handled=False)
