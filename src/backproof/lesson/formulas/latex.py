"""Formulas in LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from backproof.lesson.formulas.expression import COUNTS, Expression
from backproof.lesson.formulas.writing import ATOM, SUM, Writer, shown


class Latex(Writer):
    """LaTeX, for KaTeX and MathJax, and for MathML by way of latex2mathml.

    With `marked`, names and numbers carry what they stand for in a colour that is none: `forms/html` turns it into
    classes and values.
    """

    signs: ClassVar[dict[str, str]] = {"times": r" \cdot ", "hadamard": r" \odot ", "matmul": r"\, "}
    thin = r"\,"
    RELATIONS: ClassVar[dict[str, str]] = {"≥": r"\ge", "≤": r"\le", "≠": r"\ne"}
    FENCES: ClassVar[dict[str, str]] = {
        "root": r"\sqrt{%s}",
        "absolute": r"\left|%s\right|",
        "floor": r"\left\lfloor %s\right\rfloor",
        "truth": r"\left[%s\right]",
    }

    def __init__(self, symbol: Callable[[str], str], *, marked: bool = False) -> None:
        self.symbol = symbol
        self.marked = marked

    def write(self, expression: Expression, level: int = SUM) -> str:
        return super().write(expression, level).replace("−", "-")

    def mark(self, what: str, text: str) -> str:
        return rf"\textcolor{{{what}}}{{{text}}}" if self.marked else text

    def bracket(self, text: str) -> str:
        return rf"\left({text}\right)"

    def name(self, name: str) -> str:
        return self.mark(f"v:{name}", self.symbol(name))

    def number(self, value: float) -> str:
        text, exponent = shown(value)
        text = text.replace("−", "-")
        text = {"∞": r"\infty", "-∞": r"-\infty"}.get(text, text)
        if text == "not a number":
            text = r"\text{not a number}"
        return self.mark(f"={value!r}", rf"{text}\times 10^{{{exponent}}}" if exponent else text)

    def letter(self, letter: str) -> str:
        return r"\pi" if letter == "π" else letter

    def words(self, text: str) -> str:
        return rf"\text{{{text}}}"

    def fraction(self, top: Expression, bottom: Expression) -> str:
        return rf"\frac{{{self.write(top)}}}{{{self.write(bottom)}}}"

    def partial(self, top: str, bottom: str) -> str:
        return rf"\frac{{\partial {self.name(top)}}}{{\partial {self.name(bottom)}}}"

    def power(self, base: Expression, exponent: Expression) -> str:
        return f"{self.write(base, ATOM)}^{{{self.write(exponent)}}}"

    def transposed(self, text: str) -> str:
        return rf"{{{text}}}^{{\top}}"

    def function_name(self, label: str) -> str:
        """How mathematics writes the name of a function."""
        if label == "max of the row":
            return r"\max_{\text{columns}}"
        return rf"\{label}" if label in ("ln", "max", "min", "tanh", "cos") else rf"\operatorname{{{label}}}"

    def function(self, label: str, parts: list[str]) -> str:
        return rf"{self.function_name(label)}\left({', '.join(parts)}\right)"

    def total(self, over: str, text: str) -> str:
        return rf"\sum_{{\text{{{over}}}}} {text}"

    def mean(self, over: str, text: str) -> str:
        return rf"\frac{{1}}{{{COUNTS[over]}}} {self.total(over, text)}"

    def relation(self, relation: str) -> str:
        return self.RELATIONS.get(relation, relation)

    def cases(self, condition: str, yes: str, no: str) -> str:
        return rf"\begin{{cases}} {yes} & \text{{if }} {condition} \\ {no} & \text{{otherwise}} \end{{cases}}"

    def elided(self, count: int, rest: float | None) -> str:
        if rest is None:
            return rf"\text{{{count} more}}"
        total = self.bracket(self.number(rest)) if rest < 0 else self.number(rest)
        return rf"\underset{{\text{{{count} more terms}}}}{{{total}}}"

    def fenced(self, kind: str, text: str) -> str:
        return self.FENCES[kind] % text
