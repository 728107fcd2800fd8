"""Reads an op's function and inlines its lines under other names."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from backproof.errors import DescriptionError
from backproof.program.syntax import parsed


@dataclass(frozen=True)
class Line:
    """One assignment: the name it assigns, its code, the names that it reads, the comment above it."""

    name: str
    code: str
    reads: tuple[str, ...]
    sentence: str
    imports: tuple[str, ...]
    """What has to be imported for it, besides NumPy."""


@dataclass(frozen=True)
class _SourceLine:
    target: str
    code: str
    spans: tuple[tuple[int, int, str], ...]
    sentence: str


@dataclass(frozen=True)
class Source:
    """A function as it is written: its arguments, its settings, its lines and what it returns."""

    arguments: tuple[str, ...]
    settings: tuple[str, ...]
    lines: tuple[_SourceLine, ...]
    returns: tuple[str, ...]
    imports: Mapping[str, str]
    """The import statements of its file, besides NumPy's, by the name that they bind."""

    @property
    def assigned(self) -> tuple[str, ...]:
        """The names that the lines assign, in order."""
        return tuple(line.target for line in self.lines)


@cache
def read(function: Callable[..., Any]) -> Source:
    """The source of a straight-line function.

    Raises DescriptionError when it is anything but one-line assignments to plain names and a return of names.
    """
    text = textwrap.dedent(inspect.getsource(function))
    written = text.splitlines()
    definition = parsed(text).body[0]
    assert isinstance(definition, ast.FunctionDef)
    body = definition.body[1:] if ast.get_docstring(definition) else definition.body

    def refuse(statement: ast.stmt, why: str) -> DescriptionError:
        where = f"{inspect.getsourcefile(function)}, {function.__qualname__}"
        return DescriptionError(f"{where}: {why}: {written[statement.lineno - 1].strip()}")

    lines = []
    for statement in body[:-1]:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            raise refuse(statement, "an op's function is made of assignments to plain names")
        if len(statement.targets) != 1 or statement.lineno != statement.end_lineno:
            raise refuse(statement, "one assignment a line")
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        spans = sorted(
            (
                n.col_offset - statement.col_offset,
                (n.end_col_offset or 0) - statement.col_offset,
                n.id,
            )
            for n in names
        )
        code = written[statement.lineno - 1].strip()
        lines.append(_SourceLine(statement.targets[0].id, code, tuple(spans), _comment(written, statement.lineno - 1)))
    last = body[-1]
    values: list[ast.expr] = []
    if isinstance(last, ast.Return) and last.value:
        values = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    if not values or not all(isinstance(value, ast.Name) for value in values):
        raise refuse(last, "an op's function ends by returning names")
    return Source(
        arguments=tuple(argument.arg for argument in definition.args.args),
        settings=tuple(argument.arg for argument in definition.args.kwonlyargs),
        lines=tuple(lines),
        returns=tuple(value.id for value in values if isinstance(value, ast.Name)),
        imports=_imports(function.__module__),
    )


@cache
def _imports(module: str) -> Mapping[str, str]:
    tree = parsed(inspect.getsource(sys.modules[module]))
    return {
        alias.asname or alias.name: f"from {statement.module} import {alias.name}"
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module not in ("__future__", "dataclasses")
        for alias in statement.names
    }


def _comment(written: list[str], line: int) -> str:
    """The comment that stands directly above a line."""
    words: list[str] = []
    while line > 0 and written[line - 1].strip().startswith("#"):
        line -= 1
        words.insert(0, written[line].strip().lstrip("#").strip())
    return " ".join(words)


def inline(
    source: Source, scope: dict[str, str], rename: Callable[[str], str], settings: Mapping[str, str]
) -> list[Line]:
    """The function's lines with every name replaced by its name in the program.

    `scope` maps the function's names to the program's and grows by the names that the function assigns first,
    which `rename` makes. `settings` maps keyword-only arguments to the words that stand for them. Names that
    are in neither are global, such as `np`.
    """
    lines = []
    for line in source.lines:
        reads = []
        code, end = "", 0
        if line.target not in scope:
            scope[line.target] = rename(line.target)
        # the first span is the name that is assigned
        for first, last, name in line.spans:
            words = settings[name] if name in source.settings else scope.get(name, name)
            code += line.code[end:first] + words
            end = last
            if first > 0 and words.isidentifier():
                reads.append(words)
        code += line.code[end:]
        imports = tuple(source.imports[name] for name in reads if name in source.imports)
        lines.append(Line(scope[line.target], code, tuple(dict.fromkeys(reads)), line.sentence, imports))
    return lines


def literal(value: object) -> str:
    """A setting as it is written in the program: a negative number in brackets, so that it binds as one."""
    words = repr(value)
    return f"({words})" if words.startswith("-") else words
