"""Reports as a table for a teacher's grade sheet: one row a file."""

import csv
import io
from collections.abc import Sequence

from backproof.check.forms import words
from backproof.check.report import Report

COLUMNS = ("file", "verdict", "line", "cell", "kind", "message", "fix", "factor", "seconds")


def grades(reports: Sequence[Report]) -> str:
    """The table as CSV; of several findings the first one counts."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for report in reports:
        writer.writerow(_row(report))
    return stream.getvalue()


def _row(report: Report) -> list[str]:
    first = report.findings[0] if report.findings else None
    return [
        _harmless(str(report.file)),
        str(report.verdict),
        str(first.line) if first else "",
        str(first.cell) if first and first.cell is not None else "",
        _harmless(first.kind) if first else "",
        _harmless(first.message if first else report.reason),
        "yes" if report.fixes else "no" if report.exit_code == 1 else "",
        "" if report.factor is None else f"{report.factor:g}",
        f"{report.seconds:.1f}",
    ]


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = words.clean(text)
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith(("\t", "\n")) else text
