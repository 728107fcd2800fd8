"""The lesson on a terminal: formulas and pictures in plain characters."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table as RichTable
from rich.text import Text

from backproof.lesson.blocks import (
    Block,
    Cards,
    Chain,
    Code,
    Document,
    Formula,
    Frames,
    Heading,
    Lines,
    Listing,
    Paragraph,
    Picture,
    Question,
    Table,
    Verdict,
    pieces,
)
from backproof.lesson.forms.markdown import comparison
from backproof.lesson.formulas.plain import Plain
from backproof.lesson.formulas.symbols import Symbols
from backproof.lesson.formulas.writing import plain_number
from backproof.lesson.observation import Explained

COLOURS = {"forward": "blue", "loss": "magenta", "backward": "yellow", "update": "green"}
WIDEST = 100


class Terminal:
    """Turns blocks into what rich prints."""

    def __init__(self, symbols: Symbols) -> None:
        self.plain = Plain(symbols.plain)

    def print(self, document: Document, console: Console) -> None:
        """Print the whole lesson; page it and colour it where there is a terminal."""
        if console.is_terminal:
            with console.pager(styles=True):
                self._print(document, console)
        else:
            self._print(document, console)

    def _print(self, document: Document, console: Console) -> None:
        width = min(console.width, WIDEST)

        def show(thing: RenderableType) -> None:
            console.print(thing, width=width)

        show(Text(document.title, style="bold"))
        show(Text(document.subtitle, style="dim"))
        for block in document.opening:
            show(self.block(block))
        for part in document.parts:
            show(Padding(Rule(Text(part.title, style="bold"), characters="═", align="left"), (2, 0, 0, 0)))
            for chapter in part.chapters:
                show(Padding(Rule(Text(chapter.title, style="bold"), align="left"), (1, 0, 0, 0)))
                for block in chapter.blocks:
                    show(self.block(block))

    def text(self, text: str, style: str = "") -> Text:
        """A text, its code in colour."""
        made = Text(style=style)
        for piece in pieces(text):
            made.append(piece.text, style="cyan" if piece.kind == "code" else "")
        return made

    def block(self, block: Block) -> RenderableType:
        """What rich prints for a block."""
        return Padding(self._block(block), (1, 0, 0, 0), expand=False)

    def _block(self, block: Block) -> RenderableType:
        match block:
            case Paragraph(text):
                return self.text(text)
            case Heading(text):
                return self.text(text, "bold")
            case Listing(items):
                return Group(*(_hanging("•", self.text(item)) for item in items))
            case Code(text):
                return Padding(_code(text), (0, 0, 0, 2), expand=False)
            case Lines(rows):
                return Group(
                    *(
                        Group(_code(line), Padding(self.text(sentence, "dim"), (0, 0, 0, 4), expand=False))
                        for line, sentence in rows
                    )
                )
            case Formula(name, expression):
                return Padding(
                    Text(f"{self.plain.name(name)} = {self.plain.write(expression)}"), (0, 0, 0, 4), expand=False
                )
            case Cards(steps, folded):
                opening = [Text(folded, style="bold")] if folded else []
                return Group(*opening, *(self._card(step) for step in steps))
            case Table():
                return self._table(block)
            case Picture(title, description, _, characters):
                if not characters:
                    return Text("")
                # a picture is not to be wrapped
                drawn = Text(characters, no_wrap=True, overflow="crop")
                return Group(self.text(title, "bold"), drawn, self.text(description, "dim"))
            case Question(question, answer, hidden):
                return Panel(
                    Group(self.text(question, "bold"), *(self.block(part) for part in answer)),
                    title="exercise, with its answer" if hidden else None,
                    title_align="left",
                )
            case Chain():
                return self._chain(block)
            case Frames(frames):
                shown: Iterable[RenderableType] = (
                    Group(Text(frame.label, style="bold"), self._block(frame.picture), self._table(frame.table))
                    for frame in (frames[0], frames[-1])
                )
                return Group(*shown)
            case Verdict(holds, lines):
                return Group(*(Text(line.strip(), style="green" if holds else "bold red") for line in lines))

    def _card(self, step: Explained) -> RenderableType:
        sign = "←" if step.changes else "="
        name = self.plain.name(step.step.name)
        sentence = step.step.sentence
        where = f", {step.element}" if step.element else ""
        wrong = step.agreement in ("wrong", "inherited")
        lines: list[RenderableType] = [_code(step.step.code)]
        if sentence:
            lines.append(Text(f"{sentence[:1].upper()}{sentence[1:]}."))
        lines += [
            Padding(Text(f"{name} {sign} {self.plain.write(step.formula)}"), (0, 0, 0, 4), expand=False),
            Padding(
                Text(f"{name} {sign} {self.plain.write(step.numbers)} = {plain_number(step.number)}", style="bold"),
                (0, 0, 0, 4),
            ),
            Text(f"shape {step.shape}{where}", style="dim"),
            self.text(comparison(step), "bold red" if wrong else ""),
        ]
        return Panel(
            Group(*lines),
            border_style="bold red" if wrong else COLOURS.get(step.step.phase, ""),
            title=step.step.phase,
            title_align="left",
        )

    def _table(self, table: Table) -> RenderableType:
        made = RichTable(box=None, pad_edge=False, header_style="bold", caption_justify="left")
        for heading in table.headings:
            made.add_column(self.text(heading))
        for row in table.rows:
            made.add_row(*map(self.text, row))
        return Group(self.text(table.caption, "dim"), made) if table.caption else made

    def _chain(self, chain: Chain) -> RenderableType:
        lines = []
        for link in chain.links:
            value = f"● {self.plain.name(link.name)} = {plain_number(link.value)}"
            if link.gradient is not None and link.name != "loss":
                value += f"     {self.plain.name('d_' + link.name)} = {plain_number(link.gradient)}"
            lines.append(value)
            for name, gradient in link.weights:
                lines.append(f"├──▶ {self.plain.name('d_' + name)} = {plain_number(gradient)}")
            if link.through:
                words = "".join(piece.text for piece in pieces(link.through))
                lines.append(f"│    back through {words}")
        return Text("\n".join(lines))


def _code(code: str) -> Syntax:
    return Syntax(code, "python", theme="ansi_dark", background_color="default", word_wrap=True)


def _hanging(mark: str, text: Text) -> RenderableType:
    made = RichTable.grid(padding=(0, 1, 0, 0))
    made.add_row(mark, text)
    return made
