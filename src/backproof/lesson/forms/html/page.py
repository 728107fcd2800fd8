"""Puts a document into its page."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from backproof.lesson.blocks import Block, Document, pieces
from backproof.lesson.forms.html.code import highlight
from backproof.lesson.forms.html.formulas import mathml
from backproof.lesson.formulas.expression import Expression, Name, Number, Operation
from backproof.lesson.formulas.latex import Latex
from backproof.lesson.formulas.plain import Plain
from backproof.lesson.formulas.symbols import Symbols
from backproof.lesson.formulas.writing import PRODUCT, SUM, plain_number
from backproof.lesson.observation import Explained

BREAK = 24
"""A formula of more characters than this is broken where it can be."""
WIDE = 22
"""A formula of more characters than this may be wider than a phone, so that the keyboard must be able to move it."""


class _Filters:
    """What the templates need to know of one document."""

    def __init__(self, names: Iterable[str], symbols: Symbols) -> None:
        self.names = frozenset(names)
        self.latex = Latex(symbols.latex, marked=True)
        self.plain = Plain(symbols.plain)
        self.used: set[str] = set()

    def text(self, text: str) -> Markup:
        """A text with its code and its numbers."""
        parts = []
        for piece in pieces(text):
            match piece.kind:
                case "code":
                    parts.append(Markup("<code>{}</code>").format(self.code(piece.text)))
                case "number":
                    parts.append(Markup('<data value="{}">{}</data>').format(piece.value, piece.text))
                case _:
                    parts.append(escape(piece.text))
        return Markup("").join(parts)

    def code(self, code: str) -> Markup:
        # a line break that no tidying of the page takes away
        return Markup(str(highlight(code, self.names)).replace("\n", "&#10;"))

    def formula(self, expression: Expression, name: str, *, changes: bool = False) -> Markup:
        """A formula with the name of what it equals."""
        sign = r"\leftarrow" if changes else "="
        return mathml(f"{self.latex.name(name)} {sign} {self.latex.write(expression)}", display=True)

    def pieces(self, expression: Expression, name: str, *, changes: bool = False) -> Markup:
        """A formula in pieces between which a line may break, as MathML itself cannot break it."""
        sign = r"\leftarrow" if changes else "="
        parts = [f"{self.latex.name(name)} {sign}", *self._broken(expression)]
        return Markup(" ").join(mathml(part, tall=True) for part in parts)

    def numbers(self, explained: Explained) -> Markup:
        """The formula with the run's numbers, and what they give."""
        made = self.pieces(explained.numbers, explained.step.name, changes=explained.changes)
        if explained.numbers == Number(explained.number):
            return made
        return made + Markup(" ") + mathml(f"= {self.latex.number(explained.number)}", tall=True)

    def _broken(self, expression: Expression, level: int = SUM) -> list[str]:
        """The LaTeX of an expression in pieces: a long one is broken at its signs and its commas."""
        if not isinstance(expression, Operation) or len(self.plain.write(expression)) < BREAK:
            return [self.latex.write(expression, level)]
        match expression:
            case Operation(kind="sum", parts=(first, *rest)):
                pieces = self._broken(first)
                for part in rest:
                    minus = isinstance(part, Operation) and part.kind == "negative"
                    inner = part.parts[0] if isinstance(part, Operation) and minus else part
                    pieces += _prefixed("{} - " if minus else "{} + ", self._broken(inner, PRODUCT))
                return _around("(", pieces) if level > SUM else pieces
            case Operation(kind="negative", parts=(part,)):
                return _prefixed("- ", self._broken(part, PRODUCT))
            case Operation(kind="times", parts=(first, *rest)):
                pieces = self._broken(first, PRODUCT)
                for part in rest:
                    pieces += _prefixed(r"{} \cdot ", self._broken(part, PRODUCT))
                return pieces
            case Operation(kind="fraction", parts=(top, bottom)) if len(self.plain.write(top)) >= BREAK:
                share = self.latex.write(Operation("fraction", (Number(1.0), bottom)))
                return _prefixed(f"{share} ", _around("(", self._broken(top)))
            case Operation(kind="function", parts=parts, label=label):
                arguments = [", ".join(self._broken(part)) for part in parts]
                commas = [f"{argument}," for argument in arguments[:-1]] + arguments[-1:]
                return _around(self.latex.function_name(label) + "(", commas)
        return [self.latex.write(expression, level)]

    def is_wide(self, expression: Expression) -> bool:
        """Whether a formula may be wider than a phone."""
        return len(self.plain.write(expression)) > WIDE

    def symbol(self, name: str) -> Markup:
        return mathml(self.latex.write(Name(name)))

    @staticmethod
    def number(value: float, digits: int = 5) -> Markup:
        return Markup('<data value="{!r}">{}</data>').format(float(value), plain_number(float(value), digits))

    @staticmethod
    def kind(block: Block) -> str:
        return type(block).__name__.lower()


def _prefixed(sign: str, pieces: list[str]) -> list[str]:
    return [sign + pieces[0], *pieces[1:]]


def _around(opening: str, pieces: list[str]) -> list[str]:
    opened = _prefixed(opening, pieces)
    return [*opened[:-1], f"{opened[-1]})"]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("backproof.lesson.forms", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _font() -> str:
    return base64.b64encode(files("backproof.lesson.forms.html").joinpath("math.woff2").read_bytes()).decode()


def page(document: Document, symbols: Symbols) -> str:
    """The whole page."""
    return _render("page.html", document, symbols, font=_font())


def fragment(document: Document, symbols: Symbols) -> str:
    """The lesson as a piece of a page, for a notebook's cell: the same blocks and styles, without the page around."""
    return _render("fragment.html", document, symbols, font="")


def _render(template: str, document: Document, symbols: Symbols, font: str) -> str:
    filters = _Filters(document.names, symbols)
    environment = _environment().overlay()
    environment.filters = {
        **environment.filters,
        "text": filters.text,
        "code": filters.code,
        "formula": filters.formula,
        "pieces": filters.pieces,
        "numbers": filters.numbers,
        "symbol": filters.symbol,
        "number": filters.number,
        "kind": filters.kind,
    }
    environment.tests = {**environment.tests, "wide": filters.is_wide}
    text = environment.get_template(template).render(document=document, font=font)
    return "\n".join(line for line in text.split("\n") if line.strip()) + "\n"
