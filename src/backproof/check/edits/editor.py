"""An edit of a file's text, and the file as it is read for editing."""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from backproof.check.edits.difference import difference
from backproof.check.edits.names import Names
from backproof.check.edits.numpy_names import in_own_names
from backproof.check.edits.tree import is_closed
from backproof.check.syntax import parsed


@dataclass(frozen=True)
class Edit:
    """Text for the characters from `start` to `end` of a file; `line` is the line that it is about (from 1).

    `cost` is how unlikely such a mistake is; `kind` names it, and `says` what was done in words.
    """

    start: int
    end: int
    text: str
    line: int
    kind: str
    cost: float
    says: str = ""

    def apply(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def is_python(text: str) -> bool:
    """Whether an edited text can be read as Python at all."""
    try:
        parsed(text)
    except (SyntaxError, ValueError):
        return False
    return True


class Editor(Names):
    """The text of one file, read for editing."""

    def replace(self, node: ast.AST, text: str, kind: str, cost: float, says: str = "") -> Edit:
        start, end = self.span(node)
        text = in_own_names(self, text)
        bracketed = self.text[start - 1 : start] == "(" and self.text[end : end + 1] == ")"
        if bracketed and text.startswith("(") and text.endswith(")") and is_closed(text):
            text = text[1:-1]
        elif bracketed and text.isidentifier() and not re.match(r"[\w\]).]", self.text[start - 2 : start - 1] or " "):
            return Edit(
                start - 1,
                end + 1,
                text,
                getattr(node, "lineno", 1),
                kind,
                cost,
                says or f"{self.segment(node)} → {text}",
            )
        return Edit(start, end, text, getattr(node, "lineno", 1), kind, cost, says or f"{self.segment(node)} → {text}")

    def bracketed(self, node: ast.expr, text: str) -> str:
        """A text that is to stand in the place of an expression, in brackets where it would be read otherwise there."""
        around = self.parents.get(node)
        if text.startswith("(") and text.endswith(")") and is_closed(text):
            text = text[1:-1]
        if not isinstance(around, ast.expr) or not self.is_operand(node):
            return text
        (begin, close), (start, end) = self.span(around), self.span(node)
        before, behind = self.text[begin:start], self.text[end:close]
        apart, plain = (f"({before}{made}{behind})" for made in (f"({text})", text))
        return text if is_python(plain) and ast.dump(parsed(plain)) == ast.dump(parsed(apart)) else f"({text})"

    def at_places(self, places: Iterable[tuple[int, int, str]], line: int, kind: str, cost: float, says: str) -> Edit:
        """One edit that writes something at several places, each from where to where it replaces what stands there."""
        text = self.text
        for start, end, made in sorted(places, reverse=True):
            text = text[:start] + made + text[end:]
        return Edit(*difference(self.text, text), line, kind, cost, says)


def made_at_once(text: str, edits: Sequence[Edit]) -> Edit:
    """Several edits of a text, each of a place of its own, as one edit of all that lies between them."""
    first, made = min(edits, key=lambda edit: edit.start), text
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        made = edit.apply(made)
    start, end, between = difference(text, made)
    return replace(first, start=start, end=end, text=between)
