"""The page: its numbers are the run's, it asks nobody for anything, and it hides no disagreement."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag

import backproof as bp
from backproof.engines import make_engine
from backproof.lesson import Lesson
from backproof.lesson.formulas.writing import plain_number
from backproof.network import Network
from backproof.ops.activations.sigmoid import Sigmoid
from backproof.ops.op import Array, Formulas


def _soup(lesson: Lesson) -> Any:
    return BeautifulSoup(lesson.to_html(), "html.parser")


def _values(element: Any) -> list[float]:
    """The numbers of an element, in all their digits."""
    found = [float(str(data["value"])) for data in element.find_all("data")]
    return found + [float(str(marked["data-value"])) for marked in element.find_all(attrs={"data-value": True})]


def test_every_number_on_the_page_is_shown_as_it_is(
    notebook_lesson: Lesson, penguins_lesson: Lesson, everything_lesson: Lesson
) -> None:
    """What a reader sees is the rounding of what the page holds."""
    for lesson in (notebook_lesson, penguins_lesson, everything_lesson):
        soup = _soup(lesson)
        seen = soup.find_all("data")
        assert len(seen) > 100
        for data in seen:
            value, text = float(str(data["value"])), data.get_text()
            assert text in {plain_number(value, digits) for digits in range(2, 13)}, (text, value)
        for marked in soup.select("math [data-value]"):
            # a power of ten is written above the line
            text = re.sub(r"×10(.+)$", r"e\1", marked.get_text().replace("−", "-"))
            if "∞" in text or "number" in text:
                continue
            assert float(text) == pytest.approx(float(str(marked["data-value"])), rel=1e-4), marked


def test_every_card_holds_the_numbers_of_a_run_made_anew(notebook_lesson: Lesson) -> None:
    """The numbers on the page are compared with those of both engines, run once more up to the same step."""
    assert notebook_lesson.study
    program = notebook_lesson.study.program
    hand, autograd = make_engine("numpy", program), make_engine("torch", program)
    x, y = program.data.x, program.data.y
    for epoch in range(1000):
        hand.step(x, y, epoch)
    autograd.restore(hand.snapshot())
    before = hand.snapshot().tensors
    ours = hand.quantities(x, y, 1000)
    theirs = autograd.quantities(autograd.load(x), autograd.load(y), 1000, gradients=ours)
    held = [x, y, *before.values(), *ours.values()]
    known = {float(value) for array in held for value in np.asarray(array).reshape(-1)}
    # what the lines themselves name
    known |= {1.0, 2.0, 5.0, 0.1}
    cards = {card.select_one(".line").get_text(): card for card in _soup(notebook_lesson).select(".card")}
    assert len(cards) == len(program.steps)
    for step in program.steps:
        card = cards[step.code]
        value = ours[step.name]
        element = float(value[3, 0] if value.ndim == 2 and len(value) == 5 else value.reshape(-1)[0])
        facts = {row.find("dt").get_text(): row.find("dd") for row in card.select(".facts div")}
        assert _values(facts["by hand"]) == [element]
        if step.name in theirs:
            other = theirs[step.name]
            number = float(other[3, 0] if other.ndim == 2 and len(other) == 5 else other.reshape(-1)[0])
            assert _values(facts["its number"]) == [number]
            apart = _values(facts["apart"])
            assert element == number or apart[0] == abs(element - number)
        numbers = card.select_one(".values")
        assert numbers is not None
        assert set(_values(numbers)) <= known, step.code
        assert element in _values(numbers)


def test_the_tables_hold_losses_and_predictions(notebook_lesson: Lesson) -> None:
    assert notebook_lesson.study
    soup = _soup(notebook_lesson)
    tables = {table.caption.get_text(): table for table in soup.find_all("table")}
    runs = notebook_lesson.study.proof.runs
    losses = next(table for caption, table in tables.items() if caption.startswith("The loss, epoch by epoch"))
    for row in losses.tbody.find_all("tr"):
        epoch = int(row.td.get_text())
        assert _values(row) == [float(run.losses[epoch]) for run in runs.values()]
    answers = next(table for caption, table in tables.items() if caption.startswith("What the network predicts"))
    x_new = notebook_lesson.study.program.data.x_new
    assert x_new is not None
    wanted = [[float(x), *(float(run.predict([[x]])[0, 0]) for run in runs.values())] for x in x_new[:, 0]]
    assert [_values(row) for row in answers.tbody.find_all("tr")] == wanted


def test_the_drawn_network_carries_its_weights(notebook_lesson: Lesson) -> None:
    assert notebook_lesson.study
    soup = _soup(notebook_lesson)
    figures = {figure.figcaption.b.get_text(): figure for figure in soup.find_all("figure")}
    start, end = figures["The network at the start."], figures["The network at the end."]
    first = notebook_lesson.study.points[0].moment.snapshot.tensors
    last = notebook_lesson.study.run.parameters
    for figure, tensors in ((start, first), (end, last)):
        drawn = [float(str(t["data-value"])) for t in figure.find_all("text", attrs={"data-value": True})]
        assert Counter(drawn) == Counter(float(array.reshape(-1)[0]) for array in tensors.values())
    assert "minus" in str(start)
    assert "minus" not in str(end)


def test_the_page_is_one_file_that_asks_for_nothing(
    notebook_lesson: Lesson, penguins_lesson: Lesson, everything_lesson: Lesson
) -> None:
    for lesson in (notebook_lesson, penguins_lesson, everything_lesson):
        text = lesson.to_html()
        soup = BeautifulSoup(text, "html.parser")
        assert not soup.find_all(["script", "link", "iframe", "img", "object"])
        assert not re.search(r"""(src|href)=["'](?!#)""", text)
        assert all(
            part.startswith("data:") for part in re.findall(r'url\("?([^)"]*)', text) if not part.startswith("#")
        )
        policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
        assert isinstance(policy, Tag)
        assert str(policy["content"]).startswith("default-src 'none'")
        ids = [str(element["id"]) for element in soup.find_all(id=True)]
        assert len(ids) == len(set(ids))
        for link in soup.find_all("a", href=True):
            assert str(link["href"])[1:] in ids
        for used in re.findall(r'(?:url\(#|href="#)([^)"]+)', text):
            assert used in ids
    assert len(notebook_lesson.to_html().encode()) < 300_000


def test_words_from_a_table_are_only_words(tmp_path: Path) -> None:
    """Names of columns and classes cannot become part of the page."""
    from backproof.cli.options import TrainingOptions
    from backproof.cli.task import make_task
    from backproof.lesson import explain

    path = tmp_path / "odd.csv"
    rows = "\n".join(f"{i * 7 % 11},{i % 3},{('<b>x</b>', 'a&b')[i % 2]}" for i in range(30))
    path.write_text(f"<script>alert(1)</script>,$y_1$ | `*z*`,kind\n{rows}\n")
    task = make_task(TrainingOptions(data=path, target="kind", epochs=2))
    lesson = explain(task.program, columns=task.columns, target=task.target)
    soup = _soup(lesson)
    assert not soup.find_all("script")
    assert not soup.find("b", string="x")
    assert "<script>alert(1)</script>" in soup.get_text()
    assert "$y_1$ | `*z*`" in soup.get_text()
    assert "<script>" not in lesson.to_markdown()
    assert "\ue003" not in lesson.to_html() + lesson.to_markdown() + lesson.to_terminal("/dev/null")


class WrongSigmoid(Sigmoid):
    """A Sigmoid whose slope has a wrong sign."""

    @staticmethod
    def wrong_backward(d_a: Array, a: Array) -> Array:
        # the slope, or so it seems
        d_z = d_a * a * (1.0 + a)
        return d_z

    def backward_formulas(self) -> Formulas:
        return (self.wrong_backward,)

    def torch(self) -> str:
        return "nn.Sigmoid()"


def test_a_wrong_line_is_shown_and_not_hidden(notebook: tuple[Network, Array, Array]) -> None:
    _, x, y = notebook
    network = bp.Network([bp.Linear(1, 1), WrongSigmoid(), bp.Linear(1, 1), bp.Sigmoid()], loss=bp.MSELoss())
    run = bp.train(network, x, y, epochs=50, optimizer=bp.SGD(0.1), seed=42)
    lesson = bp.explain(run, epoch=7)
    soup = _soup(lesson)
    cards = {card.select_one(".line").get_text(): card for card in soup.select(".card")}
    verdicts = {line: card.select_one(".facts div:last-child dd").get_text() for line, card in cards.items()}
    assert verdicts["d_z1 = d_a1 * a1 * (1.0 + a1)"].startswith("✗ not equal:")
    # what follows from it is not equal either, but those lines are right
    for line in ("d_w1 = x.T @ d_z1", "d_b1 = np.sum(d_z1, axis=0)"):
        assert "because of a wrong line before it; this line itself is right" in verdicts[line]
    right = set(verdicts) - {"d_z1 = d_a1 * a1 * (1.0 + a1)", "d_w1 = x.T @ d_z1", "d_b1 = np.sum(d_z1, axis=0)"}
    assert all(verdicts[line].startswith("✓ equal") for line in right)
    assert len(soup.select(".card.wrong")) == 1
    assert soup.find("h3", string="Where the two do not agree")
    assert all("fails" in box["class"] for box in soup.select(".verdict"))
    assert "✗ not equal" in lesson.to_markdown()
    assert "Where the two do not agree" in lesson.to_terminal("/dev/null")
