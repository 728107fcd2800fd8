"""What is wrong between a right gradient and the move that an optimizer makes of it."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)


def test_squares_that_are_overwritten_keep_nothing_of_earlier_steps(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3)); t = np.sin(x[:, :1])
w1, b1, w2 = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))
s1, s2, s3 = np.zeros_like(w1), np.zeros_like(b1), np.zeros_like(w2)
for epoch in range(30):
    a = np.tanh(x @ w1 + b1)
    e = a @ w2 - t
    print(np.mean(e ** 2))
    d2 = 2 * e / len(x)
    d1 = d2 @ w2.T * (1 - a ** 2)
    g1, g2, g3 = x.T @ d1, d1.sum(0), a.T @ d2
    s1 += g1 ** 2
    s2 += g2 ** 2
    s3 += g3 ** 2
    w1 -= 0.1 * g1 / (np.sqrt(s1) + 1e-8)
    b1 -= 0.1 * g2 / (np.sqrt(s2) + 1e-8)
    w2 -= 0.1 * g3 / (np.sqrt(s3) + 1e-8)
"""
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(program.replace("s1 += g1 ** 2", "s1 = g1 ** 2"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [14]
    assert "overwritten" in report.reason
    report = reported(program.replace("s2 += g2 ** 2", "s2 += g2.sum() ** 2"), tmp_path, sandbox)
    assert [finding.line for finding in report.findings] == [15], "one number for all elements is no square of each"


def test_most_parameters_that_go_up_are_as_wrong_as_few(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3)); t = np.sin(x[:, 0])
theta = [rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=4), 0.0]
velocity = [0.0, 0.0, 0.0, 0.0]
for epoch in range(40):
    w1, b1, w2, b2 = ahead = [p + 0.9 * v for p, v in zip(theta, velocity)]
    a = np.tanh(x @ w1 + b1)
    e = a @ w2 + b2 - t
    loss = np.mean(e ** 2)
    d2 = 2 * e / len(x)
    d1 = np.outer(d2, w2) * (1 - a ** 2)
    grads = [x.T @ d1, d1.sum(0), a.T @ d2, d2.sum()]
    velocity = [0.9 * v - 0.02 * g for v, g in zip(velocity, grads)]
    theta = [p + v for p, v in zip(theta, velocity)]
    print(loss)
"""
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    few = program.replace("d1.sum(0)", "-d1.sum(0)")
    most = few.replace("p + v for p, v", "p - v for p, v")
    for text in (few, most):
        report = reported(text, tmp_path, sandbox)
        assert report.verdict is Verdict.WRONG, report.reason
        assert "goes up the gradient" in report.reason
