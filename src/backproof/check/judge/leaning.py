"""Whether moves that follow no loss are still meant to be the gradient of the one that is stated: at the first steps
all of them point its way, and they are computed from the outputs that it is computed from."""

import torch

from backproof.check.losses.before_move import candidates
from backproof.check.losses.losses import Stated
from backproof.check.losses.match import Match
from backproof.check.losses.outputs import nodes_at
from backproof.check.replay.drawn import is_drawn_anew
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real

_PLAINLY = 0.8  # the cosine between a move and the gradient that it is meant to be
_STEPS = 3
_ELEMENTS = 3  # of a parameter: fewer point the same way by chance


def leans(frames: list[Frame], told: Match) -> bool:
    """Whether all moves lean towards the gradient of a stated loss, which is shown, or called one, and told at every
    step. Only the first steps are asked: near the end of training what is wrong is most of a move.

    A method that makes something else of a gradient, by solving for a step or by drawing one, does so as well: then
    nothing is known.
    """
    if not isinstance(told.loss, Stated) or len(told.gradients) < max(_STEPS, len(frames)):
        return False
    if not (told.loss.shown or told.loss.site in frames[0].trace.named):
        return False
    return all(
        is_plain(frames[number], nodes_at(frames[number], told.loss.key))
        and all(_points(frames[number], p, gradient) for p, gradient in gradients.items())
        and gradients.keys() >= set(frames[number].parameters)
        for number, gradients in sorted(told.gradients.items())[:_STEPS]
    )


def is_plain(frame: Frame, ends: list[int]) -> bool:
    """Whether every move is made of what the loss, or the output, at some nodes is made of, and of nothing that is
    solved for or drawn."""
    behind = frame.ancestors(ends, frame.forward)
    # a penalty on the weights is computed from these alone
    met = {node for node in behind if not frame.given.keys() >= set(frame.trace.inputs(node))}
    for update in frame.step.after.values():
        way = frame.ancestors([update])
        own = way - behind
        beside = {earlier for node in own for earlier in frame.trace.inputs(node)} - own - behind
        noise = [n for n in beside if is_drawn_anew(frame, n) and not behind.intersection(frame.training.readers[n])]
        if not way & met or noise or any(frame.trace.operations[node].startswith("linalg") for node in own):
            return False
    return True


def _points(frame: Frame, parameter: int, gradient: Tensor) -> bool:
    """Whether a move, or what an optimizer makes it of, points against a gradient."""
    if gradient.numel() < _ELEMENTS or not bool(gradient.any()):
        return True
    if _cosine(-frame.move(parameter), gradient) > _PLAINLY:
        return True
    with torch.no_grad():
        made = [real(frame.replay.value(node)) for node in candidates(frame, parameter)]
    return any(abs(_cosine(value, gradient)) > _PLAINLY for value in made)


def _cosine(found: Tensor, wanted: Tensor) -> float:
    found, wanted = found.detach().reshape(-1), wanted.reshape(-1)
    length = float(found.norm() * wanted.norm())
    return float(torch.dot(found, wanted)) / length if found.shape == wanted.shape and length > 0 else 0.0
