"""What is moved as the parameters are, though the network does not read it."""

from pathlib import Path

import pytest

from backproof.check import check

DATA = """import numpy as np
rng = np.random.default_rng(4)
x = rng.normal(size=(40, 3))
t = (x[:, :1] * x[:, 1:2] > 0) * 1.0
w1, b1 = rng.normal(size=(3, 5)), np.zeros((1, 5))
w2, b2 = rng.normal(size=(5, 1)), np.zeros((1, 1))
"""
PASSES = """    h = np.tanh(x @ w1)
    y = h @ w2 + b2
    print(0.5 * np.mean((y - t) ** 2))
    dy = (y - t) / 40
    dh = dy @ w2.T * (1 - h**2)
"""
BIAS = "dh.sum(axis=0, keepdims=True)"
PLAIN = f"""
for step in range(50):
{PASSES}    w2 -= 0.3 * h.T @ dy
    b2 -= 0.3 * dy.sum()
    w1 -= 0.3 * x.T @ dh
    b1 = b1 - 0.3 * {BIAS}
"""
DECAYING = f"""
for step in range(50):
{PASSES}    w2 -= 0.3 * (h.T @ dy + 0.01 * w2)
    b2 -= 0.3 * dy.sum()
    w1 -= 0.3 * (x.T @ dh + 0.01 * w1)
    b1 -= 0.3 * ({BIAS} + 0.01 * b1)
"""
MOMENTUM = f"""
v1, v2, u1, u2 = (np.zeros_like(p) for p in (w1, w2, b1, b2))
for step in range(50):
{PASSES}    v2 = 0.9 * v2 - 0.1 * h.T @ dy
    u2 = 0.9 * u2 - 0.1 * dy.sum(axis=0, keepdims=True)
    v1 = 0.9 * v1 - 0.1 * x.T @ dh
    u1 = 0.9 * u1 - 0.1 * {BIAS}
    w2 += v2
    b2 += u2
    w1 += v1
    b1 += u1
"""
ADAM = f"""
params = [w1, b1, w2, b2]
m, v = [0.0] * 4, [0.0] * 4
for step in range(1, 50):
{PASSES}    grads = [x.T @ dh, {BIAS}, h.T @ dy, dy.sum(axis=0, keepdims=True)]
    for k, (p, g) in enumerate(zip(params, grads)):
        m[k] = 0.9 * m[k] + 0.1 * g
        v[k] = 0.999 * v[k] + 0.001 * g * g
        p -= 0.01 * (m[k] / (1 - 0.9**step)) / (np.sqrt(v[k] / (1 - 0.999**step)) + 1e-8)
"""
TRAININGS = {"plain": PLAIN, "decaying": DECAYING, "momentum": MOMENTUM, "Adam": ADAM}


@pytest.mark.parametrize("training", TRAININGS)
def test_a_bias_that_the_network_does_not_read_is_told_where_it_belongs(training: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(DATA + TRAININGS[training])
    report = check(path, repair=30)
    assert report.verdict == "inconsistent", report.reason
    assert report.findings[0].expression == "x @ w1"
    assert "`b1`, of shape (1, 5)," in report.reason
    assert [fix.proved for fix in report.fixes] == [True]
    assert "+    h = np.tanh(x @ w1 + b1)" in report.fixes[0].diff


@pytest.mark.parametrize("training", TRAININGS)
def test_a_bias_that_it_reads_is_right(training: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(DATA + TRAININGS[training].replace("x @ w1)", "x @ w1 + b1)"))
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


@pytest.mark.parametrize("training", TRAININGS)
def test_a_sum_of_gradients_that_is_only_kept_is_no_parameter(training: str, tmp_path: Path) -> None:
    text = DATA + "seen = np.zeros((1, 5))" + TRAININGS[training].replace("x @ w1)", "x @ w1 + b1)")
    path = tmp_path / "network.py"
    path.write_text(
        text.replace("    w2 -=", f"    seen += {BIAS}\n    w2 -=").replace("    v2 =", f"    seen += {BIAS}\n    v2 =")
    )
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


SUMMED_UP = """import numpy as np
np.random.seed(0)
x = np.random.random(size=(100, 1))
y = np.sin(x)
w1, b1 = np.random.normal(size=(6, 1)), np.random.normal(size=(6, 1))
w2, b2 = np.random.normal(size=(1, 6)), np.random.normal(size=(1, 1))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(300):
    loss = 0.0
    g1, g2, c1, c2 = np.zeros((6, 1)), np.zeros((1, 6)), np.zeros((6, 1)), np.zeros((1, 1))
    for i in range(100):
        xi = x[i].reshape(1, 1)
        h = sigmoid(w1 @ xi + b1)
        p = sigmoid(w2 @ h + b2)
        loss += np.sum((p - y[i]) ** 2) / 2
        d2 = (p - y[i]) * p * (1 - p)
        d1 = w2.T @ d2 * h * (1 - h)
        g2 += d2 @ h.T
        c2 += d2
        g1 += d1 @ xi.T
        c1 += d1
    print(loss / 100)
    w1, b1 = w1 - 0.01 * g1 / 100, b1 - 0.01 * c1 / 100
    w2, b2 = w2 - 0.01 * g2 / 100, b2 - 0.01 * c2 / 100
"""


@pytest.mark.slow
def test_a_loss_that_is_summed_up_over_the_samples_is_no_bias(tmp_path: Path) -> None:
    """Of a single number any share of itself explains a move: with a slow rate, it is nearly the same in each step."""
    (tmp_path / "network.py").write_text(SUMMED_UP)
    report = check(tmp_path / "network.py", repair=0)
    assert report.verdict == "right", report.reason
