"""What a check says about one file."""

import difflib
import json
import os
import tokenize
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from backproof.check.source import Place, Source
from backproof.display import Shown
from backproof.files import write_text, write_whole


class Verdict(StrEnum):
    """The answer. `wrong`, `other-loss` and `inconsistent` mean that something was found."""

    RIGHT = "right"
    WRONG = "wrong"
    OTHER_LOSS = "other-loss"
    INCONSISTENT = "inconsistent"
    CANNOT_JUDGE = "cannot-judge"


@dataclass(frozen=True)
class Finding:
    """One mistake: where it stands, what is written there, what it computes and what it should be.

    `file` is the checked file or a module beside it; `cell` counts a notebook's cells from 1, and `line` then counts in
    the cell; `column` counts from 1.
    """

    file: str
    line: int
    cell: int | None
    expression: str
    kind: str
    message: str
    column: int = 1
    end_column: int = 1

    @property
    def place(self) -> Place:
        return Place(self.line, self.cell)


@dataclass(frozen=True)
class StatedLoss:
    """The loss that the file computes: where, and how it is written."""

    line: int
    expression: str
    cell: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class ProposedFix:
    """An edit after which the whole file was run and proved right. `factor` is that of the mended file.

    With `leaves_others` it is one of the trainings of the file that was proved right, while another one stays wrong;
    with `leaves_unfitting` it is all gradients, while other parts of the file still do not fit together. With
    `of_loss` all are gradients of that loss, while the file tells another one: it is not `proved` to be right then.
    """

    diff: str
    proved: bool
    factor: float | None
    texts: dict[str, str] = field(repr=False, default_factory=dict)
    says: str = ""
    leaves_others: bool = False
    leaves_unfitting: bool = False
    of_loss: str = ""


@dataclass(frozen=True)
class Report(Shown):
    """The verdict on one file, with the evidence.

    `marks` say of lines (by their place) whether they were proved right; `factor` is what the update is times the
    gradient of the stated loss, apart from the learning rate, None where nothing can be said.
    """

    file: Path
    verdict: Verdict
    reason: str
    loss: StatedLoss | None = None
    factor: float | None = None
    findings: tuple[Finding, ...] = ()
    fixes: tuple[ProposedFix, ...] = ()
    notes: tuple[str, ...] = ()
    marks: dict[Place, bool] = field(default_factory=dict, repr=False)
    parameters: int = 0
    steps: int = 0
    seconds: float = 0.0
    printed: str = field(default="", repr=False)
    source: Source | None = field(default=None, repr=False)

    @property
    def is_right(self) -> bool:
        return self.verdict == Verdict.RIGHT

    @property
    def exit_code(self) -> int:
        """0 right, 1 something was found, 2 it could not be judged."""
        return {Verdict.RIGHT: 0, Verdict.CANNOT_JUDGE: 2}.get(self.verdict, 1)

    def to_dict(self) -> dict[str, Any]:
        """What `--json` writes for a file."""
        keys = ("file", "line", "cell", "expression", "kind", "message")
        return {
            "file": str(self.file),
            "verdict": str(self.verdict),
            "reason": self.reason,
            "loss": None
            if self.loss is None
            else {"line": self.loss.line, "expression": self.loss.expression, "cell": self.loss.cell},
            "factor": self.factor,
            "findings": [{key: value for key, value in asdict(f).items() if key in keys} for f in self.findings],
            "fixes": [{"diff": f.diff, "proved": f.proved, "factor": f.factor} for f in self.fixes],
        }

    def apply_fix(self, *, in_place: bool = False, number: int = 0) -> list[Path]:
        """Write the fix: to a copy beside each file that it changes (`network.fixed.py`), or to the file itself.

        Returns the paths that were written.

        Raises:
            IndexError: there is no such fix.
        """
        fix = self.fixes[number]
        written: list[Path] = []
        assert self.source is not None
        own = self.source.run_name
        for name, text in fix.texts.items():
            path = self.file if name == own else Path(os.path.normpath(self.file.parent / name))
            if text == (self.source.text if name == own else _read(path)[0]):
                continue
            target = path if in_place else path.with_name(f"{path.stem}.fixed{path.suffix}")
            if name == own and self.source.is_notebook:
                write_text(target, fixed_notebook(self.source, text))
            else:
                _, encoding, ending = _read(path)
                write_whole(target, partial(_write, text=text, encoding=encoding, ending=ending))
            written.append(target)
        return written


def _write(path: Path, *, text: str, encoding: str, ending: str) -> None:
    path.write_bytes(text.replace("\n", ending).encode(encoding))


def _read(path: Path) -> tuple[str, str, str]:
    """A file's text, its encoding and how its lines end."""
    with tokenize.open(path) as stream:
        encoding = stream.encoding
    raw = path.read_bytes().decode(encoding)
    return raw.replace("\r\n", "\n"), encoding, "\r\n" if "\r\n" in raw else "\n"


def diff(source: Source, name: str, old: str, new: str) -> str:
    """A unified diff; a notebook's is one of its cell, with the cell's number in the head."""
    if not (source.is_notebook and name == source.run_name):
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), name, name, lineterm="", n=2)
        return "\n".join(lines) + "\n"
    parts: list[str] = []
    before, after = _by_cell(source, old), _by_cell(source, new)
    for cell in before:
        if before[cell] != after.get(cell, []):
            head = f"{source.path.name} cell {cell}"
            parts += difflib.unified_diff(before[cell], after.get(cell, []), head, head, lineterm="", n=2)
    return "\n".join(parts) + "\n"


def _by_cell(source: Source, text: str) -> dict[int, list[str]]:
    """The lines of each cell, of a text that came from the notebook's by small edits."""
    old, new = source.text.splitlines(), text.splitlines()
    cells: dict[int, list[str]] = {}
    owner = [place.cell or 0 for place in source.places]
    for cell in owner:
        cells.setdefault(cell, [])
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        if tag == "equal":
            for at, line in zip(range(start, stop), new[new_start:new_stop], strict=True):
                cells[owner[at]].append(line)
        else:
            at = min(start, len(owner) - 1)
            cells[owner[at]] += new[new_start:new_stop]
    return cells


def fixed_notebook(source: Source, text: str) -> str:
    """The notebook with the changed cells' sources, everything else as it is."""
    content = json.loads(source.path.read_text(encoding="utf-8"))
    before, after = _by_cell(source, source.text), _by_cell(source, text)
    cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
    for number, cell in enumerate(cells, start=1):
        if number in before and before[number] != after[number]:
            old = "".join(cell["source"]) if isinstance(cell["source"], list) else cell["source"]
            changed = _patched(old.splitlines(), before[number], after[number])
            cell["source"] = [f"{line}\n" for line in changed[:-1]] + changed[-1:]
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _patched(written: list[str], before: list[str], after: list[str]) -> list[str]:
    """The lines as they were written (magics and all), with the changes between two texts of them."""
    lines: list[str] = []
    for tag, start, stop, new_start, new_stop in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        lines += written[start:stop] if tag == "equal" else after[new_start:new_stop]
    return lines
