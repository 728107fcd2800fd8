"""The gradient that belongs in a place, derived and written in the file's own names: where a line is wrong in more than
one way, no small change of it is right, and what it should be is known all the same.

The rules are those of any textbook (Goodfellow, Bengio and Courville, "Deep Learning", chapter 6.5): back through a
product with the transpose of the weight, back through an activation with its slope, and to a weight with its input.
"""

import ast
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch

from backproof.check.edits import Editor
from backproof.check.edits.names import RATE
from backproof.check.edits.tree import names_in
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.wanted import Wanted
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual
from backproof.check.losses.truths import numbers_of
from backproof.check.record.trace import Sites
from backproof.check.repair.arguments import handed_over
from backproof.check.repair.placing import Row
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading, values_by_text

DERIVED = "gradient"  # the kind of these edits
_COST = 3.0  # a line that is written anew is the last thing to think of
_LONGER = 0.005  # for each character, and
_KEPT = 0.015  # for each that is kept of what stands there
_PLACES = 8  # that want a gradient
_NEAR = 20  # variables among which a rate is looked for
_TEXTS = 24  # for one of them
_ELEMENTS = 1_500_000  # of a value that is looked at
_SECONDS = 1.0
_USUAL = (1.0, 2.0, 0.5)  # factors with which a gradient is written
_SAME = 1e-6
SLOPES: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("{0} * (1 - {0})", lambda a: a * (1 - a)),
    ("(1 - {0} ** 2)", lambda a: 1 - a**2),
    ("({0} > 0)", lambda z: (z > 0).to(z.dtype)),
    ("(1 - np.tanh({0}) ** 2)", lambda z: 1 - torch.tanh(z) ** 2),
)
_SUMS = (("", None), (", axis=0, keepdims=True", 0), (", axis=1, keepdims=True", 1))


@dataclass(frozen=True)
class Term:
    """A text, and its value in the first step."""

    text: str
    value: Tensor
    node: int = -1


def derived(
    suspicion: Suspicion, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits that write out the gradients that places want."""
    following, until = suspicion.following, time.monotonic() + _SECONDS
    if following is None or following.faulty or not following.frames:
        return
    frame, reading = following.frames[0], Reading(texts, sites)
    for one, file, expression, statement in asked_places(suspicion, reading, editors):
        editor = editors[file]
        own = editor.alike(expression)
        node, gradient = min(one.values[0].items())
        terms = [*known_terms(frame, reading, editor, statement, node, values_by_text(frame, reading, node))]
        rates = [text for text in editor.near(statement, _NEAR) if RATE.search(text)][:2]
        likely = {
            text: _cost(text, kept) for text, kept in _written(gradient, terms, rates, not suspicion.proved, until)
        }
        for text in sorted(likely, key=lambda text: likely[text])[:_TEXTS]:
            cost = likely[text]
            yield Row(cost, file, editor.replace(own, text, DERIVED, cost), statement, written=True)


def asked_places(
    suspicion: Suspicion, reading: Reading, editors: Mapping[str, Editor]
) -> Iterator[tuple[Wanted, str, ast.expr, ast.stmt]]:
    """The places that want another gradient than they compute, as far as they can be edited: each with its file, and
    the expression there and its statement."""
    for one in suspicion.wanted[:_PLACES]:
        site = one.key[0]
        file = reading.sites.files[site] if site >= 0 else ""
        expression = reading.expression(site) if file in editors else None
        if not one.values or not one.values[0] or not isinstance(expression, ast.expr):
            continue
        statement = editors[file].statement_at(reading.sites.sites[site].line)
        # a call that writes into something gives nothing that could be another value
        writes = isinstance(statement, ast.Expr) and statement.value is editors[file].alike(expression)
        if statement is not None and not writes:
            yield one, file, expression, statement


def _cost(text: str, kept: str) -> float:
    """How unlikely a text is: the shorter it is, and the more of what stands there it keeps, the likelier."""
    return _COST + _LONGER * len(text) - _KEPT * len(kept)


def _turn_before(frame: Frame, node: int) -> int:
    """The node that was computed at the same place a turn before; -1 if this is the first one of the step."""
    nodes = frame.trace.by_site[frame.trace.sites[node]]
    earlier = (n for n in nodes if frame.step.start < n < node and frame.trace.paths[n] == frame.trace.paths[node])
    return max(earlier, default=-1)


def known_terms(
    frame: Frame,
    reading: Reading,
    editor: Editor,
    statement: ast.stmt,
    at: int,
    known: Mapping[int, Mapping[str, int]],
    least: int = 2,
) -> Iterator[Term]:
    """What a statement can read and what is computed in it, with the values at the time when a node was computed.

    Args:
        known: the nodes of what is named then, of each call path (see `values_by_text`).
    """
    path, scope = frame.trace.paths[at], editor.scope(statement)
    texts, last = dict(known[path]), _turn_before(frame, at)
    for other in known:  # an attribute is called the same in all methods
        for text, node in known[other].items():
            # what a turn before has read may have another value by now
            if text.startswith("self.") and (text not in texts or texts[text] <= last < node):
                texts[text] = node
    start, end = editor.span(statement)
    file = reading.sites.files[frame.trace.sites[at]]
    parts: dict[str, int] = {}
    called: dict[str, int] = {}  # what a function of the file gave back, which is what it computed last
    inside: dict[int, None] = {}  # these calls
    given: dict[str, int] = {}  # a part that is given to a function, and read nowhere else
    for node in range(max(frame.step.start, 0), at):
        if frame.key(node) == frame.key(at):  # what a statement computed at another turn is not what it computes now
            parts.clear()
            called.clear()
            inside.clear()
            given.clear()
        site, own = frame.trace.sites[node], frame.trace.paths[node]
        above, call = frame.trace.call_paths[own] if own > 0 else (-1, -1)
        site = call if above == path else site if own == path else -1
        expression = reading.expression(site) if site >= 0 and reading.sites.files[site] == file else None
        if isinstance(expression, ast.BinOp | ast.Call):
            begins, ends = editor.span(expression)
            if start <= begins <= ends <= end and own == path:
                parts[f"({reading.segment(site, expression)})"] = node  # behind what is first looked at there
            elif start <= begins <= ends <= end:
                called[f"({reading.segment(site, expression)})"] = node
                inside[own] = None
        elif isinstance(expression, ast.Subscript) and own == path and not names_in(expression.slice):
            given[reading.segment(site, expression)] = node
    for own in inside:
        given |= handed_over(frame, reading, editor, own, known)
    texts = {**given, **called, **parts, **texts}
    for text, node in texts.items():
        shape = frame.trace.shape(node) if node < at else ()
        if (not shape and least > 1) or len(shape) > 3 or not (text.startswith("(") or editor.has(scope, text)):
            continue
        value = numbers_of(frame, node)
        if value is not None and least <= value.numel() <= _ELEMENTS:
            yield Term(text, value, node)


def _written(
    gradient: Tensor, terms: list[Term], rates: list[str], either: bool, until: float
) -> Iterator[tuple[str, str]]:
    """Texts whose value is a gradient, up to a factor, each with what it keeps of the statement."""
    alike = [term for term in terms if term.value.shape == gradient.shape]
    for base in [*alike, *_summed(gradient, terms), *_pulled_back(gradient, terms)]:
        if time.monotonic() > until:
            return
        for text, value, by in ((base.text, base.value, ""), *_through(base, alike)):
            if value.shape != gradient.shape or not bool(value.any()):
                continue
            factor, residual = factor_and_residual(gradient, value)
            if residual <= TOLERANCE:
                kept = "".join(each for each in (base.text, by) if each.startswith("("))  # a part of the statement
                yield from ((made, kept) for made in _with_factor(text, factor, rates, either))


def _summed(gradient: Tensor, terms: list[Term]) -> Iterator[Term]:
    """The sums over the samples that have a gradient's shape, as that of a bias is one of the errors."""
    shape = tuple(gradient.shape)
    for term in terms:
        for axis in range(2) if term.value.ndim == 2 else ():
            for kept in (False, True):
                made = term.value.sum(axis, keepdim=kept)
                if tuple(made.shape) == shape and made.numel() > 1:
                    yield Term(f"np.sum({term.text}, axis={axis}{', keepdims=True' * kept})", made)


def _pulled_back(gradient: Tensor, terms: list[Term]) -> Iterator[Term]:
    """The products of two values that have a gradient's shape: an error with a weight, or an input with an error."""
    shape = gradient.shape
    if len(shape) != 2:
        return
    for left in terms:
        for right in terms:
            if left is right or left.value.ndim != 2 or right.value.ndim != 2:
                continue
            forms = (
                ("np.dot({0}, {1}.T)", left.value, right.value.T),
                ("np.dot({0}.T, {1})", left.value.T, right.value),
                ("np.dot({0}, {1})", left.value, right.value),
            )
            for form, one, other in forms:
                if one.shape[1] == other.shape[0] and (one.shape[0], other.shape[1]) == shape:
                    yield Term(form.format(left.text, right.text), one @ other)


def _through(base: Term, alike: list[Term]) -> Iterator[tuple[str, Tensor, str]]:
    """What an error becomes on its way back through an activation that has one of some values, each with that."""
    for at in alike:
        if at.text == base.text:
            continue
        for form, slope in SLOPES:
            yield f"{base.text} * {form.format(at.text)}", base.value * slope(at.value), ""
        product = base.value * at.value
        yield f"{base.text} * {at.text}", product, at.text  # what is a slope already
        for axis, along in _SUMS[: 1 + (product.ndim == 2) * 2]:  # an output of softmax depends on all of its inputs
            total = product.sum() if along is None else product.sum(along, keepdim=True)
            if along is None or product.shape[along] > 1:
                made = f"{at.text} * ({base.text} - np.sum({base.text} * {at.text}{axis}))"
                yield made, at.value * (base.value - total), ""


def _with_factor(text: str, factor: float, rates: list[str], either: bool) -> Iterator[str]:
    """A text times a factor: as a number if it is a usual one, and else perhaps without a rate that it has already.

    Args:
        either: whether nothing tells which way the error goes, so that both signs may be meant.
    """
    sizes = [size for size in _USUAL if abs(abs(factor) - size) <= _SAME * size]
    signs = ("", "-") if either else ("",) if factor > 0 else ("-",)
    for sign in signs:
        yield from (f"{sign}{size:g} * {text}" for size in sizes if size != 1.0)
        yield f"{sign}{text}"
        yield from (f"{sign}{text} / {rate}" for rate in rates if not sizes)
