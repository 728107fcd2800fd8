"""What else is wrong in a file whose first mistake hid it: found in the text in which that one is mended."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace

from backproof.check.repair.fix import Fix
from backproof.check.report import Finding, ProposedFix, Report, Verdict, diff
from backproof.check.source import Place, Source


def with_further(source: Source, report: Report, text: str, reported: Callable[[Source], Report]) -> Report:
    """A report with the mistakes that are found after its own one is mended, and the fixes of all of them together.

    Args:
        report: one of what is wrong; where it has a fix, nothing else is.
        text: the file's text with what was found mended: the same lines, in another order perhaps, or indented.
        reported: gives the report of another text of the file.
    """
    if report.fixes:
        return report
    further, found = _reported_after(source, text, reported)
    if further.verdict != Verdict.WRONG:
        return report
    return replace(
        report,
        loss=further.loss,
        findings=(*report.findings, *found),
        fixes=tuple(_whole(source, fix) for fix in further.fixes),
    )


def with_unfitting(source: Source, report: Report, fix: Fix, reported: Callable[[Source], Report]) -> Report:
    """A report on wrong gradients with what does not fit together once these are mended: something is never trained, or
    another network predicts. Where that can be mended as well, the fix is that of both.

    Args:
        fix: the first one of the report.
        reported: gives the report of another text of the file.
    """
    if not fix.unfitting or not report.fixes:
        return report
    first, *others = report.fixes
    parted = replace(report, fixes=(replace(first, leaves_unfitting=not first.of_loss), *others))
    if {name for name, text in fix.texts.items() if text != source.text_of(name)} != {source.run_name}:
        return parted
    further, found = _reported_after(source, fix.texts[source.run_name], reported)
    if further.verdict != (Verdict.OTHER_LOSS if first.of_loss else Verdict.INCONSISTENT):
        return parted
    whole = [
        replace(_whole(source, one), says="; ".join(filter(None, (first.says, one.says)))) for one in further.fixes
    ]
    return replace(parted, findings=(*report.findings, *found), fixes=tuple(whole) or parted.fixes)


def _reported_after(source: Source, text: str, reported: Callable[[Source], Report]) -> tuple[Report, list[Finding]]:
    """The report of a text in which a mistake is mended, and its findings as they stand in the file."""
    places = _places(source, text)
    further = reported(replace(source, text=text, places=places))
    return further, [_as_indented(source, text, places, one) for one in further.findings]


def _places(source: Source, text: str) -> tuple[Place, ...]:
    """Where each line of a text comes from that has a file's lines in another order, or indented."""
    known: dict[str, deque[Place]] = defaultdict(deque)
    for number, line in enumerate(source.lines, start=1):
        known[line.strip()].append(source.place(number))
    return tuple(
        known[line.strip()].popleft() if known[line.strip()] else source.place(number)
        for number, line in enumerate(text.splitlines(), start=1)
    )


def _as_indented(source: Source, text: str, places: tuple[Place, ...], finding: Finding) -> Finding:
    """A finding in a text with its columns in the file, where the line may be indented otherwise."""
    if finding.file != str(source.path) or finding.place not in source.places or finding.place not in places:
        return finding
    old = source.lines[source.places.index(finding.place)]
    new = text.splitlines()[places.index(finding.place)]
    shift = (len(old) - len(old.lstrip())) - (len(new) - len(new.lstrip()))
    return replace(finding, column=finding.column + shift, end_column=finding.end_column + shift)


def _whole(source: Source, fix: ProposedFix) -> ProposedFix:
    """A fix of a text that was mended already, as one of the file as it is."""
    changed = {name: made for name, made in fix.texts.items() if made != source.text_of(name)}
    return replace(fix, diff="".join(diff(source, name, source.text_of(name), made) for name, made in changed.items()))
