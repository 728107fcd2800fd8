"""The reports of files whose parameters get new values that are lost, or that replace what was learned."""

import ast
from collections.abc import Mapping, Sequence

from backproof.check.edits import Editor
from backproof.check.judge.factor import reported_factor
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.report import Finding, ProposedFix, Report, Verdict, diff
from backproof.check.sandbox.recording import Recording
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source
from backproof.check.unkept.behind import moved_into, updates_behind
from backproof.check.unkept.lost import in_place, in_place_text, old_returns, returning, with_memory
from backproof.check.unkept.replaced import keeping, keeping_text, replaced_parameters

_FEW = 6  # updates, after which it shows whether an edit helps


def report_of_lost(
    source: Source, recording: Recording, editor: Editor, lost: list[ast.Assign], sandbox: Sandbox
) -> tuple[Report, str]:
    """The report of a file whose parameters stay as they are, since their new values are lost: a function returns the
    old ones beside them, or a name gets them that nobody reads; with the text in which this is mended."""
    for statement, name in old_returns(editor, lost):
        text, meant = returning(editor, statement, name)
        if (fix := _with_text(source, recording, text, "what is new is returned", sandbox)[1]) is not None:
            message = (
                f"`{editor.segment(statement)}` hands back what the function was given:"
                f" what it made of that is `{name}`, which no line reads. It should be `{meant}`."
            )
            return _report(source, recording, editor, {statement: message}, "lost update", fix), text
    said: dict[ast.stmt, str] = {
        statement: (
            f"`{editor.segment(statement)}` makes a new array that nothing is computed from: the name"
            f" `{editor.segment(statement.targets[0])}` gets it, and the array that the network uses stays as it is."
            f" Written in place, `{in_place_text(editor, statement)}`, it would be changed."
        )
        for statement in lost
    }
    text = in_place(editor, with_memory(editor, lost))
    _, fix = _with_text(source, recording, text, "written into the array itself", sandbox)
    return _report(source, recording, editor, said, "lost update", fix), text


def report_of_behind(
    source: Source, recording: Recording, editor: Editor, sandbox: Sandbox
) -> tuple[Report, str] | None:
    """The report of a file that takes one step, behind the loop that was to take one at each turn, with the text in
    which this is mended; None unless it takes several with its updates in there."""
    found = updates_behind(editor)
    text = moved_into(editor, found) if found is not None else None
    if found is None or text is None:
        return None
    mended = sandbox.run(source, texts={source.run_name: text}, updates=_FEW)
    if not any(len(training.steps) > 1 for training in mended.trainings):
        return None
    loop = source.place(found.loop.lineno).line
    said: dict[ast.stmt, str] = {
        statement: (
            f"`{editor.segment(statement)}` stands behind the loop of line {loop}: each of its turns computes the same,"
            " and a single step is taken after the last one. Indented, it is one of the loop's lines."
        )
        for statement in found.updates
    }
    _, fix = _with_text(source, recording, text, "the updates are lines of the loop", sandbox)
    return _report(source, recording, editor, said, "order", fix), text


def report_of_replaced(
    source: Source, recording: Recording, editor: Editor, known: Sequence[Judgement], sandbox: Sandbox
) -> Report | None:
    """The report of a file whose parameters are replaced by their steps; None unless these follow a gradient where the
    parameters are kept, which is the proof that they are parameters: more of them than the `known` trainings have."""
    if any(one.verdict not in ("right", "unknown") for one in known):
        return None  # what else is wrong is told first
    replaced = replaced_parameters(editor, source.run_name, recording)
    count = sum(len(one.training.parameters) for one in known if one.verdict == "right")
    for symbol in "-+" if replaced else "":
        text = keeping(editor, replaced, symbol)
        judged, fix = _with_text(source, recording, text, "the value is kept, and changed by the step", sandbox)
        if sum(len(one.training.parameters) for one in judged) <= count:
            continue
        said: dict[ast.stmt, str] = {
            statement: (
                f"`{editor.segment(statement)}` replaces `{editor.segment(statement.targets[0])}` by the step that it"
                " should make, so that what was learned is forgotten."
                f" Written `{keeping_text(editor, statement, symbol)}`, it is kept."
            )
            for statement in replaced
        }
        return _report(source, recording, editor, said, "forgotten", fix)
    return None


def _report(
    source: Source,
    recording: Recording,
    editor: Editor,
    said: Mapping[ast.stmt, str],
    kind: str,
    fix: ProposedFix | None,
) -> Report:
    """The report of what is wrong with some statements, each with what is said of it."""
    findings = []
    for statement, message in said.items():
        place = source.place(statement.lineno)
        whole = editor.segment(statement)
        findings.append(Finding(str(source.path), place.line, place.cell, whole, kind, message))
    return Report(
        source.path,
        Verdict.WRONG,
        findings[0].message,
        findings=tuple(findings),
        fixes=(fix,) if fix is not None else (),
        printed=recording.printed,
    )


def _with_text(
    source: Source, recording: Recording, text: str, says: str, sandbox: Sandbox
) -> tuple[list[Judgement], ProposedFix | None]:
    """The judgements of another text of the file, if all of it follows some loss's gradient exactly, first by a few
    updates and then by all; and the fix that it is if it is right."""
    judged: list[Judgement] = []
    for updates in (_FEW, None):
        mended = sandbox.run(source, texts={source.run_name: text}, updates=updates)
        judged = [judge(t, brief=updates is not None) for t in mended.trainings if t.steps]
        if (mended.failed and not recording.failed) or not judged:
            return [], None
        if any(one.verdict not in ("right", "other-loss") for one in judged):
            return [], None
    if any(one.verdict != "right" for one in judged):
        return judged, None
    change = diff(source, source.run_name, source.text, text)
    return judged, ProposedFix(change, True, reported_factor(judged[0]), {source.run_name: text}, says)
