"""The lesson as Markdown, with formulas between dollar signs, as GitHub, Jupyter and Colab show them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from backproof.lesson.blocks import (
    Block,
    Cards,
    Chain,
    Chapter,
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
    literal,
    number,
    pieces,
)
from backproof.lesson.formulas.latex import Latex
from backproof.lesson.formulas.symbols import Symbols
from backproof.lesson.observation import Explained

SPECIAL = re.compile(r"([\\*_<>|$\[\]#&`~])")


class Markdown:
    """Writes blocks as Markdown. `names` of the program get their symbols from `symbols`."""

    def __init__(self, symbols: Symbols) -> None:
        self.latex = Latex(symbols.latex)

    def document(self, document: Document) -> str:
        """The whole lesson."""
        parts = [f"# {self.text(literal(document.title))}", f"`{document.subtitle}`", self.blocks(document.opening, 2)]
        for part in document.parts:
            parts.append(f"## {self.text(part.title)}")
            parts += [self.chapter(chapter) for chapter in part.chapters]
        return "\n\n".join(part for part in parts if part) + "\n"

    def chapter(self, chapter: Chapter, level: int = 3) -> str:
        """A chapter with its heading."""
        return f"{'#' * level} {self.text(chapter.title)}\n\n{self.blocks(chapter.blocks, level)}"

    def blocks(self, blocks: Iterable[Block], level: int = 3) -> str:
        """Blocks below a heading of this level."""
        return "\n\n".join(text for text in (self._block(block, level) for block in blocks) if text)

    def text(self, text: str) -> str:
        """A text, with its code in backticks and its numbers as they are read."""
        return "".join(
            f"`{piece.text}`" if piece.kind == "code" else SPECIAL.sub(r"\\\1", piece.text) for piece in pieces(text)
        )

    def _block(self, block: Block, level: int) -> str:
        match block:
            case Paragraph(text):
                return self.text(text)
            case Heading(text):
                return f"{'#' * (level + 1)} {self.text(text)}"
            case Listing(items):
                return "\n".join(f"- {self.text(item)}" for item in items)
            case Code(text):
                return f"```python\n{text}\n```"
            case Lines(rows):
                return "\n".join(
                    f"- {', '.join(f'`{line}`' for line in lines.splitlines())}  \n  {self.text(sentence)}"
                    for lines, sentence in rows
                )
            case Formula(name, expression):
                return self._display(f"{self.latex.name(name)} = {self.latex.write(expression)}")
            case Cards(steps, folded):
                cards = "\n\n".join(self._card(step) for step in steps)
                return _folded(folded, cards) if folded else cards
            case Table():
                return self._table(block)
            case Picture(title, description, _, characters):
                if not characters:
                    return ""
                drawn = f"\n\n```text\n{characters}\n```"
                return f"**{self.text(title)}.** {self.text(description)}{drawn}"
            case Question(question, answer, hidden):
                if hidden:
                    return f"{self.text(question)}\n\n{_folded('Answer', self.blocks(answer, level))}"
                return f"**{self.text(question)}**\n\n{self.blocks(answer, level)}"
            case Chain():
                return self._chain(block)
            case Frames(frames):
                return "\n\n".join(f"**{frame.label}**\n\n{self._table(frame.table)}" for frame in frames)
            case Verdict(_, lines):
                return "\n".join(f"> {self.text(line.strip())}  " for line in lines)

    @staticmethod
    def _display(latex: str) -> str:
        return f"$$\n{latex}\n$$"

    def _card(self, step: Explained) -> str:
        sign = r"\leftarrow" if step.changes else "="
        name = self.latex.name(step.step.name)
        sentence = step.step.sentence
        words = f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""
        put_in = f"{name} {sign} {self.latex.write(step.numbers)} = {self.latex.number(step.number)}"
        where = literal(f" ({step.element})") if step.element else ""
        parts = (
            f"```python\n{step.step.code}\n```",
            self.text(words),
            self._display(f"{name} {sign} {self.latex.write(step.formula)}"),
            f"With the numbers of this run{self.text(where)}; shape {step.shape}:",
            self._display(put_in),
            self.text(comparison(step)),
        )
        return "\n\n".join(part for part in parts if part)

    def _table(self, table: Table) -> str:
        head = f"| {' | '.join(map(self.text, table.headings))} |\n|{' --- |' * len(table.headings)}"
        rows = "\n".join(f"| {' | '.join(map(self.text, row))} |" for row in table.rows)
        caption = f"{self.text(table.caption)}:\n\n" if table.caption else ""
        return f"{caption}{head}\n{rows}"

    def _chain(self, chain: Chain) -> str:
        lines = []
        for link in chain.links:
            gradient = "" if link.gradient is None else f", `d_{link.name}` = {number(link.gradient)}"
            if link.name == "loss":
                gradient = ""
            lines.append(f"- {self.text(f'`{link.name}` = {number(link.value)}{gradient}')}")
            lines += [f"  - {self.text(f'`d_{name}` = {number(value)}')}" for name, value in link.weights]
            if link.through:
                lines.append(f"  - back through {self.text(link.through)}")
        return "\n".join(lines)


def comparison(step: Explained) -> str:
    """What PyTorch has for a step, and how far apart the two are, as a text."""
    ours, theirs = step.number, step.their_number
    inside = "" if step.twin.read else "inside "
    line = f"By hand {number(ours, 12)}. In PyTorch: {inside}`{step.twin.line}`"
    if theirs is None:
        return f"{line}, which keeps this number to itself."
    read = f", `{step.twin.read}`" if step.twin.read and step.twin.read != step.step.name else ""
    apart = abs(ours - theirs)
    most = number(step.row.max_abs) if step.row else ""
    words = {
        "wrong": f"✗ not equal: {number(apart)} apart here, at most {most}",
        "inherited": f"✗ not equal, {number(apart)} apart, because of a wrong line before it; this line itself is "
        "right",
        "exact": "✓ equal to the last bit",
        "rounded": f"✓ equal up to rounding, {number(apart)} apart",
    }[step.agreement]
    return f"{line}{read}: {number(theirs, 12)}. {words}."


def _folded(summary: str, inside: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{inside}\n\n</details>"
