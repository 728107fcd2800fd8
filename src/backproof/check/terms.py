"""A loss that is told now and then of terms that are computed, each by itself, at every step.

A variational autoencoder's, for one: the reconstruction and the divergence are added up apart, over an epoch, and put
together where they are printed.
"""

import torch

from backproof.check.frame import Frame
from backproof.check.losses import Stated, value
from backproof.check.match import Match, held_against
from backproof.check.operations import Tensor, real
from backproof.check.pairs import nodes_at

_OFTEN = 3  # steps at which each term is computed


def by_terms(frames: list[Frame], told: Match, matches: list[Match]) -> Match | None:
    """The evidence about a told loss at all steps, its gradient put together of those of its terms; None if it is told
    at several steps itself, or is no sum of what is."""
    if len(told.gradients) != 1 or not isinstance(told.loss, Stated):
        return None
    (number,) = told.gradients
    frame = frames[number]
    whole = nodes_at(frame, told.loss.key)[-1:]
    behind = frame.ancestors(whole, frame.forward) - {*whole}
    ends: dict[int, Match] = {}
    for other in matches:
        if isinstance(other.loss, Stated) and len(other.gradients) >= _OFTEN:
            (node, *_) = (*nodes_at(frame, other.loss.key)[-1:], -1)
            if node in behind:
                ends[node] = other
    terms = [node for node in ends if not any(node in frame.ancestors([n], frame.forward) for n in ends if n != node)]
    made = value(frame, told.loss)
    if len(terms) < 2 or made is None:
        return None
    values = [real(frame.replay.value(node)) for node in terms]
    shares = torch.autograd.grad(made, values, retain_graph=True, allow_unused=True)
    if any(share is None for share in shares):
        return None
    numbers = set.intersection(*({*ends[node].gradients} for node in terms))
    gradients: dict[int, dict[int, Tensor]] = {}
    for n in sorted(numbers):
        rows = [(float(share), ends[node].gradients[n]) for share, node in zip(shares, terms, strict=True)]
        gradients[n] = {p: torch.stack([share * row[p] for share, row in rows]).sum(0) for p in rows[0][1]}
    return held_against(frames, told.loss, gradients) if len(gradients) >= _OFTEN else None
