"""GitHub's annotations, JUnit and the grade sheet."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from backproof.check.forms.github import commands
from backproof.check.forms.grades import COLUMNS, grades
from backproof.check.forms.junit import junit
from tests.check.forms.reports import MESSAGE, nasty, placeless, right, unjudged, wrong, wrong_notebook
from tests.check.programs import BAD, LINE


def test_annotations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = commands([wrong(tmp_path), right(tmp_path), unjudged(tmp_path), wrong_notebook(tmp_path)]).splitlines()
    start = BAD.index("d_z2") + 1
    assert found == [
        f"::error file=network.py,line={LINE},col={start},endColumn={len(BAD)},"
        f"title=wrong%3A missing factor::{MESSAGE}",
        "::warning file=old.py,title=cannot-judge::It stops before it trains, line 3: 100%25 old,%0Areally.",
        f"::error file=network.ipynb,title=wrong%3A missing factor::cell 3, line 6: {MESSAGE}",
    ]
    (found_without_place,) = commands([placeless(tmp_path)]).splitlines()
    assert found_without_place.startswith("::error file=other.py,line=1,col=")
    assert found_without_place.endswith("title=other-loss%3A other-loss::It descends another loss.")


def test_an_annotation_stays_one_command(tmp_path: Path) -> None:
    made = commands([nasty(tmp_path, "50%\r\n::error::pwned, a:b")])
    assert made.count("\n") == 1
    assert made.startswith("::error file=")
    assert "title=wrong%3A 50%25%0D%0A%3A%3Aerror%3A%3Apwned%2C a%3Ab::50%25%0D%0A::error::pwned, a:b" in made


def test_junit(tmp_path: Path) -> None:
    root = ElementTree.fromstring(junit([wrong(tmp_path), right(tmp_path), unjudged(tmp_path)]))
    (suite,) = root
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    failed, passed, unknown = suite
    assert failed.get("line") == str(LINE)
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == MESSAGE
    assert "✗ wrong" in (failure.text or "")
    assert len(passed) == 0
    error = unknown.find("error")
    assert error is not None
    assert error.get("type") == "cannot-judge"


def test_junit_holds_no_illegal_characters(tmp_path: Path) -> None:
    made = junit([nasty(tmp_path, "\x00\x1b\ud800\uffff & <b> ]]>\U0001f600")])
    failure = ElementTree.fromstring(made.encode()).find(".//failure")
    assert failure is not None
    assert (failure.get("message") or "").endswith("& <b> ]]>\U0001f600!")


def test_the_grade_sheet(tmp_path: Path) -> None:
    made = grades([wrong(tmp_path), right(tmp_path), unjudged(tmp_path), wrong_notebook(tmp_path)])
    head, *rows = list(csv.reader(io.StringIO(made)))
    assert tuple(head) == COLUMNS
    assert rows[0] == [
        str(tmp_path / "network.py"), "wrong", str(LINE), "", "missing factor", MESSAGE, "yes", "2.5", "3.2",
    ]  # fmt: skip
    assert rows[1][1:3] + rows[1][6:8] == ["right", "", "", "1"]
    assert rows[2][1] == "cannot-judge"
    assert rows[2][5] == "It stops before it trains, line 3: 100% old,\nreally."
    assert rows[3][2:4] == ["6", "3"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    report = replace(nasty(tmp_path, text), file=Path("=cmd.py"))
    row = list(csv.reader(io.StringIO(grades([report]))))[1]
    assert all(not cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
    assert row[0] == "'=cmd.py"
