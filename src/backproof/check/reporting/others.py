"""What is wrong in the other trainings of a file, beside the one that is wrong most."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.locate import locate
from backproof.check.repair.fix import Fix
from backproof.check.repair.proved import runs
from backproof.check.repair.repair import Repair
from backproof.check.report import Finding, ProposedFix, Report
from backproof.check.reporting.edited import findings_of_fix
from backproof.check.reporting.marks import marks_of
from backproof.check.reporting.proposals import joined
from backproof.check.reporting.unmended import findings_without_fix
from backproof.check.sandbox.recording import Recording, texts_of
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Place, Source

_LEAST = 1 / 3  # of the whole time: what the search for a fix of another mistake may take at least


@dataclass(frozen=True)
class Trained:
    """One of the trainings of a file, by its number, and what was found out about it."""

    number: int
    judgement: Judgement


def time_left(seconds: float, until: float) -> float:
    """The seconds for a fix of another mistake, of those that all may take, where the first one's end at `until`."""
    return max(until - time.monotonic(), _LEAST * seconds)


def with_others(
    source: Source,
    recording: Recording,
    report: Report,
    fixes: Sequence[Fix],
    others: Sequence[Trained],
    sandboxes: list[Sandbox],
    seconds: float,
    until: float,
) -> Report:
    """A report with what is wrong in other trainings of the file, which none of the lines that it names is part of.

    Where all of them can be mended, the fixes are those of the whole file.

    Args:
        report: on the training that is wrong most.
        fixes: of that training, as the report has them; other trainings are mended only if there are some.
        others: the other trainings that are wrong.
        seconds: how long all searches may take; the first one ends, at the latest, at `until`.
    """
    texts = texts_of(source, recording)
    mended: list[Fix] = []
    stays = False
    for other in others:
        named = {_line_that_runs(source, finding) for finding in report.findings}
        if other.judgement.match is None or runs(other.judgement.training, recording.sites, named):
            continue
        suspicion = locate(other.judgement)
        found: list[Fix] = []
        if fixes:
            repair = Repair(source, texts, sandboxes, time_left(seconds, until), fails=recording.failed)
            found = repair.search(other.judgement, suspicion, recording.sites, other.number)
        mended, stays = [*mended, *found[:1]], stays or not found
        if found:
            more = findings_of_fix(source, recording.sites, other.judgement, found[0], texts)
        else:
            more = findings_without_fix(source, recording.sites, other.judgement, suspicion, None, texts)
        fresh = [finding for finding in more if _line_that_runs(source, finding) not in named]
        marks = marks_of(source, recording.sites, other.judgement, suspicion)
        report = replace(report, findings=(*report.findings, *fresh), marks=_both(report.marks, marks))
    if stays:
        return replace(report, fixes=tuple(replace(fix, leaves_others=True) for fix in report.fixes))
    if mended:
        whole = [_of_all(source, texts, [fix, *mended], recording, sandboxes[0]) for fix in fixes]
        return replace(report, fixes=tuple(fix for fix in whole if fix is not None))
    return report


def _of_all(
    source: Source, texts: dict[str, str], fixes: list[Fix], before: Recording, sandbox: Sandbox
) -> ProposedFix | None:
    """The fixes of all trainings as one; None if the file is not right with it."""
    fix = joined(source, texts, fixes)
    if fix is None:
        return None
    recording = sandbox.run(source, texts=fix.texts)
    judged = [judge(training) for training in recording.trainings if training.steps]
    trained = sum(bool(training.steps) for training in before.trainings)
    broken = recording.failed and not before.failed
    if broken or len(judged) < trained or any(one.verdict == "wrong" for one in judged):
        return None
    return replace(fix, proved=True)


def _both(marks: dict[Place, bool], more: dict[Place, bool]) -> dict[Place, bool]:
    """The marks of two trainings: a line that is wrong in one of them is not marked right."""
    return {place: marks.get(place, True) and more.get(place, True) for place in {**marks, **more}}


def _line_that_runs(source: Source, finding: Finding) -> tuple[str, int]:
    """The file that runs and the line in it that a finding is about: a notebook's cells run as one script."""
    place = Place(finding.line, finding.cell)
    if finding.file == str(source.path) and place in source.places:
        return source.run_name, source.places.index(place) + 1
    return Path(finding.file).name, finding.line
