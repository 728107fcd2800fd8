"""A program's text, written line by line, that remembers which lines belong to which section."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import CodeType

from backproof.program.derivation import Step
from backproof.program.syntax import BUSY, parsed


class Text:
    """Lines of Python under way, with named sections that can be compiled by themselves.

    A section is compiled out of the whole text, so a traceback from it shows the line as it stands there.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sections: dict[str, tuple[int, int]] = {}
        self._indent = ""
        self._said: set[str] = set()

    def add(self, *lines: str) -> None:
        """Append lines at the current depth."""
        for line in "\n".join(lines).split("\n") if lines else [""]:
            self.lines.append(self._indent + line if line else "")

    def steps(self, steps: Iterable[Step]) -> None:
        """Append the code of steps, each sentence once in the whole text, above the line it explains."""
        for step in steps:
            if step.sentence and step.sentence not in self._said:
                self._said.add(step.sentence)
                self.add(f"# {step.sentence}")
            self.add(step.code)

    def forget(self) -> None:
        """Let sentences be said again from here on."""
        self._said.clear()

    @contextmanager
    def indented(self, opening: str = "") -> Iterator[None]:
        """Append a line and write what follows one level deeper."""
        if opening:
            self.add(opening)
        before, self._indent = self._indent, self._indent + " " * 4
        yield
        self._indent = before

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Remember the lines written meanwhile under this name."""
        first = len(self.lines) + 1
        yield
        self.sections[name] = (first, len(self.lines))

    def __str__(self) -> str:
        return "\n".join(self.lines).rstrip("\n") + "\n"

    def compile(self, filename: str, *names: str) -> tuple[CodeType, ...]:
        """The code of these sections, with the line numbers of the whole text.

        The text is registered under the file name, so a traceback shows its line and a debugger steps through it.
        """
        source = str(self)
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        tree = parsed(source)
        parts = [ast.Module(list(_within(tree.body, *self.sections[name])), []) for name in names]
        with BUSY:
            return tuple(compile(part, filename, "exec") for part in parts)


def _within(statements: list[ast.stmt], first: int, last: int) -> Iterator[ast.stmt]:
    for statement in statements:
        if first <= statement.lineno <= last:
            yield statement
        elif statement.lineno <= last and isinstance(statement, (ast.For, ast.With, ast.FunctionDef)):
            yield from _within(statement.body, first, last)
