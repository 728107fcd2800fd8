"""One quantity of two engines: how far apart its values are, and whether rounding can explain it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.ops.op import Array
from backproof.program.derivation import Step

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
"""How far apart, as a part of the largest value, rounding may bring two right computations of one step."""


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
    """What is judged: the largest difference as a part of the largest value."""
    holds: bool

    @property
    def name(self) -> str:
        return self.step.name


def compare(number: int, epoch: int, step: Step, ours: Array, theirs: Array, local: Array, scale: float) -> Row:
    """Judge a quantity.

    It holds when the values agree up to rounding. Where rounding of earlier lines has been amplified, it holds
    when the line itself does: `local` is what the line gives on the other engine's own operands, the largest of
    which has size `scale`.
    """
    tolerance = TOLERANCE["float32" if ours.dtype == np.float32 else "float64"]
    if ours.shape != theirs.shape:
        return Row(number, epoch, step, False, np.inf, np.inf, np.inf, np.inf, False)
    ours, theirs, local = (np.asarray(array, dtype=theirs.dtype) for array in (ours, theirs, local))
    largest = float(np.max(np.abs(theirs), initial=0.0))
    max_abs, max_rel, ulps = _distances(ours, theirs)
    difference = _part(max_abs, largest)
    if not difference <= tolerance:
        by_line = _part(_distances(local, theirs)[0], max(scale, largest))
        difference = min(difference, by_line) if by_line <= tolerance else difference
    return Row(
        number,
        epoch,
        step,
        max_abs == 0.0,
        max_abs,
        max_rel,
        ulps,
        difference,
        difference <= tolerance,
    )


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


def _part(difference: float, whole: float) -> float:
    return difference / whole if whole > 0 else (0.0 if difference == 0 else np.inf)
