"""Recurrent networks that keep each turn's values in rows of arrays: these are passed along, and nobody trains them."""

from pathlib import Path

import pytest

from backproof.check import check
from backproof.check.report import Verdict

# an LSTM whose forget gate is one minus its input gate (Greff and others, 2015), over 25 turns
PROGRAM = """import numpy as np
rng = np.random.default_rng(11)
T, N, M = 25, 3, 2
sigma = lambda v: 1 / (1 + np.exp(-v))
Wz, Wi, Wo = (rng.normal(0, 0.4, (N, M)) for _ in range(3))
Rz, Ri, Ro = (rng.normal(0, 0.4, (N, N)) for _ in range(3))
V = rng.normal(0, 0.4, (1, N))
params = [Wz, Wi, Wo, Rz, Ri, Ro, V]
xs = rng.normal(size=(12, T, M))
for n in range(12):
    x = xs[n]
    target = np.cumsum(x[:, :1], axis=0) / 8
    z, i, f, c, o, y = (np.zeros((T + 1, N)) for _ in range(6))
    out = np.zeros((T, 1))
    for t in range(T):
        z[t] = np.tanh(Wz @ x[t] + Rz @ y[t - 1])
        i[t] = sigma(Wi @ x[t] + Ri @ y[t - 1])
        f[t] = 1 - i[t]
        c[t] = i[t] * z[t] + f[t] * c[t - 1]
        o[t] = sigma(Wo @ x[t] + Ro @ y[t - 1])
        y[t] = o[t] * np.tanh(c[t])
        out[t] = V @ y[t]
    print(n, 0.5 * np.sum((out - target) ** 2))
    d = out - target
    dz, di, dc, do = (np.zeros((T + 1, N)) for _ in range(4))
    grads = [np.zeros_like(p) for p in params]
    for t in reversed(range(T)):
        dy = V.T @ d[t] + Rz.T @ dz[t + 1] + Ri.T @ di[t + 1] + Ro.T @ do[t + 1]
        do[t] = dy * np.tanh(c[t]) * o[t] * (1 - o[t])
        dc[t] = dy * o[t] * (1 - np.tanh(c[t]) ** 2)
        dc[t] += dc[t + 1] * f[t + 1]
        di[t] = dc[t] * (z[t] - c[t - 1]) * i[t] * (1 - i[t])
        dz[t] = dc[t] * i[t] * (1 - z[t] ** 2)
        for k, g in enumerate((dz, di, do)):
            grads[k] += np.outer(g[t], x[t])
            grads[3 + k] += np.outer(g[t], y[t - 1])
        grads[6] += np.outer(d[t], y[t])
    for p, g in zip(params, grads):
        p -= 0.001 * g
"""


def test_what_is_passed_along_is_no_parameter(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 7), report.reason


@pytest.mark.slow
def test_a_mistake_in_it_is_found(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM.replace("(z[t] - c[t - 1])", "z[t]"))
    report = check(path, repair=0)
    assert report.verdict == "wrong", report.reason


ROWS = """import numpy as np
rng = np.random.default_rng(5)
x = rng.normal(size=(30, 3))
t = x @ rng.normal(size=(3, 4))
W = rng.normal(size=(4, 3))
for epoch in range(20):
    total = 0.0
    for n in range(30):
        for k in range(4):
            error = W[k] @ x[n] - t[n, k]
            total += error**2
            W[k] = W[k] * 0.999
            W[k] = W[k] - 0.02 * error * x[n]
    print(total)
"""


def test_rows_that_are_trained_one_after_the_other_are_parameters(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(ROWS.replace("            W[k] = W[k] * 0.999\n", ""))
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason


def test_rows_that_decay_before_they_are_moved_are_not_passed_along(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(ROWS)
    report = check(path, repair=0)
    assert report.parameters == 1, report.reason


# sums that grow in the elements of arrays that live as long as the weights, and begin anew at each sample
ACCUMULATED = """import numpy as np
rng = np.random.default_rng(1)
inputs, targets = rng.normal(size=(5, 3)), rng.uniform(0.2, 0.8, (5, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
hidden, output, error = np.zeros(4), np.zeros(2), np.zeros(2)


def forward(weight, given, out):
    for j in range(len(out)):
        out[j] = 0
        for i in range(len(given)):
            out[j] += weight[i][j] * given[i]
    for j in range(len(out)):
        out[j] = 1 / (1 + np.exp(-out[j]))


for epoch in range(30):
    total = 0
    for k in range(5):
        forward(W, inputs[k], hidden)
        forward(V, hidden, output)
        total += sum((targets[k][o] - output[o]) ** 2 for o in range(2)) / 2
        for o in range(2):
            error[o] = (output[o] - targets[k][o]) * output[o] * (1 - output[o])
        back = [sum(error[o] * V[h][o] for o in range(2)) * SLOPE for h in range(4)]
        for h in range(4):
            for o in range(2):
                V[h][o] -= 0.5 * error[o] * hidden[h]
        for i in range(3):
            for h in range(4):
                W[i][h] -= 0.5 * back[h] * inputs[k][i]
    print(total)
"""


@pytest.mark.parametrize(
    ("slope", "verdict"), [("hidden[h] * (1 - hidden[h])", Verdict.RIGHT), ("(1 - hidden[h])", Verdict.WRONG)]
)
def test_sums_that_begin_anew_in_arrays_that_stay_are_no_parameters(
    slope: str, verdict: Verdict, tmp_path: Path
) -> None:
    file = tmp_path / "network.py"
    file.write_text(ACCUMULATED.replace("SLOPE", slope))
    report = check(file, repair=0)
    assert report.verdict is verdict, report.reason
    assert report.parameters == 2
