"""One file from its text to its report: run, judge, locate, repair."""

import ast
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from backproof.check.edits import Editor
from backproof.check.judge.factor import reported_factor
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.judge.later_turns import NOTE, goes_wrong
from backproof.check.judge.rounded import NOTE as NOT_ROUNDED
from backproof.check.judge.rounded import rounds_its_moves
from backproof.check.judge.standstill import is_mostly_dead, is_no_training, says_little
from backproof.check.report import Report, Verdict
from backproof.check.reporting.fewer import ROOM, with_fewer_samples
from backproof.check.reporting.findings import (
    loss_of,
)
from backproof.check.reporting.further import with_further, with_unfitting
from backproof.check.reporting.others import Trained, time_left, with_others
from backproof.check.reporting.reasons import ended_within, why_not
from backproof.check.reporting.reports import Options, report_of_other_loss, report_of_right, report_of_wrong
from backproof.check.reporting.sums import summed, where_overwritten
from backproof.check.reporting.unkept import report_of_behind, report_of_lost, report_of_replaced
from backproof.check.sandbox.recording import Recording
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source, read_source
from backproof.check.syntax import parsed
from backproof.check.threads import one_thread
from backproof.check.unkept.lost import lost_updates
from backproof.errors import BackproofError

_FOLDER = re.compile(r"""['"](?:\.\./)?(\w+)/?['"]""")  # the name of a folder, in quotes
_OUTSIDE = 6  # files that are brought from the folders above, one after the other
_NUMBERS = 4  # that are written down, from which on they may be weights
_OTHER_SEED = 17
_KNOWN = frozenset(Verdict) - {Verdict.CANNOT_JUDGE}
_ANSWER = "10"  # what is typed for a file that asks before it trains


def examine(path: Path, options: Options, sandboxes: Sequence[Sandbox]) -> Report:
    """Check one file. Never raises for what is in it: a file that cannot be judged gets that verdict."""
    started = time.monotonic()
    try:
        source = read_source(path)
    except BackproofError as error:
        return Report(path, Verdict.CANNOT_JUDGE, str(error))
    report = _guarded(source, options, list(sandboxes))
    return replace(report, seconds=time.monotonic() - started, source=source)


def _guarded(source: Source, options: Options, sandboxes: list[Sandbox]) -> Report:
    """The report of a file; where a search for a fix fails by a mistake of ours, that of the file without a search."""
    try:
        with one_thread():
            return _examined(source, options, sandboxes)
    except RecursionError:
        return Report(source.path, Verdict.CANNOT_JUDGE, "Its computation is nested too deeply to be followed.")
    except Exception as error:  # one file must not end the check of a whole folder
        failed = f"failed on this file ({type(error).__name__}: {error}). Please report it, with the file."
    if options.repair_seconds > 0:
        report = _guarded(source, replace(options, repair_seconds=0.0), sandboxes)
        if report.verdict is not Verdict.CANNOT_JUDGE:
            return replace(report, notes=(*report.notes, f"The search for a fix {failed}"))
    return Report(source.path, Verdict.CANNOT_JUDGE, f"backproof itself {failed}")


def _notes(source: Source, recording: Recording) -> Iterator[str]:
    """What a reader of the report should know of the run."""
    retired = recording.end.get("retired")
    if retired and isinstance(retired, list):
        names = ", ".join(str(name).replace("numpy.", "np.") for name in retired)
        yield f"Run as if {names} were still there: today's versions lack what it uses, and end with an error."
    if recording.failed and (note := ended_within(source, recording)):
        yield note


def _examined(source: Source, options: Options, sandboxes: list[Sandbox]) -> Report:
    box = sandboxes[0]
    _bring_what_is_named(source, sandboxes)
    recording = box.run(source)
    if recording.end.get("error") == "EOFError" and not any(t.steps for t in recording.trainings):
        for each in sandboxes:
            each.answer = _ANSWER
        recording = box.run(source)
    for _ in range(_OUTSIDE):
        missing = next(
            (path for path in _missing(source, recording) if all(b.bring(source, path) for b in sandboxes)), ""
        )
        if not missing:
            break
        recording = sandboxes[0].run(source)
    if not any(training.steps for training in recording.trainings) and _writes_numbers(source):
        recording = _with_numbers(source, recording, sandboxes)
    report = _with_fewer_samples(source, recording, options, sandboxes) if recording.cut_within else None
    report = report or _not_rounded(source, recording, options, sandboxes)
    report = report or _reported(source, recording, options, sandboxes)
    return replace(report, notes=(*report.notes, *_notes(source, recording)))


def _with_fewer_samples(
    source: Source, recording: Recording, options: Options, sandboxes: list[Sandbox]
) -> Report | None:
    """What a file is by steps that are made from some of its samples, with a fix that is proved by these."""
    report = with_fewer_samples(source, recording, sandboxes[0])
    if report is None or report.verdict != Verdict.WRONG or options.repair_seconds <= 0:
        return report
    mended = _reported_with({"short": ROOM}, {Verdict.WRONG}, source, options, sandboxes)
    return replace(mended, notes=(*mended.notes, *report.notes)) if mended is not None and mended.fixes else report


def _not_rounded(source: Source, recording: Recording, options: Options, sandboxes: list[Sandbox]) -> Report | None:
    """What a file is that rounds the numbers of its steps, as if it did not; None if it does not, or if nothing can be
    said of it so."""
    if not recording.end.get("rounded") or any(t.steps and not rounds_its_moves(t) for t in recording.trainings):
        return None
    report = _reported_with({"rounds": False}, _KNOWN, source, options, sandboxes)
    return None if report is None else replace(report, notes=(*report.notes, NOT_ROUNDED))


def _reported_with(
    settings: Mapping[str, bool | int],
    accepted: Collection[Verdict],
    source: Source,
    options: Options,
    sandboxes: list[Sandbox],
) -> Report | None:
    """The report of a run with other settings of the sandboxes, which they keep; None, and the settings are as they
    were, if its verdict is none that is accepted."""
    before = {name: getattr(sandboxes[0], name) for name in settings}
    _set(sandboxes, settings)
    report = _reported(source, sandboxes[0].run(source), options, sandboxes)
    if report.verdict in accepted:
        return report
    _set(sandboxes, before)
    return None


def _set(sandboxes: list[Sandbox], settings: Mapping[str, bool | int]) -> None:
    for each in sandboxes:
        for name, value in settings.items():
            setattr(each, name, value)


def _writes_numbers(source: Source) -> bool:
    """Whether a file gives numbers to so many names that they may be the weights of a network."""
    try:
        tree = parsed(source.text)
    except SyntaxError:
        return False
    written = (node.value for node in ast.walk(tree) if isinstance(node, ast.Assign))
    numbers = (n for value in written for n in (value.elts if isinstance(value, ast.Tuple | ast.List) else [value]))
    return sum(isinstance(n, ast.Constant) and isinstance(n.value, float) for n in numbers) >= _NUMBERS


def _with_numbers(source: Source, recording: Recording, sandboxes: list[Sandbox]) -> Recording:
    """The run in which numbers that are written down are told as values of their own, if it shows a training."""
    _set(sandboxes, {"numbers": True})
    told = sandboxes[0].run(source)
    if any(training.steps for training in told.trainings):
        return told
    _set(sandboxes, {"numbers": False})
    return recording


def _reported(source: Source, recording: Recording, options: Options, sandboxes: list[Sandbox]) -> Report:
    trainings = [
        Trained(number, judge(training))
        for number, training in enumerate(recording.trainings)
        if training.steps and not training.puts_back
    ]
    limits = options.limits
    editor = Editor(source.text)
    anew = partial(_run_and_reported, options=options, sandboxes=sandboxes)
    if turn := goes_wrong(recording, [trained.judgement for trained in trainings]):
        later = _reported_with({"later": turn}, {Verdict.WRONG}, source, options, sandboxes)
        if later is not None:
            return replace(later, notes=(*later.notes, NOTE))
    if not sandboxes[0].seed and any(is_mostly_dead(trained.judgement) for trained in trainings):
        # another chance may tell more; a file with a seed of its own gets the same one again
        again = _reported_with({"seed": _OTHER_SEED}, _KNOWN, source, options, sandboxes)
        if again is not None:
            return again
    unknown = all(trained.judgement.verdict == "unknown" for trained in trainings)
    if unknown and (lost := lost_updates(editor, source.run_name, recording)):
        return with_further(source, *report_of_lost(source, recording, editor, lost, sandboxes[0]), anew)
    known = [trained.judgement for trained in trainings]
    if (report := report_of_replaced(source, recording, editor, known, sandboxes[0])) is not None:
        return report
    once = all(trained.judgement.training.single for trained in trainings)
    if once and (behind := report_of_behind(source, recording, editor, sandboxes[0])) is not None:
        return with_further(source, *behind, anew)
    if not trainings:
        reason = why_not(source, recording, seconds=limits.seconds)
        return Report(source.path, Verdict.CANNOT_JUDGE, reason, printed=recording.printed)
    # one that stands still, at the best that its network can do, says nothing; another one may
    trainings = [trained for trained in trainings if not says_little(trained.judgement)] or trainings
    judged = [trained.judgement for trained in trainings]
    trainings = [trained for trained in trainings if not is_no_training(trained.judgement, judged)]
    worst = max(trainings, key=lambda trained: _gravity(trained.judgement))
    judgement = worst.judgement
    base = Report(
        source.path,
        Verdict.CANNOT_JUDGE,
        "",
        loss=loss_of(source, recording.sites, judgement),
        factor=reported_factor(judgement),
        parameters=len(judgement.training.parameters),
        steps=len(judgement.training.steps),
        printed=recording.printed,
    )
    for trained in trainings:
        if (turns := where_overwritten(source, recording, trained.judgement)) and (
            report := summed(source, recording, base, trained, turns, options.repair_seconds > 0, sandboxes[0])
        ) is not None:
            return report
    if judgement.verdict == "right":
        return report_of_right(source, recording, base, trainings, worst, options, sandboxes)
    if judgement.verdict == "other-loss":
        return report_of_other_loss(source, recording, base, worst, options, sandboxes)
    until = time.monotonic() + options.repair_seconds
    report, fixes = report_of_wrong(source, recording, base, worst, options, sandboxes)
    others = [trained for trained in trainings if trained is not worst and trained.judgement.verdict == "wrong"]
    if report.verdict == Verdict.WRONG and others:
        return with_others(source, recording, report, fixes, others, sandboxes, options.repair_seconds, until)
    if report.verdict == Verdict.WRONG and fixes:
        left = replace(options, repair_seconds=time_left(options.repair_seconds, until))
        return with_unfitting(source, report, fixes[0], partial(anew, options=left))
    return report


def _bring_what_is_named(source: Source, sandboxes: Sequence[Sandbox]) -> None:
    """Lay out what a text names in the folders above its own."""
    for path in source.paths_above:
        for each in sandboxes:
            each.bring(source, path)


def _run_and_reported(source: Source, options: Options, sandboxes: list[Sandbox]) -> Report:
    _bring_what_is_named(source, sandboxes)
    return _reported(source, sandboxes[0].run(source), options, sandboxes)


def _missing(source: Source, recording: Recording) -> list[str]:
    """What a run lacked and may find in a folder above: a file that it named, or a module, if it looks there."""
    if path := recording.end.get("path"):
        return [str(path)]
    module = str(recording.end.get("missing") or "").split(".", maxsplit=1)[0]
    looks = any(word in source.text for word in ("..", "parent", "dirname"))
    if not module or not looks:
        return []
    # in the folder above, or above that, or in one that stands beside the file's own and that it names where it says
    # where to look
    beside = {name for line in source.text.splitlines() if "sys.path" in line for name in _FOLDER.findall(line)}
    folders = ["..", *sorted(f"../{name}" for name in beside), "../.."]
    return [path for folder in folders for path in (f"{folder}/{module}", f"{folder}/{module}.py")]


def _gravity(judgement: Judgement) -> int:
    return {"right": 0, "other-loss": 2, "wrong": 3}.get(judgement.verdict, 1)
