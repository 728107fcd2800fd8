"""The lesson as a whole: its chapters, its other forms, and what it refuses."""

from __future__ import annotations

import re
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import backproof as bp
from backproof.errors import DataError, DescriptionError
from backproof.lesson import Lesson
from backproof.lesson.blocks import Chain, Paragraph, Question, number, pieces
from backproof.network import Network
from backproof.ops.op import Array

NOTEBOOKS_ORDER = [
    "Data",
    "Activations and their derivatives",
    "First weights and settings",
    "Forward",
    "Loss",
    "Backward",
    "Update",
    "The training loop",
    "Testing",
    "PyTorch: the imports",
    "PyTorch: the data",
    "PyTorch: the class",
    "PyTorch: the model, the loss and the optimizer",
    "PyTorch: the training loop",
    "PyTorch: testing",
]
"""The chapters of the explanation that this project grew from, in its order."""
ASKED = [
    "Why does the derivative take a1 and not z1?",
    "Why are the first weights not all 0?",
    "Why does it matter whether the loss is the mean or half the sum?",
    "Why is the gradient of a weight a sum over the samples?",
    "Why must d_a1 be computed before w2 is updated?",
    "Why minus?",
    "What is no_grad for?",
    "What is zero_grad for?",
    "What is detach for?",
]


def _text(text: str) -> str:
    return "".join(piece.text for piece in pieces(text))


def test_the_chapters_are_the_notebooks_in_its_order(notebook_lesson: Lesson) -> None:
    titles = [chapter.title for part in notebook_lesson.document.parts for chapter in part.chapters]
    assert titles[: len(NOTEBOOKS_ORDER)] == NOTEBOOKS_ORDER
    assert titles[len(NOTEBOOKS_ORDER)] == "Why the two agree"


def test_what_learners_ask_is_answered(notebook_lesson: Lesson) -> None:
    blocks = [block for part in notebook_lesson.document.parts for chapter in part.chapters for block in chapter.blocks]
    questions = [block.question for block in blocks if isinstance(block, Question) and not block.hidden]
    assert questions == ASKED


def test_answers_hold_the_right_numbers(notebook_lesson: Lesson) -> None:
    """Half the sum has N/2 times the gradient; a step the other way makes the loss larger."""
    assert notebook_lesson.study
    blocks = [block for part in notebook_lesson.document.parts for chapter in part.chapters for block in chapter.blocks]
    answers = {
        block.question: [
            float(p.value) for a in block.answer if isinstance(a, Paragraph) for p in pieces(a.text) if p.value
        ]
        for block in blocks
        if isinstance(block, Question)
    }
    ours = notebook_lesson.study.observation.sides.ours
    gradient = float(ours["d_a2"][3, 0])
    half_of_n, here, half_sum, *_ = answers["Why does it matter whether the loss is the mean or half the sum?"]
    assert (half_of_n, here) == (2.5, gradient)
    assert half_sum == pytest.approx(float(ours["error"][3, 0]), rel=1e-12)
    before, down, up = answers["Why minus?"]
    assert before == float(ours["loss"])
    assert down < before < up
    right, mixed = answers["Why does the derivative take a1 and not z1?"]
    z, d_a = float(ours["z1"][3, 0]), float(ours["d_a1"][3, 0])
    assert right == float(ours["d_z1"][3, 0])
    assert mixed == pytest.approx(d_a * z * (1 - z), rel=1e-12)
    one, two, both = answers["What is zero_grad for?"]
    assert both == pytest.approx(one + two, rel=1e-12)
    assert one == float(ours["d_w1"][0, 0])


def test_the_chain_multiplies_to_every_gradient(notebook_lesson: Lesson) -> None:
    """From quantity to quantity, the gradient is the one before it times the slope that the chain names."""
    blocks = [block for part in notebook_lesson.document.parts for chapter in part.chapters for block in chapter.blocks]
    (chain,) = (block for block in blocks if isinstance(block, Chain))
    assert [link.name for link in chain.links] == ["loss", "a2", "z2", "a1", "z1", "x"]
    for before, after in pairwise(chain.links[1:-1]):
        (factor,) = (float(piece.value) for piece in pieces(before.through) if piece.value)
        assert before.gradient is not None
        assert after.gradient == pytest.approx(before.gradient * factor, rel=1e-12)
    assert [name for link in chain.links for name, _ in link.weights] == ["w2", "b2", "w1", "b1"]


def test_a_slope_is_tried_out(notebook_lesson: Lesson) -> None:
    blocks = [block for part in notebook_lesson.document.parts for chapter in part.chapters for block in chapter.blocks]
    texts = [block.text for block in blocks if isinstance(block, Paragraph) and "without any derivative" in block.text]
    *_, tried, formula = (float(piece.value) for piece in pieces(texts[0]) if piece.value)
    assert tried == pytest.approx(formula, rel=1e-6)


def test_markdown_has_every_line_and_no_stray_mark(notebook_lesson: Lesson) -> None:
    assert notebook_lesson.study
    text = notebook_lesson.to_markdown()
    for step in notebook_lesson.study.program.steps:
        assert f"```python\n{step.code}\n```" in text
    assert text.count("```") % 2 == 0
    assert text.count("$$") % 2 == 0
    assert "textcolor" not in text
    assert "\ue000" not in text
    assert re.search(r"\\frac\{\\partial L\}\{\\partial z_\{2\}\}", text)


def test_the_terminal_is_plain_where_there_is_none(notebook_lesson: Lesson, tmp_path: Path) -> None:
    assert notebook_lesson.study
    path = tmp_path / "lesson.txt"
    notebook_lesson.to_terminal(path)
    text = path.read_text()
    assert "\x1b" not in text
    assert max(map(len, text.split("\n"))) <= 100
    for words in ("∂L/∂w₂ = a₁ᵀ ∂L/∂z₂", "├──▶ ∂L/∂w₁", "@ both", "w1[0, 0]"):
        assert words in text
    screen = StringIO()
    notebook_lesson.to_terminal(console=Console(file=screen, width=60))
    assert max(map(len, screen.getvalue().split("\n"))) <= 80


def test_a_proof_and_a_run_give_the_same_lesson(notebook: tuple[Network, Array, Array]) -> None:
    network, x, y = notebook
    settings: dict[str, Any] = {"epochs": 60, "optimizer": bp.Adam(0.05), "seed": 7, "batch_size": 2}
    from_run = bp.explain(bp.train(network, x, y, engine="torch", **settings), sample=4, epoch=33)
    from_proof = bp.explain(bp.prove(network, x, y, **settings), sample=4, epoch=33)
    assert from_run.to_markdown() == from_proof.to_markdown()
    assert from_run.study
    assert from_run.study.observation.moment.epoch == 33
    rows = from_run.study.observation.moment.rows
    assert rows is not None
    assert 4 in rows


def test_an_early_end_is_told(notebook: tuple[Network, Array, Array]) -> None:
    network, x, y = notebook
    run = bp.train(network, x, y, epochs=500, optimizer=bp.SGD(0.1), patience=3, min_delta=0.01, seed=1)
    assert run.stopped_early
    with pytest.raises(DescriptionError, match=f"ended after epoch {len(run.losses) - 1}"):
        bp.explain(run, epoch=len(run.losses))
    assert "Training stopped early" in bp.explain(run, epoch=len(run.losses) - 1).to_markdown()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sample": 5}, "sample is 5, but there are 5 training rows"),
        ({"sample": -1}, "from 0 to 4"),
        ({"sample": 1.5}, "sample is 1.5"),
        ({"epoch": 20}, "epoch is 20, but there are 20 epochs"),
        ({"epoch": "two"}, "epoch is 'two'"),
    ],
)
def test_rows_and_epochs_that_are_not_there(
    arguments: dict[str, Any], words: str, notebook: tuple[Network, Array, Array]
) -> None:
    network, x, y = notebook
    run = bp.train(network, x, y, epochs=20, optimizer=bp.SGD(0.1))
    with pytest.raises(DescriptionError, match=re.escape(words)):
        bp.explain(run, **arguments)


def test_an_unwritable_place_is_one_sentence(notebook_lesson: Lesson, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        notebook_lesson.to_html(tmp_path / "nowhere" / "lesson.html")
    with pytest.raises(DescriptionError, match="no form 'htlm'"):
        notebook_lesson.write("htlm", None)


def test_numbers_and_code_in_a_text() -> None:
    found = list(pieces(f"`w1` is {number(-1 / 3)}."))
    assert [(piece.kind, piece.text) for piece in found] == [
        ("code", "w1"),
        ("words", " is "),
        ("number", "−0.33333"),
        ("words", "."),
    ]
    assert float(found[2].value) == -1 / 3


def test_a_network_of_any_shape_has_a_lesson() -> None:
    """No hidden layer; many outputs; a network that starts with an activation; a single sample a batch."""
    chance = np.random.default_rng(2)
    x, y = chance.normal(size=(7, 2)), chance.normal(size=(7, 3))
    for ops, loss, targets, batch in (
        ([bp.Linear(2, 3)], bp.MSELoss(), y, None),
        ([bp.Tanh(), bp.Linear(2, 3, bias=False)], bp.L1Loss(), y, 3),
        ([bp.Linear(2, 12), bp.Softmax(), bp.Linear(12, 3)], bp.CrossEntropyLoss(), np.arange(7) % 3, 1),
        ([bp.Linear(2, 2), bp.ReLU(), bp.Linear(2, 1)], bp.BCEWithLogitsLoss(), (y[:, :1] > 0) * 1.0, None),
    ):
        run = bp.train(bp.Network(ops, loss=loss), x, targets, epochs=4, batch_size=batch, optimizer=bp.SGD(0.05))
        lesson = bp.explain(run, sample=6, epoch=3)
        assert lesson.study
        assert lesson.study.proof.holds
        for form in ("html", "markdown", "notebook"):
            assert len(lesson.write(form, None)) > 10_000
        lesson.to_terminal("/dev/null")
