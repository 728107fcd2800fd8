"""Axes in another order than is meant: a reshape in the place of a transpose, and three axes turned the wrong way."""

from pathlib import Path

import pytest

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.axes import lines_turned_round
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)
DENSE = """import numpy as np
rng = np.random.default_rng(7)
v, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for step in range(60):
    x, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    h = np.tanh(x @ v)
    y = h @ w
    print(0.5 * np.sum((y - t) ** 2))
    turned = np.reshape(w, (w.shape[1], w.shape[0]))
    back = ((y - t) @ turned) * (1 - h ** 2)
    w = w - 0.01 * h.T @ (y - t)
    v = v - 0.01 * x.T @ back
"""
KERNELS = """import numpy as np
rng = np.random.default_rng(8)
kernels, w = 0.3 * rng.normal(size=(4, 3, 3)), 0.3 * rng.normal(size=(36, 2))
for step in range(40):
    image, t = rng.normal(size=(5, 5)), rng.normal(size=2)
    windows = np.array([image[i:i + 3, j:j + 3].reshape(9) for i in range(3) for j in range(3)])
    h = windows @ kernels.reshape(4, 9).T
    y = h.reshape(36) @ w
    print(0.5 * np.sum((y - t) ** 2))
    back = (w @ (y - t)).reshape(9, 4)
    change = (windows.T @ back).reshape(3, 3, 4).T
    w -= 0.02 * np.outer(h.reshape(36), y - t)
    kernels -= 0.02 * change
"""


@pytest.mark.slow(but=1)
@pytest.mark.parametrize(
    ("text", "line", "written"),
    [(DENSE, 9, "turned = w.T\n"), (KERNELS, 11, ".reshape(3, 3, 4).transpose(2, 0, 1)\n")],
    ids=["reshaped", "turned"],
)
def test_the_axes_are_put_in_the_order_that_is_meant(
    text: str, line: int, written: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    report = reported(text, tmp_path, sandbox, seconds=15.0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].line == line
    assert report.fixes[0].proved
    assert written in report.fixes[0].texts["network.py"]


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("a = b.reshape(b.shape[1], b.shape[0])", True),
        ("a = np.reshape(b, (n[1], n[0]))", True),
        ("a = b.reshape(c.shape[1], b.shape[0])", False),
        ("a = b.reshape(b.shape[0], b.shape[1])", False),
        ("a = b.reshape(b.shape[0], -1)", False),
        ("a = b.reshape()", False),
        ("a = reshape(b)", False),
    ],
)
def test_a_shape_the_other_way_round_is_seen(text: str, turned: bool) -> None:
    assert lines_turned_round(Editor(text)) == ({1} if turned else set())


def test_a_row_or_a_column_is_meant_as_it_is() -> None:
    editor = Editor("a = b.reshape(1, -1)")
    (statement,) = editor.tree.body
    assert "b.T" not in {edit.text for edit in edits_of(editor, statement)}


def test_an_array_of_four_axes_is_transposed_by_its_last_two() -> None:
    editor = Editor("dk = scores @ q\n", {"scores": (2, 3, 4, 4), "q": (2, 3, 4, 5)})
    texts = {edit.apply(editor.text).strip() for edit in edits_of(editor, editor.tree.body[0])}
    assert "dk = scores.swapaxes(-1, -2) @ q" in texts
    editor = Editor("dk = scores.transpose(0, 1, 3, 2) @ q\n", {"scores": (2, 3, 4, 4), "q": (2, 3, 4, 5)})
    assert "dk = scores @ q" in {edit.apply(editor.text).strip() for edit in edits_of(editor, editor.tree.body[0])}
