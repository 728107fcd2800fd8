"""The edits that turn a whole program around that goes up its loss: all its updates at once, or all its errors."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from backproof.check.edits import Edit, Editor
from backproof.check.edits.editor import made_at_once
from backproof.check.edits.expressions import other_way_round
from backproof.check.edits.turned_round import other_way
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.evidence import same_factor
from backproof.check.losses.losses import computed_from
from backproof.check.record.trace import Sites
from backproof.check.repair.placing import Row
from backproof.check.repair.ranking import is_turned, lines_of
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_ERRORS = 1.5  # how unlikely it is that all errors are the wrong way round, which is one mistake made again,
_UPDATES = 2.5  # and that all updates are
_AT_ONCE = 4.0  # how much sooner it is tried where all that is wrong are signs


def turned_at_once(judgement: Judgement, editors: Mapping[str, Editor], sites: Sites) -> Iterator[Row]:
    """The edits of several places each: of one, a sign is tried by itself."""
    found = judgement.match
    if found is None or not judgement.frames or not (is_turned(judgement) or begins_upward(judgement)):
        return
    frame = judgement.frames[0]
    texts = {file: editor.text for file, editor in editors.items()}
    faulty = {fault.parameter for fault in judgement.faults if fault.turned}
    upward = faulty or {p for p, e in found.evidence.items() if any(factor > 0 for factor in e.factors.values())}
    moves = [frame.step.after[p] for p in upward & frame.step.after.keys()]
    for file, statements in _statements(lines_of(frame, moves, sites), editors).items():
        edits = [edit for statement in statements for edit in other_way(editors[file], statement)]
        ways = {editors[file].direction(statement) for statement in statements}
        if len(edits) > 1 and ways in ({"+"}, {"-"}):
            yield _row(editors[file], file, edits, _UPDATES)
    if not faulty and upward >= found.evidence.keys() & frame.step.after.keys():
        back = frame.backward - computed_from(frame, found.loss) - {*frame.step.after.values()}
        for file, errors in _errors(frame, back, Reading(texts, sites), editors).items():
            if len(errors) > 1:
                yield _row(editors[file], file, [other_way_round(editors[file], error) for error in errors], _ERRORS)


def begins_upward(judgement: Judgement) -> bool:
    """Whether all parameters go up the loss at the first step, by one factor, and otherwise at later ones: then it may
    be a momentum that goes the right way."""
    found = judgement.match
    if found is None or not found.gradients or is_turned(judgement):
        return False
    first = min(found.gradients)
    moved = [found.evidence[p].factors.get(first, 0.0) for p, g in found.gradients[first].items() if bool(g.any())]
    return len(moved) > 1 and all(factor > 0 and same_factor(factor, moved[0]) for factor in moved)


def _row(editor: Editor, file: str, edits: list[Edit], cost: float) -> Row:
    whole = replace(made_at_once(editor.text, edits), cost=cost)
    return Row(cost - _AT_ONCE, file, whole, editor.statement_at(whole.line))


def _statements(lines: Iterable[tuple[str, int]], editors: Mapping[str, Editor]) -> dict[str, list[ast.stmt]]:
    """The statements at some lines, by their files; nothing if one of them is in a file that is not edited."""
    found: dict[str, dict[ast.stmt, None]] = defaultdict(dict)
    for file, line in sorted(lines):
        statement = editors[file].statement_at(line) if file in editors else None
        if statement is None:
            return {}
        found[file][statement] = None
    return {file: [*statements] for file, statements in found.items()} if len(found) == 1 else {}


def _errors(
    frame: Frame, nodes: Iterable[int], reading: Reading, editors: Mapping[str, Editor]
) -> dict[str, list[ast.BinOp]]:
    """The differences between something that the network gives and something that it does not, as they are written."""
    found: dict[str, dict[ast.BinOp, None]] = defaultdict(dict)
    trace = frame.trace
    for node in sorted(nodes):
        if trace.operations[node] != "subtract" or trace.sites[node] < 0:
            continue
        given = [one in frame.forward for one in trace.inputs(node)]
        expression, file = reading.expression(trace.sites[node]), reading.sites.files[trace.sites[node]]
        if not any(given) or (all(given) and len(given) > 1) or file not in editors:
            continue
        own = editors[file].alike(expression) if isinstance(expression, ast.BinOp) else None
        if isinstance(own, ast.BinOp) and not isinstance(own.left, ast.Constant):
            found[file][own] = None
    return {file: [*errors] for file, errors in found.items()}
