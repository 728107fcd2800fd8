"""Several mistakes in one program: each of them is named, also where the sign of an update is one of them."""

from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from backproof.check.forms.html import page
from backproof.check.repair.fix import Fix
from backproof.check.repair.repair import Repair
from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.locate.test_wanted import DEEP, line_of
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
SLIPS = {
    "a derivative is forgotten": ("dz2 = da2 * (1 - a2 ** 2)", "dz2 = da2"),
    "another derivative is wrong": ("dz1 = da1 * (1 - a1 ** 2)", "dz1 = da1 * (1 - z1 ** 2)"),
    "a weight goes up": ("w3 -= 0.1", "w3 += 0.1"),
    "a bias goes up": ("b1 -= 0.1", "b1 += 0.1"),
    "a bias is divided once more": ("dz2.sum(axis=0)", "dz2.mean(axis=0)"),
}
PAIRS = [
    ("a derivative is forgotten", "a bias goes up"),
    ("a derivative is forgotten", "a weight goes up"),
    ("another derivative is wrong", "a bias is divided once more"),
    ("a weight goes up", "a bias goes up"),
    ("a weight goes up", "a bias is divided once more"),
]


def spoilt(*slips: str) -> tuple[str, list[int]]:
    """The program with some mistakes, and their lines."""
    text, lines = DEEP, []
    for slip in slips:
        right, wrong = SLIPS[slip]
        assert text.count(right) == 1
        lines.append(DEEP[: DEEP.index(right)].count("\n") + 1)
        text = text.replace(right, wrong)
    return text, sorted(lines)


def marked(report: Report, *, fine: bool) -> set[int]:
    return {place.line for place, right in report.marks.items() if right == fine}


@pytest.mark.parametrize("pair", PAIRS)
def test_both_are_named(pair: tuple[str, str], sandbox: Sandbox, tmp_path: Path) -> None:
    text, lines = spoilt(*pair)
    report = reported(text, tmp_path, sandbox)
    assert report.verdict == Verdict.WRONG
    assert [finding.line for finding in report.findings] == lines
    assert not marked(report, fine=True) & set(lines)


def test_what_an_update_is_to_be_multiplied_with_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    text, _ = spoilt("a derivative is forgotten", "a bias is divided once more")
    report = reported(text, tmp_path, sandbox)
    assert "`b2` belongs here (20 times what is here)" in report.findings[1].message


def test_an_update_of_the_wrong_sign_is_never_marked_right(sandbox: Sandbox, tmp_path: Path) -> None:
    text, _ = spoilt("a derivative is forgotten", "another derivative is wrong", "a bias goes up", "a weight goes up")
    report = reported(text, tmp_path, sandbox)
    assert {line_of(text, "w3 +="), line_of(text, "b1 +=")} <= marked(report, fine=False)


@pytest.mark.slow
def test_both_are_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    text, _ = spoilt("a derivative is forgotten", "a weight goes up")
    report = reported(text, tmp_path, sandbox, 30)
    assert [fix.texts["network.py"] for fix in report.fixes[:1]] == [DEEP]


@pytest.mark.slow
def test_mistakes_in_two_trainings_of_a_file_are_both_named(sandbox: Sandbox, tmp_path: Path) -> None:
    first, (line,) = spoilt("a derivative is forgotten")
    second, (other,) = spoilt("another derivative is wrong")
    report = reported(f"{first}\n{second}", tmp_path, sandbox)
    assert report.verdict == Verdict.WRONG
    assert sorted(finding.line for finding in report.findings) == [line, first.count("\n") + 1 + other]
    for text, at in ((f"{first}\n{DEEP}", line), (f"{DEEP}\n{first}", DEEP.count("\n") + 1 + line)):
        report = reported(text, tmp_path, sandbox)
        assert [finding.line for finding in report.findings] == [at], "one of two is right"
    again = reported(f"def train():\n{indent(first, '    ')}\ntrain()\ntrain()\n", tmp_path, sandbox)
    assert [finding.line for finding in again.findings] == [line + 1], "one mistake that runs twice is one"


@pytest.mark.slow
def test_mistakes_in_two_trainings_are_both_mended_by_one_fix(sandbox: Sandbox, tmp_path: Path) -> None:
    first, _ = spoilt("a derivative is forgotten")
    second, _ = spoilt("a weight goes up")
    fix = reported(f"{first}\n{second}", tmp_path, sandbox, 30).fixes[0]
    assert fix.proved
    assert not fix.leaves_others
    assert reported(fix.texts["network.py"], tmp_path, sandbox).verdict == Verdict.RIGHT


@pytest.mark.slow
def test_a_fix_that_leaves_another_training_wrong_says_so(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = spoilt("a derivative is forgotten")
    second, _ = spoilt("a weight goes up")
    search, searched = Repair.search, list[int]()

    def found_once(self: Repair, *arguments: Any) -> list[Fix]:
        searched.append(1)
        return search(self, *arguments) if len(searched) == 1 else []

    monkeypatch.setattr(Repair, "search", found_once)
    report = reported(f"{first}\n{second}", tmp_path, sandbox, 30)
    assert len(searched) == 2
    assert report.fixes[0].leaves_others
    assert "another training of the file stays wrong" in page([report])


@pytest.mark.slow
def test_a_later_training_is_mended_beside_a_right_one(sandbox: Sandbox, tmp_path: Path) -> None:
    second, _ = spoilt("another derivative is wrong")
    report = reported(f"{DEEP}\n{second}", tmp_path, sandbox, 30)
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict == Verdict.RIGHT


def test_a_training_that_stands_still_at_its_best_says_nothing_of_another(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """import numpy as np
x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
def train(y, w, b):
    for epoch in range(30):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        d = (p - y) / 4
        w = w - 0.5 * x.T @ d
        b = b - 0.5 * d.sum()
    return w, b
for y in (np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0, 1.0])):
    w, b = train(y, np.zeros(2), 0.0)  # from zeros, nothing of the exclusive or can be learnt by one unit
    print(w, b)
"""
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    wrong = program.replace("d.sum()", "d.sum() * b").replace("np.zeros(2), 0.0", "np.zeros(2), 0.1")
    assert reported(wrong, tmp_path, sandbox).verdict is not Verdict.RIGHT


def test_the_sums_of_a_residual_network_that_predicts_are_no_training(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """import numpy as np
rng = np.random.default_rng(0)
x, y = rng.normal(size=(40, 4)), rng.normal(size=(40, 1))
blocks = [rng.normal(size=(4, 4)) * 0.3 for _ in range(3)]
out = rng.normal(size=(4, 1))
def forward(h):
    kept = []
    for w in blocks:
        a = np.tanh(h @ w)
        kept.append((h, a))
        h = h + a
    return h, kept
for epoch in range(60):
    h, kept = forward(x)
    e = h @ out - y
    print(np.mean(e ** 2))
    d = 2 * e / len(x)
    dh, d_out = d @ out.T, h.T @ d
    for (before, a), w in zip(reversed(kept), reversed(blocks)):
        dz = dh * (1 - a ** 2)
        dh = dh + dz @ w.T
        w -= 0.05 * before.T @ dz
    out -= 0.05 * d_out
h = rng.normal(size=(4, 4))
for w in blocks:
    h = h + np.tanh(h @ w)
print(h @ out)
"""
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason


def test_what_a_recurrent_network_keeps_where_it_only_predicts_is_no_training(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """import numpy as np
rng = np.random.default_rng(1)
x = rng.normal(size=(6, 3))
y = np.cumsum(x[:, 0])
wx, wh, wo = rng.normal(size=(4, 3)) * 0.3, rng.normal(size=(4, 4)) * 0.3, rng.normal(size=4) * 0.3
for epoch in range(60):
    hs, loss = [np.zeros(4)], 0.0
    for t in range(6):
        hs.append(0.5 * hs[-1] + 0.5 * np.tanh(wx @ x[t] + wh @ hs[-1]))
        loss += 0.5 * (wo @ hs[-1] - y[t]) ** 2
    print(loss)
    gx, gh, go, dh = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(wo), np.zeros(4)
    for t in reversed(range(6)):
        c = np.tanh(wx @ x[t] + wh @ hs[t])
        e = wo @ hs[t + 1] - y[t]
        go += e * hs[t + 1]
        dh = dh + e * wo
        dc = 0.5 * dh * (1 - c ** 2)
        gx += np.outer(dc, x[t])
        gh += np.outer(dc, hs[t])
        dh = 0.5 * dh + wh.T @ dc
    wx, wh, wo = wx - 0.01 * gx, wh - 0.01 * gh, wo - 0.01 * go
h = np.zeros(4)
for t in range(400):
    h = 0.5 * h + 0.5 * np.tanh(wx @ rng.normal(size=3) + wh @ h)
print(h @ wo)
"""
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    wrong = program.replace("dh = 0.5 * dh + wh.T @ dc", "dh = wh.T @ dc")
    assert reported(wrong, tmp_path, sandbox).verdict is Verdict.WRONG


def test_what_is_simulated_and_what_residual_blocks_make_is_no_training(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """import numpy as np
rng = np.random.default_rng(3)
z, seen = rng.normal(size=(30, 2)), []
for t in range(60):
    z = z + 0.1 * np.tanh(z @ np.array([[0.0, -1.0], [1.0, 0.0]]))
    seen.append(z)
x, y = seen[-20], seen[-1]
w0, w1, w2, w3 = (rng.normal(size=s) * 0.4 for s in ((2, 6), (6, 6), (6, 6), (6, 2)))
def forward(x):
    h, kept = x @ w0, []
    for w in (w1, w2):
        a = np.tanh(h @ w)
        kept.append((h, a))
        h = h + a
    return h, kept
for epoch in range(60):
    h, kept = forward(x)
    e = h @ w3 - y
    d = 2 * e / e.size
    g3, dh, found = h.T @ d, d @ w3.T, []
    for (before, a), w in zip(kept[::-1], (w2, w1)):
        dz = dh * (1 - a ** 2)
        found.append(before.T @ dz)
        dh = dh + dz @ w.T
    if epoch % 40 == 0:
        print(np.mean(e ** 2), np.mean((forward(seen[5])[0] @ w3 - seen[24]) ** 2))
    for w, g in zip((w3, w2, w1, w0), (g3, *found, x.T @ dh)):
        w -= 0.05 * g
"""
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters == 4
    assert reported(program.replace("dh + dz @ w.T", "dz @ w.T"), tmp_path, sandbox).verdict is Verdict.WRONG


def test_a_rate_that_falls_is_one_rate_however_its_update_is_written(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """import numpy as np
rng = np.random.default_rng(0)
words, follows = rng.integers(0, 6, (40, 2)), rng.integers(0, 6, 40)
c, w, b = rng.normal(size=(6, 3)) * 0.3, rng.normal(size=(6, 6)) * 0.2, np.zeros(6)
t = 0
for epoch in range(10):
    for pair, target in zip(words, follows):
        x = c[pair].ravel()
        p = np.exp(w @ x + b)
        p /= p.sum()
        loss = -np.log(p[target])
        rate = 0.1 / (1 + 1e-2 * t)
        d = p.copy()
        d[target] -= 1
        dx = (w.T @ d).reshape(2, 3)
        b[:] -= rate * d
        w[:] -= rate * np.outer(d, x)
        for k, word in enumerate(pair):
            c[word] -= rate * dx[k]
        t += 1
    print(loss)
"""
    report = reported(program, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert reported(program.replace("rate * dx[k]", "2 * dx[k]"), tmp_path, sandbox).verdict is not Verdict.RIGHT


SUMMED = """import numpy as np
rng = np.random.default_rng(6)
x, t = rng.normal(size=(3, 15)), rng.uniform(size=(2, 15))
w1, b1, w2, b2 = rng.normal(size=(4, 3)), np.zeros((4, 1)), rng.normal(size=(2, 4)), np.zeros((2, 1))
for epoch in range(40):
    a1 = np.tanh(w1 @ x + b1)
    a2 = 1 / (1 + np.exp(-(w2 @ a1 + b2)))
    print(-np.mean(np.sum(t * np.log(a2) + (1 - t) * np.log(1 - a2), axis=0)))
    d2 = (a2 - t) / 15
    dw2 = d2 @ a1.T
    db2 = np.sum(d2)
    d1 = w2.T @ d2 * (1 - a1 ** 2)
    dw1 = d1 @ x.T
    db1 = np.sum(d1)
    w1, b1, w2, b2 = w1 - 0.5 * dw1, b1 - 0.5 * db1, w2 - 0.5 * dw2, b2 - 0.5 * db2
"""


def test_one_mistake_in_two_lines_is_mended_in_both_and_each_is_told_where_it_stands(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(SUMMED, tmp_path, sandbox, seconds=30.0)
    assert report.fixes[0].proved
    told = [(finding.line, finding.expression) for finding in report.findings]
    assert told == [(11, "np.sum(d2)"), (14, "np.sum(d1)")]
    mended = report.fixes[0].texts["network.py"]
    assert mended.replace(", axis=1, keepdims=True", "") == SUMMED


PREPARED = """import numpy as np
rng = np.random.default_rng(3)
def one_hot(column, kinds):
    column -= np.min(column)
    hot = np.zeros((len(column), kinds))
    for i in range(len(column)):
        hot[i, int(column[i])] = 1
    return hot
table = np.asarray([[*rng.normal(size=2), rng.integers(1, 4), rng.integers(2, 6)] for _ in range(30)], float)
kinds = one_hot(table[:, 3], 4)
wanted = one_hot(table[:, 2], 3)
x = np.array([[table[i, 0], table[i, 1], *kinds[i]] for i in range(30)])
w = rng.normal(size=(6, 3))
for epoch in range(50):
    e = x @ w - wanted
    w -= 0.01 * x.T @ e
    print(np.sum(e ** 2))
"""


def test_what_is_subtracted_from_data_before_a_training_is_none(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PREPARED, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.parameters == 1
    assert reported(PREPARED.replace("x.T @ e", "x.T @ (e - 0.2)"), tmp_path, sandbox).verdict is not Verdict.RIGHT
