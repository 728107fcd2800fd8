"""The suite that the checker is judged on is sound: its programs run, and each mutant does something else than they."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.mutants.catalogue import MUTANTS, Mutant, lines, programs
from tests.mutants.catalogue.mutant import (
    cell_number,
    changed_cell,
    changed_lines,
    mutated_sources,
    occurrences,
    sources,
)
from tests.mutants.validate import pending, problem

FEW = 40


def code(text: str) -> str:
    """A cell's text without Jupyter's own lines."""
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in text.split("\n"))


def name_of(mutant: Mutant) -> str:
    return f"{mutant.program}-{mutant.kind}"


def test_there_are_enough() -> None:
    assert len(programs()) >= 40
    assert sum(name.endswith(".ipynb") for name in programs()) >= 3
    assert len(MUTANTS) >= 360
    assert len({mutant.kind for mutant in MUTANTS}) >= 28


def test_every_program_has_mutants_and_no_mutant_comes_twice() -> None:
    assert {mutant.program for mutant in MUTANTS} == set(programs())
    twice = [change for change, count in Counter((m.program, m.old, m.new) for m in MUTANTS).items() if count > 1]
    assert twice == []


@pytest.mark.parametrize("program", programs())
def test_a_program_knows_nothing_of_backproof_and_torch(program: str) -> None:
    for text in sources(program):
        for node in ast.walk(ast.parse(code(text))):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                imported = [node.module or ""]
            assert not {name.split(".")[0] for name in imported} & {"backproof", "torch", "tensorflow", "jax"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=name_of)
def test_a_mutant_is_one_change_that_parses(mutant: Mutant) -> None:
    assert occurrences(mutant) == 1
    before, after = sources(mutant.program), mutated_sources(mutant)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
    trees = [ast.dump(ast.parse(code(text))) for text in after]
    assert trees != [ast.dump(ast.parse(code(text))) for text in before]


@pytest.mark.parametrize("mutant", MUTANTS, ids=name_of)
def test_a_mutant_says_where_it_is_wrong(mutant: Mutant) -> None:
    places = lines(mutant)
    cell = changed_cell(mutant)
    text = mutated_sources(mutant)[cell].split("\n")
    assert places
    assert {where for where, _ in places} == {cell_number(mutant)}
    assert all(text[number - 1].strip() for _, number in places)
    assert not set(mutant.also) & set(changed_lines(sources(mutant.program)[cell], "\n".join(text)))


def test_a_change_is_found_where_it_was_made() -> None:
    assert changed_lines("a\nb\nc", "a\nB\nc") == [2]
    assert changed_lines("a\nb\n\nc", "a\n\nc") == [3]
    assert changed_lines("a\nb\nc\nd", "b\nc\na\nd") == [3]


def test_what_was_not_validated_yet_runs_and_differs() -> None:
    todo = pending()
    assert len(todo) <= FEW, "run `python -m tests.mutants.validate` after a change of many programs or mutants"
    assert [text for text in (problem(*entry) for entry in todo) if text] == []


@pytest.mark.parametrize("mutant", MUTANTS[::97], ids=name_of)
def test_the_record_is_true_of_a_sample(mutant: Mutant) -> None:
    assert problem(mutant.program, mutant) == ""
