"""Reports as workflow commands, which GitHub Actions turns into annotations beside the lines."""

from collections.abc import Sequence

from backproof.check.forms import words
from backproof.check.forms.excerpt import span
from backproof.check.report import Finding, Report, Verdict


def commands(reports: Sequence[Report]) -> str:
    """One command a finding; a file that could not be judged is a warning."""
    lines = []
    for report in reports:
        for finding in words.findings(report):
            lines.append(
                _command("error", _place(report, finding), f"{report.verdict}: {finding.kind}", _message(finding))
            )
        if report.verdict == Verdict.CANNOT_JUDGE:
            lines.append(_command("warning", {"file": words.relative(report.file)}, "cannot-judge", report.reason))
    return "".join(f"{line}\n" for line in lines)


def _message(finding: Finding) -> str:
    return f"{finding.place}: {finding.message}" if finding.cell is not None else finding.message


def _place(report: Report, finding: Finding) -> dict[str, str]:
    """Where the annotation stands. A notebook's lines count in its cells, and those are no lines of the file."""
    place = {"file": words.relative(finding.file)}
    if finding.cell is not None:
        return place
    place["line"] = str(finding.line)
    if report.source is not None and words.is_own(report, finding) and finding.line <= len(report.source.lines):
        start, end = span(report.source.lines[finding.line - 1], finding)
        place |= {"col": str(start + 1), "endColumn": str(max(end, start + 1))}
    return place


def _command(kind: str, place: dict[str, str], title: str, message: str) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in {**place, "title": title}.items())
    return f"::{kind} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
