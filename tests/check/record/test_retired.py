"""Files of older days: what newer libraries removed stands for what replaces it, and the report says so."""

from pathlib import Path

import pytest

from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
ASCENT = """from numpy import *
import time

start = time.clock()
random.seed(3)
rows = [[1.0, a, b] for a, b in random.normal(size=(60, 2)).tolist()]
labels = [int(a - b > 0.1) for _, a, b in rows]


def ascent(rows, labels):
    data, target = mat(rows), mat(labels).transpose()
    weights = ones((shape(data)[1], 1), dtype=float_)
    for k in range(200):
        h = 1.0 / (1 + exp(-data * weights))
        error = target - h
        weights = weights + 0.01 * data.transpose() * error
    return weights


print(ascent(rows, labels), alltrue(array(labels) < 2), time.clock() - start >= 0)
"""
ALIASES = """import numpy as np

rng = np.random.default_rng(1)
x = rng.normal(size=(20, 3)).astype(np.float)
y = np.asfarray(x[:, :1] > 0)
w = np.mat(rng.normal(size=(3, 1)))
for epoch in range(50):
    p = 1 / (1 + np.exp(-x * w))
    print(np.mean(np.square(p - y)))
    w -= 0.5 * x.T * np.multiply(p - y, np.multiply(p, 1 - p))
"""


def test_a_file_that_imports_all_of_an_older_numpy_is_judged(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ASCENT, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    (note,) = report.notes
    assert all(name in note for name in ("np.mat", "np.float_", "np.alltrue", "time.clock")), note
    report = reported(ASCENT.replace("target - h", "h - target"), tmp_path, sandbox)
    assert report.verdict is not Verdict.RIGHT


def test_the_sum_of_a_generator_is_pythons(tmp_path: Path, sandbox: Sandbox) -> None:
    text = ALIASES.replace("np.float)", "float)").replace("np.mat(", "np.array(").replace("np.asfarray", "np.float64")
    text = text.replace("x * w", "x @ w").replace("x.T * ", "x.T @ ")
    text = text.replace("np.mean(np.square(p - y))", "np.sum(e ** 2 for e in (p - y)[:, 0]) / np.sum(1 for _ in y)")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert "np.sum(generator)" in "".join(report.notes)
    assert reported(text.replace("np.multiply(p, 1 - p)", "p"), tmp_path, sandbox).verdict is Verdict.WRONG


@pytest.mark.parametrize("wrong", ["", "np.multiply(p, 1 - p)"])
def test_retired_names_are_what_replaces_them(wrong: str, tmp_path: Path, sandbox: Sandbox) -> None:
    text = ALIASES.replace(wrong, "p") if wrong else ALIASES
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is (Verdict.WRONG if wrong else Verdict.RIGHT), report.reason
    assert report.notes
    assert "np.float, np.asfarray, np.mat" in report.notes[0]


def test_a_file_that_uses_nothing_retired_gets_no_note(tmp_path: Path, sandbox: Sandbox) -> None:
    text = ALIASES.replace(".astype(np.float)", "").replace("np.asfarray", "np.asarray").replace("np.mat", "np.matrix")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.notes == ()


def test_a_name_that_no_version_has_ends_as_in_plain_python(tmp_path: Path, sandbox: Sandbox) -> None:
    report = reported(ALIASES.replace("np.float)", "np.floating_point)"), tmp_path, sandbox)
    assert report.verdict is Verdict.CANNOT_JUDGE
    assert "floating_point" in report.reason


def test_axes_are_made_as_they_were_and_a_matrix_becomes_a_list(tmp_path: Path, sandbox: Sandbox) -> None:
    plot = 'import matplotlib.pyplot as plt\nfigure = plt.figure()\nprint(figure.gca(projection="3d").name)\n'
    text = plot + ALIASES.replace("np.mean(", "np.asmatrix(x).tolist()[0], np.mean(")
    report = reported(text, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert "figure.gca(projection=…)" in "".join(report.notes)
    assert report.printed.startswith("3d\n")


def test_a_style_and_a_keyword_that_were_renamed_are_what_they_are_today(tmp_path: Path, sandbox: Sandbox) -> None:
    head = (
        "import matplotlib.pyplot as plt\nfrom sklearn.preprocessing import OneHotEncoder\n"
        "plt.style.use('seaborn-white')\nwith plt.style.context('seaborn'):\n    plt.plot([1, 2])\n"
        "print(OneHotEncoder(sparse=False).fit_transform([[1], [2]]))\n"
    )
    report = reported(head + ALIASES, tmp_path, sandbox)
    assert report.verdict is Verdict.RIGHT, report.reason
    assert report.printed.startswith("[[1. 0.]\n [0. 1.]]")
    (note,) = report.notes
    for name in ("plt.style.use('seaborn-white')", "plt.style.context('seaborn')", "OneHotEncoder(sparse=…)"):
        assert name in note
