"""One quantity of two engines: how far apart its values are, and whether rounding can explain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array
from backproof.program.derivation import Step

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
"""How far a line may be from PyTorch's value, as a part of the largest value."""
COMPILED = {"float64": 1e-12, "float32": 1e-5}
"""How far a line may be from what the compiled engine makes of the same line."""


@dataclass(frozen=True)
class Row:
    """One quantity at one step of training."""

    number: int
    """The step of training, counted from 0."""
    epoch: int
    step: Step
    exact: bool
    max_abs: float
    max_rel: float
    """The largest difference of an element as a part of that element."""
    ulps: float
    """The largest difference of an element in units of its last place."""
    difference: float
    """What is judged: how far the line is from PyTorch's value on PyTorch's own operands, as a part of its size."""
    holds: bool

    @property
    def name(self) -> str:
        return self.step.name


def compare(
    number: int,
    epoch: int,
    step: Step,
    ours: Array,
    theirs: Array,
    local: Array,
    rounding: Callable[[], Array],
    allowed: Mapping[str, float] = TOLERANCE,
) -> Row:
    """Judge a quantity.

    The numbers shown are those of the two engines. Judged is the line: `local` is what it gives on the other engine's
    own operands. So rounding that earlier lines amplify is no difference, and what follows rightly from a wrong line
    is not called wrong. `rounding` is asked only in doubt: how far rounding may move each element, in all fairness.
    `allowed` is how far a line may be off, by dtype.
    """
    if ours.shape != theirs.shape or local.shape != theirs.shape:
        return Row(number, epoch, step, False, np.inf, np.inf, np.inf, np.inf, False)
    tolerance = allowed["float32" if ours.dtype == np.float32 else "float64"]
    ours, theirs, local = (np.asarray(array, dtype=theirs.dtype) for array in (ours, theirs, local))
    max_abs, max_rel, ulps = _distances(ours, theirs)
    size = float(np.max(np.abs(theirs), initial=0.0))
    with np.errstate(invalid="ignore"):
        apart = np.zeros_like(theirs) if np.array_equal(local, theirs) else np.abs(local - theirs)
    difference = _part(apart, np.full_like(apart, size))
    if not difference <= tolerance:
        difference = _part(apart, size + rounding() / tolerance)
    return Row(number, epoch, step, max_abs == 0.0, max_abs, max_rel, ulps, difference, difference <= tolerance)


def _part(apart: Array, size: Array) -> float:
    if not np.isfinite(apart).all():
        return np.inf
    parts = np.divide(apart, size, out=np.where(apart > 0, np.inf, 0.0), where=size > 0)
    return float(np.max(parts, initial=0.0))


def _distances(ours: Array, theirs: Array) -> tuple[float, float, float]:
    """The largest absolute and relative difference and the largest difference in units of the last place."""
    if np.array_equal(ours, theirs):
        return 0.0, 0.0, 0.0
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return np.inf, np.inf, np.inf
    apart = np.abs(ours - theirs)
    sizes = np.maximum(np.abs(ours), np.abs(theirs))
    relative = np.divide(apart, sizes, out=np.zeros_like(apart), where=sizes > 0)
    return float(apart.max()), float(relative.max()), float(np.max(apart / np.spacing(sizes)))
