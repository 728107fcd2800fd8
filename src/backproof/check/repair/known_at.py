"""What a line can read, with the values at several steps at once."""

import ast
import re
from collections.abc import Container, Iterable, Iterator, Sequence

import torch

from backproof.check.edits import Edit, Editor
from backproof.check.edits.old_values import free_name
from backproof.check.repair.chain_rule import Known
from backproof.check.repair.derived import Term, known_terms
from backproof.check.repair.scales import numbers_read
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import F64
from backproof.check.replay.values import Reading, values_by_text

_PARTS = ("getitem", "view", "copy", "asarray")
_KEPT = 0.5  # how unlikely it is that a value has to be kept, beside what is written with it


def known_at(
    frames: Sequence[Frame],
    reading: Reading,
    editor: Editor,
    statement: ast.stmt,
    nodes: Sequence[int],
    ahead: Container[int],
) -> Iterator[Known]:
    """The variables that a statement can read, and the parts of itself, as they are when a node is computed in it; of
    parameters that were moved before that, also what they were.

    Args:
        nodes: of each step the node.
        ahead: what is computed in the forward pass of the first of them.
    """
    tables: list[dict[str, Term]] = []
    for frame, node in zip(frames, nodes, strict=True):
        read = values_by_text(frame, reading, node)
        terms = known_terms(frame, reading, editor, statement, node, read, least=1)
        tables.append({term.text: term for term in terms})
    yield from _numbers_met(frames, reading, editor, statement, nodes, tables[0])
    first, dependent = frames[0], frames[0].dependent
    moved = {node: parameter for parameter, node in first.step.after.items()}
    for text, term in tables[0].items():
        values = tuple(table[text].value for table in tables if text in table)
        if len(values) == len(tables) and len({value.ndim for value in values}) == 1:
            given, node = _is_given(first, term.node), term.node
            yield Known(text, values, given, node in ahead, node not in dependent and not given)
        place = _moving(first, reading, editor, statement, term.node) if term.node in moved else None
        if place is not None and all(moved[term.node] in frame.parameters for frame in frames):
            before = tuple(frame.start(moved[term.node]).detach() for frame in frames)
            yield Known(free_name(editor, text), before, given=True, kept=(place, text))


def _numbers_met(
    frames: Sequence[Frame],
    reading: Reading,
    editor: Editor,
    statement: ast.stmt,
    nodes: Sequence[int],
    known: Container[str],
) -> Iterator[Known]:
    """The plain numbers that a statement can read and that are other ones at other turns: those of a sample."""
    scope = editor.scope(statement)
    file = reading.sites.files[frames[0].trace.sites[nodes[0]]]
    every = [numbers_read(frame, reading, file, node) for frame, node in zip(frames, nodes, strict=True)]
    for text in every[0]:
        values = [numbers[text] for numbers in every if text in numbers]
        if text not in known and len({*values}) > 1 and len(values) == len(every) and editor.has(scope, text):
            yield Known(text, tuple(torch.tensor(value, dtype=F64) for value in values), fixed=True)


def _is_given(frame: Frame, node: int) -> bool:
    """Whether a value is a parameter, or a part of one."""
    while node not in frame.given:
        if frame.trace.operations[node] not in _PARTS or not frame.trace.inputs(node):
            return False
        node = frame.trace.inputs(node)[0]
    return True


def _moving(frame: Frame, reading: Reading, editor: Editor, statement: ast.stmt, node: int) -> ast.stmt | None:
    """The statement that moves a parameter, if what is kept before it can be read in another one."""
    site = frame.trace.sites[node]
    if site < 0 or editor.statement_at(reading.sites.sites[site].line) is None:
        return None
    place = editor.statement_at(reading.sites.sites[site].line)
    if place is None or place.lineno >= statement.lineno or editor.scope(place) is not editor.scope(statement):
        return None
    loops = ([*editor.loops_around(each)][:1] for each in (place, statement))
    return place if next(loops) == next(loops) else None


def kept_for(editor: Editor, text: str, known: Iterable[Known]) -> list[Edit]:
    """The edits by which the values are kept that a text reads as they were."""
    found: dict[str, Edit] = {}
    for one in known:
        if one.kept is not None and re.search(rf"\b{re.escape(one.text)}\b", text):
            place, whole = one.kept
            start = editor.span(place)[0]
            line = f"{one.text} = {whole}.copy()\n{editor.indent(place)}"
            found[one.text] = Edit(start, start, line, place.lineno, "old value", _KEPT)
    return [*found.values()]
