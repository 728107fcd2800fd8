"""One mistake a program: the fix that was run and proved is the line that was there before."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from backproof.check.judge.judgement import Judgement
from backproof.check.repair.fix import Fix
from backproof.check.repair.proved import proved
from backproof.check.report import Report, Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import Source
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)

PROGRAM = """import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(12, 3))
t = rng.normal(size=(12, 3))
w1 = rng.normal(size=(3, 3))
b1 = np.zeros((1, 3))
w2 = rng.normal(size=(3, 3))
b2 = np.zeros((1, 3))
for epoch in range(60):
    z1 = x @ w1 + b1
    a1 = np.tanh(z1)
    p = a1 @ w2 + b2
    loss = 0.5 * np.sum((p - t) ** 2)
    d2 = p - t
    dw2 = a1.T @ d2
    db2 = np.sum(d2, axis=0, keepdims=True)
    d1 = (d2 @ w2.T) * (1 - a1 ** 2)
    dw1 = x.T @ d1
    db1 = np.sum(d1, axis=0, keepdims=True)
    w2 = w2 - 0.01 * dw2
    b2 = b2 - 0.01 * db2
    w1 = w1 - 0.01 * dw1
    b1 = b1 - 0.01 * db1
print('loss', loss)
"""

MISTAKES = {
    "a transpose is missing on a square weight": ("d1 = (d2 @ w2.T) * (1 - a1 ** 2)", "d1 = (d2 @ w2) * (1 - a1 ** 2)"),
    "the derivative is forgotten": ("d1 = (d2 @ w2.T) * (1 - a1 ** 2)", "d1 = (d2 @ w2.T)"),
    "the input stands for the hidden layer": ("dw2 = a1.T @ d2", "dw2 = x.T @ d2"),
    "a sum has no axis": ("db1 = np.sum(d1, axis=0, keepdims=True)", "db1 = np.sum(d1)"),
    "a bias grows by a sum over the wrong axis": (
        "db1 = np.sum(d1, axis=0, keepdims=True)",
        "db1 = np.sum(d1, axis=1, keepdims=True)",
    ),
    "a sign is wrong": ("d1 = (d2 @ w2.T) * (1 - a1 ** 2)", "d1 = (d2 @ w2.T) * (1 + a1 ** 2)"),
}
SAME = {
    "the derivative is forgotten": {
        "d1 = (d2 @ w2.T) * (1 - a1 * a1)",
        "d1 = d2 @ w2.T * (1 - a1 ** 2)",
        "d1 = (d2 @ w2.T) * (1 - np.tanh(z1) ** 2)",
    },
    "a sum has no axis": {"db1 = np.sum(d1, axis=0)", "db1 = np.sum(d1, 0)"},
    "a bias grows by a sum over the wrong axis": {"db1 = np.sum(d1, axis=0)", "db1 = np.sum(d1, 0)"},
}
"""Other ways to write what was there before."""


def spoilt(mistake: str, text: str = PROGRAM) -> str:
    return text.replace(*MISTAKES[mistake])


def is_meant(line: str, mistake: str) -> bool:
    """Whether a line is what was there before, parentheses and blanks apart."""
    wanted = {MISTAKES[mistake][0], *SAME.get(mistake, ())}
    return ast.dump(ast.parse(line)) in {ast.dump(ast.parse(text)) for text in wanted}


class Reports(dict[str, Report]):
    """Of each mistake the report, made when it is first asked for."""

    def __init__(self, folders: pytest.TempPathFactory, sandbox: Sandbox) -> None:
        super().__init__()
        self.folders, self.sandbox = folders, sandbox

    def __missing__(self, mistake: str) -> Report:
        self[mistake] = reported(spoilt(mistake), self.folders.mktemp("one"), self.sandbox, 20)
        return self[mistake]


@pytest.fixture(scope="module")
def reports(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    return Reports(tmp_path_factory, sandbox)


def changes(diff: str) -> tuple[list[str], list[str]]:
    """The lines that go and those that come."""
    lines = [line for line in diff.splitlines() if line[:3] not in ("+++", "---")]
    return [v[1:].strip() for v in lines if v[:1] == "-"], [v[1:].strip() for v in lines if v[:1] == "+"]


def test_the_program_without_a_mistake_is_right(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM, tmp_path, sandbox, 20)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert report.fixes == ()


@pytest.mark.slow(but=2)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_where_it_was_made(mistake: str, reports: Reports) -> None:
    report = reports[mistake]
    assert report.verdict == Verdict.WRONG, report.reason
    assert [f.line for f in report.findings] == [PROGRAM.splitlines().index(f"    {MISTAKES[mistake][0]}") + 1]
    assert report.fixes, report.reason
    assert all(fix.proved for fix in report.fixes)


@pytest.mark.slow(but=3)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_first_fix_is_the_line_that_was_there_before(mistake: str, reports: Reports) -> None:
    gone, come = changes(reports[mistake].fixes[0].diff)
    assert gone == [MISTAKES[mistake][1]]
    assert len(come) == 1
    assert is_meant(come[0], mistake), come[0]


@pytest.mark.slow(but=3)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_fix_makes_the_file_right(mistake: str, reports: Reports, sandbox: Sandbox, tmp_path: Path) -> None:
    for fix in reports[mistake].fixes:
        assert reported(fix.texts["network.py"], tmp_path, sandbox).verdict == Verdict.RIGHT, fix.diff


TWO = "the input stands for the hidden layer", "a sum has no axis"


def test_two_independent_mistakes_are_both_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(spoilt(TWO[1], spoilt(TWO[0])), tmp_path, sandbox, 30)
    assert report.fixes, report.reason
    gone, come = changes(report.fixes[0].diff)
    assert gone == [MISTAKES[mistake][1] for mistake in TWO]
    assert [is_meant(line, mistake) for line, mistake in zip(come, TWO, strict=True)] == [True, True]


@pytest.mark.parametrize("other", ["a sum has no axis", "the derivative is forgotten", "a sign is wrong"])
def test_two_mistakes_are_both_named(other: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(spoilt(other, spoilt(TWO[0])), tmp_path, sandbox)
    assert report.verdict == Verdict.WRONG, report.reason
    lines = PROGRAM.splitlines()
    wrong = sorted(lines.index(f"    {MISTAKES[mistake][0]}") + 1 for mistake in (TWO[0], other))
    assert [finding.line for finding in report.findings] == wrong
    assert f"line {wrong[1]}" in report.findings[0].message


def test_a_fix_leaves_the_file_alone_until_it_is_applied(sandbox: Sandbox, tmp_path: Path) -> None:
    text = spoilt("the input stands for the hidden layer")
    report = reported(text, tmp_path, sandbox, 20)
    assert (tmp_path / "network.py").read_text() == text
    (copy,) = report.apply_fix()
    assert copy.name == "network.fixed.py"
    assert (tmp_path / "network.py").read_text() == text
    assert copy.read_text() == PROGRAM


def test_no_time_means_no_fix(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(spoilt("a sign is wrong"), tmp_path, sandbox)
    assert (report.verdict, report.fixes) == (Verdict.WRONG, ())


def test_an_update_that_is_missing_is_written_after_its_neighbour(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM.replace("    b1 = b1 - 0.01 * db1\n", ""), tmp_path, sandbox, 20)
    assert report.verdict == Verdict.INCONSISTENT, report.reason
    assert [(fix.proved, changes(fix.diff)) for fix in report.fixes] == [(True, ([], ["b1 = b1 - 0.01 * db1"]))]


def test_the_gradient_of_another_loss_is_mended_toward_the_stated_one(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(PROGRAM.replace("d2 = p - t", "d2 = np.sign(p - t)"), tmp_path, sandbox, 20)
    assert report.verdict == Verdict.OTHER_LOSS, report.reason
    gone, come = changes(report.fixes[0].diff)
    assert gone == ["d2 = np.sign(p - t)"]
    assert [line.replace("(", "").replace(")", "") for line in come] == ["d2 = p - t"]


def test_where_two_parameters_disagree_the_one_that_climbs_is_mended(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
import numpy as np
rng = np.random.default_rng(0)
x = np.vstack([rng.normal(1.5, 1, (40, 2)), rng.normal(-1.5, 1, (40, 2))])
t = np.r_[np.ones(40, int), -np.ones(40, int)]
w, b = np.zeros(2), 0
for epoch in range(20):
    for i in range(80):
        if t[i] * (np.dot(x[i], w) - b) >= 1:
            w -= 0.01 * (2 * 0.01 * w)
        else:
            w -= 0.01 * (2 * 0.01 * w - x[i] * t[i])
            b -= 0.01 * t[i]
print(w, b)
"""
    assert reported(text, tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(text.replace("b -= 0.01", "b += 0.01"), tmp_path, sandbox, 20)
    assert report.verdict == Verdict.WRONG, report.reason
    assert changes(report.fixes[0].diff) == (["b += 0.01 * t[i]"], ["b -= 0.01 * t[i]"])
    both = reported(text.replace("b -= 0.01", "b += 0.01").replace("w - x[i]", "w + x[i]"), tmp_path, sandbox)
    assert both.verdict == Verdict.WRONG, "the output and its margin are no losses to descend"


MOMENTUM = """import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(12, 3))
t = rng.normal(size=(12, 5))
w = rng.normal(size=(3, 5))
b = np.zeros((1, 5))
vw, vb = np.zeros_like(w), np.zeros_like(b)
for epoch in range(60):
    d = x @ w + b - t
    loss = np.sum(d ** 2) / 12
    dw = 2 * x.T @ d / 12
    db = 2 * np.sum(d, axis=0, keepdims=True) / 12
    vw = 0.9 * vw + dw
    vb = 0.9 * vb + db
    w = w - 0.01 * vw
    b = b - 0.01 * vb
    print('loss', loss)
"""
SLIPS = {
    "one is not divided by the samples": ("axis=0, keepdims=True) / 12", "axis=0, keepdims=True)"),
    "what is kept is turned around": ("vb = 0.9 * vb + db", "vb = -0.9 * vb + db"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_an_optimizer_is_mended_where_it_is_wrong_and_stays_one(slip: str, sandbox: Sandbox, tmp_path: Path) -> None:
    right, wrong = SLIPS[slip]
    assert MOMENTUM.count(right) == 1
    text = MOMENTUM.replace(right, wrong)
    report = reported(text, tmp_path, sandbox, 30.0)
    assert report.verdict == Verdict.WRONG
    assert report.findings[0].line == 1 + next(n for n, row in enumerate(text.splitlines()) if wrong in row)
    assert report.fixes
    added = [row[1:] for row in report.fixes[0].diff.splitlines() if row.startswith("+") and not row.startswith("+++")]
    there = next(row for row in MOMENTUM.splitlines() if right in row)
    assert added in ([there], [there.replace("2 * np.sum", "2 * np.mean").replace(" / 12", "")])


def test_momentum_that_swings_does_not_hide_a_bias_that_goes_up(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(MOMENTUM.replace("b = b - 0.01 * vb", "b = b + 0.01 * vb"), tmp_path, sandbox, 30.0)
    assert report.verdict == Verdict.WRONG
    assert any("-    b = b + 0.01 * vb" in fix.diff or "-    vb = 0.9 * vb + db" in fix.diff for fix in report.fixes)


def test_a_gradient_is_not_mended_by_a_number_that_the_network_computes(sandbox: Sandbox, tmp_path: Path) -> None:
    text = PROGRAM.replace("dw1 = x.T @ d1", "dw1 = x.T @ d1 / 7")
    report = reported(text, tmp_path, sandbox, 20.0)
    assert report.fixes
    for fix in report.fixes:
        assert "loss" not in "".join(row for row in fix.diff.splitlines() if row.startswith("+"))


FACTORS = """import numpy as np

rng = np.random.default_rng(1)
ratings = rng.normal(size=(5, 4))
P, Q = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
for epoch in range(40):
    total = 0.0
    for i in range(5):
        for j in range(4):
            e = ratings[i, j] - P[i] @ Q[j]
            total += e ** 2
            p = P[i].copy()
            P[i] += 0.05 * (e * Q[j] - 0.1 * P[i])
            Q[j] += 0.05 * (e * p - 0.1 * Q[j])
    print(epoch, total)
"""


def test_another_name_for_an_array_that_is_updated_is_no_copy(sandbox: Sandbox, tmp_path: Path) -> None:
    assert reported(FACTORS, tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(FACTORS.replace("P[i].copy()", "P[i]"), tmp_path, sandbox, 20)
    assert report.verdict == Verdict.WRONG
    assert [fix.texts["network.py"] for fix in report.fixes[:1]] == [FACTORS]


def test_an_old_value_is_put_aside_where_two_update_each_other(sandbox: Sandbox, tmp_path: Path) -> None:
    text = FACTORS.replace("            p = P[i].copy()\n", "").replace("e * p", "e * P[i]")
    report = reported(text, tmp_path, sandbox, 20)
    assert report.verdict == Verdict.WRONG
    _, come = changes(report.fixes[0].diff)
    # the row alone, or, where a busy machine leaves no time for it, all of the array
    row = ["old_P = P[i].copy()", "Q[j] += 0.05 * (e * old_P - 0.1 * Q[j])"]
    assert come in (row, ["old_P = P.copy()", "Q[j] += 0.05 * (e * old_P[i] - 0.1 * Q[j])"])
    assert report.findings[0].line == text.splitlines().index("            Q[j] += 0.05 * (e * P[i] - 0.1 * Q[j])") + 1


COLUMNS = """import numpy as np

rng = np.random.default_rng(4)
rate = 0.05
w1, b1 = rng.normal(size=(4, 2)), np.ones((4, 1))
w2, b2 = rng.normal(size=(1, 4)), np.ones((1, 1))
for epoch in range(40):
    for row in rng.normal(size=(5, 2)):
        x = row.reshape(2, 1)
        t = np.sin(x[:1])
        a1 = 1 / (1 + np.exp(-(w1 @ x + b1)))
        a2 = 1 / (1 + np.exp(-(w2 @ a1 + b2)))
        d2 = (a2 - t) * a2 * (1 - a2)
        d1 = w2.T @ d2 * a1 * (1 - a1)
        w1 -= 0.9 * (d1 @ x.T) + rate * (d1 @ x.T)
        w2 -= 0.9 * (d2 @ a1.T) + rate * (d2 @ a1.T)
        b1 -= rate * d1
        b2 -= rate * d2
    print(epoch, 0.5 * (a2 - t) ** 2)
"""


@pytest.mark.slow
def test_a_rate_is_no_parameter_and_no_output(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(COLUMNS, tmp_path, sandbox, 8.0)
    assert report.verdict == Verdict.WRONG
    for fix in report.fixes:
        assert not re.search(r"-= (a|b|w)\d \* d", fix.texts["network.py"]), fix.diff


def test_where_all_parameters_go_down_the_sign_of_a_gradient_is_wrong_and_not_of_an_update(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    text = PROGRAM.replace("db1 = np.sum(d1, axis=0, keepdims=True)", "db1 = -np.sum(d1, axis=0, keepdims=True)")
    report = reported(text, tmp_path, sandbox, 20.0)
    assert [fix.texts["network.py"] for fix in report.fixes[:1]] == [PROGRAM]
    assert report.findings[0].line == text.splitlines().index("    db1 = -np.sum(d1, axis=0, keepdims=True)") + 1


CLIPPED = """import numpy as np
rng = np.random.default_rng(5)
x = rng.normal(size=(20, 4))
t = rng.normal(size=(20, 1))
w1, w2, w3 = (rng.normal(size=s) for s in ((4, 4), (4, 4), (4, 1)))
b1, b2, b3 = np.zeros((1, 4)), np.zeros((1, 4)), np.zeros((1, 1))
for epoch in range(60):
    h1 = np.tanh(x @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    d3 = (h2 @ w3 + b3 - t) / 20
    print(10 * np.sum(d3 ** 2))
    d2 = d3 @ w3.T * (1 - h2 ** 2)
    d1 = d2 @ w2.T * (1 - h1 ** 2)
    dw1 = x.T @ d1
    dw1 = np.clip(dw1, -0.36, 0.36)
    w1 -= 0.1 * dw1
    b1 -= 0.1 * d1.sum(axis=0)
    w2 -= 0.1 * h1.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
    w3 -= 0.1 * h2.T @ d3
    b3 -= 0.1 * d3.sum(axis=0)
"""


def test_a_gradient_that_is_clipped_where_it_is_right_and_not_where_it_is_wrong_is_mended(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    assert reported(CLIPPED, tmp_path, sandbox).verdict == Verdict.RIGHT
    report = reported(CLIPPED.replace("w2.T * (1 - h1", "w2 * (1 - h1"), tmp_path, sandbox, 15)
    assert report.verdict == Verdict.WRONG
    assert changes(report.fixes[0].diff)[0] == ["d1 = d2 @ w2 * (1 - h1 ** 2)"]


REPEATED = """import numpy as np
rng = np.random.default_rng(0)
inner, outer = rng.normal(size=(60, 4)), np.zeros((60, 4))
for step in range(200):
    i, k = rng.integers(60), rng.integers(60)
    others = np.array([step, step + 3, step + 6, step + 9 * (step % 13 != 8)]) % 60
    v, u, us = inner[i], outer[k], outer[others]
    near, far = 1 / (1 + np.exp(-u @ v)), 1 / (1 + np.exp(-us @ v))
    loss = -np.log(near) - np.sum(np.log(1 - far))
    dv = (near - 1) * u + far @ us
    du, dus = (near - 1) * v, far[:, None] * v[None, :]
    outer[k] -= 0.1 * du
    outer[others] -= 0.1 * dus
    inner[i] -= 0.1 * dv
    if step % 20 == 0:
        print(loss)
"""


@pytest.mark.slow
def test_a_row_that_seldom_comes_twice_in_a_step_is_found_and_gets_both_parts(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(REPEATED, tmp_path, sandbox, 20)
    line = "outer[others] -= 0.1 * dus"
    assert [finding.line for finding in report.findings] == [REPEATED[: REPEATED.index(line)].count("\n") + 1]
    assert report.fixes[0].texts["network.py"] == REPEATED.replace(line, "np.subtract.at(outer, others, 0.1 * dus)")
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict == Verdict.RIGHT


WORDS = """import numpy as np
rng = np.random.default_rng(1)
contexts, targets = rng.integers(0, 9, (30, 4)), rng.integers(0, 9, 30)
E, W = 0.5 * rng.normal(size=(9, 5)), 0.5 * rng.normal(size=(5, 9))
lr = 0.5
for epoch in range(30):
    h = E[contexts].mean(axis=1)
    scores = h @ W
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    print(-np.log(p[np.arange(30), targets]).mean())
    p[np.arange(30), targets] -= 1
    p /= 30
    dW, dh = h.T @ p, p @ W.T
    dE = np.zeros_like(E)
    for c in range(4):
        np.add.at(dE, contexts[:, c], dh / 4)
    W -= lr * dW
    E -= lr * dE
"""


@pytest.mark.slow
def test_no_fix_lets_a_parameter_decay_instead_of_learn(sandbox: Sandbox, tmp_path: Path) -> None:
    report = reported(WORDS.replace("contexts[:, c], dh", "targets, dh"), tmp_path, sandbox, 6.0)
    assert report.verdict is Verdict.WRONG
    assert not any("lr * E" in line for fix in report.fixes for line in fix.diff.splitlines() if line.startswith("+"))
    assert report.findings[0].line == 17


def test_what_is_taken_from_the_probability_of_the_class_does_not_replace_it(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = WORDS.replace("p[np.arange(30), targets] -= 1", "p[np.arange(30), targets] = 1")
    report = reported(wrong, tmp_path, sandbox, 15.0)
    assert report.verdict is Verdict.WRONG, report.reason
    assert report.fixes[0].texts["network.py"] == WORDS


def test_a_fix_that_does_not_hold_for_the_whole_file_is_none_and_the_search_goes_on(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    def first_refused(
        source: Source, before: Judgement, number: int, fails: bool, fixes: list[Fix], box: Sandbox, **_: object
    ) -> list[Fix]:
        refused.extend(fix.texts["network.py"] for fix in fixes if not refused)
        left = [fix for fix in fixes if fix.texts["network.py"] not in refused]
        return proved(source, before, number, fails, left, box)

    monkeypatch.setattr("backproof.check.repair.repair.proved", first_refused)
    wrong = PROGRAM.replace("dw2 = a1.T @ d2", "dw2 = a1.T @ -d2")
    report = reported(wrong, tmp_path, sandbox, 20)
    assert PROGRAM in refused
    assert report.fixes
    assert report.fixes[0].texts["network.py"] not in refused


def test_a_weight_that_grows_where_the_others_decay_is_promised_its_sign(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of two numbers one step does not tell a share of themselves from a gradient."""
    right = FACTORS.replace("size=(5, 3)", "size=(5, 2)").replace("size=(4, 3)", "size=(4, 2)")
    wrong = right.replace("e * Q[j] - 0.1 * P[i]", "e * Q[j] + 0.1 * P[i]")
    report = reported(wrong, tmp_path, sandbox, 20)
    assert [fix.texts["network.py"] for fix in report.fixes[:1]] == [right]
