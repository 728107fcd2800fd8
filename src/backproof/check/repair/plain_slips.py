"""Slips that show by themselves, tried before the numbers are looked at: what every turn of a loop overwrites that was
made to be added to, what stands behind a loop and adds up what that computes at each turn, what is moved from where
another parameter is, what is handed over twice, activations that no layer reads, and gradients that go the other way
than their momentum."""

import ast
from collections.abc import Iterator, Mapping

from backproof.check.edits import Editor
from backproof.check.edits.from_itself import from_itself
from backproof.check.edits.handed_twice import handed_twice
from backproof.check.edits.statements import rewritten
from backproof.check.edits.too_shallow import into_the_loop
from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import Sites
from backproof.check.repair.placing import Row
from backproof.check.repair.turned import begins_upward, turned_at_once
from backproof.check.repair.unread_activations import unread_activations

_MOST = 8  # edits that are tried


def plain_slips(judgement: Judgement, editors: Mapping[str, Editor], sites: Sites) -> list[Row]:
    """The edits of the functions that a step goes through."""
    trace, step = judgement.training.trace, judgement.frames[0].step
    nodes = range(max(step.start, 0), step.end + 1)
    calls = {call for path in {trace.paths[node] for node in nodes} for call in trace.calls(path)}
    lines = {sites.line(site) for site in {trace.sites[node] for node in nodes} | calls if site >= 0}
    found = [row for file, editor in editors.items() for row in _of(file, editor, lines)]
    turned = turned_at_once(judgement, editors, sites) if begins_upward(judgement) else ()
    return [*turned, *found, *unread_activations(judgement, editors, sites)][:_MOST]


def _of(file: str, editor: Editor, lines: set[tuple[str, int]]) -> Iterator[Row]:
    """The edits of one file."""
    met = (editor.statement_at(line) for name, line in lines if name == file)
    scopes = {editor.scope(statement) for statement in met if statement is not None}
    for statement in (node for node in editor.nodes if isinstance(node, ast.Assign | ast.AugAssign)):
        if editor.scope(statement) in scopes:
            overwrites = statement.lineno in editor.overwritten
            added = (edit for edit in rewritten(editor, statement) if edit.text == "+=" and overwrites)
            others = (
                *into_the_loop(editor, statement),
                *from_itself(editor, statement),
                *handed_twice(editor, statement),
            )
            for edit in (*added, *others):
                yield Row(edit.cost, file, edit, statement)
