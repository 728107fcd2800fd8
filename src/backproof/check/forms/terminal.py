"""A report on a terminal, as a good compiler shows a mistake: the verdict, the lines, what is wrong, the fix."""

import io
import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from backproof.check.forms import words
from backproof.check.forms.excerpt import Line, Mistake, Section, excerpt, unplaced
from backproof.check.report import ProposedFix, Report, Verdict

WIDEST = 100
STYLES = {Verdict.RIGHT: "bold green", Verdict.CANNOT_JUDGE: "bold yellow"}
MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: (" ", "")}
GUTTER = 8
"""Columns before the code: the line's number and its mark."""


def show(report: Report, console: Console, *, hints: bool = True) -> None:
    """Print one report.

    Args:
        hints: say how the mended file is written, if there is one.
    """
    width = min(console.width, WIDEST)
    style = STYLES.get(report.verdict, "bold red")
    head = Text(f"{words.sign(report.verdict)} {report.verdict}", style=style)
    console.print(head + Text.assemble("  ", (words.clean(str(report.file)), "bold")), soft_wrap=True)
    say = _Writer(console, width)
    say.paragraph(words.clean(report.reason) or f"{words.MEANINGS[report.verdict].capitalize()}.")
    say.facts(report)
    sections = excerpt(report)
    if sections:
        console.print()
        for number, section in enumerate(sections):
            if number:
                console.print()
            _show_section(section, console, width, report)
        console.print(Text(f"\n  {words.LEGEND}", style="dim"), width=width)
    for finding in unplaced(report, sections):
        if finding.message != report.reason:
            say.paragraph(f"{words.where(report, finding)}: {words.clean(finding.message)}")
    for number, fix in enumerate(report.fixes):
        _show_fix(fix, number, len(report.fixes), say)
    if hints and (command := words.command(report)):
        console.print()
        console.print(Text.assemble("  To write the mended file beside it: ", (command, "bold")), soft_wrap=True)
    for note in report.notes:
        console.print()
        say.paragraph(f"Note: {words.clean(note)}")
    console.print(Text(f"\n  {words.effort(report)}", style="dim"), width=width)


def show_table(reports: Sequence[Report], console: Console) -> None:
    """Print several reports, one line each, and how many there are of each verdict."""
    width = console.width
    made = Table(box=None, pad_edge=False, header_style="bold", width=width)
    made.add_column("file", no_wrap=True, overflow="ellipsis", max_width=max(18, width // 3))
    made.add_column("verdict", no_wrap=True, min_width=14)
    made.add_column("where", no_wrap=True, max_width=24, overflow="ellipsis")
    made.add_column("what", no_wrap=True, ratio=1, overflow="ellipsis")
    made.add_column("fix", no_wrap=True, min_width=3)
    for report in reports:
        first = report.findings[0] if report.findings else None
        made.add_row(
            Text(_end(words.clean(str(report.file)), max(18, width // 3))),
            Text(f"{words.sign(report.verdict)} {report.verdict}", style=STYLES.get(report.verdict, "bold red")),
            Text(words.where(report, first) if first else ""),
            Text(" ".join(words.clean(first.message if first else report.reason).split())),
            "yes" if report.fixes else "no" if report.exit_code == 1 else "",
        )
    console.print(made)
    console.print()
    show_counts(reports, console)


def show_counts(reports: Sequence[Report], console: Console) -> None:
    """Print how many reports there are of each verdict."""
    console.print(Text(words.counts(reports), style="bold"))


def to_text(report: Report, width: int = 80) -> str:
    """What `show` prints, without colours."""
    stream = io.StringIO()
    show(report, Console(file=stream, width=width, color_system=None, highlight=False, force_terminal=False))
    return stream.getvalue()


class _Writer:
    """Prints text that is wrapped and moved in, and ends each line where its words end."""

    def __init__(self, console: Console, width: int) -> None:
        self.console = console
        self.width = width

    def paragraph(self, text: str, indent: int = 2, style: str = "", first: Text | None = None) -> None:
        """Print a text, what is between backticks in colour; `first` stands in the indent of its first line."""
        made = Text(style=style)
        for number, part in enumerate(re.split(r"`([^`\n]+)`", text)):
            made.append(f"`{part}`" if number % 2 else part, style="cyan" if number % 2 and not style else "")
        for line in made.wrap(self.console, max(self.width - indent, 20)):
            line.rstrip()
            before = first or Text()
            before.pad_right(indent - before.cell_len)
            self.console.print(before + line, no_wrap=True, crop=False, overflow="ignore")
            first = None

    def facts(self, report: Report) -> None:
        """The loss that is stated, and what the steps are of its gradient."""
        rows = [(name, text) for name, text in (("loss", words.loss(report)), ("factor", words.factor(report))) if text]
        if rows:
            self.console.print()
        for name, text in rows:
            self.paragraph(text, 10, first=Text(f"  {name}", style="dim"))


def _show_section(section: Section, console: Console, width: int, report: Report) -> None:
    if section.title:
        console.print(Text(f"  {section.title}", style="bold"), width=width)
    coloured = Syntax("", "python", theme="ansi_dark", background_color="default").highlight(section.text).split("\n")
    for line in section.lines:
        if line is None:
            console.print(Text(f"{'⋮':>{GUTTER - 3}}", style="dim"))
            continue
        _show_line(line, coloured[line.number - 1], console, width)
        for mistake in line.mistakes:
            _show_mistake(mistake, line, report, console, width)


def _show_line(line: Line, code: Text, console: Console, width: int) -> None:
    start = _first_shown(line, width)
    shown = code[start:] if start else code
    if start:
        shown = Text("…") + shown[1:]
    shown.truncate(width - GUTTER, overflow="ellipsis")
    sign, style = MARKS[line.mark]
    number = Text(f"{line.number:>{GUTTER - 3}} ", style="dim" if line.mark is not False else "bold red")
    row = Text.assemble(number, (sign, style), " ", shown)
    row.rstrip()
    console.print(row, no_wrap=True, crop=False, overflow="ignore")


def _first_shown(line: Line, width: int) -> int:
    """The first character of a line that is shown: of a line that is too long, what a finding is about must be seen."""
    room = width - GUTTER
    if not line.mistakes or cell_len(line.text) <= room:
        return 0
    first, last = line.mistakes[0].start, line.mistakes[0].end
    return 0 if cell_len(line.text[:last]) <= room - 1 else max(0, min(first - 2, len(line.text) - room + 1))


def _show_mistake(mistake: Mistake, line: Line, report: Report, console: Console, width: int) -> None:
    start = _first_shown(line, width)
    before = cell_len(line.text[start : max(mistake.start, start)])
    size = max(1, cell_len(line.text[max(mistake.start, start) : mistake.end]))
    size = max(1, min(size, width - GUTTER - before))
    console.print(Text(" " * (GUTTER + before) + "^" * size, style="bold red"), no_wrap=True, crop=False)
    _Writer(console, width).paragraph(words.label(report, mistake.finding), GUTTER, "red")


def _show_fix(fix: ProposedFix, number: int, count: int, say: _Writer) -> None:
    title = "The fix" if number == 0 else "Another fix" if count == 2 else f"Another fix ({number} of {count - 1})"
    say.console.print(Text(f"\n  {title}", style="bold"))
    for line in words.clean(fix.diff).splitlines():
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        style = "bold" if line.startswith(("--- ", "+++ ")) else style
        say.console.print(Text(f"    {line}".rstrip(), style=style), soft_wrap=True)
    if fix.proved or fix.of_loss:
        say.paragraph(words.proof(fix), style="green")


def _end(path: str, width: int) -> str:
    """A path that is too long, without its beginning."""
    return path if len(path) <= width else f"…{path[len(path) - width + 1 :]}"
