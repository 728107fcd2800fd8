"""What every form says of a report, in the same words."""

import os
import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from backproof.check.report import Finding, ProposedFix, Report, Verdict

SIGNS = {Verdict.RIGHT: "✓", Verdict.CANNOT_JUDGE: "?"}
"""The sign of a verdict; of all others it is ✗."""

MEANINGS = {
    Verdict.RIGHT: "every gradient was proved right",
    Verdict.WRONG: "a gradient is wrong",
    Verdict.OTHER_LOSS: "the gradients are right, but of another loss than the one that is stated",
    Verdict.INCONSISTENT: "the gradients are right, but parts of the program do not fit together",
    Verdict.CANNOT_JUDGE: "this could not be judged, which says nothing against the file",
}
_PROVED = "proved: with this change the whole file was run again and every parameter follows the gradient"
_PROVED_ONE = (
    "proved: with this change the whole file was run again and every parameter of this training follows the gradient"
)
_OTHERS = "; another training of the file stays wrong"
_UNFITTING = "; other parts of the file still do not fit together"
_OF_LOSS = " of {}; the loss that the file tells is another one"
LEGEND = "✓ proved right   ✗ wrong, or made from what is wrong   no mark: says nothing"

_BEGINNING = re.compile(r"(?:`[^`]*`|(?!: |\. |, ).)*", re.DOTALL)
"""The beginning of a sentence; what stands between backticks is one piece."""


def sign(verdict: Verdict) -> str:
    return SIGNS.get(verdict, "✗")


def clean(text: str) -> str:
    """The text without characters that steer a terminal or turn the direction of reading; line breaks stay."""
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t" else c for c in text)


def proof(fix: ProposedFix) -> str:
    """What was proved of a fix."""
    times = "" if fix.factor in (None, 1.0) else f", times {fix.factor:.4g}"
    unfitting = _UNFITTING if fix.leaves_unfitting else ""
    if fix.of_loss:
        return f"{_PROVED}{_OF_LOSS.format(fix.of_loss)}"
    return f"{_PROVED_ONE}{times}{_OTHERS}" if fix.leaves_others else f"{_PROVED}{times}{unfitting}"


def factor(report: Report) -> str:
    """What an update is, in plain words: nothing where the factor is 1 or not known."""
    if report.factor is None or report.loss is None or report.factor == 1.0:
        return ""
    return f"each step is {report.factor:.4g} times the gradient of {clean(report.loss.expression)}"


def loss(report: Report) -> str:
    """The loss that the file states: how it is written, what it is called, where."""
    if report.loss is None:
        return ""
    name = f", {clean(report.loss.name)}" if report.loss.name else ""
    where = (
        f"line {report.loss.line}" if report.loss.cell is None else f"cell {report.loss.cell}, line {report.loss.line}"
    )
    return f"{clean(report.loss.expression)}{name} ({where})"


def effort(report: Report) -> str:
    """How much was looked at, and how long it took."""
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((report.parameters, "parameter"), (report.steps, "step"))
        if count
    ]
    return ", ".join([*parts, f"{report.seconds:.1f} seconds"])


def is_own(report: Report, finding: Finding) -> bool:
    """Whether a finding is in the checked file itself, not in a module beside it."""
    return Path(finding.file) == report.file or Path(finding.file).resolve() == report.file.resolve()


def where(report: Report, finding: Finding) -> str:
    """The place of a finding, with the file's name if it is a module beside the checked file."""
    place = str(finding.place)
    return place if is_own(report, finding) else f"{clean(Path(finding.file).name)}, {place}"


def findings(report: Report) -> tuple[Finding, ...]:
    """What tools are told: the findings, or the reason itself where something was found but has no place of its own."""
    if report.findings or report.exit_code != 1:
        return report.findings
    line, cell = (report.loss.line, report.loss.cell) if report.loss else (1, None)
    return (Finding(str(report.file), line, cell, "", str(report.verdict), report.reason),)


def label(report: Report, finding: Finding) -> str:
    """What stands below a line that is wrong: the message, or its beginning where the reason has said all of it."""
    message = clean(finding.message)
    if message != clean(report.reason):
        return message
    begun = _BEGINNING.match(message)
    assert begun is not None
    return begun[0].rstrip(".")


def command(report: Report) -> str:
    """How the best fix is applied; nothing where there is none, or no file that it could be written beside."""
    if not report.fixes or not report.file.is_file():
        return ""
    return f"backproof check --fix {clean(shlex.quote(str(report.file)))}"


def counts(reports: Sequence[Report]) -> str:
    """How many files there are, and how many of each verdict: the last line of a check of several files."""
    number = Counter(report.verdict for report in reports)
    told = ", ".join(f"{number[verdict]} {verdict}" for verdict in Verdict if number[verdict])
    return f"{len(reports)} file{'' if len(reports) == 1 else 's'}: {told}" if reports else "No file was checked."


def relative(path: str | Path) -> str:
    """A path as tools want it: from here where it is below here, with forward slashes."""
    full = Path(os.path.abspath(path))
    try:
        return full.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return full.as_posix()
