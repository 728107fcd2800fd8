"""The line that is named where no fix is searched for: what the numbers of the recorded run tell by themselves."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

DROPPED = """
import numpy as np
rng = np.random.default_rng(1)
x = rng.normal(size=(20, 3))
t = (x[:, :1] * x[:, 1:2] > 0).astype(float)
w1, b1 = 0.6 * rng.normal(size=(3, 6)), np.zeros(6)
w2, b2 = 0.6 * rng.normal(size=(6, 5)), np.zeros(5)
w3, b3 = 0.6 * rng.normal(size=(5, 1)), np.zeros(1)
keep = 0.8
for epoch in range(40):
    a1 = np.tanh(x @ w1 + b1)
    m1 = rng.random(a1.shape) < keep
    h1 = a1 * m1 / keep
    h2 = np.tanh(h1 @ w2 + b2)
    p = 1 / (1 + np.exp(-(h2 @ w3 + b3)))
    d3 = p - t
    dw3 = h2.T @ d3 / 20
    db3 = d3.sum(axis=0) / 20
    d2 = d3 @ w3.T * (1 - h2 ** 2)
    dw2 = h1.T @ d2 / 20
    db2 = d2.sum(axis=0) / 20
    dh1 = d2 @ w2.T
    dh1 = dh1 * m1 / keep
    d1 = dh1 * (1 - a1 ** 2)
    dw1 = x.T @ d1 / 20
    db1 = d1.sum(axis=0) / 20
    w1, b1 = w1 - 0.5 * dw1, b1 - 0.5 * db1
    w2, b2 = w2 - 0.5 * dw2, b2 - 0.5 * db2
    w3, b3 = w3 - 0.5 * dw3, b3 - 0.5 * db3
    print('loss', -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)))
"""

FILTERED = """
import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(30, 4, 4))
t = rng.normal(size=30)
k, w = rng.normal(size=(2, 2)), 0.3 * rng.normal(size=9)
for epoch in range(4):
    for image, target in zip(x, t):
        z = np.zeros((3, 3))
        for i in range(3):
            for j in range(3):
                z[i, j] = np.sum(image[i:i + 2, j:j + 2] * k)
        a = np.maximum(z, 0)
        p = a.ravel() @ w
        d = p - target
        dz = (d * w).reshape(3, 3)
        dz[z <= 0] = 0
        dk = np.zeros((2, 2))
        for i in range(3):
            for j in range(3):
                dk += dz[i, j] * image[i:i + 2, j:j + 2]
        w = w - 0.01 * d * a.ravel()
        k = k - 0.01 * dk
        print('loss', 0.5 * d ** 2)
"""

HEADS = """
import numpy as np
rng = np.random.default_rng(5)
x = rng.normal(size=(12, 3))
t = rng.normal(size=(12, 1))
y = np.eye(3)[rng.integers(0, 3, 12)]
w, r, c = rng.normal(size=(3, 4)), rng.normal(size=(4, 1)), rng.normal(size=(4, 3))
for epoch in range(50):
    h = np.tanh(x @ w)
    p = h @ r
    e = np.exp(h @ c)
    q = e / e.sum(axis=1, keepdims=True)
    loss = np.mean((p - t) ** 2) - np.sum(y * np.log(q)) / 12
    dp = 2 * (p - t) / 12
    dq = (q - y) / 12
    dh = dp @ r.T + dq @ c.T
    r = r - 0.1 * h.T @ dp
    c = c - 0.1 * h.T @ dq
    w = w - 0.1 * x.T @ (dh * (1 - h ** 2))
"""


def named(text: str, old: str, new: str, sandbox: Sandbox, folder: Path, seconds: float = 0.0) -> tuple[str, str]:
    """The line that is named first after a change, and what is said of it."""
    report = reported(text.replace(old, new), folder, sandbox, seconds)
    assert report.verdict == Verdict.WRONG, report.reason
    line = report.findings[0].line
    return text.replace(old, new).splitlines()[line - 1].strip(), report.findings[0].message


@pytest.mark.parametrize("text", [DROPPED, FILTERED, HEADS])
def test_the_programs_are_right(text: str, sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(text, tmp_path, sandbox).verdict == Verdict.RIGHT


@pytest.mark.parametrize(("new", "times"), [("dh1 = dh1 * m1", "0.8"), ("dh1 = dh1 * m1 * keep", "0.64")])
def test_a_factor_of_some_parameters_is_lost_in_the_line_that_loses_it(
    new: str, times: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    line, message = named(DROPPED, "dh1 = dh1 * m1 / keep", new, sandbox, tmp_path)
    assert line == new
    assert f"{times} times" in message


def test_an_array_is_wrong_though_some_of_its_elements_are_right(sandbox: Sandbox, tmp_path: Path) -> None:
    new = "dz[z <= 0.9] = 0"
    assert named(FILTERED, "dz[z <= 0] = 0", new, sandbox, tmp_path)[0] == new


@pytest.mark.slow
def test_a_loss_of_two_heads_is_followed_whichever_of_them_is_looked_at_first(sandbox: Sandbox, tmp_path: Path) -> None:
    text = HEADS.replace("e / e.sum(axis=1", "e / e.sum(axis=0")
    report = reported(text, tmp_path, sandbox, 20)
    assert [fix.proved for fix in report.fixes[:1]] == [True]
    assert "e.sum(axis=1" in report.fixes[0].diff


BATCHES = """
import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(18, 3))
t = (x[:, :1] > 0).astype(float)
sizes = [3, 4, 1]
weights = [rng.normal(size=(a, b)) for a, b in zip(sizes, sizes[1:])]
biases = [0.1 * rng.normal(size=b) for b in sizes[1:]]
for epoch in range(12):
    for s in range(0, 18, 6):
        sums, parts = [np.zeros_like(b) for b in biases], [np.zeros_like(w) for w in weights]
        for one, target in zip(x[s:s + 6], t[s:s + 6]):
            a = np.tanh(one @ weights[0] + biases[0])
            p = a @ weights[1] + biases[1]
            d2 = p - target
            d1 = weights[1] @ d2 * (1 - a ** 2)
            sums = [total + d for total, d in zip(sums, (d1, d2))]
            parts = [total + np.outer(i, d) for total, i, d in zip(parts, (one, a), (d1, d2))]
        weights = [w - 0.3 / 6 * g for w, g in zip(weights, parts)]
        biases = [b - 0.3 / 6 * g for b, g in zip(biases, sums)]
    print(np.mean((np.tanh(x @ weights[0] + biases[0]) @ weights[1] + biases[1] - t) ** 2))
"""


def test_a_factor_that_others_get_in_their_update_is_missing_in_the_update(sandbox: Sandbox, tmp_path: Path) -> None:
    line, message = named(BATCHES, "[b - 0.3 / 6 * g", "[b - 0.3 * g", sandbox, tmp_path)
    assert line == "biases = [b - 0.3 * g for b, g in zip(biases, sums)]"
    assert "6 times" in message


def test_where_all_before_the_last_layer_strays_the_way_back_from_it_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    line, message = named(DROPPED, "d2 = d3 @ w3.T", "d2 = 3 * d3 @ w3.T", sandbox, tmp_path)
    assert line == "d2 = 3 * d3 @ w3.T * (1 - h2 ** 2)"
    assert "3 times" in message
