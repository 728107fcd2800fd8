"""Weights that begin as lists of lists, which NumPy makes arrays of wherever it computes with them."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LISTS = """import random
import numpy as np
random.seed(0)
X = np.random.default_rng(3).normal(size=(30, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
W1, b1 = [[random.random() - 0.5 for _ in range(6)] for _ in range(2)], [random.random() - 0.5 for _ in range(6)]
W2, b2 = [[random.random() - 0.5 for _ in range(2)] for _ in range(6)], [0.1, -0.1]
for epoch in range(3):
    for x, label in zip(X, y):
        t = np.eye(2)[label]
        h = np.tanh(np.dot(x, W1) + b1)
        e = np.exp(np.dot(h, W2) + b2)
        p = e / np.sum(e)
        loss = -np.sum(t * np.log(p))
        print(loss)
        d2 = p - t
        d1 = np.dot(d2, np.transpose(W2)) * {slope}
        W2 = W2 - 0.1 * np.outer(h, d2)
        W1 = W1 - 0.1 * np.outer(x, d1)
        b2 = b2 - 0.1 * d2
        b1 = b1 - 0.1 * d1
"""


@pytest.mark.parametrize(("slope", "verdict"), [("(1 - h ** 2)", Verdict.RIGHT), ("(1 - h)", Verdict.WRONG)])
def test_weights_in_lists_are_one_parameter_from_the_first_step_on(
    slope: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(LISTS.replace("{slope}", slope), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason
    assert verdict is Verdict.RIGHT or report.findings[0].line == 17


PENALISED = """import random
import numpy as np
random.seed(4)
X = np.random.default_rng(3).normal(size=(40, 3))
Y = X[:, :1] * X[:, 1:2]
W1 = [[random.random() - 0.5 for _ in range(5)] for _ in range(3)]
W2 = [[random.random() - 0.5] for _ in range(5)]
for epoch in range(120):
    h = np.tanh(np.dot(X, W1))
    out = np.dot(h, W2)
    loss = np.mean((out - Y) ** 2) / 2 + 0.005 * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
    d2 = (out - Y) / len(X)
    d1 = np.dot(d2, np.transpose(W2)) * (1 - h ** 2)
    g2 = np.dot(h.T, d2) + 0.01 * np.array(W2)
    g1 = np.dot(X.T, d1){penalty}
    W2 = W2 - 0.3 * g2
    W1 = W1 - 0.3 * g1
    if epoch % 40 == 0:
        print(loss)
"""


@pytest.mark.parametrize(("penalty", "verdict"), [(" + 0.01 * np.array(W1)", Verdict.RIGHT), ("", Verdict.WRONG)])
def test_a_penalty_of_weights_in_lists_is_one_of_the_parameters(
    penalty: str, verdict: Verdict, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(PENALISED.replace("{penalty}", penalty), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason
