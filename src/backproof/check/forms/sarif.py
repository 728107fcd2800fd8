"""Reports as SARIF 2.1.0, which editors and code scanning read.

A notebook has no lines of its own: there a region counts in the cell, and message and properties name the cell.
"""

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from backproof.check.forms import words
from backproof.check.forms.excerpt import span
from backproof.check.report import Finding, ProposedFix, Report, Verdict
from backproof.check.source import Source

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(reports: Sequence[Report]) -> str:
    """The log: an error for each finding, a notification for each file that could not be judged."""
    found = [(report, finding) for report in reports for finding in words.findings(report)]
    kinds = list(dict.fromkeys(_rule(report, finding) for report, finding in found))
    results = [_result(report, finding, kinds) for report, finding in found]
    unjudged = [report for report in reports if report.verdict == Verdict.CANNOT_JUDGE]
    run = {
        "tool": {"driver": _driver(kinds)},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": list(map(_notification, unjudged))}
        ],
        "artifacts": [{"location": {"uri": _uri(report.file)}} for report in reports],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _driver(kinds: Sequence[str]) -> dict[str, Any]:
    from backproof import __version__

    rules = [
        {
            "id": kind,
            "shortDescription": {"text": f"{kind.replace('-', ' ').capitalize()}."},
            "defaultConfiguration": {"level": "error"},
        }
        for kind in kinds
    ]
    return {"name": "backproof", "version": __version__, "rules": rules}


def _rule(report: Report, finding: Finding) -> str:
    return re.sub(r"[^a-z0-9]+", "-", finding.kind.lower()).strip("-") or str(report.verdict)


def _result(report: Report, finding: Finding, kinds: Sequence[str]) -> dict[str, Any]:
    rule = _rule(report, finding)
    cell = "" if finding.cell is None else f"Cell {finding.cell}, line {finding.line}: "
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": kinds.index(rule),
        "level": "error",
        "message": {"text": f"{cell}{finding.message or report.reason}"},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.file)}, "region": _region(report, finding)}}
        ],
        "properties": {"verdict": str(report.verdict)},
    }
    if finding.cell is not None:
        result["properties"]["cell"] = finding.cell
    if report.source is not None and not report.source.is_notebook and finding == words.findings(report)[0]:
        fixes = [made for fix in report.fixes if (made := _fix(report.source, fix))]
        if fixes:
            result["fixes"] = fixes
    return result


def _region(report: Report, finding: Finding) -> dict[str, int]:
    line = _line(report, finding)
    if line is None:
        return {"startLine": max(finding.line, 1)}
    start, end = span(line, finding)
    return {"startLine": finding.line, "startColumn": start + 1, "endColumn": max(end, start) + 1}


def _line(report: Report, finding: Finding) -> str | None:
    """The line that a finding stands in; None in modules beside the checked file."""
    if report.source is None or not words.is_own(report, finding):
        return None
    pairs = zip(report.source.lines, report.source.places, strict=False)
    return next((line for line, place in pairs if place == finding.place), None)


def _fix(source: Source, fix: ProposedFix) -> dict[str, Any] | None:
    """A fix as replaced lines; None unless the checked file alone is changed."""
    name = source.run_name
    if (
        name not in fix.texts
        or source.path.suffix != ".py"
        or any(other != name for other in fix.texts if _changes(source, fix, other))
    ):
        return None
    old, new = source.text.splitlines(keepends=True), fix.texts[name].splitlines(keepends=True)
    replacements = [
        {"deletedRegion": _lines(old, start, stop), "insertedContent": {"text": "".join(new[new_start:new_stop])}}
        for tag, start, stop, new_start, new_stop in difflib.SequenceMatcher(
            None, old, new, autojunk=False
        ).get_opcodes()
        if tag != "equal"
    ]
    if not replacements:
        return None
    change = {"artifactLocation": {"uri": _uri(source.path)}, "replacements": replacements}
    return {"description": {"text": fix.says or "The mended file."}, "artifactChanges": [change]}


def _changes(source: Source, fix: ProposedFix, name: str) -> bool:
    """Whether a fix changes this module beside the file."""
    try:
        return (source.path.parent / name).read_text(encoding="utf-8") != fix.texts[name]
    except (OSError, UnicodeDecodeError):
        return True


def _lines(old: Sequence[str], start: int, stop: int) -> dict[str, int]:
    """The region of the lines from `start` (counted from 0) to before `stop`, with their ends."""

    def position(line: int) -> tuple[int, int]:
        if line < len(old) or not old or old[-1].endswith("\n"):
            return line + 1, 1
        return len(old), len(old[-1]) + 1

    (first, column), (last, end) = position(start), position(stop)
    return {"startLine": first, "startColumn": column, "endLine": last, "endColumn": end}


def _notification(report: Report) -> dict[str, Any]:
    return {
        "level": "warning",
        "message": {"text": f"cannot-judge: {report.reason}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(report.file)}}}],
    }


def _uri(path: str | Path) -> str:
    """Below here a relative reference, elsewhere a file: address."""
    short = words.relative(path)
    return Path(short).as_uri() if Path(short).is_absolute() else quote(short)
