"""The fix of what the turns of a loop overwrite: all lines of it add up, run, and kept if all is right then."""

import ast

from backproof.check.attempts import PATIENCE
from backproof.check.consistency.overwritten import overwritten
from backproof.check.edits import Edit, Editor
from backproof.check.edits.statements import rewritten
from backproof.check.judge import judge
from backproof.check.repair import Fix
from backproof.check.sandbox import Sandbox
from backproof.check.source import Source
from backproof.check.values import Reading

_UPDATES = 6


def added_up(source: Source, lines: list[int], number: int, sandbox: Sandbox) -> list[Fix]:
    """The fix that adds up what some lines overwrite, if it is proved: empty if not.

    Args:
        number: the training of the file that it is about.
    """
    editor = Editor(source.text)
    edits = [edit for line in sorted(lines, reverse=True) if (edit := _adding(editor, line)) is not None]
    if len(edits) < len(lines):
        return []
    text = source.text
    for edit in edits:
        text = edit.apply(text)
    recording = sandbox.run(source, texts={source.run_name: text}, updates=_UPDATES, patience=PATIENCE)
    try:
        trainings = recording.trainings[number : number + 1]
        if not trainings or len(trainings[0].steps) < 2:
            return []
        found = judge(trainings[0], brief=True)
        reading = Reading({source.run_name: text}, recording.sites)
        if found.verdict != "right" or overwritten(found, reading, source.run_name):
            return []
        return [Fix(tuple((source.run_name, edit) for edit in edits), {source.run_name: text}, found)]
    finally:
        sandbox.forget()


def _adding(editor: Editor, line: int) -> Edit | None:
    """The edit that makes an assignment add to what was set to zero before its loop."""
    statement = editor.statement_at(line)
    if not isinstance(statement, ast.Assign) or line not in editor.overwritten:
        return None
    return next((edit for edit in rewritten(editor, statement) if edit.text == "+="), None)
