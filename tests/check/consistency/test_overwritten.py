"""Gradients that each turn of a loop overwrites, so that only the last sample counts."""

from pathlib import Path

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LINE = """import numpy as np
rng = np.random.default_rng(0)
points = rng.normal(size=(30, 2))

def step(m, c, points, rate):
    m_gradient, c_gradient = 0, 0
    for x, y in points:
        c_gradient = -(2 / len(points)) * (y - (m * x + c))
        m_gradient = -(2 / len(points)) * x * (y - (m * x + c))
    return m - rate * m_gradient, c - rate * c_gradient

m, c = 0.0, 0.0
for turn in range(40):
    m, c = step(m, c, points, 0.01)
print(m, c)
"""


def test_gradients_of_which_only_the_last_sample_counts_are_named_and_added_up(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(LINE, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert [finding.line for finding in report.findings] == [8, 9]
    assert "of 30 samples only the last one's" in report.reason.replace("the gradients of 30", "of 30")
    (fix,) = report.fixes
    assert fix.proved
    assert fix.texts["network.py"] == LINE.replace("gradient = -(2", "gradient += -(2")


def test_the_sum_is_right_and_so_is_a_step_at_each_sample(tmp_path: Path, sandbox: Sandbox) -> None:
    summed = LINE.replace("gradient = -(2", "gradient += -(2")
    assert reported(summed, tmp_path, sandbox).verdict is Verdict.RIGHT
    single = """import numpy as np
rng = np.random.default_rng(0)
points = rng.normal(size=(30, 2))
m, c = 0.0, 0.0
for turn in range(10):
    for x, y in points:
        c_gradient = -2 * (y - (m * x + c))
        m_gradient = -2 * x * (y - (m * x + c))
        m, c = m - 0.01 * m_gradient, c - 0.01 * c_gradient
print(m, c)
"""
    assert reported(single, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_an_output_that_is_computed_at_every_turn_and_used_at_the_last_is_right(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    many_to_one = """import numpy as np
rng = np.random.default_rng(0)
xs, y = rng.normal(size=(6, 3)), 0.7
w, u, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)) * 0.3, rng.normal(size=4)
for epoch in range(40):
    hs = [np.zeros(4)]
    for x in xs:
        hs.append(np.tanh(x @ w + hs[-1] @ u))
        out = hs[-1] @ v
        error = out - y
    print(error ** 2)
    dv = 2 * error * hs[-1]
    dh = 2 * error * v
    dw, du = np.zeros_like(w), np.zeros_like(u)
    for t in reversed(range(6)):
        dz = dh * (1 - hs[t + 1] ** 2)
        dw += np.outer(xs[t], dz)
        du += np.outer(hs[t], dz)
        dh = u @ dz
    w -= 0.05 * dw
    u -= 0.05 * du
    v -= 0.05 * dv
"""
    assert reported(many_to_one, tmp_path, sandbox).verdict is Verdict.RIGHT


def test_a_norm_that_each_turn_compares_is_no_gradient(tmp_path: Path, sandbox: Sandbox) -> None:
    clipped = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(10, 3)); y = 0.1 * x[:, :1] + 20
w1, b1, w2, b2 = rng.normal(size=(3, 4)) * 0.01, np.zeros(4), rng.normal(size=(4, 1)) * 0.01, np.zeros(1)
for epoch in range(12):
    h = np.tanh(x @ w1 + b1)
    e = h @ w2 + b2 - y
    print(np.mean(e ** 2))
    d2 = 2 * e / len(x)
    d1 = d2 @ w2.T * (1 - h ** 2)
    grads = [x.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)]
    for grad in grads:
        size = np.linalg.norm(grad)
        if size > 5.0:
            grad *= 5.0 / size
    for w, grad in zip((w1, b1, w2, b2), grads):
        w -= 0.001 * grad
"""
    report = reported(clipped, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
