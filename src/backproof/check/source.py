"""The stranger's file as one Python text, with the way back to its own lines: a notebook becomes a script."""

import ast
import json
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from backproof.check.syntax import parsed
from backproof.errors import BackproofError

_MAGIC = re.compile(r"^\s*(%%?|!|\?)")
_FUTURE = re.compile(r"^\s*from\s+__future__\s+import\s+[\w, ]+(#.*)?$")  # each cell may begin with one
_TIMED = re.compile(r"^(\s*)%(?:time|timeit|prun)\s+(?![-])(.+)$")
_ASSIGNED = re.compile(r"^\s*[\w, ]+=\s*[!%](?!=)")
_FOREIGN = (
    "%%bash",
    "%%sh",
    "%%html",
    "%%javascript",
    "%%js",
    "%%latex",
    "%%markdown",
    "%%writefile",
    "%%script",
    "%%cython",
)


@dataclass(frozen=True)
class Place:
    """Where something stands: line (from 1) and, in a notebook, the cell (from 1) that the line is counted in."""

    line: int
    cell: int | None = None

    def __str__(self) -> str:
        return f"line {self.line}" if self.cell is None else f"cell {self.cell}, line {self.line}"


_PATH = 200  # characters, at most, of what is taken for a path


@dataclass(frozen=True)
class Source:
    """A file as it is checked: `text` is the Python that runs, `places` say where each of its lines comes from."""

    path: Path
    text: str
    places: tuple[Place, ...]

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return parsed(self.text)

    @property
    def is_notebook(self) -> bool:
        return self.path.suffix == ".ipynb"

    @property
    def run_name(self) -> str:
        """The name under which the Python text runs in the copied folder."""
        if self.is_notebook:
            own = self.path.with_suffix(".py")
            # a module beside the notebook may have its name
            return own.name if not own.exists() else f"{self.path.stem}_notebook.py"
        return self.path.name if self.path.suffix == ".py" else f"{self.path.name}.py"

    @property
    def paths_above(self) -> list[str]:
        """What the text names in the folders above, as `../data/iris.csv`."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and text.startswith("../") and len(text) < _PATH:
                found.add(text)
        return sorted(found)

    def text_of(self, name: str) -> str:
        """The text of a file of the folder, by the name under which it runs; empty if it cannot be read."""
        if name == self.run_name:
            return self.text
        try:
            return (self.path.parent / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def place(self, line: int) -> Place:
        return self.places[min(max(line, 1), len(self.places)) - 1] if self.places else Place(line)


def read_source(path: Path) -> Source:
    """Read a script or a notebook.

    Raises:
        BackproofError: the file is missing, not text, not a notebook, or not Python 3 (with the line).
    """
    try:
        if path.suffix == ".ipynb":
            text, places = _notebook(path)
        else:
            with tokenize.open(path) as stream:
                text = stream.read()
            places = tuple(Place(number) for number in range(1, text.count("\n") + 2))
    except FileNotFoundError as error:
        raise BackproofError(f"{path}: there is no such file.") from error
    except IsADirectoryError as error:
        raise BackproofError(f"{path} is a folder.") from error
    except OSError as error:
        raise BackproofError(f"{path}: {error.strerror or error}.") from error
    except (UnicodeDecodeError, SyntaxError) as error:
        raise BackproofError(f"{path} is not a text file in UTF-8.") from error
    source = Source(path, text, places)
    try:
        _ = source.tree
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        old = " It looks like Python 2: `2to3` may turn it into Python 3." if _looks_like_python_2(text) else ""
        raise BackproofError(
            f"{path}, {source.place(line)}: not Python 3: {getattr(error, 'msg', error)}.{old}"
        ) from error
    return source


def _looks_like_python_2(text: str) -> bool:
    return bool(re.search(r"^\s*print\s+[^(=\s]|\bxrange\(|^\s*except \w+, \w+:|\braw_input\(", text, re.MULTILINE))


def _notebook(path: Path) -> tuple[str, tuple[Place, ...]]:
    """The code cells below one another, a blank line between two; magics become `pass`, and so do imports from
    `__future__`, which change nothing in Python 3 and have to come first in a file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        codes = [(n, _text(cell)) for n, cell in enumerate(cells, start=1) if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BackproofError(f"{path} is not a Jupyter notebook.") from error
    lines: list[str] = []
    places: list[Place] = []
    for number, code in codes:
        if code.lstrip().startswith(_FOREIGN):
            continue
        for line, written in enumerate([*code.splitlines(), ""], start=1):
            lines.append(without_magic(written))
            places.append(Place(line, number))
    return "\n".join(lines) + "\n", tuple(places)


def _text(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(source) if isinstance(source, list) else str(source)


def without_magic(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    if timed := _TIMED.match(line):
        return f"{timed[1]}{timed[2]}"
    if _MAGIC.match(line) or _FUTURE.match(line) or re.match(r"^[\w.]+\?{1,2}\s*$", line):
        return f"{indent}pass"
    if _ASSIGNED.match(line):
        return f"{indent}{line.split('=', maxsplit=1)[0].strip()} = ''"
    return line
