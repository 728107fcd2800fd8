"""The gradients of a network written one after the other, from the error on, with what a line can read.

It goes back as any textbook does: through a product with the transpose of the weight, through an activation with its
slope, and to a parameter with its input. Each text is held against the true gradients at several steps, so that none is
written that is not one of them.
"""

import itertools
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import torch

from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual
from backproof.check.repair.chain_rule import Known, Values, at_parameter, errors, products, sloped, slopes
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.shapes import same_but_for_ones

_TEXTS = 2  # for the gradient by one value of the forward pass, and
_FOR_PARAMETER = 8  # by one parameter
_ERRORS = 8  # that an output less a target may be, the last ones
_LEVELS = 60  # values of the forward pass, the last ones
_BROAD = 2  # axes of what is multiplied


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
        self._errors = [*itertools.islice(errors(known), _ERRORS)]
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
            for made in at_parameter(error, self._known, shape):
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
        through = slopes(alike)
        for base in [*self._written, *self._errors]:
            pulled = (made for weight in self._weights for made in products(base, weight, shape))
            for made in (base, *pulled):
                if not same_but_for_ones(made.shape, shape):
                    continue
                for one in (made, *sloped(made, alike, through)):
                    if times(one.values, true) is not None:
                        found.setdefault(one.text, one)
        return sorted(found.values(), key=lambda one: len(one.text))[:_TEXTS]


def summed_up(known: Sequence[Known], true: Values, until: float) -> Iterator[tuple[str, float]]:
    """The texts of a gradient by a parameter that is summed up sample by sample, and how many times as large each is.

    Args:
        known: what can be read, of each turn in each step.
        true: the gradient, of each step.
    """
    shape, count = tuple(true[0].shape) if true else (), len(true)
    for error in (one for one in known if not (one.given or one.forward or one.fixed)):
        for made in at_parameter(error, known, shape):
            if time.monotonic() > until:
                return
            total = summed_over(made.values, count) if made.shape == shape else ()
            if total and (factor := times(total, true)) is not None:
                yield made.text, factor


def summed_over(values: Values, steps: int) -> Values:
    """Of each step the sum of values over the turns of a loop, of which the values of all steps follow each other;
    empty if they are not all of one shape."""
    if any(value.shape != values[0].shape for value in values):
        return ()
    return tuple(torch.stack(values[number::steps]).sum(0) for number in range(steps))


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
