"""Writes a formula, in LaTeX for pages and notebooks and in plain characters for the terminal."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from itertools import pairwise
from typing import ClassVar

from backproof.lesson.formulas.expression import Expression, Letter, Name, Number, Operation, Words

SUM, PRODUCT, POWER, ATOM = range(1, 5)
"""How tightly an expression holds together: what is looser than its place asks for stands in brackets."""
DIGITS = 5
"""Significant digits of a number that is read."""
MOST_DIGITS = 12
"""A small number that is nearly a whole one gets so many digits to show it."""
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def shown(value: float, digits: int = DIGITS) -> tuple[str, str]:
    """A number for a reader: its digits, and the power of ten that it is multiplied by, or nothing."""
    if not math.isfinite(value):
        return ("∞" if value > 0 else "−∞") if math.isinf(value) else "not a number", ""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value)).replace("-", "−"), ""
    text = f"{value:.{digits}g}"
    while abs(value) < 10 and digits < MOST_DIGITS and float(text).is_integer():
        # 1.00002 is not 1, and its logarithm is not 0
        digits += 1
        text = f"{value:.{digits}g}"
    if "e+0" in text and abs(value) < 1e6:
        # a whole number is easier to read than a power of ten
        text = f"{value:.0f}"
    digits_text, _, exponent = text.partition("e")
    return digits_text.replace("-", "−"), str(int(exponent)) if exponent else ""


def plain_number(value: float, digits: int = DIGITS) -> str:
    """A number for a reader, in plain characters: −1.25×10⁻⁷."""
    text, exponent = shown(value, digits)
    return f"{text}×10{exponent.translate(SUPERSCRIPTS)}" if exponent else text


class Writer(ABC):
    """Walks a formula and puts the brackets where they are needed."""

    fraction_level = ATOM
    cases_level = ATOM

    def write(self, expression: Expression, level: int = SUM) -> str:
        """The expression, in brackets unless it holds together as tightly as `level` asks."""
        text, own = self._write(expression)
        return self.bracket(text) if own < level else text

    def _write(self, expression: Expression) -> tuple[str, int]:
        match expression:
            case Name(name):
                return self.name(name), POWER if name.startswith("d_") else ATOM
            case Number(value):
                tight = PRODUCT if "e" in f"{value:.{DIGITS}g}" else ATOM
                return self.number(value), SUM if value < 0 else tight
            case Letter(letter):
                return self.letter(letter), ATOM
            case Words(text):
                return self.words(text), ATOM
            case Operation(kind="sum", parts=parts):
                return self._sum(parts), SUM
            case Operation(kind="negative", parts=(part,)):
                return f"−{self.write(part, PRODUCT)}", SUM
            case Operation(kind="times" | "hadamard" | "matmul" as kind, parts=parts):
                return self._product(kind, parts), PRODUCT
            case Operation(kind="fraction", parts=(top, bottom)):
                return self.fraction(top, bottom), self.fraction_level
            case Operation(kind="partial", parts=(Name(top), Name(bottom))):
                return self.partial(top, bottom), POWER
            case Operation(kind="power", parts=(base, exponent)):
                return self.power(base, exponent), POWER
            case Operation(kind="transpose", parts=(part,)):
                return self.transposed(self.write(part, ATOM)), POWER
            case Operation(kind="function", parts=parts, label=label):
                return self.function(label, [self.write(part) for part in parts]), ATOM
            case Operation(kind="total", parts=(part,), label=over):
                return self.total(over, self.write(part, PRODUCT)), PRODUCT
            case Operation(kind="mean", parts=(part,), label=over):
                return self.mean(over, self.write(part, PRODUCT)), PRODUCT
            case Operation(kind="truth"):
                return self.fenced("truth", self._relation(expression)), ATOM
            case Operation(kind="cases", parts=(condition, yes, no)):
                return self.cases(self._relation(condition), self.write(yes), self.write(no)), self.cases_level
            case Operation(kind="elided", parts=parts):
                values = [part.value for part in parts if isinstance(part, Number)]
                return self.elided(int(values[0]), values[1] if len(values) > 1 else None), ATOM
            case Operation(kind=kind, parts=(part,)):
                return self.fenced(kind, self.write(part)), ATOM
        raise NotImplementedError(expression)

    def _relation(self, expression: Expression) -> str:
        if not (isinstance(expression, Operation) and expression.kind == "truth"):
            return self.write(expression)
        left, right = expression.parts
        return f"{self.write(left)} {self.relation(expression.label)} {self.write(right)}"

    def _sum(self, parts: tuple[Expression, ...]) -> str:
        text = self.write(parts[0])
        for part in parts[1:]:
            if isinstance(part, Operation) and part.kind == "negative":
                text += f" − {self.write(part.parts[0], PRODUCT)}"
            else:
                text += f" + {self.write(part, PRODUCT)}"
        return text

    def _product(self, kind: str, parts: tuple[Expression, ...]) -> str:
        text = self.write(parts[0], PRODUCT)
        for before, part in pairwise(parts):
            sign = self.signs[kind]
            if kind == "times" and isinstance(before, Number) and isinstance(part, (Name, Letter)):
                sign = self.thin
            text += sign + self.write(part, PRODUCT)
        return text

    signs: ClassVar[dict[str, str]]
    thin: str

    @abstractmethod
    def bracket(self, text: str) -> str: ...

    @abstractmethod
    def name(self, name: str) -> str: ...

    @abstractmethod
    def number(self, value: float) -> str: ...

    @abstractmethod
    def letter(self, letter: str) -> str: ...

    @abstractmethod
    def words(self, text: str) -> str: ...

    @abstractmethod
    def fraction(self, top: Expression, bottom: Expression) -> str: ...

    @abstractmethod
    def partial(self, top: str, bottom: str) -> str: ...

    @abstractmethod
    def power(self, base: Expression, exponent: Expression) -> str: ...

    @abstractmethod
    def transposed(self, text: str) -> str: ...

    @abstractmethod
    def function(self, label: str, parts: list[str]) -> str: ...

    @abstractmethod
    def total(self, over: str, text: str) -> str: ...

    @abstractmethod
    def mean(self, over: str, text: str) -> str: ...

    @abstractmethod
    def relation(self, relation: str) -> str: ...

    @abstractmethod
    def cases(self, condition: str, yes: str, no: str) -> str: ...

    @abstractmethod
    def elided(self, count: int, rest: float | None) -> str: ...

    @abstractmethod
    def fenced(self, kind: str, text: str) -> str: ...
