"""Which of the fixes that were found hold for the whole file: each is run once more, to its end."""

import ast
from dataclasses import replace

from backproof.check.consistency import inconsistencies, named_loss, other_objective
from backproof.check.cut.parameters import Training
from backproof.check.edits import Editor
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.judge.later_turns import goes_wrong
from backproof.check.losses.losses import Standard
from backproof.check.record.trace import Sites
from backproof.check.repair.acceptance import same_aim
from backproof.check.repair.fix import Fix, likeliest
from backproof.check.repair.halves import Half, looking_at
from backproof.check.repair.shapes import keeps_shapes
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording, texts_of
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_OF_WHAT = ("variable", "index", "argument", "number", "flag", "comparison")  # kinds of edits that move no update
_HALVES = 2  # that other fixes leave something wrong as well shows soon


def proved(
    source: Source,
    before: Judgement,
    number: int,
    fails: bool,
    fixes: list[Fix],
    sandbox: Sandbox,
    *,
    whole: bool = False,
    nearly: list[tuple[Fix, Sites]] | None = None,
    halves: list[Half] | None = None,
) -> list[Fix]:
    """Of each line that can be mended the likeliest fix, run once more; those that predict as they train come first.

    Args:
        number: which of the file's trainings is mended. The others that run a mended line must be right, too.
        whole: keep only those that predict as they train.
        nearly: takes those after which all follow another loss than the one that is told, with the sites of their runs.
        halves: takes those after which another training is still wrong.
    """
    kept: list[tuple[bool, Fix]] = []
    lines: set[tuple[int, ...]] = set()
    for fix in fixes:
        where = tuple(edit.line for _, edit in fix.edits)
        if where in lines or len(kept) == 3 or (halves and len(halves) == _HALVES):
            continue
        recording = sandbox.run(source, texts=fix.texts)
        judged = _judged(recording, fix, number)
        own = judged.get(number)
        if own is not None and own.verdict == "other-loss" and nearly is not None and {*judged} == {number}:
            nearly.append((replace(fix, judgement=own), recording.sites))
        if own is None or own.verdict != "right" or (recording.failed and not fails):
            continue
        if not whole and not (same_aim(before, own) and keeps_shapes(before, own)):
            continue
        if any(other.verdict != "right" for other in judged.values()):
            if halves is not None:
                halves.append(Half(fix, sandbox.later))
            continue
        if _goes_less_far(source, fix, before, own):
            continue
        turn = 0 if sandbox.later else goes_wrong(recording, judged.values())
        if turn or (sandbox.later and not _from_the_first(source, fix, sandbox)):
            if halves is not None and turn:
                halves.append(Half(fix, turn))
            continue
        lines.add(where)
        mended = replace(source, text=fix.texts.get(source.run_name, source.text))
        odd = bool(inconsistencies(mended, recording, own, number, fix.texts))
        if odd and whole:
            continue
        texts = {name: fix.texts.get(name, text) for name, text in texts_of(source, recording).items()}
        reading = Reading(texts, recording.sites)
        if named_loss(own, reading) is not None:
            continue  # what the file calls its loss is another one than is followed then
        apart = odd or other_objective(recording, own, number, reading) is not None
        kept.append((apart, replace(fix, judgement=own, recording=recording, unfitting=odd)))
    return [fix for _, fix in sorted(kept, key=lambda row: (row[0], row[1].cost))]


def of_another_loss(
    source: Source, before: Judgement, number: int, fails: bool, nearly: list[tuple[Fix, Sites]], sandbox: Sandbox
) -> list[Fix]:
    """The likeliest of the edits after which all parameters follow another loss than the one that is told: that which
    most of them followed before, for the whole file; empty if there is none.

    Args:
        nearly: these edits, each with the sites of the run after it.
    """
    for fix in sorted((fix for fix, _ in nearly), key=likeliest)[:_HALVES]:
        recording = sandbox.run(source, texts=fix.texts)
        judged = _judged(recording, fix, number)
        own = judged.get(number)
        if own is None or (recording.failed and not fails) or _tells_at(own, recording.sites) & _places(fix):
            continue  # what changes the told loss itself makes any loss another one
        if {one.verdict for one in judged.values()} <= {"right", "other-loss"} and _follows_as_most(before, own):
            return [replace(fix, judgement=own, recording=recording, unfitting=True)]
    return []


def _judged(recording: Recording, fix: Fix, number: int) -> dict[int, Judgement]:
    """The judgements of a mended training, by its number, and of the others that run a mended line."""
    trainings = {n: t for n, t in enumerate(recording.trainings) if t.steps}
    return {n: judge(t) for n, t in trainings.items() if n == number or runs(t, recording.sites, _places(fix))}


def _places(fix: Fix) -> set[tuple[str, int]]:
    """The lines that a fix changes, each with its file."""
    return {(file, edit.line) for file, edit in fix.edits}


def _tells_at(judgement: Judgement, sites: Sites) -> set[tuple[str, int]]:
    """The line that tells the loss, with its file."""
    return {sites.line(judgement.stated.site)} if judgement.stated is not None and judgement.stated.site >= 0 else set()


def _follows_as_most(before: Judgement, after: Judgement) -> bool:
    """Whether a mended program follows a standard loss of the kind that most of what was right followed before, if
    anything was."""
    followed = after.match.loss if after.match is not None else None
    if not isinstance(followed, Standard) or before.match is None:
        return False
    if not any(match.right for match in before.matches):
        return True
    most = (m.loss for m in (before.match, *before.matches) if len(m.right) >= len(before.match.right))
    return any(isinstance(loss, Standard) and loss.kind == followed.kind for loss in most)


def _goes_less_far(source: Source, fix: Fix, before: Judgement, own: Judgement) -> bool:
    """Whether an edit of a loop's head, or of what a line is made of, leaves less than half of the steps: what would go
    wrong later is not reached then, and not mended."""
    *_, (file, edit) = fix.edits
    headed = isinstance(Editor(fix.texts.get(file, source.text)).statement_at(edit.line), ast.For | ast.While)
    return (headed or edit.kind in _OF_WHAT) and 2 * len(own.training.steps) < len(before.training.steps)


def _from_the_first(source: Source, fix: Fix, sandbox: Sandbox) -> bool:
    """Whether a file that was mended at a later turn is right from its first steps on, and at all later turns."""
    with looking_at([sandbox], 0):
        whole = sandbox.run(source, texts=fix.texts)
        first = [judge(training) for training in whole.trainings if training.steps]
    return all(one.verdict == "right" for one in first) and not goes_wrong(whole, first)


def runs(training: Training, sites: Sites, places: set[tuple[str, int]]) -> bool:
    """Whether a training computes something in one of some lines, each with its file, or calls there what does."""
    trace = training.trace
    own = set(trace.sites[trace.begin : trace.end])
    own.update(*map(trace.calls, set(trace.paths[trace.begin : trace.end])))
    found = {sites.line(site) for site in own if site >= 0}
    return bool(found & places)
