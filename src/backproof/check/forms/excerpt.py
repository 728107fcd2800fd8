"""The lines of a file that a report is about: those that were judged, the findings, and a little around them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backproof.check.forms.words import clean, is_own
from backproof.check.report import Finding, Report
from backproof.check.source import Place

CONTEXT = 1
"""Lines shown before and after a line that matters."""
TAB = 4


@dataclass(frozen=True)
class Mistake:
    """A finding, and the characters of the shown line that it is about, counted from 0: `start` to before `end`."""

    finding: Finding
    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """A line to show; `mark` says whether it was proved right or wrong, None that nothing is said of it."""

    number: int
    text: str
    mark: bool | None
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class Section:
    """The shown lines of a file, or of a notebook's cell; None stands for lines that are left out.

    `text` is all of it, so that a form can colour the code, and then pick the lines by their numbers.
    """

    title: str
    text: str
    lines: tuple[Line | None, ...]


def excerpt(report: Report) -> tuple[Section, ...]:
    """What is to be seen of the checked file, cell by cell, and of modules beside it in which something was found."""
    own = [finding for finding in report.findings if is_own(report, finding)]
    sections = [
        _section("" if cell is None else f"cell {cell}", cell, lines, report.marks, own)
        for cell, lines in _cells(report)
    ]
    others = dict.fromkeys(finding.file for finding in report.findings if not is_own(report, finding))
    for file in others:
        try:
            lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        there = [finding for finding in report.findings if finding.file == file]
        sections.append(_section(clean(Path(file).name), None, lines, {}, there))
    return tuple(section for section in sections if section.lines)


def unplaced(report: Report, sections: tuple[Section, ...]) -> list[Finding]:
    """The findings whose line is not shown, since their file could not be read or has no such line."""
    shown = [mistake.finding for section in sections for line in section.lines if line for mistake in line.mistakes]
    return [finding for finding in report.findings if finding not in shown]


def _cells(report: Report) -> Iterator[tuple[int | None, list[str]]]:
    """The lines of the file, or of each of a notebook's cells."""
    if report.source is None:
        return
    cells: dict[int | None, list[str]] = {}
    for line, place in zip(report.source.lines, report.source.places, strict=False):
        cells.setdefault(place.cell, []).append(line)
    yield from cells.items()


def _section(
    title: str, cell: int | None, lines: list[str], marks: dict[Place, bool], findings: list[Finding]
) -> Section:
    wanted = {place.line for place in marks if place.cell == cell}
    wanted |= {finding.line for finding in findings if finding.cell == cell}
    near = {line for middle in wanted for line in range(middle - CONTEXT, middle + CONTEXT + 1)}
    shown: list[Line | None] = []
    last = 0
    for number in sorted(near & set(range(1, len(lines) + 1))):
        written = lines[number - 1]
        if not written.strip() and number not in wanted and (number - 1 not in near or number + 1 not in near):
            continue
        if shown and number > last + 1:
            shown.append(None)
        here = [finding for finding in findings if finding.cell == cell and finding.line == number]
        mistakes = tuple(Mistake(finding, *_shown_span(written, finding)) for finding in here)
        mark = False if here else marks.get(Place(number, cell))
        shown.append(Line(number, clean(written.expandtabs(TAB)), mark, mistakes))
        last = number
    return Section(title, "\n".join(clean(line.expandtabs(TAB)) for line in lines), tuple(shown))


def _shown_span(written: str, finding: Finding) -> tuple[int, int]:
    start, end = span(written, finding)
    return len(written[:start].expandtabs(TAB)), len(written[:end].expandtabs(TAB))


def span(written: str, finding: Finding) -> tuple[int, int]:
    """The characters of a line that a finding is about: its columns, else its expression, else the whole line."""
    start, end = finding.column - 1, finding.end_column - 1
    whole = len(written.rstrip())
    if 0 <= start < min(end, whole):
        return start, min(end, whole)
    if 0 < start < whole and end < start:
        # the expression goes on in the next line
        return start, whole
    at = written.find(finding.expression) if finding.expression else -1
    if at >= 0:
        return at, at + len(finding.expression)
    return min(len(written) - len(written.lstrip()), whole), whole
