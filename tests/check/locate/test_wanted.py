"""Which place of a wrong program wants the gradient of something else: it is named without trying an edit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backproof.check.cut.parameters import Training
from backproof.check.judge.judge import judge
from backproof.check.locate.following import makes_whole
from backproof.check.locate.locate import Suspicion, locate
from backproof.check.record.trace import Sites
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.repair.test_first_values import RECURRENT
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
Located = Callable[[str], tuple[Suspicion, Sites]]

DEEP = """import numpy as np
rng = np.random.default_rng(8)
x = rng.normal(size=(20, 3))
t = np.sin(x.sum(axis=1, keepdims=True))
w1, w2, w3 = (0.5 * rng.normal(size=shape) for shape in ((3, 6), (6, 6), (6, 1)))
b1, b2 = np.zeros(6), np.zeros(6)
for step in range(60):
    z1 = x @ w1 + b1
    a1 = np.tanh(z1)
    z2 = a1 @ w2 + b2
    a2 = np.tanh(z2)
    p = a2 @ w3
    loss = np.mean((p - t) ** 2)
    dp = 2 * (p - t) / len(x)
    da2 = dp @ w3.T
    dz2 = da2 * (1 - a2 ** 2)
    da1 = dz2 @ w2.T
    dz1 = da1 * (1 - a1 ** 2)
    w3 -= 0.1 * (a2.T @ dp)
    w2 -= 0.1 * (a1.T @ dz2)
    b2 -= 0.1 * dz2.sum(axis=0)
    w1 -= 0.1 * (x.T @ dz1)
    b1 -= 0.1 * dz1.sum(axis=0)
    if step % 10 == 0:
        print(step, loss)
"""
HEADS = """import numpy as np
rng = np.random.default_rng(8)
x = rng.normal(size=(20, 3))
t, s = np.sin(x.sum(axis=1, keepdims=True)), rng.normal(size=(20, 2))
w, v, u = (0.5 * rng.normal(size=shape) for shape in ((3, 6), (6, 1), (6, 2)))
for step in range(60):
    a = np.tanh(x @ w)
    p = a @ v
    q = a @ u
    loss = np.mean((p - t) ** 2) + np.sum((q - s) ** 2) / len(x)
    dp = 2 * (p - t) / len(x)
    dq = 2 * (q - s) / len(x)
    dz = (dp @ v.T + dq @ u.T) * (1 - a ** 2)
    v -= 0.1 * (a.T @ dp)
    u -= 0.1 * (a.T @ dq)
    w -= 0.1 * (x.T @ dz)
    if step % 10 == 0:
        print(step, loss)
"""
MANY = """import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(104, 2))
T = (X[:, 0] * X[:, 1] > 0) * 1.0
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
w1, w2 = rng.normal(size=(2, 3)), rng.normal(size=3)
for epoch in range(6):
    g1, g2, total = np.zeros_like(w1), np.zeros_like(w2), 0.0
    for x, t in zip(X, T):
        z = x @ w1
        h = sigmoid(z)
        o = sigmoid(h @ w2)
        error = o - t
        total += error ** 2
        d2 = error * o * (1 - o)
        d1 = w2 * d2 * h * (1 - h)
        g2 += d2 * h
        g1 += d1 * x[:, None]
    w1 -= 0.5 * g1 / len(X)
    w2 -= 0.5 * g2 / len(X)
    print(total)
"""
# what is written in the place of what, and the line and the quantity that are named
MISTAKES = {
    "a derivative that is forgotten": (DEEP, "dz2 = da2 * (1 - a2 ** 2)", "dz2 = da2 * 1.0", "dz2 =", "z2"),
    "a transpose": (DEEP, "da1 = dz2 @ w2.T", "da1 = dz2 @ w2", "da1 =", "a1"),
    "a derivative at another layer": (DEEP, "da1 * (1 - a1 ** 2)", "da1 * (1 - a2 ** 2)", "dz1 =", "z1"),
    "a mean here and a sum there": (HEADS, "dq = 2 * (q - s) / len(x)", "dq = 2 * (q - s)", "dq =", "q"),
    "a weight's gradient from the wrong layer": (DEEP, "(a1.T @ dz2)", "(a2.T @ dz2)", "w2 -=", None),
    "a loop through time": (RECURRENT, "dz = dh * (1 - hs[k] ** 2)", "dz = dh * (1 - hs[k])", "dz =", None),
    "a factor in a step of many samples": (MANY, "w2 * d2 * h", "w2 * error * h", "d1 =", "z"),
    "a transpose within a loop": (RECURRENT, "dh = wh.T @ dz", "dh = wh @ dz", "dh = wh", None),
}


@pytest.fixture
def located(sandbox: Sandbox, tmp_path: Path) -> Located:
    def run(text: str) -> tuple[Suspicion, Sites]:
        (tmp_path / "network.py").write_text(text)
        recording = sandbox.run(read_source(tmp_path / "network.py"))
        judgement = judge(Training(recording.stretches[0]))
        assert judgement.verdict == "wrong"
        return locate(judgement), recording.sites

    return run


def line_of(text: str, beginning: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(beginning))


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_line_that_wants_another_gradient_is_named(mistake: str, located: Located) -> None:
    text, right, wrong, line, _ = MISTAKES[mistake]
    assert text.count(right) == 1
    text = text.replace(right, wrong)
    suspicion, sites = located(text)
    first = suspicion.wanted[0]
    assert sites.sites[first.key[0]].line == line_of(text, line)
    assert makes_whole(first.gain)


@pytest.mark.parametrize("mistake", [name for name, row in MISTAKES.items() if row[4] and row[0] is not MANY])
def test_the_finding_says_what_belongs_there(mistake: str, sandbox: Sandbox, tmp_path: Path) -> None:
    text, right, wrong, line, quantity = MISTAKES[mistake]
    text = text.replace(right, wrong)
    report = reported(text, tmp_path, sandbox)
    assert report.verdict == Verdict.WRONG
    assert report.findings[0].line == line_of(text, line)
    assert f"`{quantity}`" in report.findings[0].message


def test_a_value_that_only_gets_another_name_has_lost_its_factor_there(sandbox: Sandbox, tmp_path: Path) -> None:
    text = DEEP.replace("dz2 = da2 * (1 - a2 ** 2)", "dz2 = da2")
    report = reported(text, tmp_path, sandbox)
    assert report.findings[0].line == line_of(text, "dz2 = da2")
    assert "`z2`" in report.findings[0].message


def test_two_mistakes_want_two_gradients(located: Located) -> None:
    text = DEEP.replace("(x.T @ dz1)", "(x.T @ dz1) * x.T[:, :1]").replace("da2 * (1 - a2 ** 2)", "da2 * (1 - a2)")
    suspicion, sites = located(text)
    assert not any(makes_whole(one.gain) for one in suspicion.wanted)
    named = {sites.sites[one.key[0]].line for one in suspicion.wanted}
    assert line_of(text, "dz2 =") in named
