"""The notebook runs from top to bottom with NumPy and PyTorch alone, and its proof can fail."""

from __future__ import annotations

import ast
import sys
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import backproof as bp
from backproof.lesson import Lesson
from backproof.network import Network
from backproof.ops.op import Array
from tests.lesson.forms.test_html import WrongSigmoid

ALLOWED = {"numpy", "torch"} | sys.stdlib_module_names


def _read(lesson: Lesson) -> Any:
    return nbformat.reads(lesson.to_notebook(), as_version=4)


def _run(lesson: Lesson) -> list[str]:
    """Run it; gives what each code cell printed."""
    notebook = _read(lesson)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in cells]


def _imports(lesson: Lesson) -> set[str]:
    found = set()
    for cell in _read(lesson).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    found.add(str(node.module).split(".")[0])
    return found


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("name", ["notebook_lesson", "penguins_lesson", "everything_lesson"])
def test_it_runs_and_proves_the_two_equal(name: str, request: pytest.FixtureRequest) -> None:
    lesson: Lesson = request.getfixturevalue(name)
    assert _imports(lesson) <= ALLOWED
    printed = _run(lesson)
    proof = printed[-1]
    assert lesson.study
    for place in lesson.study.program.derivation.placed:
        assert f"\n{place.output} " in f"\n{proof}"
    assert " NO " not in proof
    assert lesson.study
    losses = lesson.study.run.losses
    if name == "everything_lesson":
        # without SciPy, the error function of GELU is computed in twice the digits
        return
    assert any(f"epoch 0: loss {float(losses[0])!r}" in text for text in printed)


def test_its_own_proof_notices_a_wrong_line(notebook: tuple[Network, Array, Array]) -> None:
    _, x, y = notebook
    network = bp.Network([bp.Linear(1, 1), WrongSigmoid(), bp.Linear(1, 1), bp.Sigmoid()], loss=bp.MSELoss())
    lesson = bp.explain(bp.train(network, x, y, epochs=5, optimizer=bp.SGD(0.1), seed=42))
    with pytest.raises(CellExecutionError, match="is not what PyTorch computes"):
        _run(lesson)


def test_exercises_hide_their_answers(notebook_lesson: Lesson) -> None:
    cells = [cell for cell in _read(notebook_lesson).cells if cell.cell_type == "markdown"]
    exercises = next(cell.source for cell in cells if cell.source.startswith("### Exercises"))
    assert exercises.count("<details><summary>Answer</summary>") >= 4
    assert exercises.count("<details>") == exercises.count("</details>")
