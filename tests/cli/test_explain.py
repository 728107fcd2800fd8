"""backproof explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Command


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.html", "<!DOCTYPE html>"), ("a.md", "# A 1-1-1"), ("a.txt", "A 1-1-1 network"), ("a.ipynb", "{")],
)
def test_the_ending_says_the_form(name: str, start: str, backproof: Command, tmp_path: Path) -> None:
    code, out, error = backproof("explain", "--epochs", "5", "-o", tmp_path / name)
    assert (code, out) == (0, ""), error
    assert (tmp_path / name).read_text().lstrip().startswith(start)
    if name.endswith(".ipynb"):
        assert json.loads((tmp_path / name).read_text())["nbformat"] == 4


def test_it_prints_where_there_is_no_file(backproof: Command) -> None:
    code, out, _ = backproof("explain", "--epochs", "5", "--to", "markdown")
    assert code == 0
    assert out.startswith("# A 1-1-1 network, line by line")
    code, out, _ = backproof("explain", "--epochs", "5")
    assert code == 0
    assert "How to read the formulas" in out


def test_it_is_as_wide_as_one_asks(backproof: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    code, out, _ = backproof("explain", "--epochs", "5")
    assert code == 0
    # a picture in characters is not wrapped
    lines = [line for line in out.split("\n") if "│" not in line and "└" not in line and "@ both" not in line]
    assert max(map(len, lines)) <= 60
    assert all(line == line.rstrip() for line in lines if line.startswith("It was trained"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sample", "5"], "there are 5 training rows"),
        (["--epoch", "9"], "there are 5 epochs"),
        (["--to", "pdf"], "'pdf'"),
        (["--row", "1"], "belong to a saved model"),
        (["-o", "/nowhere/lesson.html"], "/nowhere"),
        (["-o", "lesson.pdf"], "a lesson's file ends in .html, .ipynb, .md, .txt"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], words: str, backproof: Command) -> None:
    code, out, error = backproof("explain", "--epochs", "5", *arguments)
    assert (code, out) == (2, "")
    assert words in error
    assert error.count("\n") == 1


def test_a_table_brings_its_names(flowers: Path, backproof: Command, tmp_path: Path) -> None:
    code, _, error = backproof(
        "explain", flowers, "--target", "kind", "--epochs", "3", "--sample", "10", "-o", tmp_path / "f.md"
    )
    assert code == 0, error
    text = (tmp_path / "f.md").read_text()
    assert "colour = red" in text
    assert "petal" in text
