"""At points near the recorded ones nothing accuses a program that wrote down there where a maximum stands."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
POOLED = """import numpy as np
rng = np.random.default_rng(4)
x, y = rng.normal(size=(12, 6, 6)), rng.integers(0, 3, 12)
kernels, w = rng.normal(size=(3, 3, 3)) / 9, rng.normal(size=(12, 3)) / 12
for epoch in range(10):
    for image, label in zip(x, y):
        z, h = np.zeros((4, 4, 3)), np.zeros((2, 2, 3))
        for i in range(4):
            for j in range(4):
                z[i, j] = np.sum(image[i:i + 3, j:j + 3] * kernels, axis=(1, 2))
        for i in range(2):
            for j in range(2):
                h[i, j] = np.amax(z[2 * i:2 * i + 2, 2 * j:2 * j + 2], axis=(0, 1))
        p = np.exp(h.flatten() @ w) / np.sum(np.exp(h.flatten() @ w))
        print(-np.log(p[label]))
        d = p.copy()
        d[label] -= 1
        dh, dz, dk = (w @ d).reshape(h.shape), np.zeros(z.shape), np.zeros(kernels.shape)
        for i in range(2):
            for j in range(2):
                for f in range(3):
                    part = z[2 * i:2 * i + 2, 2 * j:2 * j + 2, f]
                    row, column = np.unravel_index(np.argmax(part), (2, 2))
                    dz[2 * i + row, 2 * j + column, f] = dh[i, j, f]
        for i in range(4):
            for j in range(4):
                for f in range(3):
                    dk[f] += dz[i, j, f] * image[i:i + 3, j:j + 3]
        kernels -= 0.05 * dk
        w -= 0.05 * np.outer(h.flatten(), d)
"""


def test_the_place_of_a_maximum_is_another_one_elsewhere(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(POOLED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


@pytest.mark.parametrize(("right", "wrong"), [("2 * i + row", "2 * i"), ("+= dz[i, j, f]", "+= dz[j, i, f]")])
def test_a_wrong_place_is_found_where_it_is_recorded(right: str, wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert right in POOLED
    assert reported(POOLED.replace(right, wrong), tmp_path, sandbox).verdict is Verdict.WRONG


SATURATED = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.random((80, 4)) * [20, 30, 900, 2500]
y = (x[:, 0] > 10).astype(float)
w, b = np.zeros(4), 0
for epoch in range(40):
    p = 1 / (1 + np.exp(-(x @ w + b)))
    w -= 0.01 * (1 / 80) * np.dot(x.T, (p - y))
    b -= 0.01 * (1 / 80) * np.sum(p - y)
print(np.mean((p > 0.5) == y))
"""


def test_a_network_that_is_saturated_is_judged_where_it_is_not(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(SATURATED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    wrong = SATURATED.replace("np.dot(x.T, (p - y))", "np.dot(x.T, (p - y) * p)")
    assert reported(wrong, tmp_path, sandbox).verdict is not Verdict.RIGHT


# elsewhere its probabilities are as small as what is added to them in the logarithm
LARGE = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(0, 12, (48, 40))
Y = np.eye(10)[rng.integers(0, 10, 40)].T
W1, b1 = rng.normal(0, 0.25, (64, 48)), np.zeros((64, 1))
W2, b2 = rng.normal(0, 0.2, (10, 64)), np.zeros((10, 1))
P = [W1, b1, W2, b2]
M, V = [np.zeros_like(p) for p in P], [np.zeros_like(p) for p in P]
for t in range(1, 60):
    h = np.maximum(0, W1 @ X + b1)
    z = W2 @ h + b2
    e = np.exp(z - z.max(axis=0))
    p = e / e.sum(axis=0)
    print(-np.sum(Y * np.log(p + 1e-12)) / 40)
    d = (p - Y) / 40
    dh = (W2.T @ d) * (h > 0)
    G = [dh @ X.T, dh.sum(axis=1, keepdims=True), d @ h.T, d.sum(axis=1, keepdims=True)]
    for n in range(4):
        M[n] = 0.9 * M[n] + 0.1 * G[n]
        V[n] = 0.999 * V[n] + 0.001 * G[n] ** 2
        P[n] -= 0.001 * (M[n] / (1 - 0.9**t)) / (np.sqrt(V[n] / (1 - 0.999**t)) + 1e-8)
"""


@pytest.mark.slow
def test_a_tiny_constant_in_a_logarithm_accuses_nobody(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(LARGE, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


LEAKING = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
leaky = np.vectorize(lambda v: v if v > 0 else 0.1 * v, otypes=[float])
for epoch in range(30):
    z1 = x @ w1
    a1 = leaky(z1)
    error = a1 @ w2 - t
    print(np.mean(error ** 2))
    d1 = error @ w2.T * np.where(z1 > 0, 1, 0.1)
    w2 -= 0.01 * a1.T @ error
    w1 -= 0.01 * x.T @ d1
"""


def test_a_branch_that_each_number_takes_is_not_followed_elsewhere(tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(LEAKING, tmp_path, sandbox).verdict is Verdict.RIGHT
    whole = LEAKING.replace("np.where(z1 > 0, 1, 0.1)", "1.0").replace("leaky(z1)", "np.maximum(z1, 0.1 * z1)")
    shifted = whole.replace("w1, w2 =", "x, t = np.abs(x), np.abs(t)\nw1, w2 =").replace(
        "w1, w2 = rng.normal", "w1, w2 = rng.uniform"
    )
    # all units are active as it is, and only elsewhere it shows that the derivative was forgotten
    assert reported(shifted, tmp_path, sandbox).verdict is Verdict.WRONG


NEAR_ONE = """import numpy as np
np.random.seed(2)
x = np.random.randint(2, size=(40, 1)).astype(float)
w1, b1 = np.random.rand(12, 40), np.random.rand(12, 1)
w2, b2 = 4 * np.random.rand(40, 12), np.random.rand(40, 1)
for epoch in range(40):
    a1 = 1 / (1 + np.exp(-(0.3 * (w1 @ x) + b1)))
    a2 = 1 / (1 + np.exp(-(w2 @ a1 + b2)))
    print(-np.sum(x * np.log(a2) + (1 - x) * np.log(1 - a2)))
    d2 = a2 - x
    d1 = (w2.T @ d2) * a1 * (1 - a1)
    w2, b2 = w2 - 0.01 * d2 @ a1.T, b2 - 0.01 * d2
    w1, b1 = w1 - 0.01 * 0.3 * d1 @ x.T, b1 - 0.01 * d1
"""


def test_probabilities_that_have_lost_their_digits_accuse_nobody(tmp_path: Path, sandbox: Sandbox) -> None:
    """Where p is 1 - 1e-14, the digits of 1 - p are gone, and autograd's gradient of log(1 - p) with them."""
    report = reported(NEAR_ONE, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    report = reported(NEAR_ONE.replace("* a1 * (1 - a1)", "* (1 - a1 ** 2)"), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 11


# the slope is written element by element, in a loop that branches; rows of a softmax are shifted one after the other
WRITTEN_SLOPE = """import numpy as np
rng = np.random.default_rng(8)
x = rng.normal(size=(9, 3))
t = np.eye(2)[(x[:, 0] > 0).astype(int)]
w, v, c = rng.normal(size=(3, 5)), rng.normal(size=(5, 4)), rng.normal(size=(4, 2))
def slope(y):
    s = y.copy()
    for i in range(len(s)):
        for j in range(s.shape[1]):
            if s[i][j] <= 0:
                s[i][j] = 0
            else:
                s[i][j] = 1
    return s
def softmax(y):
    p = y.copy()
    for r in range(len(p)):
        p[r] -= np.max(p[r])
        p[r] = np.exp(p[r]) / np.sum(np.exp(p[r]))
    return p
for epoch in range(12):
    h = np.maximum(0, x @ w)
    k = np.maximum(0, h @ v)
    p = softmax(k @ c)
    print(-np.sum(np.log(p) * t) / 9)
    d = (p - t) / 9
    dk = d @ c.T * slope(k)
    dh = dk @ v.T * slope(h)
    c -= 0.1 * k.T @ d
    v -= 0.1 * h.T @ dk
    w -= 0.1 * x.T @ dh
"""


@pytest.mark.parametrize(("wrong", "verdict"), [("slope(h)", Verdict.RIGHT), ("slope(x @ w + 0.4)", Verdict.WRONG)])
def test_a_slope_that_is_written_by_branches_tells_nothing_elsewhere(
    wrong: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(WRITTEN_SLOPE.replace("slope(h)", wrong), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason


# each step moves one number of either bias, and at the first steps all of them are zero
FACTORS = """import numpy as np
rng = np.random.default_rng(29)
seen = [(u, i, rng.integers(1, 6)) for u in range(12) for i in range(14) if rng.random() < 0.6]
P, Q, bu, bi = rng.normal(0, 0.1, (12, 4)), rng.normal(0, 0.1, (14, 4)), np.zeros(12), np.zeros(14)
for epoch in range(8):
    total = 0
    for n in rng.permutation(len(seen)):
        u, i, r = seen[n]
        e = r - 3 - bu[u] - bi[i] - P[u] @ Q[i]
        total += e ** 2 + 0.02 * (P[u] @ P[u] + Q[i] @ Q[i] + bu[u] ** 2 + bi[i] ** 2)
        dP, dQ, old = -2 * e * Q[i] + 0.04 * P[u], -2 * e * P[u] + 0.04 * Q[i], bu.copy()
        bu[u] -= 0.01 * (-2 * e + 0.04 * bu[u])
        bi[i] -= 0.01 * (-2 * e + 0.04 * bi[i])
        P[u] -= 0.01 * dP
        Q[i] -= 0.01 * dQ
    print(total)
"""


@pytest.mark.parametrize(("own", "verdict"), [("bi[i]", Verdict.RIGHT), ("old[u]", Verdict.WRONG)])
def test_a_single_number_has_the_factor_of_the_others_elsewhere_too(
    own: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(FACTORS.replace("0.04 * bi[i])", f"0.04 * {own})"), tmp_path, sandbox)
    assert report.verdict is verdict, report.reason
