"""An activation that no layer reads is put in the place of what it is taken of, where the network trains and where it
predicts."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
PROGRAM = """import numpy as np
class Network:
    def __init__(self, rng):
        self.first, self.second = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
    def outputs(self, weights, inputs):
        sums = np.dot(weights, inputs)
        return sums, 1 / (1 + np.exp(-sums))
    def train(self, x, t):
        hidden_sums, hidden = self.outputs(self.first, x)
        out_sums, out = self.outputs(self.second, TRAINED)
        error = (out - t) * out * (1 - out)
        back = np.dot(self.second.T, error) * hidden * (1 - hidden)
        self.second -= 0.3 * np.dot(error, hidden.T)
        self.first -= 0.3 * np.dot(back, x.T)
    def query(self, x):
        hidden_sums, hidden = self.outputs(self.first, x)
        out_sums, out = self.outputs(self.second, PREDICTED)
        return out
rng = np.random.default_rng(4)
X, Y = rng.normal(size=(12, 3, 1)), rng.uniform(size=(12, 2, 1))
network = Network(rng)
for epoch in range(4):
    for x, t in zip(X, Y):
        network.train(x, t)
print([float(network.query(x)[0, 0]) for x in X])
"""


@pytest.mark.parametrize(
    ("trained", "predicted", "verdict", "mended"),
    [
        ("hidden", "hidden", Verdict.RIGHT, 0),
        ("hidden_sums", "hidden", Verdict.WRONG, 1),
        ("hidden_sums", "hidden_sums", Verdict.WRONG, 2),
        ("hidden", "hidden_sums", Verdict.INCONSISTENT, 1),
    ],
)
def test_the_next_layer_reads_the_activation(
    sandbox: Sandbox, tmp_path: Path, trained: str, predicted: str, verdict: Verdict, mended: int
) -> None:
    text = PROGRAM.replace("TRAINED", trained).replace("PREDICTED", predicted)
    report = reported(text, tmp_path, sandbox, 6)
    assert report.verdict is verdict
    lines = added(report.fixes[0]) if report.fixes else []
    assert lines == ["out_sums, out = self.outputs(self.second, hidden)"] * mended
