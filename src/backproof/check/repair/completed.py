"""What a gradient lacks where it stands: a factor, a term, or something else in the place of a part of it.

What the whole ought to be is known (see `wanted`), so that what each part ought to be can be solved for (see `holes`);
and what gives that is looked up among what the line can read, and what is usually made of it.
"""

import ast
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch

from backproof.check.edits import Edit, Editor
from backproof.check.locate.locate import Suspicion
from backproof.check.losses.truths import numbers_of
from backproof.check.record.trace import Sites
from backproof.check.repair.derived import DERIVED, asked_places, known_terms
from backproof.check.repair.holes import Hole, Numbers, holes, operands_of
from backproof.check.repair.library import Library, made_of, sampled
from backproof.check.repair.placing import Row
from backproof.check.repair.scales import Scales
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading, place_of, values_by_text
from backproof.check.syntax import parsed

_SECONDS = 1.0
_TURNS = 3  # of a loop that goes back in time, and not over a few layers
_SAME = 1e-6
_USUAL = {1.0: "", -1.0: "-", 2.0: "2 * ", 0.5: "0.5 * "}  # times which something is meant
_TEXTS, _SCALES = 12, 3  # for one part, and those of them that are numbers which it is multiplied with
_COST, _LONGER, _GONE = 2.0, 0.01, 0.03  # how unlikely what is looked up is, for each character, and each that is lost
_MOVES = 0.4  # how much unlikelier a term is missing where a parameter is moved than where its gradient is computed


def completed(
    suspicion: Suspicion, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites
) -> Iterator[tuple[Row, float]]:
    """The edits that complete what stands where another gradient belongs, each with what is gained by it where no look
    at the statement can tell: one that does something is not computed twice, and what many turns of a loop make of each
    other is not known."""
    following, until = suspicion.following, time.monotonic() + _SECONDS
    if following is None or following.faulty or not following.frames:
        return
    frame, reading = following.frames[0], Reading(texts, sites)
    for one, file, expression, statement in asked_places(suspicion, reading, editors):
        node, gradient = _first_wrong(frame, one.values[0])
        place = _Place(frame, reading, editors[file], statement, node, told=any(a.right for a in following.told_aims))
        untold = isinstance(statement, ast.Expr) or len(one.values[0]) > _TURNS
        for hole in place.holes(expression, gradient.numpy()):
            if time.monotonic() > until:
                return
            for made in sorted(place.edits(hole), key=lambda edit: edit.cost)[:_TEXTS]:
                moves = isinstance(statement, ast.AugAssign) and made.kind == "missing term"
                edit = replace(made, cost=made.cost + _MOVES) if moves else made
                yield Row(edit.cost, file, edit, statement, written=True), one.gain * untold


def _first_wrong(frame: Frame, values: Mapping[int, Tensor]) -> tuple[int, Tensor]:
    """The first execution of a place at which it is not the gradient that belongs there: what comes from later times is
    nothing at the last one."""
    found = sorted(values.items())
    for node, gradient in found:
        own = numbers_of(frame, node)
        if own is None or own.shape != gradient.shape or not torch.allclose(own, gradient, rtol=_SAME, atol=0.0):
            return node, gradient
    return found[0]


class _Place:
    """A statement that computes what should be another gradient, at its first execution in a step.

    Args:
        at: the node that should be another gradient.
        told: whether some parameter is right, which tells by which number the others are to be multiplied.
    """

    def __init__(
        self, frame: Frame, reading: Reading, editor: Editor, statement: ast.stmt, at: int, *, told: bool
    ) -> None:
        self.frame, self.reading, self.editor, self.told = frame, reading, editor, told
        known = values_by_text(frame, reading, at)
        self.library = Library([*known_terms(frame, reading, editor, statement, at, known)])
        self.numbers = {name: n for name, n in editor.numbers.items() if editor.has(editor.scope(statement), name)}
        self.statement, self.at = statement, at
        trace = frame.trace
        path, file = trace.paths[at], reading.sites.files[trace.sites[at]]
        self._texts = known[path]
        self._nodes: dict[tuple[int, int, int, int], int] = {}
        for node in range(max(frame.step.start, 0), min(frame.step.end + 1, len(trace))):
            site = trace.sites[node]
            if site >= 0 and trace.paths[node] == path and reading.sites.files[site] == file:
                place = reading.place(site)
                if node <= at or place not in self._nodes:  # what this is a part of comes next
                    self._nodes[place] = node

    @cached_property
    def scales(self) -> Scales:
        """The numbers by which a part may be multiplied: they are gathered where some number is asked for."""
        shapes = {text: value.shape for text, value in self.library.values}
        return Scales.at(self.frame, self.reading, self.editor, self.statement, self.at, shapes)

    def value_of(self, part: ast.expr) -> Numbers | None:
        """The value of a part of the statement."""
        if isinstance(part, ast.Constant):
            return np.array(part.value, float) if isinstance(part.value, int | float) else None
        node = self._nodes.get(place_of(part), self._texts.get(ast.unparse(part)))
        if node is None:
            return None
        value = self.frame.trace.values[node]
        if isinstance(value, np.ndarray) and value.dtype == bool:
            return value.astype(float)
        numbers = numbers_of(self.frame, node)
        return None if numbers is None else numbers.numpy()

    def holes(self, expression: ast.expr, gradient: Numbers) -> Iterator[Hole]:
        """The parts of an expression for which it can be solved; of what it is a part of, if a sum of that is meant."""
        part: ast.AST | None = self.editor.alike(expression)
        while isinstance(part, ast.expr):
            own = self.value_of(part)
            if own is not None and own.size == gradient.size:
                yield from holes(part, gradient.reshape(own.shape), self.value_of)
                return
            part = self.editor.parents.get(part)

    def edits(self, hole: Hole) -> Iterator[Edit]:
        """The edits by which a part becomes what it would have to be."""
        part, found = hole.expression, dict[str, str]()  # each text, with what kind of an edit it makes
        for text, kind in (*self._beside(hole), *self._within(hole), *self._instead(hole)):
            if text is not None:
                found.setdefault(text, kind)
        own = self.editor.segment(part)
        turned = f"-{self.editor.atom(part)}"  # the sign before it is an edit of its own
        for text, kind in found.items():
            if not (_is_same(text, own) or _is_same(text, turned)):
                gone = len(own) if own not in text else 0
                cost = _COST + _LONGER * max(len(text) - len(own), 0) + _GONE * gone
                yield self.editor.replace(part, self.editor.bracketed(part, text), kind, cost)

    def _beside(self, hole: Hole) -> Iterator[tuple[str | None, str]]:
        """What a part becomes with another factor or term."""
        part, shape = hole.expression, hole.wanted.shape
        if hole.own is None or isinstance(part, ast.Constant):
            return
        text, plain, forms = self.editor.atom(part), self.editor.segment(part), self.library.forms(shape)
        wanted, own = sampled(hole.wanted, shape), sampled(hole.own, shape)
        with np.errstate(all="ignore"):
            times, shares = wanted / own, own / wanted
        if self.told and (factor := _one_number(times)) is not None:
            yield from ((f"{text} {scale}", "missing factor") for scale, _ in self.scales.found(factor)[:_SCALES])
        for form, factor in forms.found(times):
            unscaled = None if self.told else f"{text} * {form}"
            yield self._scaled(f"{text} * {form}", factor) or unscaled, "missing factor"
        for form, factor in forms.found(shares):
            yield self._scaled(f"{text} / {form}", 1 / factor), "missing factor"
        if own.size > 1 and _one_number(times) is not None:
            return  # what lacks is a factor, though it can be written as a term, too
        for form, factor in (*forms.found(wanted - own), *self.library.products(shape).found(wanted - own)):
            term = self._scaled(form, abs(factor))
            yield term and f"{plain} {'+' if factor > 0 else '-'} {term}", "missing term"

    def _within(self, hole: Hole) -> Iterator[tuple[str | None, str]]:
        """What a matrix product becomes if one of its operands is multiplied with another matrix first: the neighbours
        of a graph, for one."""
        operands, shape = operands_of(hole.expression), hole.wanted.shape
        if operands is None or operands[0] is not ast.MatMult:
            return
        one, other = map(self.value_of, operands[1:])
        if one is None or other is None or one.ndim != 2 or other.ndim != 2:
            return
        left, right = map(self.editor.atom, operands[1:])
        between = [(t, v) for text, value in self.library.values for t, v in ((text, value), (f"{text}.T", value.T))]
        rows = (
            (f"{left} @ ({text} @ {right})", sampled(one @ value @ other, shape))
            for text, value in between
            if value.shape == (len(other), len(other))
        )
        for text, factor in made_of(rows, shape).found(sampled(hole.wanted, shape)):
            yield self._scaled(text, factor), "missing factor"

    def _instead(self, hole: Hole) -> Iterator[tuple[str | None, str]]:
        """What may stand where a part stands."""
        shape, own = hole.wanted.shape, self.editor.segment(hole.expression)
        wanted = sampled(hole.wanted, shape)
        for made in (self.library.forms(shape), self.library.products(shape)):
            for text, factor in made.found(wanted):
                plainly = factor > 0 and own in text and not self.told
                yield self._scaled(text, factor) or (text if plainly else None), DERIVED

    def _scaled(self, text: str, factor: float) -> str | None:
        """A text times a factor, if this is a usual number, or one of the file's, or such a one times a usual one."""
        for usual, times in _USUAL.items():
            if _is(factor, usual):
                return f"{times}{text}"
        for name, number in self.numbers.items():
            for usual, times in _USUAL.items():
                if _is(factor, usual * number):
                    return f"{times}{name} * {text}"
        return None


def _one_number(values: Numbers) -> float | None:
    """The one number that all of some values are, where they are known; None if they differ."""
    known = values[np.isfinite(values)]
    size = np.abs(known).max(initial=0.0)
    if known.size < min(values.size, 2) or not size or np.ptp(known) > _SAME * size:
        return None
    return float(known.mean())


def _is(factor: float, number: float) -> bool:
    return abs(factor - number) <= _SAME * abs(number)


def _is_same(text: str, own: str) -> bool:
    """Whether two texts say the same but for their brackets."""
    return ast.dump(parsed(f"({text})")) == ast.dump(parsed(f"({own})"))
