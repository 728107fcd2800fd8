"""What an optimizer was seen to do in a step: the gradient that it got, the move that it made, what it keeps."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from backproof.check.cut.parameters import Training
from backproof.check.losses.before_move import in_its_place, part_that_moves, standing, standing_before
from backproof.check.losses.match import Match
from backproof.check.record.trace import CLIPPING
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import real

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
EXACT, SINGLE = 1e-6, 3e-4  # how exact a relation must be, in float64 and where a value was kept in float32


@dataclass(frozen=True)
class Fault:
    """What is wrong on the way from a right gradient to the move: the parameter, the site and the reason.

    `turned`: whether nothing is wrong but the direction; `counts`: whether it is how steps are counted; `base`: what is
    to be taken to the power of a count there, if it is known.
    """

    parameter: int
    site: int
    reason: str
    turned: bool = False
    counts: bool = False
    base: float | None = None


TOO_FEW = 2  # numbers, of which one step tells nothing: of what is kept and the gradient, anything can be made


@dataclass(frozen=True)
class Seen:
    """What one parameter's optimizer was seen to do in one step."""

    gradient: Array
    move: Array
    value: Array
    states: tuple[tuple[int, Array, Array], ...]  # the chain, what it was and what it became
    earlier: frozenset[int] = frozenset()  # those that became so before the gradient was known, of a table's rows


def seen_of(training: Training, frames: list[Frame], found: Match, parameter: int, tolerance: float) -> list[Seen]:
    handed = found.evidence[parameter].handed
    rows: list[Seen] = []
    for frame in frames:
        if parameter not in frame.parameters:
            continue
        with torch.no_grad():
            move = frame.move(parameter)
            if handed is None:
                return []
            keeps = parameter in training.states.values()
            gradient = _handed(frame, parameter, handed, tolerance, decayed=keeps)
            if gradient is None:
                continue
        # of a table of which a step moves one row, that row alone is looked at: all others are taken for zero
        part = part_that_moves(frame, parameter)
        if part is not None:
            gradient = in_its_place(frame, parameter, gradient)
        if gradient.numel() != move.numel():
            continue
        states = []
        for chain, owner in training.states.items():
            if owner == parameter and (pair := _change(training, frame, chain, move.numel(), part)) is not None:
                states.append((chain, *pair))
        value = _only(flat(frame.start(parameter).detach()), part)
        kept = (c for c, *_ in states if part is not None)
        earlier = frozenset(c for c in kept if _becomes(training, frame, c) not in frame.dependent)
        rows.append(Seen(flat(gradient), flat(move), value, tuple(states), earlier))
    return rows


def _only(values: Array, part: torch.Tensor | None) -> Array:
    """Values with zeros in the place of all but a part of them."""
    if part is None:
        return values
    kept = np.zeros_like(values)
    kept[part.numpy()] = values[part.numpy()]
    return kept


def _handed(frame: Frame, parameter: int, handed: Key, tolerance: float, *, decayed: bool) -> torch.Tensor | None:
    """The gradient as the optimizer gets it: clipped, or, if asked for, with a weight decay that is added to it."""
    between = standing_before(frame, parameter)
    at = standing(frame, parameter, handed)
    if at is None:
        return None
    plain = real(frame.replay.value(at))
    value = flat(frame.start(parameter).detach())
    training = frame.training
    for node in between[: between.index(at)]:
        if frame.trace.operations[node] in CLIPPING and is_clipped(clipped := real(frame.replay.value(node)), plain):
            return clipped
    kept = {v for c in training.states for v in training.chains[c].updates if frame.step.start < v <= frame.step.end}
    for node in between[: between.index(at)] if decayed else ():
        if node in kept or frame.ancestors([node]) & kept:
            continue  # what an optimizer keeps has been mixed in already
        nearer = real(frame.replay.value(node))
        if nearer.numel() == plain.numel() == value.size > 2:
            (share, decay), exact = fit(tolerance, flat(nearer), flat(plain), value)
            parts = abs(share) * float(plain.abs().max()), abs(decay) * np.abs(value).max()
            if exact and share * decay > 0 and min(parts) > 1e-7 * float(nearer.abs().max()):
                return nearer
    return plain


def is_clipped(found: torch.Tensor, gradient: torch.Tensor) -> bool:
    """Whether elements of a gradient were cut off at one of two bounds, and the others were left as they are."""
    if found.numel() != gradient.numel():
        return False
    found, gradient = found.reshape(-1), gradient.reshape(-1)
    cut = found != gradient
    smaller = (found[cut].abs() < gradient[cut].abs()) & (found[cut] * gradient[cut] >= 0)
    bounds = len(set(found[cut].tolist())) <= 2  # a lower and an upper one
    return bool(cut.any() and smaller.all()) and bounds


def _becomes(training: Training, frame: Frame, chain: int) -> int:
    """The node of what a state becomes in a step."""
    updates = training.chains[chain].updates
    return next((new for new in updates if frame.step.start < new <= frame.step.end), frame.step.end)


def _change(
    training: Training, frame: Frame, chain: int, size: int, part: torch.Tensor | None
) -> tuple[Array, Array] | None:
    """A state before and after a step, of the size of its parameter: a single number is one for all elements, and what
    is kept of the part that moves stands in its place."""
    versions = training.chains[chain].versions
    for old, new in pairwise(versions):
        if new is not None and frame.step.start < new <= frame.step.end:
            before = 0.0 if old is None else training.trace.values[old]
            varied = frame.replay.replaced and new in frame.dependent
            after = frame.replay.value(new).detach().numpy() if varied else training.trace.values[new]
            if before is None or after is None:
                return None
            made: list[Array] = []
            for each in (before, after):
                value: Array = np.asarray(each, dtype=np.float64).reshape(-1)
                if part is not None and value.size == part.numel() > 1:
                    whole: Array = np.zeros(size)
                    whole[part.numpy()] = value
                elif value.size in (1, size):
                    whole = _only(np.array(np.broadcast_to(value, size)), part)
                else:
                    return None
                made.append(whole)
            return made[0], made[1]
    return None


def flat(value: torch.Tensor) -> Array:
    return value.detach().numpy().reshape(-1).astype(np.float64)


def are_few(training: Training, parameter: int) -> bool:
    """Whether a parameter has so few numbers that one step says nothing: anything can be made of them."""
    return math.prod(training.chains[parameter].shape) <= TOO_FEW


def state_of(row: Seen, chain: int) -> Array:
    """What a step has made of something that is kept."""
    return next(new for c, _, new in row.states if c == chain)


def told(*values: Array) -> int:
    """How many elements of some arrays tell anything: of units that are dead, all are zero."""
    return int(np.count_nonzero(np.any(np.stack(values), axis=0)))


def beside_itself(tolerance: float, row: Seen) -> tuple[float, float] | None:
    """What a move takes of the gradient, and what of the value itself; None if the gradient alone explains it, if
    other things do, or if so few numbers tell nothing."""
    if row.move.size <= TOO_FEW or fit(tolerance, row.move, row.gradient)[1]:
        return None
    (share, decay), exact = fit(tolerance, row.move, row.gradient, row.value)
    return (share, decay) if exact else None


def fit(tolerance: float, wanted: Array, *terms: Array) -> tuple[list[float], bool]:
    """The coefficients of the best sum of terms, and whether it is exact."""
    matrix = np.stack(terms, axis=1)
    scale = np.abs(wanted).max(initial=0.0)
    if scale == 0.0:
        return [0.0] * len(terms), True
    if not (np.isfinite(matrix).all() and np.isfinite(wanted).all()):
        return [0.0] * len(terms), False
    norms = np.abs(matrix).max(axis=0)
    norms[norms == 0] = 1.0
    try:
        solved, *_ = np.linalg.lstsq(matrix / norms, wanted / scale, rcond=1e-13)
    except np.linalg.LinAlgError:
        return [0.0] * len(terms), False
    residual = np.abs(matrix / norms @ solved - wanted / scale).max()
    return list(solved * scale / norms), bool(residual <= tolerance)
