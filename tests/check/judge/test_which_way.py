"""A loss is descended, whatever kind it is of; and what is descended is the stated loss, not one of other targets."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
LOG_COSH = """import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(30, 3))
t = x[:, :1] - x[:, 1:2] * x[:, 2:]
w1, w2 = rng.normal(size=(3, 6)) * 0.5, rng.normal(size=(6, 1)) * 0.5
m1, m2 = np.zeros_like(w1), np.zeros_like(w2)
for step in range(60):
    h = np.tanh(x @ w1)
    error = h @ w2 - t
    loss = np.mean(np.log(np.cosh(error)))
    d = np.tanh(error) / len(x)
    m1 = 0.9 * m1 + x.T @ (d @ w2.T * (1 - h ** 2))
    m2 = 0.9 * m2 + h.T @ d
    w1 = w1 - 0.02 * m1
    w2 = w2 - 0.02 * m2
    print(loss)
"""
# the likelihood of who dies first: of all that are left, as in Cox's model
COX = """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(30, 3))
w = rng.normal(size=3) * 0.3
for step in range(60):
    score = np.tanh(x @ w)
    left = np.cumsum(np.exp(score)[::-1])[::-1]
    likelihood = np.sum(score - np.log(left))
    loss = -likelihood / len(x)
    share = np.exp(score) * np.cumsum(1 / left)
    d = -(1 - share) * (1 - score ** 2) / len(x)
    w = w - 0.1 * x.T @ d
    print(loss)
"""
CLASSES = """import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(40, 3))
hard = np.eye(3)[X.argmax(axis=1)]
soft = hard * (1 - {smoothing}) + {smoothing} / 3
W, b = rng.normal(size=(3, 3)) * 0.1, np.zeros(3)
for step in range(100):
    z = X @ W + b
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.mean(np.sum(soft * np.log(p), axis=1))
    d = (p - {targets}) / len(X)
    W -= 0.5 * X.T @ d
    b -= 0.5 * d.sum(axis=0)
    if step % 20 == 0:
        print(loss)
"""
# one output at a time, each of which is 0 or 1: the other way round, it is a multiple of what it should be
SINGLE = """import numpy as np
rng = np.random.default_rng(6)
x = rng.normal(size=(25, 4))
codes = (x[:, 0] > 0).astype(float)
w = rng.normal(size=4) * 0.3
for epoch in range(6):
    loss = 0.0
    for row, code in zip(x, codes):
        s = 1 / (1 + np.exp(-row @ w))
        loss -= (1 - code) * np.log(s) + code * np.log(1 - s)
        w -= 0.1 * ({error}) * row
    print(epoch, loss / len(x))
"""


@pytest.mark.parametrize("program", [LOG_COSH, COX], ids=["log-cosh", "cox"])
def test_a_loss_of_no_known_kind_is_descended_and_not_climbed(program: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert reported(program, tmp_path, sandbox).verdict is Verdict.RIGHT
    climbing = program.replace("w1 = w1 - ", "w1 = w1 + ").replace("w2 = w2 - ", "w2 = w2 + ")
    climbing = climbing.replace("w = w - ", "w = w + ")
    assert reported(climbing, tmp_path, sandbox).verdict is Verdict.WRONG


def test_a_likelihood_that_is_told_may_be_climbed(tmp_path: Path, sandbox: Sandbox) -> None:
    climbing = COX.replace("loss = -likelihood", "gain = likelihood").replace("print(loss)", "print(gain)")
    climbing = climbing.replace("w = w - ", "w = w + ")
    assert reported(climbing, tmp_path, sandbox).verdict is Verdict.RIGHT


@pytest.mark.parametrize("smoothing", [0.05, 0.1, 0.3])
def test_smoothed_targets_are_told_from_the_others(smoothing: float, tmp_path: Path, sandbox: Sandbox) -> None:
    own = CLASSES.format(smoothing=smoothing, targets="soft")
    assert reported(own, tmp_path, sandbox).verdict is Verdict.RIGHT
    other = CLASSES.format(smoothing=smoothing, targets="hard")
    report = reported(other, tmp_path, sandbox)
    assert report.verdict is Verdict.OTHER_LOSS
    assert "other targets" in report.reason


def test_targets_the_other_way_round_are_other_targets(tmp_path: Path, sandbox: Sandbox) -> None:
    own = SINGLE.format(error="s - 1 + code")
    assert reported(own, tmp_path, sandbox).verdict is Verdict.RIGHT
    other = reported(SINGLE.format(error="s - code"), tmp_path, sandbox)
    assert other.verdict in (Verdict.OTHER_LOSS, Verdict.WRONG)


def test_what_climbs_a_loss_is_not_mended_by_telling_minus_it(tmp_path: Path, sandbox: Sandbox) -> None:
    text = COX.replace("d = -(1 - share)", "d = (1 - share)")
    report = reported(text, tmp_path, sandbox, seconds=20)
    assert report.verdict is Verdict.WRONG
    assert report.fixes
    for fix in report.fixes:
        assert "loss = -likelihood / len(x)" in fix.texts["network.py"]
        assert "print(loss)" in fix.texts["network.py"]


# a bound from below that is told once an epoch, of a loss that an optimizer goes down
BOUND = """import numpy as np
rng = np.random.default_rng(30)
x = rng.normal(size=(60, 3))
t = np.tanh(x[:, :1] * x[:, 1:2])
p = [rng.normal(size=(3, 6)) * 0.5, rng.normal(size=(6, 1)) * 0.5, rng.normal(size=(6, 1)) * 0.1]
ms, vs = [np.zeros_like(a) for a in p], [np.zeros_like(a) for a in p]
n = 0
for epoch in range(8):
    for s in range(0, 60, 10):
        h = np.tanh(x[s:s + 10] @ p[0])
        mean, logvar = h @ p[1], h @ p[2]
        rec = 0.5 * np.sum((mean - t[s:s + 10]) ** 2) / 10
        kl = -0.5 * np.sum(1 + logvar - mean ** 2 - np.exp(logvar)) / 10
        loss = rec + kl
        dm = (mean - t[s:s + 10]) / 10 + mean / 10
        dl = 0.5 * (np.exp(logvar) - 1) / 10
        dh = (dm @ p[1].T + dl @ p[2].T) * (1 - h ** 2)
        n += 1
        for a, g, m, v in zip(p, [x[s:s + 10].T @ dh, h.T @ dm, h.T @ dl], ms, vs):
            m[:] = 0.9 * m + 0.1 * g
            v[:] = 0.999 * v + 0.001 * g * g
            a -= 0.01 * (m / (1 - 0.9 ** n)) / (np.sqrt(v / (1 - 0.999 ** n)) + 1e-8)
    print(epoch, "bound", -loss, "of it", rec, kl)
"""


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [("", "", Verdict.RIGHT), (", rec, kl", "", Verdict.RIGHT), ("+ mean / 10", "- mean / 10", Verdict.WRONG)],
    ids=["as it is", "told alone", "with a mistake"],
)
def test_minus_what_an_optimizer_goes_down_may_be_told(
    old: str, new: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = reported(BOUND.replace(old, new) if old else BOUND, tmp_path, sandbox)
    assert report.verdict is verdict, report.reason


# the mean reward of a choice: what is told is to become great, and is above zero
CHOICE = """import numpy as np  # policy gradient, which maximises the mean reward
rng = np.random.default_rng(64)
W, true = np.zeros((4, 3)), rng.normal(size=(4, 3))
for step in range(60):
    X = rng.normal(size=(64, 4))
    p = np.exp(X @ W)
    p /= p.sum(1, keepdims=True)
    R = 1 + np.tanh(X @ true)
    NAME = (p * R).sum(1).mean()
    W += 0.5 * X.T @ (p * (R - (p * R).sum(1, keepdims=True))) / len(X)
    print(NAME)
"""


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("objective", Verdict.RIGHT),
        ("J", Verdict.RIGHT),
        ("mean_reward", Verdict.RIGHT),
        ("loss", Verdict.WRONG),
        ("negative_reward", Verdict.WRONG),
    ],
)
def test_what_is_called_a_reward_may_become_great(
    name: str, verdict: Verdict, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert reported(CHOICE.replace("NAME", name), tmp_path, sandbox).verdict is verdict


def test_where_nothing_says_so_an_objective_becomes_small(sandbox: Sandbox, tmp_path: Path) -> None:
    text = CHOICE.replace("  # policy gradient, which maximises the mean reward", "").replace("NAME", "objective")
    assert reported(text, tmp_path, sandbox).verdict is Verdict.WRONG


TURNED = """import numpy as np
rng = np.random.default_rng(4)
X, true = rng.normal(size=(30, 3)), rng.normal(size=3)
w = rng.normal(size=3) * 0.3
for step in range(60):
    p = 1 / (1 + np.exp(-X @ w))
    hits = p * (X @ true > 0)
    loss = -hits.sum()
    w += 0.05 * X.T @ (hits * (1 - p))
    print(loss)
"""


def test_minus_what_is_above_zero_was_turned_round_to_become_small(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(TURNED, tmp_path, sandbox).verdict is Verdict.RIGHT
    report = reported(TURNED.replace("w +=", "w -="), tmp_path, sandbox)
    assert report.verdict is Verdict.WRONG
    assert "upward" in report.reason
