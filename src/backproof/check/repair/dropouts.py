"""Divides what dropout keeps by the share that it keeps, where the network predicts with all units as they are."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from backproof.check.consistency import Inconsistency, inconsistencies
from backproof.check.consistency.dropout import shares_kept
from backproof.check.edits import Edit, Editor
from backproof.check.edits.tree import target_of
from backproof.check.judge.judge import judge
from backproof.check.repair.attempts import attempts
from backproof.check.repair.fix import Fix
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_NAMES = 12  # that may say which share is dropped, or kept


def mended_dropout(source: Source, stretch: int, found: Inconsistency, sandbox: Sandbox, seconds: float) -> list[Fix]:
    """The fix after which the network gets as much where it predicts as it was trained with, if one is found in time
    (inverted dropout: Srivastava et al., Dropout, 2014, section 10).

    Args:
        found: the line that drops units.
    """
    for edit, text, recording in attempts(source, _divided(Editor(source.text), found), sandbox, seconds):
        training = recording.training_at(stretch)
        if training is None or recording.failed:
            continue
        mended = judge(training, brief=True)
        changed = replace(source, text=text)
        # units are dropped as before, and what makes up for it is the share that is kept
        known = mended.verdict == "right" and any(shares_kept(frame, mended) for frame in mended.frames)
        if known and not inconsistencies(changed, recording, mended, stretch):
            return [Fix(((source.run_name, edit),), {source.run_name: text}, mended)]
    return []


def _divided(editor: Editor, found: Inconsistency) -> Iterator[Edit]:
    """The mask, or else what is dropped, divided by each name or number that may be the share that is kept, or the rest
    of it."""
    statement = editor.statement_at(found.line)
    if statement is None:
        return
    nodes = [n for n in ast.walk(statement) if isinstance(n, ast.expr) and editor.segment(n) == found.expression]
    nodes = nodes or ([statement.value] if isinstance(statement, ast.AugAssign) else [])
    names = {node.id for product in nodes for node in ast.walk(product) if isinstance(node, ast.Name)}
    drawn = [
        node.value
        for node in ast.walk(editor.scope(statement))
        if isinstance(node, ast.Assign)
        and isinstance(target := target_of(node), ast.Name)
        and target.id in names
        and any(isinstance(part, ast.Call | ast.Compare) for part in ast.walk(node.value))
    ]
    numbers = [f"{number:g}" for number in editor.floats if 0.0 < number < 1.0]
    shares = dict.fromkeys([*editor.settings_near(statement), *editor.near(statement, _NAMES), *numbers])
    for share in shares:
        for kept in (share, f"(1 - {share})"):
            for node in (*drawn, *nodes[:1]):
                inner = isinstance(node, ast.BinOp) and node in nodes
                text = editor.segment(node) if inner else editor.atom(node)
                yield editor.replace(node, f"{text} / {kept}", "missing factor", 1.0)
