"""Which parameters go up the gradient, where they should go down."""

from collections.abc import Mapping

import numpy as np

from backproof.check.cut.parameters import Training
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual
from backproof.check.losses.match import Match
from backproof.check.optimizers.observed import EXACT, TOO_FEW, Array, Fault, Seen, are_few, fit, seen_of
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor

_TINY = 1e-3  # relative


def upward(training: Training, frames: list[Frame], found: Match, known: set[int], sense: int) -> list[Fault]:
    """The parameters that go up the gradient where the others go down, at all steps or at some, or all if none should.

    Args:
        known: the parameters of which something else is known to be wrong.
        sense: 1 if the loss is to become small, -1 if it is to become great, 0 if it is not known.
    """
    ways: dict[int, list[int]] = {}
    turned: set[int] = set()  # those that some step moves by nothing but their gradient, and up it
    begins: set[int] = set()  # and those that the first one does, when nothing is kept of others yet
    for number, gradients in sorted(found.gradients.items()):
        for parameter, gradient in gradients.items():
            if number < len(frames) and parameter in frames[number].moves and bool(gradient.any()):
                along = (sense or 1) * float((frames[number].move(parameter).detach() * gradient).sum())
                ways.setdefault(parameter, []).append(int(np.sign(along)) if np.isfinite(along) else 0)
                if along > 0 and _is_nothing_else(frames[number].move(parameter), gradient):
                    turned.add(parameter)
                    begins |= {parameter} if number == min(found.gradients) else set()
    for parameter, own in ways.items():
        if parameter in found.evidence and (newest := _newest(training, frames, found, parameter)):
            ways[parameter] = [(sense or 1) * newest] * len(own)
    # momentum carries a parameter up the gradient now and then, though at the first step it goes down
    down = [p for p, signs in ways.items() if signs[0] == -1 and 2 * signs.count(-1) > len(signs)]
    up = [p for p, signs in ways.items() if set(signs) == {1} and len(found.gradients) > 2]
    rising = [p for p, signs in ways.items() if signs[0] == 1 and 2 * signs.count(1) > len(signs)]
    between = training.states or any(e.handed is not None for e in found.evidence.values())
    # what is kept of earlier steps may carry a single number either way, whichever way it is meant to go
    numbers = {p for p in training.states.values() if p in ways and are_few(training, p)}
    climbs = len({*rising} | numbers) == len(ways) > len(numbers) and (training.states or len(up) == len(ways))
    if sense and between and len(found.gradients) > 2 and not known:
        if climbs:
            why = "this parameter goes up the gradient, and so do all"
            return [Fault(p, training.chains[p].site, why, turned=True) for p in rising]
        begun, why = _at_first(frames, found, sense)
        if begun:
            return [Fault(p, training.chains[p].site, why, turned=True) for p in begun]
    if not down or not between:
        return []
    kept = {*training.states.values()}
    if now_and_then := [p for p in down if p in turned - kept - known and len(down) > 1]:
        why = "this parameter goes up the gradient at some steps, though nothing is kept of earlier ones"
        return [Fault(p, training.chains[p].site, why, turned=True) for p in now_and_then]
    up = up or [p for p in rising if p in begins and sense and p not in known]
    if not up:
        return []
    # where nothing tells whether the loss is to fall, most parameters do
    minority = up if sense or len(up) <= len(down) else [p for p in down if set(ways[p]) == {-1}]
    ways_said = ("up", "down") if minority is up else ("down", "up")
    why = "this parameter goes {} the gradient where the others go {}".format(*ways_said)
    return [Fault(p, training.chains[p].site, why, turned=True) for p in minority if p not in known]


def _is_nothing_else(move: Tensor, gradient: Tensor) -> bool:
    """Whether a move is a multiple of a gradient, of several numbers."""
    return gradient.numel() > TOO_FEW and factor_and_residual(move, gradient)[1] <= TOLERANCE


def _through_mean(row: Seen) -> int:
    """Which way the newest gradient moves a parameter by way of a mean that is kept, where this is scaled element by
    element and keeps its signs, as in Adam; 0 if it is not so."""
    for _, old, new in row.states:
        (_, share), exact = fit(EXACT, new, old, row.gradient)
        if new.shape != row.move.shape or not exact or row.move.size <= TOO_FEW + 1:
            continue
        if not abs(share) * np.abs(row.gradient).max() > _TINY * np.abs(new).max():
            continue  # what a gradient as small as this adds to a mean is not seen
        told = (new != 0) & (row.move != 0) & np.isfinite(row.move)
        same = {float(sign) for sign in np.unique(np.sign(new[told] * row.move[told]))}
        if len(same) == 1:
            return int(np.sign(share) * same.pop())
    return 0


def _newest(training: Training, frames: list[Frame], found: Match, parameter: int) -> int:
    """Which way the newest gradient moves a parameter, whatever is kept of earlier ones: 1 up it, -1 down; 0 if that is
    not seen, as where the move is not a sum of them."""
    signs: set[int] = set()
    factors = found.evidence[parameter].factors
    for row in seen_of(training, frames, found, parameter, EXACT):
        kept = [old for _, old, _ in row.states if np.any(old)]
        for terms in ([row.gradient, *kept], [row.gradient, *kept, row.value]) if row.states else ():
            (share, *_), exact = fit(EXACT, row.move, *terms)
            if exact and row.move.size > len(terms) + 1:
                if abs(share) * np.abs(row.gradient).max() > _TINY * np.abs(row.move).max():
                    signs.add(int(np.sign(share)))
                break
        else:
            if row.states and (way := _through_mean(row)):
                signs.add(way)
    if len(signs) != 1 or not factors or min(factors.values()) * max(factors.values()) <= 0:
        return 0
    return signs.pop() * (1 if max(factors.values()) > 0 else -1)


def _at_first(frames: list[Frame], found: Match, sense: int) -> tuple[list[int], str]:
    """The parameters that the very first steps move up their gradients, and why that is said: the first one knows no
    earlier gradient yet, which may turn later moves, and the second one knows one alone."""
    if not {0, 1} <= found.gradients.keys() or [frame.number for frame in frames[:2]] != [0, 1]:
        return [], ""
    gradients = [found.gradients[n] for n in (0, 1)]
    moves = [frame.moves for frame in frames[:2]]
    parameters = [p for p in gradients[0] if all(p in each for each in (gradients[1], *moves))]
    if not parameters:
        return [], ""
    ways = {p: float(np.sign(_joined(moves[0], [p]) @ _joined(gradients[0], [p]))) for p in parameters}
    before, now = (_joined(each, parameters) for each in gradients)
    signs = np.concatenate([np.full(gradients[0][p].numel(), ways[p] or 1.0) for p in parameters])
    if len(before) <= TOO_FEW or not before.any() or not fit(EXACT, _joined(moves[0], parameters), signs * before)[1]:
        return [], ""
    if up := [p for p in parameters if ways[p] * sense > 0]:
        others = "and others go down" if any(ways[p] * sense < 0 for p in parameters) else "and so do all"
        why = f"this parameter goes up the gradient, {others}: at the first step, when nothing is kept of earlier ones"
        return up, why
    (share, kept), exact = fit(EXACT, _joined(moves[1], parameters), now, before)
    outweighed = exact and share * sense < 0 < kept * sense and abs(kept) > abs(share) * (1 + _TINY)
    why = "what is kept of the gradient before takes this parameter up it, farther than the newest one takes it down"
    return (parameters, why) if outweighed else ([], "")


def _joined(values: Mapping[int, Tensor], parameters: list[int]) -> Array:
    """The numbers of several parameters, one after the other."""
    return np.concatenate([values[p].detach().reshape(-1).numpy().astype(np.float64) for p in parameters])
