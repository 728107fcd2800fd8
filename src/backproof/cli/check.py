"""backproof check: a stranger's network is proved right, or its first wrong line is named, with a fix."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from backproof.check.report import Report

FEW = 3
"""So many files are shown in full, more in a table."""
FIX, OUTPUT, LIMITS = "The fix", "What to write (- is the screen)", "Limits"


def _place(name: str, text: str) -> object:
    return typer.Option(name, help=text, rich_help_panel=OUTPUT, metavar="OUT", show_default=False)


def check(
    files: Annotated[list[Path], typer.Argument(help="Scripts, notebooks, or folders of them.", show_default=False)],
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the best fix to a copy, network.fixed.py.", rich_help_panel=FIX)
    ] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Write the best fix to the file itself.", rich_help_panel=FIX)
    ] = False,
    no_fix_search: Annotated[
        bool, typer.Option("--no-fix-search", help="Look for no fix, which is faster.", rich_help_panel=FIX)
    ] = False,
    fix_seconds: Annotated[
        float | None,
        typer.Option(
            help="Seconds in which a fix of a file is looked for (30, of many files as many as two minutes allow).",
            metavar="SECONDS",
            rich_help_panel=FIX,
            show_default=False,
        ),
    ] = None,
    html: Annotated[Path | None, _place("--html", "One page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.", rich_help_panel=OUTPUT)] = False,
    sarif: Annotated[Path | None, _place("--sarif", "SARIF 2.1.0, for editors and code scanning.")] = None,
    github: Annotated[
        bool, typer.Option("--github", help="Print annotations for GitHub Actions.", rich_help_panel=OUTPUT)
    ] = False,
    junit: Annotated[Path | None, _place("--junit", "JUnit XML, for test servers.")] = None,
    csv: Annotated[Path | None, _place("--csv", "A table for a grade sheet, one row a file.")] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds that a file may run.", metavar="SECONDS", rich_help_panel=LIMITS)
    ] = 60.0,
    memory: Annotated[
        int, typer.Option(help="Megabytes that a file may take.", metavar="MB", rich_help_panel=LIMITS)
    ] = 4000,
    jobs: Annotated[
        int | None,
        typer.Option(
            help="Files that are checked at a time (all cores).",
            metavar="N",
            rich_help_panel=LIMITS,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check a hand-written network as it is: are its gradients right, and if not, which line is wrong?

    Nothing has to be added to the file. It runs in a process of its own, and its gradients are held against autograd.
    Exit code: 0 all right, 1 something was found, 2 something could not be judged.
    """
    from backproof.check.folder import find_files
    from backproof.errors import DescriptionError

    limits = {"timeout": timeout, "memory": memory, "jobs": jobs, "fix-seconds": fix_seconds}
    for name, value in limits.items():
        if value is not None and not value > 0:
            raise DescriptionError(f"--{name} is {value:g}, but it must be above 0.")
    if fix and in_place:
        raise DescriptionError("--fix writes a copy and --in-place changes the file: say one of them.")
    if no_fix_search and (fix or in_place):
        raise DescriptionError("--no-fix-search finds no fix that could be written: leave it out.")
    if no_fix_search and fix_seconds is not None:
        raise DescriptionError("--no-fix-search looks for no fix, and --fix-seconds says how long: say one of them.")
    places = {name: path for name, path in zip(_FORMS, (html, sarif, junit, csv), strict=True) if path is not None}
    to_screen = [name for name, path in places.items() if str(path) == "-"]
    to_screen += [name for name, asked in (("json", as_json), ("github", github)) if asked]
    if len(to_screen) > 1:
        raise DescriptionError(
            f"{' and '.join(f'--{name}' for name in to_screen)} cannot both be printed: name a file."
        )
    paths = find_files(files)
    _check_places(places, paths, fix=fix, in_place=in_place)
    work = _Work(paths, timeout, memory * 1_000_000, 0.0 if no_fix_search else fix_seconds, jobs or _cores())
    reports, interrupted = _run(work, show=not to_screen, hints=not (fix or in_place))
    if to_screen:
        print(_FORMS_OF_SCREEN[to_screen[0]](reports), end="")
    for name, path in places.items():
        if str(path) != "-":
            from backproof.files import write_text

            write_text(path, _FORMS[name](reports))
            typer.echo(f"The {_NAMES[name]} is in {path}.", err=True)
    if fix or in_place:
        _write_fixes(reports, in_place=in_place)
    if interrupted:
        typer.echo(f"Interrupted: {len(reports)} of {len(paths)} files were checked until then.", err=True)
        raise typer.Exit(130)
    codes = {report.exit_code for report in reports}
    raise typer.Exit(1 if 1 in codes else max(codes, default=0))


@dataclass(frozen=True)
class _Work:
    """What is to be checked, and within what limits; `repair` is None for the usual search for a fix."""

    paths: list[Path]
    timeout: float
    memory: int
    repair: float | None
    jobs: int


def _run(work: _Work, *, show: bool, hints: bool) -> tuple[list[Report], bool]:
    """The reports in the order of the files, those that are ready in time; and whether the work was interrupted.

    Args:
        hints: say how a mended file is written.
    """
    from backproof.check import check_all, search_seconds
    from backproof.check.forms.terminal import show as show_report
    from backproof.check.forms.terminal import show_counts, show_table
    from backproof.cli.screen import console, counting

    few = len(work.paths) <= FEW
    screen, show_one = console(), partial(show_report, hints=hints)
    done: dict[int, Report] = {}
    shown = 0
    interrupted = False
    repair = search_seconds(len(work.paths), work.jobs) if work.repair is None else work.repair
    try:
        with counting(len(work.paths), "files checked") as bar:
            for number, report in check_all(
                work.paths, timeout=work.timeout, memory=work.memory, repair=repair, jobs=work.jobs
            ):
                done[number] = report
                bar.advance()
                if show and few and shown in done:
                    with bar.paused():
                        while shown in done:
                            _show(show_one, done[shown], screen, first=shown == 0)
                            shown += 1
    except KeyboardInterrupt:
        interrupted = True
    if show and few:
        for number in sorted(number for number in done if number >= shown):
            _show(show_one, done[number], screen, first=shown == 0)
            shown += 1
    reports = [done[number] for number in sorted(done)]
    if show and len(work.paths) > 1:
        if few:
            screen.print()
            show_counts(reports, screen)
        else:
            show_table(reports, screen)
    return reports, interrupted


def _show(show_one: Callable[[Report, Console], None], report: Report, screen: Console, *, first: bool) -> None:
    if not first:
        screen.print()
    show_one(report, screen)


def _check_places(places: dict[str, Path], paths: Sequence[Path], *, fix: bool, in_place: bool) -> None:
    """Refuse a place that cannot be written to before the work, not after it."""
    from backproof.files import check_writable

    for place in places.values():
        if str(place) != "-":
            check_writable(place)
    for path in paths if fix or in_place else ():
        check_writable(path if in_place else path.with_name(f"{path.stem}.fixed{path.suffix}"))


def _write_fixes(reports: Sequence[Report], *, in_place: bool) -> None:
    """Write the best fix of each file, and say where it is."""
    for report in reports:
        if report.fixes:
            for path in report.apply_fix(in_place=in_place):
                typer.echo(f"The fix is in {path}.", err=True)
        elif report.exit_code == 1:
            typer.echo(f"{report.file}: no fix was found that could be proved.", err=True)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _html(reports: Sequence[Report]) -> str:
    from backproof.check.forms.html import page

    return page(reports)


def _sarif(reports: Sequence[Report]) -> str:
    from backproof.check.forms.sarif import sarif

    return sarif(reports)


def _junit(reports: Sequence[Report]) -> str:
    from backproof.check.forms.junit import junit

    return junit(reports)


def _csv(reports: Sequence[Report]) -> str:
    from backproof.check.forms.grades import grades

    return grades(reports)


def _json(reports: Sequence[Report]) -> str:
    from backproof.cli.screen import json_text

    return json_text([report.to_dict() for report in reports]) + "\n"


def _github(reports: Sequence[Report]) -> str:
    from backproof.check.forms.github import commands

    return commands(reports)


_FORMS: dict[str, Callable[[Sequence[Report]], str]] = {"html": _html, "sarif": _sarif, "junit": _junit, "csv": _csv}
_FORMS_OF_SCREEN = {**_FORMS, "json": _json, "github": _github}
_NAMES = {"html": "page", "sarif": "SARIF file", "junit": "JUnit file", "csv": "table"}
