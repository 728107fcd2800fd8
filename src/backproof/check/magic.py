"""`%%backproof` in a notebook: checks the cell below it, on its own."""

from __future__ import annotations

import argparse
import os
import shlex
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from backproof.check.source import without_magic
from backproof.errors import DescriptionError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise DescriptionError(f"%%backproof: {message}.")


def _parser() -> _Parser:
    parser = _Parser(prog="%%backproof", add_help=False, allow_abbrev=False)
    parser.add_argument("--run", action="store_true", help="also run the cell here")
    parser.add_argument("--no-fix-search", action="store_true", help="look for no fix")
    parser.add_argument("--timeout", type=float, help="seconds that the cell may run")
    parser.add_argument("--memory", type=int, help="megabytes that the cell may take")
    return parser


def register(shell: Any) -> None:
    """Give a shell the magic."""

    def backproof(line: str, cell: str) -> None:
        check_cell(shell, line, cell)

    backproof.__doc__ = f"""Check the gradients of the network in this cell.

    The cell is checked on its own, so it must hold everything that the training needs; files beside the notebook are
    there. What ran in other cells is not.

    {_parser().format_usage()}"""
    shell.register_magic_function(backproof, "cell", "backproof")


def check_cell(shell: Any, line: str, cell: str) -> None:
    """Check a cell and show the report; with --run, run the cell in the user's namespace, too."""
    from IPython.core.error import UsageError
    from IPython.display import display

    try:
        asked = _parser().parse_args(shlex.split(line))
    except (DescriptionError, ValueError) as error:
        raise UsageError(str(error)) from None
    options: dict[str, Any] = {}
    if asked.timeout is not None:
        options["timeout"] = asked.timeout
    if asked.memory is not None:
        options["memory"] = asked.memory * 1_000_000
    if asked.no_fix_search:
        options["repair"] = 0.0
    display(_Shown(_checked(cell, options)))  # type: ignore[no-untyped-call]
    if asked.run:
        shell.run_cell(cell)


def _checked(cell: str, options: dict[str, Any]) -> Any:
    """The report on a cell, written to a file beside the notebook for as long as it is checked."""
    from backproof.check import check

    # what the cell reads stands beside the notebook, and a checked file sees what stands beside it
    handle, name = tempfile.mkstemp(prefix="cell_", suffix=".py", dir=Path.cwd())
    os.close(handle)
    path = Path(name)
    try:
        # an empty line in the place of %%backproof, so that lines have the numbers that the notebook shows
        path.write_text("\n".join(["", *map(without_magic, cell.splitlines()), ""]), encoding="utf-8")
        return check(path, **options)
    finally:
        path.unlink(missing_ok=True)


class _Shown:
    """A report on a cell: in a notebook HTML, elsewhere text. It has no file that a fix could be written to."""

    def __init__(self, report: Any) -> None:
        from dataclasses import replace

        source = report.source and replace(report.source, path=CELL)
        findings = tuple(
            replace(found, file=str(CELL)) if Path(found.file) == report.file else found for found in report.findings
        )
        fixes = tuple(replace(fix, diff=fix.diff.replace(report.file.name, str(CELL))) for fix in report.fixes)
        reason = report.reason.replace(str(report.file), str(CELL)).replace(report.file.name, str(CELL))
        self.report = replace(report, file=CELL, source=source, findings=findings, fixes=fixes, reason=reason)

    def _repr_html_(self) -> str:
        from backproof.check.forms.html import fragment

        return fragment([self.report])

    def __repr__(self) -> str:
        from backproof.check.forms.terminal import to_text

        return to_text(self.report)


CELL = Path("this cell")
