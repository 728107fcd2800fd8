"""Holds what moved the parameters against the true gradient of a loss, over several steps, with one common factor."""

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch

from backproof.check.losses.evidence import (
    SAME,
    Evidence,
    decayed_evidence,
    direct_evidence,
    is_steady,
    largest_of,
    same_factors,
    tiny_moves_fit,
)
from backproof.check.losses.handed import handed_evidence, loses_more
from backproof.check.losses.losses import Loss, Standard, Stated, value
from backproof.check.losses.momentum import momentum_evidence
from backproof.check.losses.outputs import nodes_at, outputs
from backproof.check.losses.rates import PARTS
from backproof.check.losses.scaled import scaled_apart, scaled_by_data, scaled_by_itself
from backproof.check.losses.steadiness import unsteady
from backproof.check.losses.strays import strays
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor

_PROBED = 12  # parameters of many, of single numbers mostly
_ENDLESS = 1e8  # times as large as in the beginning no weight becomes by learning
_CURVED = {"exp", "log", "tanh", "log1p", "logaddexp", "expit", "matmul", "dot"}
_TURNED = {"reshape", "transpose", "ravel", "flatten"}
_SQUARES = ("power", "square", "multiply", "linalg.norm", "vdot", "dot", "inner", "matmul")


@dataclass
class Match:
    """A loss, and the evidence of every parameter."""

    loss: Loss
    evidence: dict[int, Evidence]
    gradients: dict[int, dict[int, Tensor]]  # of each frame, by parameter

    unsteady: bool = False  # the factor changes from step to step, and no rate explains it
    strays: list[int] = field(default_factory=list)  # that follow their gradient, with a factor of their own
    put_together: bool = False  # of the gradients of several told losses; the loss is one of these
    each_its_own: bool = False  # each of these is that of one network, which alone follows it
    held: bool = False  # errors and actions are held where the gradient is taken (see `held_errors`)

    @property
    def follows(self) -> bool:
        """Whether every parameter follows its gradient, by whatever factor."""
        return any(e.agreeing for e in self.evidence.values()) and all(e.holds for e in self.evidence.values())

    @property
    def holds(self) -> bool:
        return self.follows and not self.strays and not self.unsteady

    @cached_property
    def reached(self) -> set[int]:
        """The parameters that the loss depends on."""
        return {p for found in self.gradients.values() for p, g in found.items() if bool(g.any())}

    @property
    def right(self) -> list[int]:
        return [p for p, e in self.evidence.items() if e.holds and e.agreeing and e.steady and p not in self.strays]

    @property
    def parallel(self) -> int:
        """How many parameters follow their gradient at each step, by whatever factor."""
        return sum(e.holds and e.agreeing > 0 for e in self.evidence.values())

    @property
    def near(self) -> set[int]:
        """The parameters that follow their gradient, each by a factor of its own."""
        return {p for p, e in self.evidence.items() if e.holds and e.agreeing > 0 and e.steady}


def match(frames: list[Frame], loss: Loss) -> Match | None:
    """The evidence of all frames about a loss; None if it cannot be computed at any of them."""
    gradients = gradients_of(frames, loss)
    return held_against(frames, loss, gradients) if gradients else None


def gradients_of(frames: list[Frame], loss: Loss) -> dict[int, dict[int, Tensor]]:
    """Of each frame, by its number in the list, the loss's gradient by every parameter; empty if there is none."""
    gradients: dict[int, dict[int, Tensor]] = {}
    lost = _diverged(frames)
    for number, frame in enumerate(frames):
        if number in lost:
            continue
        made = value(frame, loss)
        met = outputs(frame, loss.pair) if made is None and isinstance(loss, Standard) else []
        if met and all(bool(torch.isfinite(output).all()) for output, _ in met):
            return {}  # it makes no sense here, so it is not what is meant elsewhere
        found = None if made is None else frame.gradients(made)
        if made is not None and found is None and not made.requires_grad and _is_of_branches(frame, loss):
            # what one branch adds to a loss depends on nothing there, and asks for no move
            found = {parameter: torch.zeros_like(frame.start(parameter)) for parameter in frame.parameters}
            gradients[number] = found
        elif found is not None and (any(bool(g.any()) for g in found.values()) or _moves_without_class(frame, loss)):
            gradients[number] = found
    return gradients


def _is_of_branches(frame: Frame, loss: Loss) -> bool:
    """Whether one branch of an `if` or another adds to a loss."""
    return isinstance(loss, Stated) and loss.key in frame.training.branches


def _moves_without_class(frame: Frame, loss: Loss) -> bool:
    """Whether a step moves something where no class is right, so that -log of the right one's share asks for nothing:
    what moves a single output down where it should be 0 is no categorical cross-entropy."""
    if not isinstance(loss, Standard) or loss.kind != "categorical" or frame.training.states:
        return False
    return any(bool(move.any()) for move in frame.moves.values())


def _diverged(frames: list[Frame]) -> set[int]:
    """The frames at which training has gone to infinity: their numbers are made of rounding and prove nothing."""
    weights = [frame.largest_weight for frame in frames]
    usual = max(_ENDLESS, *(_ENDLESS * w for w in weights[:1]))
    lost = {number for number, weight in enumerate(weights) if not weight <= usual}
    return lost if len(frames) - len(lost) > 1 else set()


def held_against(frames: list[Frame], loss: Loss, gradients: dict[int, dict[int, Tensor]]) -> Match:
    """The evidence of frames about a loss whose gradients are known."""
    parameters = sorted({parameter for number in gradients for parameter in frames[number].parameters})
    largest = largest_of(frames, gradients)
    result = Match(loss, {}, gradients)
    for parameter in parameters:
        result.evidence[parameter] = direct_evidence(frames, gradients, largest, parameter)
    told = [factor for evidence in result.evidence.values() for factor in evidence.factors.values()]
    for evidence in result.evidence.values():
        if not evidence.factors:
            tiny_moves_fit(evidence, told)
    _weighed(result, frames)
    alone = len(gradients) == 1 and bool(result.strays)
    if result.follows and not result.unsteady and not alone:
        return result  # the moves are gradients, rightly scaled or not: nothing stands between
    options: dict[int, list[Evidence]] = {parameter: [] for parameter in parameters}
    failing = [p for p in parameters if not (result.evidence[p].holds and result.evidence[p].steady)]
    probed = failing[:: len(failing) // _PROBED + 1] if len(failing) > _PROBED else []
    known = {p: handed_evidence(frames, gradients, largest, p) for p in probed}
    if 2 * sum(map(bool, known.values())) > len(probed) or not probed:  # where few of many are handed one, none is
        options = {p: known[p] if p in known else handed_evidence(frames, gradients, largest, p) for p in parameters}
    decaying = penalised(frames, loss)
    for p in parameters if decaying else ():  # the loss's gradient tells how these decay, and that the others do not
        options[p] = [e for e in options.get(p, ()) if not loses_more(frames, p, e)]
    table = _Options(options, len(frames))
    handed = _weighed(Match(loss, {p: table.chosen(p) or e for p, e in result.evidence.items()}, gradients), frames)
    apart = [p for p, e in handed.evidence.items() if scaled_apart(frames, p, e) is not None] if handed.holds else []
    apart += [p for p in scaled_by_data(frames, handed.evidence) if p not in apart] if handed.holds else []
    handed.strays += apart
    if handed.holds and (not alone or all(scaled_by_itself(frames, p, handed.evidence[p]) for p in result.strays)):
        return handed
    if alone and result.follows:
        return result
    fine = set(result.right)
    with_decay = {
        p: e
        if (p in fine and is_steady(list(e.factors.values()))) or decaying
        else decayed_evidence(frames, gradients, p) or e
        for p, e in result.evidence.items()
    }
    decayed = _weighed(Match(loss, with_decay, gradients), frames)
    if decayed.holds:
        return decayed

    def at(frame: Frame) -> dict[int, Tensor]:
        return gradients_of([frame], loss).get(0, {})

    going_on = {
        p: e
        if p in fine and is_steady(list(e.factors.values()))
        else momentum_evidence(frames, gradients, p, at, plain=e) or e
        for p, e in result.evidence.items()
    }
    kept = _weighed(Match(loss, going_on, gradients), frames)
    if kept.holds:
        return kept
    # of several that do not hold, the one that explains most, going down before going up, and the plainest of those;
    # where nothing stands between a gradient and its move, the move is what counts: it shows its sign
    handed.evidence |= {p: e for p, e in result.evidence.items() if e.holds and e.agreeing and e.steady}
    odd = strays(handed.evidence, frames, partial(_shares, handed.loss, frames))
    handed.strays = [*apart, *(p for p in odd if p not in apart)]
    return max((result, handed, decayed, kept), key=lambda m: len(m.right) - 0.5 * m.unsteady - 0.25 * _climbs(m))


def _weighed(found: Match, frames: list[Frame]) -> Match:
    """Evidence, with what is odd about its factors."""
    found.unsteady = unsteady(found.evidence, frames)
    found.strays = strays(found.evidence, frames, partial(_shares, found.loss, frames))
    return found


def _shares(loss: Loss, frames: list[Frame]) -> frozenset[float]:
    """The shares of a loss that a program may well descend: what it states as it is; of what it does not, half of it,
    or twice, and the mean over the samples or the outputs."""
    if isinstance(loss, Stated):
        return frozenset({1.0})
    met = [output for output, _ in outputs(frames[0], loss.pair)]
    counts = {1, sum(len(output) if output.ndim else 1 for output in met), sum(output.numel() for output in met)}
    return frozenset(times / count for times in (0.5, 1.0, 2.0) for count in counts if count)


def _climbs(found: Match) -> bool:
    """Whether a right parameter is moved along its gradient, not against it."""
    rows = [found.evidence[p] for p in found.right if found.evidence[p].handed is None]
    return any(evidence.goes_up for evidence in rows)


def penalised(frames: list[Frame], loss: Loss) -> set[int]:
    """The parameters whose squares a loss holds: its gradient tells how these decay, and nothing comes on top."""
    frame = next((f for f in frames if nodes_at(f, loss.key)), None) if isinstance(loss, Stated) else None
    if frame is None or not isinstance(loss, Stated):
        return set()
    return {parameter for parameter, _ in penalties(frame, loss)}


def penalties(frame: Frame, loss: Stated) -> list[tuple[int, int]]:
    """The parameters whose squares are a term of a loss, each with the node of the squares."""
    starts = {node: parameter for parameter, node in frame.step.before.items() if node is not None}
    found: list[tuple[int, int]] = []
    for node in sorted(_terms(frame, loss)):
        inputs = {*frame.trace.inputs(node)}
        if frame.trace.operations[node] in _SQUARES and len(inputs) == 1:
            squared = inputs.pop()
            while frame.trace.operations[squared] in _TURNED and squared not in starts:
                (squared, *_) = frame.trace.inputs(squared)  # a matrix is cut out of the vector of all weights
            if frame.trace.operations[squared] in PARTS:  # `w[:, 1:] ** 2`, without the biases
                (squared, *_) = frame.trace.inputs(squared)
            if squared in starts:
                found.append((starts[squared], node))
    return found


def _terms(frame: Frame, loss: Stated) -> set[int]:
    """What a loss is a sum of, with all that these terms are made of but through another function: of the squares of
    distances in an exponent, none is a penalty."""
    stack = list(nodes_at(frame, loss.key))
    found = set(stack)
    while stack:
        node = stack.pop()
        if frame.trace.operations[node] not in _CURVED:
            further = [n for n in frame.trace.inputs(node) if n in frame.forward and n not in found]
            found.update(further)
            stack += further
    return found


class _Options:
    """The places where the gradients of all parameters may stand, with their factors: a row each, a column a frame."""

    def __init__(self, options: dict[int, list[Evidence]], frames: int) -> None:
        self.options = options
        self.frames = frames
        self.owners = np.array([parameter for parameter, own in options.items() for _ in own])
        places = {evidence.handed: None for own in options.values() for evidence in own}
        self.numbers = {handed: number for number, handed in enumerate(places)}
        self.handed = np.array([self.numbers[evidence.handed] for own in options.values() for evidence in own])
        self.factors = self._rows([evidence for own in options.values() for evidence in own])
        self.usual = int(np.isnan(self.factors).sum(axis=0).argmin())  # the frame at which most have a factor
        self.order = np.argsort(self.factors[:, self.usual])  # those that have none there come last
        self.sorted = self.factors[self.order, self.usual]

    def _rows(self, evidence: list[Evidence]) -> Any:
        rows = np.full((len(evidence), self.frames), np.nan)
        for row, one in zip(rows, evidence, strict=True):
            row[list(one.factors)] = list(one.factors.values())
        return rows

    def chosen(self, parameter: int) -> Evidence | None:
        """Of the places where a gradient may stand, the one whose factor most other parameters know too; at a line
        that they share they must know it there."""
        own = self.options[parameter]
        if len(own) < 2:
            return own[0] if own else None
        rows = self._rows(own)

        def known(number: int) -> int:
            agree = self._alike(rows[number])
            here = {e.handed: bool(one) for e, one in zip(own, same_factors(rows[number], rows), strict=True)}
            others = [self.numbers[handed] for handed, agrees in here.items() if not agrees]
            return len(np.unique(self.owners[agree[~np.isin(self.handed[agree], others)]]))

        return own[max(range(len(own)), key=known)]

    def _alike(self, row: Any) -> Any:
        """The numbers of the rows with the same factors as one: of those alone that are near where most have a factor,
        or have none there."""
        own = row[self.usual]
        near = self.order
        if not np.isnan(own):
            margin = 2 * SAME * abs(own)
            first, last = np.searchsorted(self.sorted, [own - margin, own + margin], side="left")
            near = np.concatenate([near[first:last], near[np.isnan(self.sorted)]])
        return near[same_factors(row, self.factors[near])]
