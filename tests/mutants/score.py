"""Score the checker: `python -m tests.mutants.score [--jobs 2] [--only SUBSTRING] [--every N] [--repair SECONDS]`.

Every right program should be called right. Every mutant should be detected, at its exact line, with a proved fix.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.mutants.catalogue import MUTANTS, Mutant, lines, programs, write_mutant, write_program
from tests.mutants.catalogue.mutant import Place

DETECTED = ("wrong", "other-loss", "inconsistent")
JUDGED = ("right", *DETECTED)
RIGHT = "right programs"
WIDTH = 120


@dataclass(frozen=True)
class Case:
    """One program to check: a mutant, or a right program as it is."""

    program: str
    mutant: Mutant | None = None

    @property
    def kind(self) -> str:
        return self.mutant.kind if self.mutant else RIGHT


@dataclass(frozen=True)
class Result:
    """What the checker said of a case."""

    case: Case
    verdict: str
    reason: str
    found: tuple[Place, ...]
    message: str
    proved: bool
    seconds: float

    @property
    def judged(self) -> bool:
        return self.verdict in JUDGED

    @property
    def detected(self) -> bool:
        return self.verdict in DETECTED

    @property
    def exact(self) -> bool:
        """Whether the first line that was named is one of the mutant's."""
        return bool(self.case.mutant and self.detected and self.found and self.found[0] in lines(self.case.mutant))

    @property
    def failed(self) -> bool:
        return not (self.exact and self.proved) if self.case.mutant else self.verdict != "right"


def judge(case: Case, repair: float) -> Result:
    """Check one case in a folder of its own."""
    from backproof.check import check

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_mutant(case.mutant, folder) if case.mutant else write_program(case.program, folder)
        try:
            answer = check(path, repair=repair)
        except Exception as error:
            reason = f"check raised {type(error).__name__}: {error}"
            return Result(case, "crashed", reason, (), "", False, time.perf_counter() - start)
        found = tuple((finding.cell, finding.line) for finding in answer.findings)
        message = answer.findings[0].message if answer.findings else ""
        proved = any(fix.proved for fix in answer.fixes)
        seconds = time.perf_counter() - start
        return Result(case, str(answer.verdict), str(answer.reason or ""), found, message, proved, seconds)


def cases(only: str, every: int = 1) -> list[Case]:
    """All right programs, then the mutants (or every N-th), whose program or kind contains a text."""
    right, mutants = [Case(program) for program in programs()], [Case(m.program, m) for m in MUTANTS]
    everything = [*right, *mutants[::every]]
    return [case for case in everything if only in case.program or only in case.kind]


def judge_all(todo: list[Case], jobs: int, repair: float, console: Console, lines: Path | None) -> list[Result]:
    """Check all cases; a line of JSON is added to a file as each is done."""
    results: list[Result] = []
    with ProcessPoolExecutor(jobs) as pool, Progress(console=console, transient=True) as progress:
        bar = progress.add_task("checking", total=len(todo))
        for future in as_completed([pool.submit(judge, case, repair) for case in todo]):
            results.append(future.result())
            if lines is not None:
                with lines.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row(results[-1])) + "\n")
            progress.advance(bar)
    order = {case: position for position, case in enumerate(todo)}
    return sorted(results, key=lambda result: order[result.case])


def share(results: list[Result], which: Iterable[bool]) -> str:
    count = sum(which)
    return f"{count} ({100 * count / len(results):.1f} %)" if results else "-"


def table(results: list[Result]) -> Table:
    """A row for each kind of mistake, and one for all."""
    shown = Table(title="Mutants")
    shown.add_column("kind", no_wrap=True)
    for column in ("mutants", "judged", "detected", "exact first line", "proved fix"):
        shown.add_column(column, justify="right", no_wrap=True)
    kinds = sorted({result.case.kind for result in results})
    rows = [(kind, [result for result in results if result.case.kind == kind]) for kind in kinds]
    for name, chosen in [*rows, ("all", results)]:
        if name == "all":
            shown.add_section()
        shown.add_row(
            name,
            str(len(chosen)),
            share(chosen, (result.judged for result in chosen)),
            share(chosen, (result.detected for result in chosen)),
            share(chosen, (result.exact for result in chosen)),
            share(chosen, (result.proved and result.detected for result in chosen)),
        )
    return shown


def place(where: Place) -> str:
    cell, line = where
    return str(line) if cell is None else f"cell {cell} line {line}"


def failure(result: Result) -> str:
    """One line on a case that failed: what was expected, what was found."""
    mutant = result.case.mutant
    expected = ", ".join(map(place, lines(mutant))) if mutant else "-"
    found = place(result.found[0]) if result.found else "-"
    change = f" | {mutant.old!r} -> {mutant.new!r}" if mutant else ""
    said = result.reason or result.message
    fix = "" if result.proved or not mutant else " | no proved fix"
    return (
        f"{result.case.program} | {result.case.kind} | expected {expected} | found {found} | {result.verdict}"
        f"{fix} | {said}{change}"
    )


def row(result: Result) -> dict[str, object]:
    """A result as it is written to a file."""
    return {
        "program": result.case.program,
        "kind": result.case.kind,
        "verdict": result.verdict,
        "judged": result.judged,
        "detected": result.detected,
        "exact": result.exact,
        "proved": result.proved,
        "seconds": result.seconds,
        "text": failure(result),
    }


def report(results: list[Result], failures: bool, console: Console) -> None:
    right = [result for result in results if not result.case.mutant]
    mutants = [result for result in results if result.case.mutant]
    if mutants:
        console.print(table(mutants))
    if right:
        alarms = [result for result in right if result.verdict != "right" and result.judged]
        unjudged = [result for result in right if not result.judged]
        console.print(
            f"Right programs: {share(right, (result.verdict == 'right' for result in right))} of {len(right)}"
        )
        for title, chosen in (("False alarms", alarms), ("Right programs not judged", unjudged)):
            console.print(f"{title}: {len(chosen)}")
            for result in chosen:
                console.print(f"  {failure(result)}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{sum(result.seconds for result in results):.0f} s of checking")
    if failures:
        for result in mutants:
            if result.failed:
                console.print(failure(result), markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Score the checker on right programs and on mutants of them.")
    parser.add_argument("--jobs", type=int, default=2, help="how many programs to check at a time")
    parser.add_argument("--only", default="", metavar="SUBSTRING", help="only programs or kinds that contain this")
    parser.add_argument("--failures", action="store_true", help="one line for each mutant that failed")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th of the mutants")
    parser.add_argument("--repair", type=float, default=30.0, metavar="SECONDS", help="the search for a fix; 0 is none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="add a line of JSON on each case")
    options = parser.parse_args()
    console = Console()
    console.width = max(console.width, WIDTH)
    todo = cases(options.only, options.every)
    if not todo:
        parser.error(f"no program and no kind contains {options.only!r}")
    results = judge_all(todo, options.jobs, options.repair, console, options.json)
    report(results, options.failures, console)


if __name__ == "__main__":
    main()
