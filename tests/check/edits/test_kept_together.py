"""What several lines, or a name for a part, read too early of a parameter is kept by one edit."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
RADIAL = """import numpy as np
rng = np.random.default_rng(4)
centers, widths, w, b = rng.normal(size=2), 0.5 + rng.uniform(size=2), rng.normal(size=2), 0.1
for step in range(60):
    x = rng.normal()
    t = np.sin(x)
    n = np.abs(centers - x) * widths
    a = np.exp(-n ** 2)
    error = w @ a + b - t
    print(0.5 * error ** 2)
    back = error * w * -2 * n * a
    w -= 0.1 * error * a
    b -= 0.1 * error
    centers[0] -= 0.1 * back[0] * widths[0] * np.sign(centers[0] - x)
    centers[1] -= 0.1 * back[1] * widths[1] * np.sign(centers[1] - x)
    widths[0] -= 0.1 * back[0] * np.abs(centers[0] - x)
    widths[1] -= 0.1 * back[1] * np.abs(centers[1] - x)
"""
WORDS = """import numpy as np
rng = np.random.default_rng(5)
words, around = rng.normal(size=(6, 4)), rng.normal(size=(6, 4))

def step(center, context):
    v = words[center]
    p = 1 / (1 + np.exp(-v @ around[context]))
    loss = -np.log(p)
    words[center] -= 0.1 * (p - 1) * around[context]
    around[context] -= 0.1 * (p - 1) * v
    v = words[center]
    for other in (context + 1, context + 3):
        u = around[other % 6]
        q = 1 / (1 + np.exp(-v @ u))
        loss += -np.log(1 - q)
        words[center] -= 0.1 * q * u
        around[other % 6] -= 0.1 * q * v
        v = words[center]
    return loss

for turn in range(40):
    print(step(turn % 6, (turn // 2) % 6))
"""
ROWS = """import math
import random
random.seed(3)
hidden = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(3)]
outer = [[random.uniform(-1, 1) for _ in range(4)] for _ in range(2)]
data = [([0.3, -0.8], [0.2, 0.7]), ([-0.5, 0.4], [0.9, 0.1]), ([0.9, 0.6], [0.4, 0.5])]

def sigmoid(z):
    return 1 / (1 + math.exp(-z))

for turn in range(30):
    for x, wanted in data:
        h = [sigmoid(row[0] + row[1] * x[0] + row[2] * x[1]) for row in hidden]
        out = [sigmoid(row[0] + row[1] * h[0] + row[2] * h[1] + row[3] * h[2]) for row in outer]
        print(sum((o - t) ** 2 for o, t in zip(out, wanted)))
        deltas = [(o - t) * o * (1 - o) for o, t in zip(out, wanted)]
        for i, row in enumerate(outer):
            row[0] -= 0.5 * deltas[i]
            for j in range(3):
                row[j + 1] -= 0.5 * deltas[i] * h[j]
        for j in range(3):
            error = 0
            for i, row in enumerate(outer):
                error += row[j + 1] * deltas[i]
            delta = error * h[j] * (1 - h[j])
            hidden[j][0] -= 0.5 * delta
            hidden[j][1] -= 0.5 * delta * x[0]
            hidden[j][2] -= 0.5 * delta * x[1]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "written"),
    [
        (RADIAL, ["    old_centers = centers.copy()\n", "np.abs(old_centers[0] - x)", "np.abs(old_centers[1] - x)"]),
        (WORDS, ["    v = words[center].copy()\n", "        v = words[center].copy()\n"]),
        (ROWS, ["        old_outer = [each.copy() for each in outer]\n", "in enumerate(old_outer):"]),
    ],
    ids=["several lines", "a name for a part", "what a loop goes through"],
)
def test_all_that_is_read_too_early_is_kept_by_one_edit(
    text: str, written: list[str], tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(text, tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].kind in ("old value", "copy")
    assert report.fixes[0].proved
    mended = report.fixes[0].texts["network.py"]
    for line in written:
        assert line in mended


def test_where_the_old_value_is_kept_the_file_is_right(tmp_path: Path, sandbox: Sandbox) -> None:
    for text, change in (
        (WORDS, ("v = words[center]", "v = words[center].copy()")),
        (RADIAL, ("    centers[0] -=", "    old = centers.copy()\n    centers[0] -=")),
    ):
        right = text.replace(*change)
        right = right.replace("np.abs(centers[0]", "np.abs(old[0]").replace("np.abs(centers[1]", "np.abs(old[1]")
        assert reported(right, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.slow
def test_with_another_mistake_the_old_value_is_the_first_of_two_edits(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """import numpy as np
rng = np.random.default_rng(6)
v, w = rng.normal(size=(4, 2)), rng.normal(size=(1, 4))
b, c = rng.normal(size=(4, 1)), rng.normal(size=(1, 1))
sigmoid = lambda z: 1 / (1 + np.exp(-z))
for step in range(80):
    x = rng.normal(size=(2, 1))
    t = np.array([[float(x[0, 0] > x[1, 0])]])
    h = sigmoid(v @ x + b)
    y = sigmoid(w @ h + c)
    error = t - y
    print(error[0, 0] ** 2)
    slope = error * y * (1 - y)
    w += 0.1 * slope @ h.T
    c += 0.1 * slope
    hidden = w.T @ error
    v += 0.1 * (hidden * h * (1 - h)) @ x.T
    b += 0.1 * hidden * h * (1 - h)
"""
    report = reported(text, tmp_path, sandbox, seconds=30.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == 16
    mended = report.fixes[0].texts["network.py"]
    assert report.fixes[0].proved
    assert (
        "w.T @ slope" in mended
        or "w.T @ (error * y * (1 - y))" in mended
        or "y * (1 - y)" in mended.split("hidden =")[1]
    )


def test_an_object_that_a_loop_names_keeps_its_own_old_value(tmp_path: Path, sandbox: Sandbox) -> None:
    text = """import numpy as np
rng = np.random.default_rng(7)

class Layer:
    def __init__(self, n, m):
        self.w = rng.normal(size=(m, n))

layers = [Layer(3, 4), Layer(4, 4), Layer(4, 2)]
for step in range(60):
    x, t = rng.normal(size=3), rng.normal(size=2)
    values = [x]
    for layer in layers:
        values.append(np.tanh(layer.w @ values[-1]))
    print(0.5 * np.sum((values[-1] - t) ** 2))
    for i in reversed(range(3)):
        layer = layers[i]
        if i == 2:
            layer.delta = (values[3] - t) * (1 - values[3] ** 2)
        else:
            after = layers[i + 1]
            layer.delta = (after.w.T @ after.delta) * (1 - values[i + 1] ** 2)
        layer.w -= 0.1 * np.outer(layer.delta, values[i])
"""
    report = reported(text, tmp_path, sandbox, seconds=15.0)
    assert report.findings[0].line == 21
    mended = report.fixes[0].texts["network.py"]
    assert "        layer.old_w = layer.w.copy()\n" in mended
    assert "after.old_w.T" in mended
