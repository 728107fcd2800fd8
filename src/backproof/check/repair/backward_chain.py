"""The gradients of a network written one after the other, from the error on, with what a line can read.

It goes back as any textbook does (Goodfellow, Bengio and Courville, "Deep Learning", chapter 6.5): through a product
with the transpose of the weight, through an activation with its slope, and to a parameter with its input. Each text is
held against the true gradients at several steps, so that none is written that is not one of them.
"""

import ast
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod

import torch

from backproof.check.edits.tree import is_closed
from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual
from backproof.check.repair.derived import SLOPES
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor
from backproof.check.replay.shapes import same_but_for_ones
from backproof.check.syntax import expression_of

_TEXTS = 2  # for the gradient by one value of the forward pass, and
_FOR_PARAMETER = 8  # by one parameter
_ERRORS = 8  # that an output less a target may be, the last ones
_LEVELS = 60  # values of the forward pass, the last ones
_BROAD = 2  # axes of what is multiplied

Values = tuple[Tensor, ...]
"""Of each followed step the value."""

_SLOPES: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    *SLOPES,
    ("np.exp(-{0}) / (1 + np.exp(-{0})) ** 2", lambda z: torch.sigmoid(z) * (1 - torch.sigmoid(z))),
)


@dataclass(frozen=True)
class Known:
    """A text, and its values.

    Attributes:
        given: whether it is a parameter, and
        forward: what the network computes from them;
        fixed: whether none of them goes into it.
    """

    text: str
    values: Values = field(repr=False)
    given: bool = False
    forward: bool = False
    fixed: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.values[0].shape)


def _made(text: str, make: Callable[..., Tensor], *values: Values) -> Iterator[Known]:
    """What is made of values at each step; nothing where they do not fit each other at one of them."""
    try:
        yield Known(text, tuple(make(*each) for each in zip(*values, strict=True)))
    except (RuntimeError, IndexError):
        return


def times(found: Values, wanted: Values) -> float | None:
    """How many times as large values are as others, at all steps; None if they are no multiple of them, or nothing."""
    if not all(same_but_for_ones(f.shape, w.shape) for f, w in zip(found, wanted, strict=True)):
        return None
    made, true = (torch.cat([v.reshape(-1) for v in values]) for values in (found, wanted))
    factor, residual = factor_and_residual(made, true)
    return factor if factor and residual <= TOLERANCE else None


class BackwardChain:
    """The gradients of a loss.

    Args:
        known: what a line can read.
        until: when it is given up, on the monotonic clock.
    """

    def __init__(self, following: Following, aim: Aim, known: Sequence[Known], until: float) -> None:
        self._known, self._until = known, until
        self._weights = [one for one in known if one.given and len(one.shape) == _BROAD]
        self._errors = [*itertools.islice(_errors(known), _ERRORS)]
        self._written: list[Known] = []
        for true in _levels(following, aim):
            if time.monotonic() > until:
                return
            # what is the gradient as it is needs not to be written anew
            as_it_is = [one for one in known if not one.given and times(one.values, true)]
            self._written += as_it_is[:_TEXTS] or self._through(true)

    def of_parameter(self, true: Values) -> list[tuple[str, float]]:
        """The texts of the gradient by a parameter, the shortest first, each with how many times as large it is."""
        shape, found = tuple(true[0].shape), dict[str, float]()
        for error in [*self._written, *self._errors]:
            for made in self._at_parameter(error, shape):
                if time.monotonic() > self._until:
                    return []
                factor = times(made.values, true) if made.shape == shape else None
                if factor is not None:
                    found.setdefault(made.text, factor)
        return sorted(found.items(), key=lambda row: len(row[0]))[:_FOR_PARAMETER]

    def _through(self, true: Values) -> list[Known]:
        """The texts of a gradient that is the last one written, or an error, on its way back through one thing more."""
        shape, found = tuple(true[0].shape), dict[str, Known]()
        alike = [one for one in self._known if not one.given and same_but_for_ones(one.shape, shape)]
        for base in [*self._written, *self._errors]:
            pulled = (made for weight in self._weights for made in _products(base, weight, shape))
            for made in (base, *pulled):
                if not same_but_for_ones(made.shape, shape):
                    continue
                for one in (made, *_sloped(made, alike)):
                    if times(one.values, true) is not None:
                        found.setdefault(one.text, one)
        return sorted(found.values(), key=lambda one: len(one.text))[:_TEXTS]

    def _at_parameter(self, error: Known, shape: tuple[int, ...]) -> Iterator[Known]:
        """What a gradient by a parameter can be: an error, the sum of it, or what it is multiplied with and summed."""
        yield error
        for axis, kept in itertools.product(range(len(error.shape)), (False, True)):
            keeps = ", keepdims=True" * kept
            summed = partial(torch.sum, dim=axis, keepdim=kept)
            yield from _made(f"np.sum({error.text}, axis={axis}{keeps})", summed, error.values)
        if error.shape and not shape:
            yield from _made(f"np.sum({error.text})", torch.sum, error.values)
        for value in (one for one in self._known if not one.given):
            yield from _products(error, value, shape)
            yield from _outer(error, value, shape)
            if not error.shape or not value.shape or value.shape == error.shape:
                for whole in _made(
                    f"{as_factor(error.text)} * {as_factor(value.text)}", torch.mul, error.values, value.values
                ):
                    yield whole
                    if error.shape and not shape:
                        yield from _made(f"np.sum({whole.text})", torch.sum, whole.values)


def _errors(known: Sequence[Known]) -> Iterator[Known]:
    """What an output is less a target, the last ones first, either way round."""
    outputs = [one for one in known if one.forward and not one.given]
    targets = [one for one in known if one.fixed and not one.forward]
    for output, target in itertools.product(outputs[::-1], targets[::-1]):
        if output.shape == target.shape:
            for one, other in ((output, target), (target, output)):
                yield from _made(f"{one.text} - {other.text}", torch.sub, one.values, other.values)


def _products(one: Known, other: Known, shape: tuple[int, ...]) -> Iterator[Known]:
    """The matrix products of two values that have a shape."""
    if not one.shape or not other.shape or max(len(one.shape), len(other.shape)) > _BROAD:
        return
    turns = [*itertools.product((False, True), repeat=2)]
    for (left, right), (turn_left, turn_right) in itertools.product(((one, other), (other, one)), turns):
        flat = (turn_left and len(left.shape) < _BROAD) or (turn_right and len(right.shape) < _BROAD)
        first = left.shape[::-1] if turn_left else left.shape
        second = right.shape[::-1] if turn_right else right.shape
        if flat or first[-1] != second[0] or (*first[:-1], *second[1:]) != shape:
            continue
        firsts = tuple(v.T for v in left.values) if turn_left else left.values
        seconds = tuple(v.T for v in right.values) if turn_right else right.values
        sides = (_turned(each.text) if turn else each.text for each, turn in ((left, turn_left), (right, turn_right)))
        yield from _made(f"np.dot({', '.join(sides)})", torch.matmul, firsts, seconds)


def _outer(error: Known, value: Known, shape: tuple[int, ...]) -> Iterator[Known]:
    """The outer products of an error and an input of one sample, which have a weight's shape."""
    if len(shape) == _BROAD and {prod(error.shape), prod(value.shape)} == {*shape}:
        for one, other in ((value, error), (error, value)):
            if (prod(one.shape), prod(other.shape)) == shape:
                text = f"np.outer({one.text}, {other.text})"
                yield from _made(text, lambda a, b: torch.outer(a.reshape(-1), b.reshape(-1)), one.values, other.values)


def _sloped(made: Known, alike: Iterable[Known]) -> Iterator[Known]:
    """What an error becomes on its way back through an activation."""
    text = as_factor(made.text)
    for at in alike:
        for form, slope in _SLOPES:
            slopes = tuple(slope(value) for value in at.values)
            yield from _made(f"{text} * {form.format(_operand(at.text))}", torch.mul, made.values, slopes)
        for axis in (0, 1) if len(made.shape) == len(at.shape) == _BROAD else ():  # softmax's, of all its inputs
            inner = f"np.sum({text} * {as_factor(at.text)}, axis={axis}, keepdims=True)"
            whole = f"{as_factor(at.text)} * ({made.text} - {inner})"
            yield from _made(whole, partial(_through_softmax, axis), made.values, at.values)


def _through_softmax(axis: int, error: Tensor, output: Tensor) -> Tensor:
    return output * (error - (error * output).sum(axis, keepdim=True))


def _levels(following: Following, aim: Aim) -> Iterator[Values]:
    """The true gradients by the values of the forward pass, from the last one on, those that follow each other and are
    alike once."""
    frames = following.frames
    true = [aim.true(number) for number in range(len(frames))]
    tables = [_by_key(frame, own) for frame, own in zip(frames, true, strict=True)]
    turns = {node: (key, turn) for key, nodes in tables[0].items() for turn, node in enumerate(nodes)}
    last, count = Values(), 0
    for node in sorted(set(true[0]) - set(frames[0].given), reverse=True):
        key, turn = turns[node]
        if count == _LEVELS or any(len(table[key]) <= turn for table in tables):
            continue
        values = tuple(own[table[key][turn]].detach() for own, table in zip(true, tables, strict=True))
        told = all(v.shape == values[0].shape and bool(v.any()) for v in values)
        if told and not (last and all(torch.equal(v, w) for v, w in zip(values, last, strict=True))):
            last, count = values, count + 1
            yield values


def _by_key(frame: Frame, true: Iterable[int]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = defaultdict(list)
    for node in sorted(true):
        found[frame.key(node)].append(node)
    return found


def as_factor(text: str) -> str:
    """A text as a factor of a product."""
    made = expression_of(text)
    added = isinstance(made, ast.BinOp) and isinstance(made.op, ast.Add | ast.Sub)
    return f"({text})" if added and not _is_bracketed(text) else text


def _operand(text: str) -> str:
    """A text that a power is taken of."""
    whole = isinstance(expression_of(text), ast.BinOp | ast.UnaryOp)
    return f"({text})" if whole and not _is_bracketed(text) else text


def _turned(text: str) -> str:
    """A text's transpose."""
    if text.endswith(".T"):
        return text.removesuffix(".T")
    return f"{_operand(text)}.T"


def _is_bracketed(text: str) -> bool:
    return text.startswith("(") and text.endswith(")") and is_closed(text)
