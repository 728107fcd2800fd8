"""The numbers behind a finding: what an expression is in the first step, and what it is there after a fix."""

import ast
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backproof.check.edits import Edit
from backproof.check.edits.tree import Tree
from backproof.check.judge.judgement import Judgement
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Sites
from backproof.check.repair.fix import Fix
from backproof.check.replay.values import Place, Reading, place_of

Span = tuple[int, int]  # where a piece of text begins and ends, in characters
_DIGITS = (4, 8, 17)  # as few as tell two numbers apart
_STORED = ("setitem", "setview")  # their site is what they are stored to


def said_in_numbers(
    sites: Sites, judgement: Judgement, fix: Fix, texts: Mapping[str, str], number: int, span: Span
) -> str:
    """What an expression is in the first step, before and after a fix; empty if nothing is known or differs.

    After the first step the two programs are at two points. Where the value of the expression itself is not recorded,
    the smallest one around it is told of whose value is, and it is named.

    Args:
        texts: the files before the fix.
        number: of the edit in the fix.
        span: of the expression, in the text that this edit is made in.
    """
    if fix.recording is None:
        return ""
    name = fix.edits[number][0]
    earlier = [edit for file, edit in fix.edits[:number] if file == name]
    later = [edit for file, edit in fix.edits[number:] if file == name]
    text = texts[name]
    for edit in earlier:
        text = edit.apply(text)
    first = _Seen(texts, sites, judgement, name)
    second = _Seen(fix.texts, fix.recording.sites, fix.judgement, name)
    span = _value_of(text, span)
    for each in _around(text, span):
        begin, end = _undone(each, earlier), _made(each, later)
        if begin is None or end is None:
            continue
        pairs = list(zip(first.values(begin), second.values(end), strict=False))
        if not pairs:
            continue
        told = " It" if each == span else f" `{' '.join(text[slice(*each)].split())}`"
        for before, after in pairs:
            if before.shape != after.shape:
                return f"{told} has shape {before.shape} and should have {after.shape}."
            if not np.array_equal(before, after):
                one, other = _telling(before, after)
                told = told.lower() if each == span else told
                return f" At the first step{told} is {one} and should be {other}."
        return ""
    return ""


class _Seen:
    """What the expressions of a file were in the first step of a run."""

    def __init__(self, texts: Mapping[str, str], sites: Sites, judgement: Judgement, name: str) -> None:
        self.reading = Reading(texts, sites)
        self.name = name
        self.trace = judgement.training.trace
        step = judgement.training.steps[0]
        self.nodes = [
            node
            for node in range(max(step.start, 0), min(step.end + 1, len(self.trace)))
            if self.trace.sites[node] >= 0 and self.trace.operations[node] not in _STORED
        ]
        self.tree = Tree(texts[name])

    def values(self, span: Span) -> list[Any]:
        """The values of the expression at a span, in the order in which it was computed."""
        place = _place(self.tree, span)
        nodes = list(self._computed(place)) or list(self._read(place)) or list(self._returned(place))
        kept = [self.trace.values[node] for node in nodes]
        return [np.asarray(value, dtype=np.float64) for value in kept if value is not None]

    def _computed(self, place: Place) -> Iterator[int]:
        return (node for node in self.nodes if self._is_at(self.trace.sites[node], place))

    def _read(self, place: Place) -> Iterator[int]:
        """What was read there as an operand of what is around it: a name, or what a function gave."""
        for node in self.nodes:
            site = self.trace.sites[node]
            if self.reading.sites.files[site] != self.name:
                continue
            for operand, argument in zip(self.reading.operands(site), self.trace.arguments[node], strict=False):
                if isinstance(argument, Ref) and place_of(operand) == place:
                    yield int(argument)

    def _returned(self, place: Place) -> Iterator[int]:
        """What a function of the file computed in its `return`, when it was called there."""
        paths = {n for n, (_, site) in enumerate(self.trace.call_paths) if site >= 0 and self._is_at(site, place)}
        for node in self.nodes if paths else ():
            if self.trace.paths[node] in paths and self.reading.is_returned(self.trace.sites[node]):
                yield node

    def _is_at(self, site: int, place: Place) -> bool:
        return self.reading.sites.files[site] == self.name and self.reading.place(site) == place


def _value_of(text: str, span: Span) -> Span:
    """Of a statement that assigns or gives a value the value, and anything else as it is."""
    tree = Tree(text)
    statements = (n for n in ast.walk(tree.tree) if isinstance(n, ast.Assign | ast.Return) and n.value is not None)
    return next((tree.span(n.value) for n in statements if n.value is not None and tree.span(n) == span), span)


def _around(text: str, span: Span) -> Iterator[Span]:
    """An expression and those around it, from the smallest one on."""
    tree = Tree(text)
    around = (node for node in tree.around(*span) if isinstance(node, ast.expr | ast.AugAssign))
    yield from dict.fromkeys(tree.span(node) for node in around if not isinstance(node, ast.Starred))


def _undone(span: Span, edits: Sequence[Edit]) -> Span | None:
    """Where a span was before some edits; None if it begins or ends within one of them."""
    for edit in reversed(edits):
        end = edit.start + len(edit.text)
        if edit.start < span[0] < end or edit.start < span[1] < end:
            return None
        more = edit.end - end
        span = span[0] + more * (span[0] >= end), span[1] + more * (span[1] >= end)
    return span


def _made(span: Span, edits: Sequence[Edit]) -> Span | None:
    """Where a span is after some edits; None if it begins or ends within one of them."""
    for edit in edits:
        if edit.start < span[0] < edit.end or edit.start < span[1] < edit.end:
            return None
        more = edit.start + len(edit.text) - edit.end
        span = span[0] + more * (span[0] >= edit.end > edit.start), span[1] + more * (span[1] >= edit.end)
    return span


def _place(tree: Tree, span: Span) -> Place:
    """A span as Python counts: lines, and columns in bytes."""
    return (*_position(tree, span[0]), *_position(tree, span[1]))


def _position(tree: Tree, offset: int) -> tuple[int, int]:
    line = bisect_right(tree.starts, offset)
    return line, len(tree.text[tree.starts[line - 1] : offset].encode())


def _telling(before: Any, after: Any) -> tuple[str, str]:
    """Two values, from the first element on in which they differ."""
    one, other = before.reshape(-1), after.reshape(-1)
    differing = np.flatnonzero(one != other)
    start = int(differing[0]) if differing.size and differing[0] >= 3 else 0
    told = [(_short(one, start, digits), _short(other, start, digits)) for digits in _DIGITS]
    return next((texts for texts in told if texts[0] != texts[1]), told[-1])


def _short(flat: Any, start: int, digits: int) -> str:
    if flat.size == 1:
        return f"{flat[0] + 0.0:.{digits}g}"
    shown = ", ".join(f"{number + 0.0:.{digits}g}" for number in flat[start : start + 3])
    return f"[{'…, ' if start else ''}{shown}{', …' if flat.size > start + 3 else ''}]"
