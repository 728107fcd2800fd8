"""Judges a file whose step takes too many operations by steps that are made from a few of its samples (see `short`)."""

from dataclasses import replace

from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.locate import locate
from backproof.check.losses.losses import Standard, computed_from
from backproof.check.losses.outputs import nodes_at
from backproof.check.report import Report, Verdict
from backproof.check.reporting.findings import loss_of, sentence
from backproof.check.reporting.marks import marks_of
from backproof.check.reporting.unmended import findings_without_fix
from backproof.check.sandbox.recording import Recording, texts_of
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_MOST = 70_000  # operations in a step, which a judgement does not take too long for
ROOM = 800  # operations, after which a loop over samples is left
_NOTE = "One step takes too many operations to be followed: it was judged by steps that are made from some samples."


def with_fewer_samples(source: Source, recording: Recording, sandbox: Sandbox, room: int = ROOM) -> Report | None:
    """The report of a file that was run with loops left early; None if it does not tell.

    What is right for some samples is right, though not by which factor. What is wrong counts only where a loop over
    samples was left, each of which is held against its own targets, and where some parameter is right: else the wrong
    loop may have been left.
    """
    shorter = sandbox.run(source, short=room)
    trainings = [t for t in shorter.trainings if len(t.steps) > 1 and len(t.trace) <= _MOST * len(t.steps)]
    if not trainings or len(trainings) < sum(bool(t.steps) for t in shorter.trainings):
        return None
    judged = [judge(training) for training in trainings]
    wrong = [one for one in judged if one.verdict == "wrong"]
    if any(one.verdict not in ("right", "wrong") for one in judged) or not all(map(_goes_over_samples, wrong)):
        return None
    told = (wrong or judged)[0]
    report = Report(
        source.path,
        Verdict.WRONG if wrong else Verdict.RIGHT,
        "",
        loss=loss_of(source, shorter.sites, told),
        parameters=len(told.training.parameters),
        steps=len(told.training.steps),
        printed=recording.printed,
        notes=(_NOTE,),
    )
    if not wrong:
        return replace(report, reason=sentence(report, told))
    suspicion = locate(told)
    findings = findings_without_fix(source, shorter.sites, told, suspicion, None, texts_of(source, shorter))
    marks = marks_of(source, shorter.sites, told, suspicion)
    reason = findings[0].message if findings else "It follows no gradient."
    return replace(report, reason=reason, findings=tuple(findings), marks=marks)


def _goes_over_samples(judgement: Judgement) -> bool:
    """Whether a loop was left in which outputs meet their targets turn by turn, which the loss is computed from."""
    found = judgement.match
    if found is None or not found.right:
        return False
    frame = judgement.frames[0]
    behind = computed_from(frame, found.loss)
    for other in judgement.matches:
        if isinstance(other.loss, Standard):
            met = [node for node in nodes_at(frame, other.loss.pair.key) if node in behind]
            met = met or (nodes_at(frame, other.loss.pair.key) if other.loss == found.loss else [])
            if any(sum(start <= node <= end for node in met) > 1 for start, end in judgement.training.trace.left):
                return True
    return False
