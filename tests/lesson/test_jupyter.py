"""What networks, programs, runs and proofs show in a notebook's cell."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

import backproof as bp
from backproof.lesson.jupyter import as_html
from backproof.network import Network
from backproof.ops.op import Array


def test_they_show_themselves(notebook: tuple[Network, Array, Array]) -> None:
    network, x, y = notebook
    proof = bp.prove(network, x, y, epochs=30, optimizer=bp.SGD(0.1))
    run = proof.runs["numpy"]
    things = (network, run.program, run, proof)
    soups: list[Any] = [BeautifulSoup(thing._repr_html_(), "html.parser") for thing in things]
    texts = [soup.get_text() for soup in soups]
    assert "nn.Linear(1, 1)" in texts[0]
    assert "4 parameters to train" in texts[0]
    code = [block.get_text() for block in soups[1].find_all("pre")]
    assert code == [str(run.program.numpy_outline).strip("\n"), str(run.program.torch_outline).strip("\n")]
    assert f'value="{float(run.losses[-1])!r}"' in str(soups[2])
    assert soups[2].find("svg")
    assert "Proof: equal" in texts[3]
    assert len(soups[3].select("tbody tr")) == len(proof.worst)
    for soup in soups:
        assert not soup.find_all("script")


def test_a_lesson_is_a_page_within_the_page(notebook: tuple[Network, Array, Array]) -> None:
    network, x, y = notebook
    lesson = bp.explain(bp.train(network, x, y, epochs=5, optimizer=bp.SGD(0.1)))
    frame = BeautifulSoup(lesson._repr_html_(), "html.parser").find("iframe")
    assert frame is not None
    assert frame["srcdoc"] == lesson.to_html()


def test_other_things_have_no_picture() -> None:
    with pytest.raises(TypeError, match="int"):
        as_html(3)
