"""The report of a program's text."""

from pathlib import Path

from backproof.check.examine import examine
from backproof.check.report import ProposedFix, Report
from backproof.check.reporting.reports import Options
from backproof.check.sandbox.sandbox import Sandbox


def reported(text: str, folder: Path, sandbox: Sandbox, seconds: float = 0.0, name: str = "network.py") -> Report:
    """Write a program into a folder and check it there, with a search for a fix of so many seconds."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return examine(path, Options(sandbox.limits, seconds), [sandbox])


def added(fix: ProposedFix) -> list[str]:
    """The lines that a fix puts in, without the blanks around them."""
    return [line[1:].strip() for line in fix.diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
