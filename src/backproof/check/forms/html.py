"""Reports as one self-contained page, or as a piece of one for a notebook's cell: no script, nothing from elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Number, String

from backproof.check.forms import words
from backproof.check.forms.excerpt import Line, Section, excerpt, unplaced
from backproof.check.report import Report, Verdict

COLOURS = ((Comment, "c"), (Keyword, "k"), (Number, "n"), (String, "s"))
CLASSES = {Verdict.RIGHT: "right", Verdict.CANNOT_JUDGE: "unknown"}


def page(reports: Sequence[Report]) -> str:
    """The whole page; of several reports it begins with a table that leads to each of them."""
    return _render("page.html", reports)


def fragment(reports: Sequence[Report]) -> str:
    """The reports as a piece of a page."""
    return _render("fragment.html", reports)


@dataclass(frozen=True)
class Row:
    """A shown line: its number, its mark, its code in colour, and what is wrong in it."""

    number: int
    mark: bool | None
    code: Markup
    messages: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A report, ready for the template."""

    number: int
    report: Report
    sections: tuple[tuple[str, tuple[Row | None, ...]], ...]
    unplaced: tuple[str, ...]

    @property
    def name(self) -> str:
        return words.clean(str(self.report.file))

    @property
    def sign(self) -> str:
        return words.sign(self.report.verdict)

    @property
    def css(self) -> str:
        return CLASSES.get(self.report.verdict, "wrong")

    @property
    def meaning(self) -> str:
        return words.MEANINGS[self.report.verdict]

    @property
    def where(self) -> str:
        return words.where(self.report, self.report.findings[0]) if self.report.findings else ""


def _view(number: int, report: Report) -> View:
    sections = excerpt(report)
    lost = [f"{words.where(report, found)}: {found.message}" for found in unplaced(report, sections)]
    return View(number, report, tuple((part.title, _rows(part, report)) for part in sections), tuple(lost))


def _rows(section: Section, report: Report) -> tuple[Row | None, ...]:
    lines = _highlight(section.text)
    rows: list[Row | None] = []
    for line in section.lines:
        if line is None:
            rows.append(None)
            continue
        messages = tuple(words.label(report, mistake.finding) for mistake in line.mistakes)
        rows.append(Row(line.number, line.mark, _code(line, lines[line.number - 1]), messages))
    return tuple(rows)


def _highlight(text: str) -> list[list[tuple[str, str]]]:
    """The lines of a text, each as pieces with their classes."""
    lexer: Any = PythonLexer(stripnl=False, ensurenl=False)
    lines: list[list[tuple[str, str]]] = [[]]
    for kind, piece in lexer.get_tokens(text):
        style = next((style for token, style in COLOURS if kind in token), "")
        first, *rest = piece.split("\n")
        lines[-1].append((first, style))
        lines += [[(part, style)] for part in rest]
    return lines


def _code(line: Line, pieces: list[tuple[str, str]]) -> Markup:
    """A line's code, what findings are about underlined."""
    wrong = {at for mistake in line.mistakes for at in range(mistake.start, mistake.end)}
    made = []
    at = 0
    for text, style in pieces:
        edges = [0, *(k for k in range(1, len(text)) if (at + k in wrong) != (at + k - 1 in wrong)), len(text)]
        for start, end in pairwise(edges):
            part = text[start:end]
            shown = Markup('<span class="{}">{}</span>').format(style, part) if style else escape(part)
            made.append(Markup("<mark>{}</mark>").format(shown) if part and at + start in wrong else shown)
        at += len(text)
    return Markup("").join(made)


def _text(text: str) -> Markup:
    """A sentence, what stands between backticks as code."""
    parts = re.split(r"`([^`\n]+)`", words.clean(text))
    return Markup("").join(_inline(part) if number % 2 else escape(part) for number, part in enumerate(parts))


def _inline(code: str) -> Markup:
    """A piece of code within a sentence: a line may end in it, but not between the two halves of a `-=`."""
    whole = Markup('<span class="whole">{}</span>')
    pieces = (whole.format(p) if n % 2 else escape(p) for n, p in enumerate(re.split(r"([-+*/@]=)", code)))
    return Markup("<code>{}</code>").format(Markup("").join(pieces))


def _diff(diff: str) -> list[tuple[str, str]]:
    """The lines of a diff with their classes."""
    kinds = {"+": "added", "-": "removed", "@": "where"}
    return [
        (line, "name" if line.startswith(("--- ", "+++ ")) else kinds.get(line[:1], ""))
        for line in words.clean(diff).splitlines()
    ]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("backproof.check", "forms"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"text": _text, "diff": _diff}
    environment.globals["words"] = words
    return environment


def _render(template: str, reports: Sequence[Report]) -> str:
    views = [_view(number, report) for number, report in enumerate(reports, start=1)]
    return _environment().get_template(template).render(views=views, counts=words.counts(reports))
