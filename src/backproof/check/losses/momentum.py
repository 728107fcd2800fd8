"""Moves that go on with the last one: where an optimizer keeps its momentum element by element, no value of a step is
the gradient as a whole, and the moves themselves have to tell."""

from collections.abc import Callable, Mapping

import numpy as np
import torch

from backproof.check.losses.evidence import TOLERANCE, Evidence, is_steady, shares_of
from backproof.check.record.trace import WRITES
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import F64, Tensor

_Row = tuple[Tensor, Tensor, Tensor]  # a move, its gradient, and the move or the gradient of the step before
_STEPS = 2  # that tell the shares
_MANY = 8  # elements of which one step tells them, where the first step tells the share of the gradient
_WHOLE = 1 - 1e-6  # what is kept of a move as a whole is no momentum: a sum that is never begun anew


Gradients = Callable[[Frame], Mapping[int, Tensor]]
"""The gradients of a loss at a step, by every parameter; none where it has none."""


def momentum_evidence(
    frames: list[Frame],
    gradients: Mapping[int, Mapping[int, Tensor]],
    parameter: int,
    gradients_at: Gradients,
    *,
    plain: Evidence,
) -> Evidence | None:
    """The evidence if a parameter's moves are its gradient and a share of the last move (Polyak, Some methods of
    speeding up the convergence of iteration methods, 1964), or of the gradient of the step before; else None.

    Args:
        gradients_at: those of other steps.
        plain: the evidence of the gradient alone, which the first step of all follows.
    """
    if not any(_in_parts(frame, parameter) for frame in frames[:1]):
        return None
    # what was done before the first step that was seen is not known
    asked = [number for number in gradients if parameter in gradients[number] and frames[number].number]
    told = (n for n in gradients if parameter in gradients[n] and frames[n].is_recorded)
    known = {frames[n].number: gradients[n][parameter] for n in told}
    first = next((share for n, share in plain.factors.items() if frames[n].number == 0), None)

    def earlier(frame: Frame) -> Tensor | None:
        """The gradient of the step before, which was made at its recorded point."""
        return gradients_at(Frame(frame.training, frame.number - 1)).get(parameter)

    after_moves, after_gradients, alone = list[_Row](), list[_Row](), list[int]()
    for number in asked:
        frame, gradient = frames[number], gradients[number][parameter].reshape(-1)
        moved, move = frame.move(parameter).detach().reshape(-1), _move_before(frame, parameter)
        before = known.get(frame.number - 1)
        if before is None and (not known or first is not None) and len(after_gradients) < _STEPS:
            before = earlier(frame)
        if moved.numel() != gradient.numel():
            return None
        if move is not None and move.numel() == moved.numel():
            after_moves.append((moved, gradient, move.reshape(-1)))
        if before is not None:
            after_gradients.append((moved, gradient, before.reshape(-1)))
        else:
            alone.append(number)
    fitted = _fit(after_moves) if len(after_moves) == len(asked) else None
    if fitted is not None and fitted[0] < 0 < fitted[1] < _WHOLE:
        return Evidence(len(asked), 0, dict.fromkeys(asked, fitted[0]))
    fitted = _fit(after_gradients, steps=1 if first is not None else _STEPS)
    if fitted is None or not max(fitted) < 0:
        return None
    if first is not None and not is_steady([first, fitted[0]]):
        return None
    for number in alone:  # the gradient of the step before was not asked for yet
        frame = frames[number]
        before = earlier(frame)
        moved = frame.move(parameter).detach().reshape(-1)
        if before is None or before.numel() != moved.numel():
            return None
        made = fitted[0] * gradients[number][parameter].reshape(-1) + fitted[1] * before.reshape(-1)
        if float((made - moved).abs().max()) > TOLERANCE * float(moved.abs().max()):
            return None
    return Evidence(len(asked), 0, dict.fromkeys(asked, fitted[0]))


def _in_parts(frame: Frame, parameter: int) -> bool:
    """Whether a parameter is written element by element."""
    update = frame.step.after.get(parameter)
    return update is not None and frame.trace.operations[update] in WRITES


def _move_before(frame: Frame, parameter: int) -> Tensor | None:
    """The move that the step before made, as far as it is on record."""
    steps, values = frame.training.steps, frame.trace.values
    nodes = (steps[frame.number - 1].before.get(parameter), frame.step.before.get(parameter))
    ends = [values[node] if node is not None else None for node in nodes]
    if any(end is None for end in ends):
        return None
    return torch.as_tensor(np.asarray(ends[1], np.float64) - np.asarray(ends[0], np.float64), dtype=F64)


def _fit(rows: list[_Row], *, steps: int = _STEPS) -> tuple[float, float] | None:
    """The numbers by which moves are the sum of two terms at all steps; None if they are none, or one term is, or if
    there are not so many steps to tell, of which one does if it has many elements."""
    scaled = [[part / row[0].abs().max() for part in row] for row in rows if bool(row[0].any())]
    telling = [int(row[2].count_nonzero()) for row in scaled if bool(row[2].any())]
    if len(telling) < steps or (len(telling) < _STEPS and sum(telling) < _MANY):
        return None
    wanted, *terms = (torch.cat(column) for column in zip(*scaled, strict=True))
    return shares_of(wanted, torch.stack(terms, dim=1))
