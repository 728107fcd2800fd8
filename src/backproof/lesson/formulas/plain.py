"""Formulas in plain characters."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from backproof.lesson.formulas.expression import COUNTS, Expression
from backproof.lesson.formulas.writing import ATOM, POWER, PRODUCT, SUM, Writer, plain_number


class Plain(Writer):
    """Plain characters, for the terminal."""

    fraction_level = PRODUCT
    cases_level = SUM
    signs: ClassVar[dict[str, str]] = {"times": "·", "hadamard": " ⊙ ", "matmul": " "}
    thin = "·"
    FENCES: ClassVar[dict[str, str]] = {"root": "√(%s)", "absolute": "|%s|", "floor": "⌊%s⌋", "truth": "[%s]"}

    def __init__(self, symbol: Callable[[str], str]) -> None:
        self.symbol = symbol

    def bracket(self, text: str) -> str:
        return f"({text})"

    def name(self, name: str) -> str:
        return self.symbol(name)

    def number(self, value: float) -> str:
        return plain_number(value)

    def letter(self, letter: str) -> str:
        return letter

    def words(self, text: str) -> str:
        return text

    def fraction(self, top: Expression, bottom: Expression) -> str:
        return f"{self.write(top, PRODUCT)} / {self.write(bottom, POWER)}"

    def partial(self, top: str, bottom: str) -> str:
        return f"∂{self.name(top)}/∂{self.name(bottom)}"

    def power(self, base: Expression, exponent: Expression) -> str:
        inner = self.write(exponent)
        return f"{self.write(base, ATOM)}^{inner if inner.isalnum() else f'({inner})'}"

    def transposed(self, text: str) -> str:
        return f"{text}ᵀ"

    def function(self, label: str, parts: list[str]) -> str:
        return f"{label}({', '.join(parts)})"

    def total(self, over: str, text: str) -> str:
        return f"Σ[{over}] {text}"

    def mean(self, over: str, text: str) -> str:
        return f"(1/{COUNTS[over]})·{self.total(over, text)}"

    def relation(self, relation: str) -> str:
        return relation

    def cases(self, condition: str, yes: str, no: str) -> str:
        return f"{yes} if {condition}, otherwise {no}"

    def elided(self, count: int, rest: float | None) -> str:
        return f"{count} more" if rest is None else f"({count} more: {plain_number(rest)})"

    def fenced(self, kind: str, text: str) -> str:
        return self.FENCES[kind] % text
