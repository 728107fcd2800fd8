"""A mutant: one right program with one text in it replaced, so that it makes one known mistake."""

from __future__ import annotations

import difflib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent.parent / "programs"
Place = tuple[int | None, int]
"""A cell (counted from 1, with those of text; None in a .py file) and a line in it, from 1."""


@dataclass(frozen=True)
class Mutant:
    """`old`, which stands exactly once in `program`, becomes `new`.

    `program` is a path under `programs/`; `kind` says which mistake is made; `also` gives further lines of the mutated
    program (of the changed cell in a notebook) that a reader may rightly call the first wrong one.
    """

    program: str
    kind: str
    old: str
    new: str
    also: tuple[int, ...] = ()

    @property
    def is_notebook(self) -> bool:
        return self.program.endswith(".ipynb")

    def __str__(self) -> str:
        return f"{self.program}: {self.kind}: {self.old!r} -> {self.new!r}"


def programs() -> tuple[str, ...]:
    """All right programs: those in `programs/`, and in its sub-folders those that are no helper of another."""
    found = [path for path in PROGRAMS.rglob("*") if path.suffix in (".py", ".ipynb")]
    return tuple(sorted(path.relative_to(PROGRAMS).as_posix() for path in found if is_main(path)))


def is_main(path: Path) -> bool:
    """Whether a file is a program: in a sub-folder only the file of the folder's own name is."""
    return path.parent == PROGRAMS or path.stem == path.parent.name


def read_notebook(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def is_code(cell: dict[str, Any]) -> bool:
    return bool(cell["cell_type"] == "code")


def cell_sources(notebook: dict[str, Any]) -> list[str]:
    """The text of every code cell."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if is_code(cell)]


def sources(program: str) -> list[str]:
    """The texts of a program: one for a .py file, one a code cell for a notebook."""
    path = PROGRAMS / program
    return cell_sources(read_notebook(path)) if path.suffix == ".ipynb" else [path.read_text(encoding="utf-8")]


def occurrences(mutant: Mutant) -> int:
    return sum(text.count(mutant.old) for text in sources(mutant.program))


def mutated_sources(mutant: Mutant) -> list[str]:
    return [text.replace(mutant.old, mutant.new) for text in sources(mutant.program)]


def changed_cell(mutant: Mutant) -> int:
    """The index of the text that the mutant changes."""
    return next(index for index, text in enumerate(sources(mutant.program)) if mutant.old in text)


def changed_lines(before: str, after: str) -> list[int]:
    """The lines of `after` that differ from `before`; where lines were only taken away, the line that follows."""
    old, new = before.split("\n"), after.split("\n")
    opcodes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    spans = [(start, stop) for tag, _, _, start, stop in opcodes if tag in ("replace", "insert")]
    changed = [number for start, stop in spans for number in range(start + 1, stop + 1) if new[number - 1].strip()]
    if changed:
        return changed
    gaps = [start for tag, _, _, start, _ in opcodes if tag == "delete"]
    return [next((number + 1 for number in range(gap, len(new)) if new[number].strip()), len(new)) for gap in gaps]


def cell_number(mutant: Mutant) -> int | None:
    """The changed cell's number among all cells of a notebook; None for a .py file."""
    if not mutant.is_notebook:
        return None
    cells = read_notebook(PROGRAMS / mutant.program)["cells"]
    return next(n for n, cell in enumerate(cells, start=1) if is_code(cell) and mutant.old in "".join(cell["source"]))


def lines(mutant: Mutant) -> tuple[Place, ...]:
    """Where the mutated program is wrong: the changed lines, then the further ones."""
    index = changed_cell(mutant)
    numbers = changed_lines(sources(mutant.program)[index], mutated_sources(mutant)[index])
    cell = cell_number(mutant)
    return tuple((cell, number) for number in dict.fromkeys((*numbers, *mutant.also)))


def write_program(program: str, folder: Path) -> Path:
    """Copy a right program, with its helper modules, into a folder; gives its path there."""
    source = PROGRAMS / program
    if source.parent != PROGRAMS:
        for helper in source.parent.glob("*.py"):
            shutil.copy(helper, folder / helper.name)
    return Path(shutil.copy(source, folder / source.name))


def write_mutant(mutant: Mutant, folder: Path) -> Path:
    """Write a mutated program, with its helper modules, into a folder; gives its path there."""
    path = write_program(mutant.program, folder)
    texts = mutated_sources(mutant)
    if not mutant.is_notebook:
        path.write_text(texts[0], encoding="utf-8")
        return path
    notebook = read_notebook(path)
    code = [cell for cell in notebook["cells"] if is_code(cell)]
    for cell, text in zip(code, texts, strict=True):
        cell["source"] = text.splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    return path
