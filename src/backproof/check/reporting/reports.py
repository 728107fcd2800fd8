"""The report of a file, by what was found out about its trainings."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from backproof.check.consistency import Objective, inconsistencies, named_loss, other_objective, other_share
from backproof.check.edits import Edit
from backproof.check.judge.judgement import Judgement
from backproof.check.judge.standstill import zero_since
from backproof.check.locate.locate import Suspicion, locate
from backproof.check.losses.losses import Standard, Stated
from backproof.check.losses.outputs import nodes_at
from backproof.check.losses.stated import meets_targets
from backproof.check.repair.broadcasts import mended_broadcast
from backproof.check.repair.dropouts import mended_dropout
from backproof.check.repair.fix import Fix
from backproof.check.repair.insertions import missing_updates
from backproof.check.repair.missing_terms import missing_terms
from backproof.check.repair.objectives import mended_objective
from backproof.check.repair.predictions import mended_predictions
from backproof.check.repair.proved import of_another_loss, proved
from backproof.check.repair.repair import Repair
from backproof.check.repair.told_as_descended import told_after, told_as_descended
from backproof.check.replay.values import Reading
from backproof.check.report import Finding, Report, Verdict
from backproof.check.reporting.edited import findings_of_fix
from backproof.check.reporting.findings import (
    finding_of_inconsistency,
    finding_of_suspect,
    sentence,
    spelled,
)
from backproof.check.reporting.marks import marks_of
from backproof.check.reporting.others import Trained
from backproof.check.reporting.proposals import proposed
from backproof.check.reporting.reasons import asked_elsewhere, no_loss, unfollowed
from backproof.check.reporting.unmended import findings_without_fix
from backproof.check.reporting.unstated import unstated_term
from backproof.check.sandbox.recording import Recording, texts_of
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import Place, Source

_SPREAD = "A column and a row are broadcast here, so that each output is held against all the targets, not its own."


_STILL = "This is zero at every step, since it is computed from what is always zero: no parameter is moved at all."


_UNSTATED = (
    "All parameters would follow the gradient of the stated loss, but for what {} adds: it is the gradient of a term"
    " that the loss does not have. If that is meant, as in a variational autoencoder, add the term to the loss that is"
    " shown."
)


@dataclass(frozen=True)
class Options:
    """How a file is checked: its limits, and how many seconds the search for a fix may take (0: none)."""

    limits: Limits = field(default_factory=Limits)
    repair_seconds: float = 30.0


def report_of_right(
    source: Source,
    recording: Recording,
    base: Report,
    trainings: list[Trained],
    trained: Trained,
    options: Options,
    sandboxes: list[Sandbox],
) -> Report:
    """The report of a file all of whose trainings are right; `trained` is the one that is told of."""
    odd = [(s, one) for s in trainings for one in inconsistencies(source, recording, s.judgement, s.number)]
    reading = Reading({source.run_name: source.text}, recording.sites)
    objectives = () if odd else trainings
    asked = ((s, other_objective(recording, s.judgement, s.number, reading)) for s in objectives)
    aimed = next(((s, objective) for s, objective in asked if objective is not None), None)
    if not odd and aimed is None:  # a loss that is not followed to the end may still tell how the weights decay
        shares = ((s, other_share(s.judgement, reading, source.run_name)) for s in trainings)
        odd = [(s, one) for s, one in shares if one is not None]
    judgement = odd[0][0].judgement if odd else trained.judgement
    marks = marks_of(source, recording.sites, judgement, Suspicion())
    if odd:
        found = [one for _, one in odd]
        number = odd[0][0].number
        fixes: list[Fix] = []
        half = options.repair_seconds / 2
        if half > 0 and (found[0].name or found[0].sites or found[0].kind in ("prediction", "loss", "dropout")):
            if found[0].name:
                names = [one.name for one in found if one.name]
                fixes = missing_updates(
                    source, texts_of(source, recording), judgement, recording.sites, names, sandboxes[0], half
                )
            elif found[0].sites:
                fixes = missing_terms(source, judgement, recording.sites, number, found[0], sandboxes[0], half)
            elif found[0].kind == "dropout":
                fixes = mended_dropout(source, number, found[0], sandboxes[0], half)
            else:
                fixes = mended_predictions(source, judgement, recording.sites, number, found[0], sandboxes[0], half)
            fixes = proved(source, judgement, number, recording.failed, fixes, sandboxes[0], whole=True)
        findings = [finding_of_inconsistency(source, f) for f in found]
        if found[0].name and fixes:
            findings[0] = _where_mended(source, findings[0], fixes[0])
        return replace(
            base,
            fixes=tuple(proposed(source, texts_of(source, recording), fix) for fix in fixes),
            verdict=Verdict.INCONSISTENT,
            factor=None if found[0].kind == "loss" else base.factor,
            reason=found[0].reason,
            findings=tuple(findings),
            marks=marks,
        )
    if aimed is not None:
        each, objective = aimed
        half = options.repair_seconds / 2
        mended: list[Fix] = []
        texts = texts_of(source, recording)
        if half > 0:
            mended = mended_objective(source, texts, objective, recording, each.number, sandboxes[0], half)
            before = each.judgement
            mended = proved(source, before, each.number, recording.failed, mended, sandboxes[0], whole=True)
        report = _other_objective(source, recording, base, objective, marks)
        return replace(report, fixes=tuple(proposed(source, texts, fix) for fix in mended))
    whole = Reading(texts_of(source, recording), recording.sites)
    for each in trainings:
        if (named := named_loss(each.judgement, whole)) is not None:
            return _other_objective(source, recording, base, named, marks)
    others = len(trainings) - 1
    too = f" {others} other training{'s' * (others > 1)} of the file {'are' if others > 1 else 'is'} right, too."
    return replace(
        base,
        verdict=Verdict.RIGHT,
        reason=sentence(base, judgement) + (too if others else ""),
        marks=marks,
    )


def _other_objective(
    source: Source, recording: Recording, base: Report, objective: Objective, marks: dict[Place, bool]
) -> Report:
    """The report of a file that shows a loss of all its samples that is not the one it descends."""
    findings = [
        finding_of_suspect(source, recording.sites, (site, 0), "other-loss", objective.reason)
        for site in objective.sites
    ]
    return replace(
        base,
        verdict=Verdict.OTHER_LOSS,
        reason=objective.reason,
        factor=None,
        findings=tuple(finding for finding in findings if finding is not None),
        marks=marks,
    )


def _where_mended(source: Source, finding: Finding, fix: Fix) -> Finding:
    """A finding about a parameter that is never updated, at the line that should do it, if there is one."""
    name, edit = fix.edits[0]
    if name != source.run_name or edit.start == edit.end or Path(finding.file) != source.path:
        return finding
    place = source.place(edit.line)
    text = source.text.splitlines()[edit.line - 1].strip()
    return replace(finding, line=place.line, cell=place.cell, expression=text)


def report_of_other_loss(
    source: Source, recording: Recording, base: Report, trained: Trained, options: Options, sandboxes: list[Sandbox]
) -> Report:
    judgement = trained.judgement
    assert judgement.match is not None
    descended = spelled(source, recording.sites, judgement.match.loss)
    stated = "the loss that it prints"
    if judgement.stated is not None:
        told = base.loss.name if base.loss else None
        stated = told or spelled(source, recording.sites, judgement.stated)
    same = judgement.kind is not None and judgement.kind == getattr(judgement.match.loss, "kind", None)
    other = "of other targets than the stated loss has" if same else f"the loss that is stated is {stated}"
    reason = f"Every parameter follows the exact gradient of {descended}, but {other}."
    site = judgement.match.loss.site
    if getattr(judgement.match.loss, "kind", "") == "perceptron":  # the rule stands where the weights are moved
        site = judgement.training.chains[min(judgement.match.evidence)].site
    place, kind, message = (site, 0), "other-loss", reason
    if judgement.spread is not None:
        place, kind, message, reason = judgement.spread, "shape", _SPREAD, f"{reason} {_SPREAD}"
    finding = finding_of_suspect(source, recording.sites, place, kind, message)
    marks = marks_of(source, recording.sites, judgement, Suspicion())
    report = replace(
        base,
        verdict=Verdict.OTHER_LOSS,
        factor=None,
        reason=reason,
        findings=(finding,) if finding else (),
        marks=marks,
    )
    half = options.repair_seconds / 2
    if judgement.spread is not None:
        fixes = mended_broadcast(source, judgement, recording.sites, trained.number, sandboxes[0], half)
        fixes = proved(source, judgement, trained.number, recording.failed, fixes, sandboxes[0])
        return replace(report, fixes=tuple(proposed(source, texts_of(source, recording), fix) for fix in fixes))
    if options.repair_seconds <= 0:
        return report
    texts = texts_of(source, recording)
    retold = told_as_descended(source, texts, judgement, recording.sites, trained.number, sandboxes[0], half / 2)
    retold = proved(source, judgement, trained.number, recording.failed, retold, sandboxes[0], whole=True)
    if retold:
        places = findings_of_fix(source, recording.sites, judgement, retold[0], texts)
        report = replace(report, findings=(*report.findings, *(replace(f, kind="other-loss") for f in places)))
    meant = judgement.told
    if meant is None or not _may_be_meant(judgement):
        return replace(report, fixes=tuple(proposed(source, texts, fix) for fix in retold))
    # held against the loss that is stated, the program is wrong, and may be mended
    aimed = replace(judgement, match=meant, verdict="wrong", faults=[], matches=[meant])
    repair = Repair(source, texts, sandboxes, half, fails=recording.failed)
    fixes = repair.search(aimed, locate(aimed), recording.sites, trained.number)
    places = findings_of_fix(source, recording.sites, aimed, fixes[0], texts) if fixes else []
    mended = [replace(finding, kind="other-loss") for finding in places]
    if retold and judgement.kind == "categorical" and getattr(judgement.match.loss, "kind", "") == "binary":
        # half of an entropy is told: the other half is forgotten there, and the gradient is as it is meant
        fixes, retold, mended = retold, fixes, []
    return replace(
        report,
        findings=(*mended, *report.findings),
        fixes=tuple(proposed(source, texts, fix) for fix in (*fixes, *retold)),
    )


def _may_be_meant(judgement: Judgement) -> bool:
    """Whether the loss that is stated holds anything against targets."""
    stated, followed = judgement.stated, judgement.match.loss if judgement.match is not None else None
    if not isinstance(stated, Stated) or not isinstance(followed, Standard):
        return True
    telling = [frame for frame in judgement.frames if nodes_at(frame, stated.key)]
    return not telling or any(meets_targets(frame, stated, followed) for frame in telling)


def report_of_wrong(
    source: Source, recording: Recording, base: Report, trained: Trained, options: Options, sandboxes: list[Sandbox]
) -> tuple[Report, list[Fix]]:
    """The report on a training that is wrong, and the fixes that it proposes."""
    judgement = trained.judgement
    base = replace(base, factor=None)
    if (zero := zero_since(judgement)) is not None:
        still = finding_of_suspect(source, recording.sites, zero, "gradient", _STILL)
        return replace(base, verdict=Verdict.WRONG, reason=_STILL, findings=(still,) if still else ()), []
    hidden = unfollowed(source, recording, judgement)
    if judgement.match is None or hidden:
        return replace(base, reason=hidden or no_loss(judgement, searched=options.repair_seconds > 0)), []
    if elsewhere := asked_elsewhere(judgement):
        return replace(base, reason=elsewhere), []  # an edit that takes that away would make all follow
    suspicion = locate(judgement)
    if (term := unstated_term(suspicion.following)) is not None:
        where = spelled(source, recording.sites, Stated((judgement.training.trace.sites[term], 0), shown=False))
        return replace(base, reason=_UNSTATED.format(where)), []
    marks = marks_of(source, recording.sites, judgement, suspicion)
    fixes: list[Fix] = []
    hint: tuple[str, Edit] | None = None
    texts = texts_of(source, recording)
    if options.repair_seconds > 0:
        repair = Repair(source, texts, sandboxes, options.repair_seconds, fails=recording.failed)
        fixes = repair.search(judgement, suspicion, recording.sites, trained.number)
        hint = repair.candidates.hint
        if repair.anew and judgement.verdict == "wrong":
            half = options.repair_seconds / 2
            told = told_after(source, repair.nearly, trained.number, sandboxes[0], half)
            known = source, judgement, trained.number, recording.failed
            # an edit or two, and the loss that is followed then told, are likelier meant than all written anew
            fixes = [*proved(*known, told, sandboxes[0], whole=True), *fixes]
            fixes = fixes or of_another_loss(*known, repair.nearly, sandboxes[0])
    if judgement.verdict != "wrong":
        # some edit makes nearly anything descend something: only a stated loss, or targets that every move is computed
        # from and a network that stays as it is, can tell that this was meant
        ahead = {recording.sites.line(key[0]) for key in suspicion.forward}
        fixes = [
            fix
            for fix in fixes
            if (fix.judgement.stated is not None and fix.judgement.kind not in (None, "absolute"))
            or _follows_what_is_shown(fix.judgement)
            or (judgement.meant and not any((file, edit.line) in ahead for file, edit in fix.edits))
        ]
    if not fixes and judgement.verdict != "wrong":
        return replace(base, reason=no_loss(judgement, searched=options.repair_seconds > 0)), []
    if fixes:
        findings = findings_of_fix(source, recording.sites, judgement, fixes[0], texts)
    else:
        findings = findings_without_fix(source, recording.sites, judgement, suspicion, hint, texts)
    reason = findings[0].message if findings else "The parameters do not follow the gradient of the stated loss."
    report = replace(base, verdict=Verdict.WRONG, reason=reason, findings=tuple(findings), marks=marks)
    return replace(report, fixes=tuple(proposed(source, texts, fix) for fix in fixes)), fixes


def _follows_what_is_shown(judgement: Judgement) -> bool:
    """Whether every parameter follows the very loss that the program shows, whatever kind it is."""
    loss = judgement.match.loss if judgement.match is not None else None
    return loss is not None and loss == judgement.stated and judgement.stated.shown and judgement.kind != "absolute"
