"""Gradients that a program checks itself, by small moves of each weight that are taken back."""

from pathlib import Path

import pytest

from backproof.check import check

CHECKED = """
import numpy as np
rng = np.random.default_rng(52)
X, t = rng.normal(size=(10, 3)), rng.integers(0, 2, (10, 1))
W, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
def cost():
    h = np.tanh(X @ W)
    p = 1 / (1 + np.exp(-h @ v))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), h, p
def gradients():
    loss, h, p = cost()
    d = (p - t) / 10
    return loss, [X.T @ (d @ v.T * SLOPE), h.T @ d]
def farthest(e=1e-5):
    worst = 0.0
    for weights, gradient in zip((W, v), gradients()[1]):
        for i in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                old = weights[i, j]
                weights[i, j] = old + e
                up = cost()[0]
                weights[i, j] = old - e
                down = cost()[0]
                weights[i, j] = old
                worst = max(worst, abs((up - down) / (2 * e) - gradient[i, j]))
    return worst
print(farthest())
"""
TRAINED = """for epoch in range(40):
    loss, (dW, dv) = gradients()
    W -= 0.5 * dW
    v -= 0.5 * dv
    if epoch % 10 == 0:
        print(loss)
print(farthest())
"""


@pytest.mark.parametrize(
    ("slope", "rest", "verdict"),
    [
        ("(1 - h * h)", "", "cannot-judge"),
        ("(1 - h * h)", TRAINED, "right"),
        ("h * (1 - h)", TRAINED, "wrong"),
    ],
)
def test_to_put_weights_back_is_no_training(slope: str, rest: str, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(CHECKED.replace("SLOPE", slope) + rest)
    report = check(path, repair=0)
    assert report.verdict == verdict, report.reason
    if not rest:
        assert report.reason.startswith("No training step was seen")


# weights in a dictionary, the bias of which begins at zero, and a check on a few samples
NETWORK = """import numpy as np
rng = np.random.default_rng(6)
X, y = rng.normal(size=(24, 3)), rng.normal(size=(24, 1))
p = {"W1": rng.normal(size=(3, 4)), "b1": np.zeros(4), "W2": rng.normal(size=(4, 1)), "b2": np.zeros(1)}
def mse(X, y):
    return np.mean((np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y) ** 2)
def gradients(X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (h @ p["W2"] + p["b2"] - y) / len(X)
    dh = d @ p["W2"].T * SLOPE
    return {"W1": X.T @ dh, "b1": dh.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def checked(X, y, h=1e-5):
    g, worst = gradients(X, y), 0
    for k in p:
        w = p[k]
        for i in np.ndindex(w.shape):
            TRIED
            worst = max(worst, abs((up - down) / (2 * h) - g[k][i]))
    print("farthest", worst)
BEFORE
for epoch in range(60):
    g = gradients(X, y)
    for k in p:
        p[k] -= 0.1 * g[k]
    if epoch % 20 == 0:
        print(epoch, mse(X, y))
        WITHIN
AFTER
"""
SET = "old = w[i]; w[i] = old + h; up = mse(X, y); w[i] = old - h; down = mse(X, y); w[i] = old"
MOVED = "w[i] += h; up = mse(X, y); w[i] -= 2 * h; down = mse(X, y); w[i] += h"
CALL = "checked(X[:6], y[:6])"


@pytest.mark.parametrize("tried", [SET, MOVED], ids=["set", "moved"])
@pytest.mark.parametrize("place", ["BEFORE", "WITHIN", "AFTER"])
def test_a_check_of_the_gradient_is_no_part_of_the_training(tried: str, place: str, tmp_path: Path) -> None:
    text = NETWORK.replace("TRIED", tried).replace(place, CALL).replace("SLOPE", "(1 - h ** 2)")
    for other in ("BEFORE", "WITHIN", "AFTER"):
        text = text.replace(other, "pass")
    path = tmp_path / "network.py"
    path.write_text(text)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters, report.factor) == ("right", 4, 1.0), report.reason
    path.write_text(text.replace("(1 - h ** 2)", "(1 - h)"))
    assert check(path, repair=0).verdict == "wrong"
