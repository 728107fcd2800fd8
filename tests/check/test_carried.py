"""Mistakes in what a way back carries from one turn of a loop to the next."""

from pathlib import Path

import pytest

from backproof.check import check

LSTM = """
import numpy as np
rng = np.random.default_rng(1)
H, T = 4, 5
W, b = rng.normal(0, 0.4, (4 * H, H + 1)), np.zeros((4 * H, 1))
V, c = rng.normal(0, 0.4, (1, H)), np.zeros((1, 1))
series = np.sin(np.arange(200) * 0.4)
def sig(x):
    return 1 / (1 + np.exp(-x))
def forward(xs):
    h, C = np.zeros((H, 1)), np.zeros((H, 1))
    memory, ys = [], []
    for x in xs:
        z = np.vstack([[[x]], h])
        a = W @ z + b
        i, f, o, g = sig(a[:H]), sig(a[H:2 * H]), sig(a[2 * H:3 * H]), np.tanh(a[3 * H:])
        before = C
        C = f * before + i * g
        h = o * np.tanh(C)
        ys.append((V @ h + c).item())
        memory.append((z, i, f, o, g, before, np.tanh(C), h))
    return np.array(ys), memory
def backward(ys, targets, memory):
    dW, db, dV, dc = np.zeros_like(W), np.zeros_like(b), np.zeros_like(V), np.zeros_like(c)
    dh_next, dC_next = np.zeros((H, 1)), np.zeros((H, 1))
    for t in reversed(range(T)):
        z, i, f, o, g, before, tC, h = memory[t]
        dy = 2 * (ys[t] - targets[t]) / T
        dV += dy * h.T
        dc += dy
        dh = V.T * dy + dh_next
        dC = dh * o * (1 - tC ** 2) + dC_next
        da = np.vstack([dC * g * i * (1 - i), dC * before * f * (1 - f), dh * tC * o * (1 - o), dC * i * (1 - g ** 2)])
        dW += da @ z.T
        db += da
        dh_next = (W.T @ da)[1:]
        dC_next = dC * f
    return dW, db, dV, dc
for epoch in range(6):
    total = 0.0
    for s in range(0, 190, T):
        ys, memory = forward(series[s:s + T])
        targets = series[s + 1:s + T + 1]
        total += np.mean((ys - targets) ** 2)
        for p, d in zip((W, b, V, c), backward(ys, targets, memory)):
            p -= 0.1 * d
    print(epoch, total)
"""


@pytest.mark.slow
def test_a_factor_that_is_missing_from_turn_to_turn_is_found(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(LSTM.replace("dC_next = dC * f", "dC_next = dC"))
    report = check(path, repair=40)
    assert report.verdict == "wrong"
    assert report.fixes[0].proved
    assert "+        dC_next = dC * f" in report.fixes[0].diff.splitlines()
