"""A loss that is told now and then, or never, of terms that are computed, each by itself, at every step.

A variational autoencoder's, for one: the reconstruction and the divergence are added up apart, over an epoch, and put
together where they are printed.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from itertools import combinations

import torch

from backproof.check.losses.held_errors import with_errors_held
from backproof.check.losses.losses import Standard, Stated, reaches, value
from backproof.check.losses.match import Match, held_against
from backproof.check.losses.outputs import nodes_at, output_nodes
from backproof.check.losses.pairs import pairs
from backproof.check.losses.sense import is_multiple, opposes
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real

_OFTEN = 3  # steps at which each term is computed
_MOST = 5  # terms


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


def of_several(frames: list[Frame], matches: list[Match]) -> Match | None:
    """The evidence about several told losses together, where none alone holds; None if that does not hold either."""
    if any(m.holds for m in matches):
        return None
    told = {m.loss: m for m in matches if isinstance(m.loss, Stated) and len(m.gradients) >= _OFTEN}
    held = {loss: one for loss, m in told.items() if (one := with_errors_held(frames, m)) is not None}
    return _of_all_terms(frames, [*told.values(), *held.values()]) or _of_separate_networks(frames, told | held)


def _of_all_terms(frames: list[Frame], stated: list[Match]) -> Match | None:
    """The evidence about the sum of two that are told, under the name of one; None if that does not hold."""
    whole = next((m for m in stated if m.holds), None)
    if whole is not None:  # with an advantage that is held
        return replace(whole, put_together=True)
    shown = {m.loss for m in stated if isinstance(m.loss, Stated) and m.loss.shown}
    terms: list[list[Match]] = []  # each with its multiples: what it is divided by, and what it is added up to
    for found in stated:
        for term in terms:
            if is_multiple(term[0], found):
                term.append(found)
                break
        else:
            terms.append([found])
    for chosen in combinations(terms, 2) if len(terms) <= _MOST else ():
        for parts in zip(
            *(sorted(term, key=lambda m: last_told(frames, m), reverse=True) for term in chosen), strict=False
        ):
            if shown and shown.isdisjoint(part.loss for part in parts):
                continue  # what is shown takes part in what is descended
            if not _may_be_added(*parts) or any(
                _is_made_of(frames, m, parts) for m in stated if all(m is not part for part in parts)
            ):
                continue
            numbers = set.intersection(*({*part.gradients} for part in parts))
            gradients = {
                n: {p: sum(part.gradients[n][p] for part in parts) for p in parts[0].gradients[n]} for n in numbers
            }
            whole = held_against(frames, parts[0].loss, gradients)
            if whole.holds and _goes_down(whole):
                return replace(whole, put_together=True)
    return None


def _of_separate_networks(frames: list[Frame], told: Mapping[Stated, Match]) -> Match | None:
    """The evidence about several told losses, one for each of several networks, under the name of the first; None if
    that does not hold. What a loss takes from another network than its own, as an actor's does from the critic, is
    held."""
    frame = frames[0]
    everything = set(frame.parameters)
    networks = [(frozenset(reaches(frame, Standard("squared", pair), everything)), pair) for pair in pairs([frame])]
    own: dict[tuple[frozenset[int], Stated], Match] = {}
    for loss, found in told.items():
        if any(
            opposes(found, other) and last_told(frames, other) > last_told(frames, found) for other in told.values()
        ):
            continue  # minus what is told
        whole = frozenset(found.reached)
        if 0 < len(whole) < len(everything) and whole <= {*found.right} and _goes_down(found, whole):
            own[whole, loss] = found  # all that it is computed from
        behind = frame.ancestors(nodes_at(frame, loss.key), frame.forward)
        for network, pair in networks:
            inside = 0 < len(network) < len(everything) and network <= {*found.right}
            if inside and _goes_down(found, network) and not behind.isdisjoint(output_nodes(frame, pair)):
                own[network, loss] = found
    for count in (2, 3):
        for chosen in combinations([*own][: 2 * _MOST], count):
            of = {parameter: own[key] for key in chosen for parameter in key[0]}
            if len(of) < sum(len(network) for network, _ in chosen) or of.keys() != everything:
                continue
            numbers = set.intersection(*({*own[key].gradients} for key in chosen))
            gradients = {n: {p: found.gradients[n][p] for p, found in of.items()} for n in sorted(numbers)}
            together = held_against(frames, chosen[0][1], gradients)
            if len(numbers) >= _OFTEN and together.holds:
                return replace(together, put_together=True, each_its_own=True)
    return None


def _may_be_added(one: Match, other: Match) -> bool:
    """Whether what depends on one of two losses alone follows that one: of the decoder, for one, the divergence knows
    nothing."""
    apart = [(one, p) for p in one.reached - other.reached] + [(other, p) for p in other.reached - one.reached]
    rows = [found.evidence[p] for found, p in apart if p in found.evidence]
    return bool(rows) and all(evidence.holds and evidence.agreeing for evidence in rows)


def _is_made_of(frames: list[Frame], whole: Match, parts: Iterable[Match]) -> bool:
    """Whether a told number is computed from several others: it says itself how they are added."""
    frame = frames[min(whole.gradients)]
    ends = [nodes_at(frame, part.loss.key)[-1:] for part in (whole, *parts) if isinstance(part.loss, Stated)]
    behind = frame.ancestors(ends[0], frame.forward)
    return all(bool(end) and end[0] in behind for end in ends[1:])


def _goes_down(found: Match, parameters: Container[int] | None = None) -> bool:
    """Whether gradients, or what they are handed to, go the way of the loss: the sums on the way to it may not. Of all
    parameters, or of some."""
    asked = (e for p, e in found.evidence.items() if parameters is None or p in parameters)
    return all((f > 0) == (e.handed is not None) for e in asked for f in e.factors.values())


def last_told(frames: list[Frame], found: Match) -> int:
    """Where a told number stands in the step in which it is told first."""
    assert isinstance(found.loss, Stated)
    return max(nodes_at(frames[min(found.gradients)], found.loss.key), default=-1)
