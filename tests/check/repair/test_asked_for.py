"""The edits of several lines at once that what is known of a step asks for."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.repair.test_screen import Case
from tests.check.reported import added, reported

LIMITS = Limits(patience=0.2)
RIGHT = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(12, 3))
y = np.tanh(x[:, :1] - x[:, 1:2] * x[:, 2:])
w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
bias = rng.normal(size=2)
for step in range(40):
    h = np.tanh(x @ w1 + bias[0])
    out = h @ w2 + bias[1]
    loss = np.mean((out - y) ** 2) / 2
    d2 = (out - y) / len(x)
    d1 = (d2 @ w2.T) * (1 - h ** 2)
    w2 -= 0.1 * h.T @ d2
    w1 -= 0.1 * x.T @ d1
    bias[1] -= 0.1 * np.sum(d2)
    bias[0] -= 0.1 * np.sum(d1)
print(loss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("slip", [("np.sum(d", "np.mean(d"), ("] -= 0.1", "] += 0.1")])
def test_what_updates_the_elements_of_one_parameter_is_mended_together(
    slip: tuple[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    assert reported(RIGHT, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(RIGHT.replace(*slip), tmp_path, sandbox, seconds=20.0)
    assert report.verdict is Verdict.WRONG
    fix = report.fixes[0]
    assert fix.proved
    assert added(fix) == ["bias[1] -= 0.1 * np.sum(d2)", "bias[0] -= 0.1 * np.sum(d1)"]
    both = zip(RIGHT.splitlines(), RIGHT.replace(*slip).splitlines(), strict=True)
    changed = [number for number, (right, wrong) in enumerate(both, 1) if right != wrong]
    assert [finding.line for finding in report.findings] == changed, "each of the lines has a finding of its own"


KEPT = """import numpy as np

drop = 0.25
rng = np.random.default_rng(4)


def relu(z, slope=False):
    return 1.0 * (z > 0) if slope else np.maximum(z, 0)


def thinned(a):
    return a * (rng.uniform(size=a.shape) > drop) / (1 - drop)


x, t = rng.normal(size=(60, 4)), rng.normal(size=(60, 1))
w = [rng.normal(size=(4, 6)), rng.normal(size=(6, 5)), rng.normal(size=(5, 1))]
for epoch in range(30):
    a = [x]
    for i in range(2):
        a.append(thinned(relu(a[i] @ w[i])))
    out = a[2] @ w[2]
    print(np.mean((out - t) ** 2))
    d = [2 * (out - t) / len(x)]
    for i in (2, 1):
        d.append(d[-1] @ w[i].T * relu(a[i], slope=True){scale})
    for i in range(3):
        w[i] -= 0.01 * a[i].T @ d[2 - i]
print(np.mean((relu(relu(x @ w[0]) @ w[1]) @ w[2] - t) ** 2))
"""


def test_the_scale_of_a_dropout_is_looked_for_on_the_way_back(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(KEPT.replace("{scale}", " / (1 - drop)"), tmp_path, sandbox).verdict == Verdict.RIGHT
    rows = Case(KEPT.replace("{scale}", ""), tmp_path, sandbox).rows()
    texts = [row.edit.text for row in rows]
    assert any(text.endswith("relu(a[i], slope=True) / (1 - drop)") for text in texts[:40])
    # a dropout takes its mask from elsewhere: it is no activation that might stand in the place of another one
    assert "relu(relu(a[i] @ w[i]))" not in {text.removeprefix("a.append(") for text in texts}
    assert not any(row.edit.kind == "function" and row.edit.text in ("relu", "thinned") for row in rows[:40])
