"""Run what was not yet run: `python -m tests.mutants.validate`.

A right program must run to its end with finite numbers. A mutant must run, and print or learn something else than its
program. What passed is kept in `validated.txt`, one key a line, a key being the hash of all the texts that matter; the
tests run only what has no key there.
"""

from __future__ import annotations

import hashlib
import tempfile
from functools import cache
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant, programs, write_mutant, write_program
from tests.mutants.catalogue.mutant import PROGRAMS
from tests.mutants.execution import Outcome, run

RECORD = Path(__file__).parent / "validated.txt"
LIMIT = 10.0


def key(program: str, mutant: Mutant | None = None) -> str:
    """A hash of a program, of the helpers beside it, and of what the mutant changes."""
    path = PROGRAMS / program
    beside = [path] if path.parent == PROGRAMS else sorted(path.parent.glob("*.py"))
    texts = [text.read_text(encoding="utf-8") for text in beside]
    change = (mutant.old, mutant.new) if mutant else ()
    return hashlib.sha256(repr((program, texts, change)).encode()).hexdigest()[:16]


def recorded() -> set[str]:
    return set(RECORD.read_text(encoding="utf-8").split()) if RECORD.exists() else set()


def pending() -> list[tuple[str, Mutant | None]]:
    """The programs and mutants that have no key in the record."""
    known = recorded()
    everything = [*((name, None) for name in programs()), *((mutant.program, mutant) for mutant in MUTANTS)]
    return [(name, mutant) for name, mutant in everything if key(name, mutant) not in known]


def outcome(program: str, mutant: Mutant | None = None) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        path = write_mutant(mutant, Path(folder)) if mutant else write_program(program, Path(folder))
        return run(path, LIMIT)


@cache
def original(program: str) -> Outcome:
    return outcome(program)


def problem(program: str, mutant: Mutant | None = None) -> str:
    """What is wrong with a program or a mutant as a part of the suite; empty if nothing is."""
    right = original(program)
    if right.error or not right.finite:
        return f"{program}: {right.error or 'not all numbers are finite'}"
    if mutant is None:
        return ""
    found = outcome(program, mutant)
    if found.error:
        return f"{mutant}: {found.error}"
    return "" if found.differs(right) else f"{mutant}: does what its program does"


def main() -> None:
    todo = pending()
    problems = [problem(*entry) for entry in todo]
    for text in filter(None, problems):
        print(text)
    failed = {key(*entry) for entry, text in zip(todo, problems, strict=True) if text}
    everything = {*map(key, programs()), *(key(mutant.program, mutant) for mutant in MUTANTS)}
    RECORD.write_text("\n".join(sorted(everything - failed)) + "\n", encoding="utf-8")
    print(f"{len(todo)} were run, {len(failed)} failed; {len(everything) - len(failed)} are recorded in {RECORD.name}")


if __name__ == "__main__":
    main()
