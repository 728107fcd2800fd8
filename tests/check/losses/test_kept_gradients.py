"""A gradient that is kept and moves nothing is no loss that is told."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
rng = np.random.default_rng(2)
weights = [rng.uniform(-1, 1, (2, 2)), rng.uniform(-1, 1, (1, 2))]
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for epoch in range(20):
    for x, y in (([1.0, 0.3], 1.0), ([0.2, 1.0], 0.0), ([0.5, 0.4], 1.0)):
        a0 = np.array(x)
        a1 = sigmoid(weights[0].dot(a0))
        a2 = sigmoid(weights[1].dot(a1))
        nabla_w, nabla_b = [], []
        error = (a2 - y).reshape(1, -1) * a2 * (1 - a2)
        nabla_w.append(error.T * a1.reshape(1, -1))
        nabla_b.append(error.reshape(1, -1).T)
        error = error.dot(weights[1]) * a1 * (1 - a1)
        nabla_w.append(error.T * a0.reshape(1, -1))
        nabla_b.append(error.reshape(1, -1).T)
        weights[1] -= 0.5 * nabla_w[0]
        weights[0] -= 0.5 * nabla_w[1]
print(nabla_b[0])
"""


def test_the_gradient_of_a_bias_that_nobody_moves_is_no_loss(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(PROGRAM, tmp_path, sandbox).verdict is Verdict.RIGHT
