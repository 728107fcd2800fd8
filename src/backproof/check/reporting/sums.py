"""The report of a file in which each sample's gradient overwrites the one before; added up, they may make it right."""

import ast
from dataclasses import replace

from backproof.check.consistency import Inconsistency, overwritten
from backproof.check.edits import Edit, Editor
from backproof.check.edits.statements import rewritten
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.locate import Suspicion
from backproof.check.repair.attempts import PATIENCE
from backproof.check.repair.fix import Fix
from backproof.check.repair.proved import proved
from backproof.check.replay.values import Reading
from backproof.check.report import Report, Verdict
from backproof.check.reporting.findings import finding_of_inconsistency
from backproof.check.reporting.marks import marks_of
from backproof.check.reporting.others import Trained
from backproof.check.reporting.proposals import proposed
from backproof.check.sandbox.recording import Recording, texts_of
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_UPDATES = 6


def where_overwritten(source: Source, recording: Recording, judgement: Judgement) -> list[Inconsistency]:
    """The lines of the checked file whose value every turn of a loop overwrites, though each moves the parameters."""
    return overwritten(judgement, Reading({source.run_name: source.text}, recording.sites), source.run_name)


def summed(
    source: Source,
    recording: Recording,
    base: Report,
    trained: Trained,
    lost: list[Inconsistency],
    mends: bool,
    sandbox: Sandbox,
) -> Report | None:
    """The report that some lines overwrite what they should add to; None if a wrong file is still wrong without that.

    Args:
        lost: what `where_overwritten` found in a training.
        mends: whether the sum is to be tried.
    """
    judgement, texts = trained.judgement, texts_of(source, recording)
    fixes = _added_up(source, [one.line for one in lost], trained.number, sandbox) if mends else []
    fixes = proved(source, judgement, trained.number, recording.failed, fixes, sandbox, whole=True)
    if not fixes and judgement.verdict not in ("right", "unknown"):
        return None
    return replace(
        base,
        verdict=Verdict.WRONG,
        factor=None,
        reason=lost[0].reason,
        findings=tuple(finding_of_inconsistency(source, one) for one in lost),
        fixes=tuple(proposed(source, texts, fix) for fix in fixes),
        marks=marks_of(source, recording.sites, judgement, Suspicion()),
    )


def _added_up(source: Source, lines: list[int], number: int, sandbox: Sandbox) -> list[Fix]:
    """The fix that adds up what some lines overwrite, if all is right with it."""
    editor = Editor(source.text)
    edits = [edit for line in sorted(lines, reverse=True) if (edit := _adding(editor, line)) is not None]
    if len(edits) < len(lines):
        return []
    text = source.text
    for edit in edits:
        text = edit.apply(text)
    with sandbox.by_itself():
        recording = sandbox.run(source, texts={source.run_name: text}, updates=_UPDATES, patience=PATIENCE)
        trainings = recording.trainings[number : number + 1]
        if not trainings or len(trainings[0].steps) < 2:
            return []
        found = judge(trainings[0], brief=True)
        if found.verdict != "right" or where_overwritten(replace(source, text=text), recording, found):
            return []
        return [Fix(tuple((source.run_name, edit) for edit in edits), {source.run_name: text}, found)]


def _adding(editor: Editor, line: int) -> Edit | None:
    """The edit that makes an assignment add to what was set to zero before its loop."""
    statement = editor.statement_at(line)
    if not isinstance(statement, ast.Assign) or line not in editor.overwritten:
        return None
    return next((edit for edit in rewritten(editor, statement) if edit.text == "+="), None)
