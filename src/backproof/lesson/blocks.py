"""What a lesson is made of, before it is a page, a notebook or a screen: chapters of blocks.

In every text, backticks mark code, and `number(...)` puts a number of the run in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from backproof.lesson.formulas.expression import Expression
from backproof.lesson.formulas.writing import plain_number
from backproof.lesson.observation import Explained

BACKTICK = "\ue003"
PIECES = re.compile(r"`([^`]+)`|\ue000([^\ue001]*)\ue001([^\ue002]*)\ue002")


def number(value: float, digits: int = 5) -> str:
    """A number of the run, for a text: readers see a few digits, and pages keep all of them."""
    return f"\ue000{float(value)!r}\ue001{plain_number(float(value), digits)}\ue002"


def literal(words: str) -> str:
    """Words that are not ours, such as the name of a column, for a text: a backtick in them is only a backtick."""
    return words.replace("`", BACKTICK)


@dataclass(frozen=True)
class Piece:
    """A piece of a text: plain words, code, or a number with all of its digits in `value`."""

    kind: Literal["words", "code", "number"]
    text: str
    value: str = ""


def pieces(text: str) -> Iterator[Piece]:
    """A text as its plain words, its code and its numbers."""
    end = 0
    for match in PIECES.finditer(text):
        if match.start() > end:
            yield Piece("words", text[end : match.start()].replace(BACKTICK, "`"))
        if match[1] is not None:
            yield Piece("code", match[1].replace(BACKTICK, "`"))
        else:
            yield Piece("number", match[3], match[2])
        end = match.end()
    if end < len(text):
        yield Piece("words", text[end:].replace(BACKTICK, "`"))


@dataclass(frozen=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading inside a chapter."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Sentences one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """A piece of a program."""

    text: str


@dataclass(frozen=True)
class Lines:
    """Lines of a program with the sentences that explain them: one line, or several that do the same."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Formula:
    """A formula that stands by itself; `name` is what it equals."""

    name: str
    expression: Expression


@dataclass(frozen=True)
class Cards:
    """Steps of the program under the glass; folded away where they repeat what was just shown."""

    steps: tuple[Explained, ...]
    folded: str = ""
    """What is folded away, in words; empty: nothing is."""


@dataclass(frozen=True)
class Table:
    """A table; its cells are texts."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture, drawn for a page when one asks for it, and in characters for a terminal."""

    title: str
    description: str
    """What it shows, for those who cannot see it."""
    svg: Callable[[], str]
    characters: str


@dataclass(frozen=True)
class Question:
    """What learners ask, and the answer; an exercise keeps its answer hidden until it is wanted."""

    question: str
    answer: tuple[Block, ...]
    hidden: bool = False


@dataclass(frozen=True)
class Link:
    """A quantity on the way back from the loss, the weights that branch off, and the op that comes next."""

    name: str
    value: float
    gradient: float | None
    through: str
    """The op that comes next, as a text, with what it multiplies the gradient by."""
    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Chain:
    """The chain rule along the network, from the loss back to every weight."""

    links: tuple[Link, ...]


@dataclass(frozen=True)
class Frame:
    """One moment of the training: a picture of the network, and the numbers at the sample."""

    label: str
    picture: Picture
    table: Table


@dataclass(frozen=True)
class Frames:
    """Moments of the training, one shown at a time where a page can."""

    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class Verdict:
    """What the proof says."""

    holds: bool
    lines: tuple[str, ...]


Block = (
    Paragraph
    | Heading
    | Listing
    | Code
    | Lines
    | Formula
    | Cards
    | Table
    | Picture
    | Question
    | Chain
    | Frames
    | Verdict
)


@dataclass(frozen=True)
class Chapter:
    """A chapter of a lesson."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def slug(self) -> str:
        """The title as an address within a page."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True)
class Part:
    """Chapters that belong together."""

    title: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True)
class Document:
    """A whole lesson."""

    title: str
    subtitle: str
    opening: tuple[Block, ...]
    parts: tuple[Part, ...]
    names: tuple[str, ...] = field(default=())
    """Every name of the program, so that it can be lit up wherever it stands."""
