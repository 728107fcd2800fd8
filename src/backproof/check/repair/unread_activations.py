"""Activations that nothing of the network reads, though the backward pass does: what they are taken of goes on into the
next layer in their place."""

import ast
from collections.abc import Iterator, Mapping, Set

from backproof.check.edits import Editor
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import computed_from
from backproof.check.record.trace import PRODUCTS, Sites
from backproof.check.repair.placing import Row
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading, values_by_text

_SQUASHING = ("exp", "expit", "tanh", "maximum", "where", "arctan")
_UNREAD = 0.4  # how unlikely it is that an activation is meant to be read which is computed for nothing


def unread_activations(judgement: Judgement, editors: Mapping[str, Editor], sites: Sites) -> Iterator[Row]:
    """The edits by which the next layer reads an activation, and not what it is taken of."""
    if judgement.match is None:
        return
    frame = judgement.frames[0]
    ahead = computed_from(frame, judgement.match.loss) & frame.dependent
    reading = Reading({file: editor.text for file, editor in editors.items()}, sites)
    for path, table in values_by_text(frame, reading).items():
        for text, node in table.items():
            for reader in _readers_instead(frame, node, ahead):
                yield from _edits(frame, editors, sites, path, reader, text)


def _readers_instead(frame: Frame, node: int, ahead: Set[int]) -> Iterator[int]:
    """The products of a network that read what an activation is taken of, where none reads the activation."""
    if node in ahead or node not in frame.dependent or node not in frame.backward:
        return
    apart = frame.ancestors([node], frame.dependent - ahead)
    ends = {n for one in apart for n in frame.trace.inputs(one) if n in ahead or n in frame.given}
    if len(ends) != 1 or not any(frame.trace.operations[one] in _SQUASHING for one in apart):
        return
    (source,) = ends
    if frame.trace.shape(source) != frame.trace.shape(node) or not frame.trace.shape(node):
        return
    readers = [reader for reader in frame.training.readers[source] if reader in ahead]
    if all(frame.trace.operations[reader] in (*PRODUCTS, "multiply") for reader in readers):
        yield from readers


def _edits(
    frame: Frame, editors: Mapping[str, Editor], sites: Sites, path: int, reader: int, text: str
) -> Iterator[Row]:
    """The edits of the line of a function that reads something there, or hands it to the function that does."""
    site, own = frame.trace.sites[reader], frame.trace.paths[reader]
    while own != path and own > 0:
        own, site = frame.trace.call_paths[own]
    file = sites.files[site] if site >= 0 and own == path else ""
    statement = editors[file].statement_at(sites.sites[site].line) if file in editors else None
    if statement is None:
        return
    editor = editors[file]
    called = {part for call in ast.walk(statement) if isinstance(call, ast.Call) for part in ast.walk(call.func)}
    for part in ast.walk(statement):
        plain = isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Load) and part not in called
        if plain and editor.segment(part) not in ("self", text):
            yield Row(_UNREAD, file, editor.replace(part, text, "variable", _UNREAD), statement)
