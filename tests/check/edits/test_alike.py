"""A change that is made at one place is made at all places that say the same of another layer."""

from pathlib import Path

import pytest

from backproof.check.edits import Edit
from backproof.check.edits.alike import made_alike
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.1)
THREE = "db3 = np.sum(dz3) / m\ndb2 = np.sum(dz2) / m\nz = np.sum(x) + dz2\ndb1 = np.sum(dz1) / n1\n"


def _everywhere(text: str, old: str, new: str) -> str:
    start = text.index(old)
    edit = Edit(start, start + len(old), new, 1, "axis", 0.2)
    made = edit.apply(text)
    for each in made_alike(text, edit):
        made = each.apply(made)
    return made


@pytest.mark.parametrize("place", ["dz3", "dz2", "dz1"])
def test_what_is_done_to_one_layer_is_done_to_all(place: str) -> None:
    everywhere = THREE
    for layer in "123":
        everywhere = everywhere.replace(f"sum(dz{layer})", f"sum(dz{layer}, axis=0)")
    assert _everywhere(THREE, f"({place})", f"({place}, axis=0)") == everywhere


def test_names_of_one_layer_become_those_of_the_other() -> None:
    text = "a1, a2 = s(z1), s(z2)\nd2 = d3 * t(a2)\nd1 = d2 * t(a1)\n"
    assert _everywhere(text, "t(a2)", "t(z2)") == text.replace("t(a", "t(z")
    assert _everywhere(text, "t(a2)", "(1 - a2 ** 2)").endswith("d2 = d3 * (1 - a2 ** 2)\nd1 = d2 * (1 - a1 ** 2)\n")
    assert _everywhere(text, "t(a2)", "t(q2)") == text.replace("t(a2)", "t(q2)"), "there is no q1"


def test_the_words_that_are_changed_are_those_that_were_changed_first() -> None:
    text = "d2 = (w3.T @ d3) * (1 - a2)\nd1 = (w2.T @ d2) * (1 -  a1)\n"
    start = text.index("a2)")
    (edit,) = made_alike(text, Edit(start, start + 2, "a2 ** 2", 1, "derivative", 0.5))
    assert (edit.text, edit.line) == ("a1 ** 2", 2)
    longer = text.replace("a2)", "a2 ** 2)")
    assert longer[edit.start : edit.end] == "a1", "as in the first line, and not what stands behind it"


def test_elements_of_one_array_are_alike() -> None:
    text = "b[1] += 0.1 * np.sum(d2)\nb[0] += 0.1 * np.sum(d1)\n"
    assert _everywhere(text, "+=", "-=") == text.replace("+=", "-=")
    assert _everywhere(text, "np.sum(d2)", "np.mean(d2)") == text.replace("sum", "mean")


def test_names_with_other_numbers_of_numbers_are_alike_too() -> None:
    text = "d_l1 = e_l1 * slope(a_l1)\nd_out = e_out * slope(a_out)\n"
    everywhere = text.replace("a_l1)", "a_l1 ** 2)").replace("a_out)", "a_out ** 2)")
    assert _everywhere(text, "slope(a_l1)", "slope(a_l1 ** 2)") == everywhere


@pytest.mark.slow
def test_the_same_mistake_in_three_lines_is_mended_at_once(tmp_path: Path, sandbox: Sandbox) -> None:
    program = """import numpy as np
rng = np.random.default_rng(3)
x, t = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
w1, b1, w2, b2 = rng.normal(size=(3, 5)), np.zeros((1, 5)), rng.normal(size=(5, 4)), np.zeros((1, 4))
w3, b3 = rng.normal(size=(4, 2)), np.zeros((1, 2))
for epoch in range(60):
    a1 = np.tanh(x @ w1 + b1)
    a2 = np.tanh(a1 @ w2 + b2)
    p = a2 @ w3 + b3
    print(0.5 * np.sum((p - t) ** 2))
    d3 = p - t
    d2 = d3 @ w3.T * (1 - a2 ** 2)
    d1 = d2 @ w2.T * (1 - a1 ** 2)
    w3, b3 = w3 - 0.01 * a2.T @ d3, b3 - 0.01 * d3.sum(axis=0, keepdims=True)
    w2, b2 = w2 - 0.01 * a1.T @ d2, b2 - 0.01 * d2.sum(axis=0, keepdims=True)
    w1, b1 = w1 - 0.01 * x.T @ d1, b1 - 0.01 * d1.sum(axis=0, keepdims=True)
"""
    report = reported(program.replace("axis=0, keepdims=True", ""), tmp_path, sandbox, 30.0)
    assert report.verdict is Verdict.WRONG
    assert len(report.findings) == 3
    assert reported(report.fixes[0].texts["network.py"], tmp_path, sandbox).verdict is Verdict.RIGHT
    assert report.fixes[0].texts["network.py"].count("sum(axis=0") == 3
