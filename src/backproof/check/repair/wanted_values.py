"""Whether an expression has the gradient that its place wants, as far as that is known."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import torch

from backproof.check.locate.wanted import Wanted
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, same_factor
from backproof.check.record.memory import Array
from backproof.check.repair.placing import Given, Way
from backproof.check.replay.operations import F64, Tensor

_TELLING = 3  # executions in a step that show by which factor a value follows what is wanted


class WantedValues:
    """The gradients that the places of a program's backward pass want, with what is gained by them."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        self.values = {
            (window, node): (gradient, one.gain)
            for one in wanted
            for window, values in enumerate(one.values)
            for node, gradient in values.items()
        }

    def gain(self, ways: Sequence[Way], each: Given) -> float:
        """What is gained by the gradient that an expression's place wants, if it has this, up to one factor in a step,
        wherever that is known; else nothing."""
        gain, factors = 0.0, defaultdict[int, list[float]](list)
        for number, value in each:
            one, window, where = ways[number]
            node = next(iter(where))
            if len(where) > 1 or where[node] or (window, node) not in self.values:
                continue
            wanted, gain = self.values[window, node]
            factor = _times(one.values[value][0], wanted)
            if factor <= 0:
                return 0.0
            factors[window].append(factor)
        known = Counter(window for _, window, _ in ways)
        told = all(len(own) >= min(_TELLING, known[window]) for window, own in factors.items())
        return gain if factors and told and all(same_factor(min(f), max(f)) for f in factors.values()) else 0.0


def _times(value: Array, wanted: Tensor) -> float:
    """How many times a gradient a value is; 0.0 if it is something else."""
    made = torch.from_numpy(value).to(F64)
    factor, residual = factor_and_residual(made, wanted) if made.shape == wanted.shape else (0.0, math.inf)
    return factor if residual <= TOLERANCE else 0.0
