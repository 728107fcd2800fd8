"""Arrays that an inner loop writes element by element and reads in between: what is written in a step is one update."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backproof.check.cut.element_wise import put_together
from backproof.check.cut.parameters import Training
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.recorded import Run
from tests.check.reported import reported

FACTORS = """import numpy as np

rng = np.random.default_rng(5)
ratings = np.array([[5, 3, 0, 1], [4, 0, 0, 1], [1, 1, 0, 5], [0, 1, 5, 4]])
users = rng.random((4, 3))
items = ITEMS
for epoch in range(200):
    for u in range(4):
        for i in range(4):
            if ratings[u][i] > 0:
                error = ratings[u][i] - np.dot(users[u, :], items[:, i])
                for k in range(3):
                    old = users[u][k]
                    users[u][k] = users[u][k] + 0.01 * (2 * error * items[k][i] - 0.02 * users[u][k])
                    items[k][i] = items[k][i] + 0.01 * (2 * error * OLD - 0.02 * items[k][i])
print(users @ items)
"""
LAYERS = """import numpy as np

rng = np.random.default_rng(0)
inputs, targets = rng.normal(size=(6, 3)), rng.uniform(size=(6, 2))
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(30):
    total = 0
    for x, target in zip(inputs, targets):
        hidden = sigmoid(x @ w1)
        output = sigmoid(hidden @ w2)
        total += np.sum((target - output) ** 2)
        delta = (output - target) * output * (1 - output)
        for j in range(4):
            back = 0
            for k in range(2):
                back += delta[k] * w2[j, k]
            d_hidden = back * hidden[j] * (1 - hidden[j])
            for k in range(2):
                w2[j, k] -= 0.3 * delta[k] * hidden[j]
            for i in range(3):
                w1[i, j] -= 0.3 * d_hidden * x[i]
    print(total)
"""
UPDATE = """            for k in range(2):
                w2[j, k] -= 0.3 * delta[k] * hidden[j]
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits()) as box:
        yield box


@pytest.mark.parametrize("items", ["rng.random((3, 4))", "rng.random((4, 3)).T"])
def test_matrix_factors_with_a_loop_over_each_factor_are_right(items: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(FACTORS.replace("ITEMS", items).replace("OLD", "old"), tmp_path, sandbox)
    assert report.verdict == "right", report.reason
    assert "All 2 parameters" in report.reason
    assert report.factor == pytest.approx(0.02)  # twice the rate: half of the squared error is stated nowhere


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(("items", "seconds"), [("rng.random((4, 3)).T", 0.0), ("rng.random((3, 4))", 60.0)])
def test_a_factor_that_is_updated_too_early_is_named_and_put_aside(
    items: str, seconds: float, sandbox: Sandbox, tmp_path: Path
) -> None:
    text = FACTORS.replace("ITEMS", items).replace("OLD", "users[u][k]")
    report = reported(text, tmp_path, sandbox, seconds)
    assert report.verdict == "wrong"
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.strip().startswith("items[k][i] ="))
    assert report.findings[0].line == line
    if seconds:
        assert report.findings[0].kind == "old value"
        assert report.fixes[0].proved


def test_a_layer_that_is_read_between_its_writes_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(LAYERS, tmp_path, sandbox)
    assert report.verdict == "right", report.reason
    assert report.factor == pytest.approx(0.5)
    assert "All 2 parameters" in report.reason


@pytest.mark.slow
def test_an_array_that_is_read_after_its_elements_were_written_is_put_aside(sandbox: Sandbox, tmp_path: Path) -> None:
    text = LAYERS.replace(UPDATE, "").replace("            back = 0\n", UPDATE + "            back = 0\n")
    report = reported(text, tmp_path, sandbox, 60.0)
    assert report.verdict == "wrong"
    assert report.findings[0].line == 1 + text.splitlines().index("                back += delta[k] * w2[j, k]")
    assert report.fixes[0].proved
    assert "+        old_w2 = w2.copy()" in report.fixes[0].diff


SAMPLES = """
import numpy as np
rng = np.random.default_rng(0)
x, t, w = rng.normal(size=(12, 3)), rng.normal(size=12), rng.normal(size=(4, 3))
for n in range(12):
    for k in range(3):
        d = x[n] @ w[n % 4] - t[n]
        w[n % 4, k] -= 0.1 * d * x[n, k]
"""


def test_writes_of_different_forward_passes_are_different_updates() -> None:
    trace = Run(SAMPLES).trace
    assert len(Training(trace).steps) == 36
    # the same elements, all from one pass for each sample
    once = SAMPLES.replace("    for k in range(3):\n        d =", "    d =").replace(
        "        w[", "    for k in range(3):\n        w["
    )
    assert len(Training(Run(once).trace).steps) == 12


def test_what_was_not_written_yet_is_read_from_before_the_update() -> None:
    text = FACTORS.replace("range(200)", "range(2)").replace("ITEMS", "rng.random((3, 4))").replace("OLD", "old")
    run = Run(text)
    trace = run.trace
    before = list(trace.arguments)
    training = Training(trace)
    values = trace.values
    changed = [node for node in range(len(trace)) if trace.arguments[node] != before[node]]
    assert changed
    for node in changed:
        holder = values[int(trace.arguments[node][0])]
        if holder is not None:
            assert holder[trace.arguments[node][1]] == pytest.approx(values[node])
    assert training.chains == put_together(trace, training.chains)  # once is enough


MAPPED = """import copy, math, random
import numpy as np
random.seed(1)

def sigmoid(e):
    return 1 / (1 + math.exp(-e))

def mapped(matrix, function):
    made = copy.deepcopy(matrix)
    for y in range(made.shape[0]):
        for x in range(made.shape[1]):
            made[y][x] = function(made[y][x])
    return made

w1 = np.array([[random.uniform(-1, 1) for _ in range(2)] for _ in range(130)])
w2 = np.array([[random.uniform(-1, 1) for _ in range(130)]])
for turn in range(60):
    x, t = random.choice([([0, 1], 1), ([1, 0], 1), ([1, 1], 0)])
    x = np.array([[x[0]], [x[1]]])
    hidden = mapped(np.dot(w1, x), sigmoid)
    output = mapped(np.dot(w2, hidden), sigmoid)
    error = t - output
    print(np.sum(error ** 2))
    slope = mapped(output, lambda e: e * (1 - e)) * error
    behind = mapped(hidden, lambda e: e * (1 - e)) * np.dot(w2.T, slope)
    w2 = w2 + 0.1 * np.dot(slope, hidden.T)
    w1 = w1 + 0.1 * np.dot(behind, x.T)
"""


@pytest.mark.slow
def test_what_is_written_anew_element_by_element_is_no_training(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MAPPED, tmp_path, sandbox)
    assert report.verdict == "right", report.reason
    assert report.parameters == 2
