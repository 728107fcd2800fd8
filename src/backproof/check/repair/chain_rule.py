"""What the chain rule writes: products with a transposed weight, slopes of activations, inputs times errors, each as a
text in a file's own names, with its values (Goodfellow, Bengio and Courville, "Deep Learning", chapter 6.5)."""

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import prod

import torch

from backproof.check.edits.products import chain_of
from backproof.check.edits.tree import is_closed
from backproof.check.repair.derived import SLOPES
from backproof.check.replay.operations import Tensor
from backproof.check.syntax import expression_of

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
        fixed: whether none of them goes into it;
        kept: the statement before which a value has to be kept so that the text can be read, and what it is there.
    """

    text: str
    values: Values = field(repr=False)
    given: bool = False
    forward: bool = False
    fixed: bool = False
    kept: tuple[ast.stmt, str] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.values[0].shape)


def made_of(text: str, make: Callable[..., Tensor], *values: Values) -> Iterator[Known]:
    """What is made of values at each step; nothing where they do not fit each other at one of them."""
    try:
        yield Known(text, tuple(make(*each) for each in zip(*values, strict=True)))
    except (RuntimeError, IndexError):
        return


def turned(one: Known) -> Known:
    """A value's transpose."""
    return replace(one, text=_turned(one.text), values=tuple(value.T for value in one.values))


def errors(known: Sequence[Known]) -> Iterator[Known]:
    """What an output is less a target, the last ones first, either way round."""
    outputs = [one for one in known if one.forward and not one.given]
    targets = [one for one in known if one.fixed and not one.forward]
    for output, target in itertools.product(outputs[::-1], targets[::-1]):
        if output.shape == target.shape:
            for one, other in ((output, target), (target, output)):
                yield from made_of(f"{one.text} - {other.text}", torch.sub, one.values, other.values)


def products(one: Known, other: Known, shape: tuple[int, ...]) -> Iterator[Known]:
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
        yield from made_of(f"np.dot({', '.join(sides)})", torch.matmul, firsts, seconds)


def outer(error: Known, value: Known, shape: tuple[int, ...]) -> Iterator[Known]:
    """The outer products of an error and an input of one sample, which have a weight's shape."""
    if len(shape) == _BROAD and {prod(error.shape), prod(value.shape)} == {*shape}:
        for one, other in ((value, error), (error, value)):
            if (prod(one.shape), prod(other.shape)) == shape:
                text = f"np.outer({one.text}, {other.text})"
                yield from made_of(
                    text, lambda a, b: torch.outer(a.reshape(-1), b.reshape(-1)), one.values, other.values
                )


def slopes(alike: Iterable[Known]) -> list[Known]:
    """The slopes of activations at some values, or by what these have become; not those that change nothing."""
    found: list[Known] = []
    for at in alike:
        text = operand(at.text)
        for form, slope in _SLOPES:
            values = tuple(slope(value) for value in at.values)
            if not all(bool((value == 1).all()) for value in values):
                found.append(Known(form.format(text), values))
    return found


def sloped(error: Known, alike: Iterable[Known], slopes: Iterable[Known]) -> Iterator[Known]:
    """What an error becomes on its way back through an activation.

    Args:
        alike: what has its shape, an output of a softmax perhaps.
        slopes: those of other activations.
    """
    text = as_factor(error.text)
    for slope in slopes:
        yield from made_of(f"{text} * {slope.text}", torch.mul, error.values, slope.values)
    for at in alike:
        for axis in (0, 1) if len(error.shape) == len(at.shape) == _BROAD else ():  # softmax's, of all its inputs
            inner = f"np.sum({text} * {as_factor(at.text)}, axis={axis}, keepdims=True)"
            whole = f"{as_factor(at.text)} * ({error.text} - {inner})"
            yield from made_of(whole, partial(_through_softmax, axis), error.values, at.values)


def alike_in_shape(known: Sequence[Known], shape: tuple[int, ...]) -> list[Known]:
    """What has a shape, or has it once it is transposed."""
    plain = [one for one in known if not one.given]
    return [one for one in plain if one.shape == shape] + [
        turned(one) for one in plain if one.shape == shape[::-1] != shape
    ]


def errors_of_shape(known: Sequence[Known], shape: tuple[int, ...]) -> Iterator[Known]:
    """What an output is less a target, where that has a shape."""
    return (one for one in errors(known) if one.shape == shape)


def pulled_back(known: Sequence[Known], shape: tuple[int, ...]) -> Iterator[Known]:
    """What has a shape and is an error times a weight, or an error times a slope times one."""
    handed = [one for one in known if not (one.given or one.forward or one.fixed)]
    sloping = (
        whole for one in handed if (own := alike_in_shape(known, one.shape)) for whole in sloped(one, own, slopes(own))
    )
    for error in (*(one for one in known if not one.given), *sloping):
        for weight in (one for one in known if one.given):
            yield from products(error, weight, shape)
            if shape in ((), weight.shape, error.shape) and {weight.shape, error.shape} <= {(), shape}:
                text = f"{as_factor(error.text)} * {weight.text}"
                yield from made_of(text, torch.mul, error.values, weight.values)


def at_parameter(error: Known, known: Sequence[Known], shape: tuple[int, ...]) -> Iterator[Known]:
    """What a gradient by a parameter can be: an error, the sum of it, or what it is multiplied with and summed."""
    yield error
    for axis, kept in itertools.product(range(len(error.shape)), (False, True)):
        keeps = ", keepdims=True" * kept
        summed = partial(torch.sum, dim=axis, keepdim=kept)
        yield from made_of(f"np.sum({error.text}, axis={axis}{keeps})", summed, error.values)
    if error.shape and not shape:
        yield from made_of(f"np.sum({error.text})", torch.sum, error.values)
    for value in (one for one in known if not one.given):
        yield from products(error, value, shape)
        yield from outer(error, value, shape)
        if not error.shape or not value.shape or value.shape == error.shape:
            for whole in made_of(
                f"{as_factor(error.text)} * {as_factor(value.text)}", torch.mul, error.values, value.values
            ):
                yield whole
                if error.shape and not shape:
                    yield from made_of(f"np.sum({whole.text})", torch.sum, whole.values)


def _through_softmax(axis: int, error: Tensor, output: Tensor) -> Tensor:
    return output * (error - (error * output).sum(axis, keepdim=True))


def as_factor(text: str) -> str:
    """A text as a factor of a product."""
    made = expression_of(text)
    added = isinstance(made, ast.BinOp) and isinstance(made.op, ast.Add | ast.Sub)
    return f"({text})" if added and not _is_bracketed(text) else text


def negated(text: str) -> str:
    """A text times -1: the one difference that is a factor of it the other way round, if there is one."""
    whole = expression_of(text)
    factors = [part for part, _ in chain_of(whole)]
    apart = [part for part in factors if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub)]
    if len(apart) != 1:
        return text[1:] if isinstance(whole, ast.UnaryOp) and isinstance(whole.op, ast.USub) else f"-{as_factor(text)}"
    own = apart[0]
    start, middle, behind, end = (
        own.left.col_offset, own.left.end_col_offset, own.right.col_offset, own.right.end_col_offset
    )  # fmt: skip
    left, right = text[start:middle], text[behind:end]
    return f"{text[:start]}{right}{text[middle:behind]}{left}{text[end:]}"


def operand(text: str) -> str:
    """A text that a power is taken of."""
    whole = isinstance(expression_of(text), ast.BinOp | ast.UnaryOp)
    return f"({text})" if whole and not _is_bracketed(text) else text


def _turned(text: str) -> str:
    """A text's transpose."""
    if text.endswith(".T"):
        return text.removesuffix(".T")
    return f"{operand(text)}.T"


def _is_bracketed(text: str) -> bool:
    return text.startswith("(") and text.endswith(")") and is_closed(text)
