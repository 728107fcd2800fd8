"""Sums of gradients that are not started anew after an update, so that earlier gradients are applied again."""

import numpy as np
import torch

from backproof.check.losses.before_move import candidates
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, is_steady
from backproof.check.losses.match import Match
from backproof.check.optimizers.observed import Array, Fault, fit
from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import real

WHY = "the gradients of earlier steps are added up and applied again"
_ENOUGH = 2  # steps that show it
_OTHER = -1
_WHOLE = 1e-9
_FEW = 3  # numbers of which a sum of two terms can be anything
_ALIKE = 1e-3
_TERMS = 3  # that are added to a sum of gradients


def applied_again(frames: list[Frame], found: Match) -> list[Fault]:
    """The parameters that are moved by a sum to which each step adds its gradient, and which loses nothing: what an
    optimizer keeps of earlier steps fades, and a sum over batches begins anew after each update."""
    faulty: list[Fault] = []
    for parameter, evidence in found.evidence.items():
        if evidence.handed is None or len(evidence.factors) < _ENOUGH:
            continue
        told: list[tuple[int, float]] = []
        for number, factor in evidence.factors.items():
            added = _sum(frames[number], parameter, found.gradients[number][parameter])
            if added is not None and factor:
                told.append((added[0], added[1] / factor))
        # of a few numbers that move together anything is a multiple, but not the same one at every step
        if len(told) >= _ENOUGH and all(site != _OTHER for site, _ in told) and is_steady([share for _, share in told]):
            faulty.append(Fault(parameter, told[-1][0], WHY))
    return faulty


def adds_up(gradient: Array, old: Array, new: Array, tolerance: float) -> bool:
    """Whether what is kept is all of what was kept before and the new gradient, where the two can be told apart."""
    if old.size <= _FEW or not np.any(old) or fit(_ALIKE, old, gradient)[1]:
        return False
    (keep, share), exact = fit(tolerance, new, old, gradient)
    # conjugate gradients keep another share at each step (Fletcher and Reeves, Function minimization, 1964), and a sum
    # all of it; and of numbers that are all alike, the sum of their squares is one, too
    return exact and abs(keep - 1) <= _WHOLE and share != 0 and not fit(tolerance, new, old, gradient * gradient)[1]


def _was_added_at(trace: Trace, node: int, site: int) -> bool:
    """Whether a sum, or what else was added to it afterwards, as a penalty's part is, was made at a place."""
    nodes = [node]
    for _ in range(_TERMS):
        if any(trace.sites[n] == site for n in nodes):
            return True
        nodes = [earlier for n in nodes if trace.operations[n] in ("add", "subtract") for earlier in trace.inputs(n)]
    return False


def _sum(frame: Frame, parameter: int, gradient: torch.Tensor) -> tuple[int, float] | None:
    """The site at which a step's gradient is added to a sum that was there before the step, and moves a parameter, and
    how many times; None if there was no such sum yet, or an empty one; `_OTHER` if something else is added to it."""
    trace = frame.trace
    found: tuple[int, float] | None = None
    for node in candidates(frame, parameter) if gradient.numel() > 1 else ():
        site = trace.sites[node]
        earlier = [n for n in trace.inputs(node) if n <= frame.step.start and _was_added_at(trace, n, site)]
        if trace.operations[node] not in ("add", "subtract") or len(earlier) != 1:
            continue
        with torch.no_grad():
            old, now = (real(frame.replay.value(n)).detach() for n in (earlier[0], node))
        added = now - old
        if added.shape != gradient.shape or not bool(torch.isfinite(old).all()) or not bool(old.any()):
            continue
        factor, residual = factor_and_residual(added, gradient)
        if bool(added.any()) and residual <= TOLERANCE:
            return site, factor
        found = _OTHER, 0.0
    return found
