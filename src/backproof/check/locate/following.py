"""Follows other values through a step: what would be right if some places of the backward pass held other numbers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from backproof.check.judge.judgement import Judgement
from backproof.check.locate.aim import Aim
from backproof.check.locate.losses_meant import losses_meant
from backproof.check.losses.before_move import candidates
from backproof.check.losses.losses import Loss, Standard, computed_from
from backproof.check.losses.truths import DISCORD
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.replay import Change

PROMISED = 5.0  # how much likelier an edit is for each parameter that it makes right by the numbers
_FRAMES = 3
_HEAVY = 20_000_000  # bytes that a step computes: of so many numbers, those of one step tell enough
_ODD = 6  # as many values speak against an edit at most, so that they never weigh as much as a parameter
_WHOLE = 100


def _follow_another(judgement: Judgement) -> bool:
    """Whether all parameters follow another loss than the one that is computed, each by a factor of its own, and this
    one is not shown: what is kept for a plot tells little of what is meant."""
    found, stated = judgement.match, judgement.stated
    if found is None or stated is None or stated.shown or found.loss == stated:
        return False
    return found.follows and bool(found.right) and isinstance(found.loss, Standard)


class Following:
    """The first telling steps of a wrong program, in which values can be replaced.

    Args:
        judgement: one that has a match.
        most: how many steps.

    Attributes:
        aims: the losses that may be meant.
        ahead: of each step the nodes of the forward pass.
        faulty: whether it is not a gradient that is wrong, but what an optimizer makes of it.
    """

    def __init__(self, judgement: Judgement, most: int = _FRAMES) -> None:
        self.training = judgement.training
        self.faulty = bool(judgement.faults)
        most = most if judgement.training.weight < _HEAVY else 1
        self.frames = _before_growth(judgement.telling or judgement.frames)[:most]
        stated = judgement.kind not in (None, "absolute") and not _follow_another(judgement)
        self.stated = judgement.stated if stated else None
        self.kind = judgement.kind
        aims = [Aim(self.frames, loss, is_climbed(judgement, loss)) for loss in losses_meant(judgement)]
        told = [aim for aim in aims if aim.gradients]
        self.aims = told + [bare for aim in told if (bare := aim.without_epsilon()) is not None]
        for aim in self.aims:
            aim.look(self.training, self.frames, judged=not self.faulty)
        self.ahead = [set().union(*(computed_from(frame, aim.loss) for aim in self.aims)) for frame in self.frames]
        self._candidates: dict[tuple[int, int], list[int]] = {}
        self._later: dict[tuple[int, tuple[int, ...]], set[int]] = {}

    @property
    def told_aims(self) -> list[Aim]:
        """The losses that may be meant: the stated one alone, if it tells. What is told now and then, or with the
        weights as they are behind a step, is computed in no step from the weights that it begins with."""
        told = [aim for aim in self.aims if aim.loss == self.stated]
        return told if told and told[0].true(0) else [aim for aim in self.aims_alike if aim not in told] or self.aims

    @property
    def aims_alike(self) -> list[Aim]:
        """The losses that may be meant: of the kind of the stated one alone, if it is of one."""
        if self.stated is None:
            return self.aims
        return [
            a for a in self.aims if a.loss == self.stated or (isinstance(a.loss, Standard) and a.loss.kind == self.kind)
        ]

    @property
    def most(self) -> float:
        """What is gained at most by any edit: all parameters right."""
        return _WHOLE + max((len(aim.found.evidence) - aim.before for aim in self.aims if aim.found), default=0)

    def gain(
        self,
        values: Sequence[Mapping[int, Tensor]],
        patched: Sequence[Mapping[int, tuple[Any, ...]]] | None = None,
        changes: Sequence[Mapping[int, Change]] | None = None,
        among: Collection[int] | None = None,
        told: bool = False,
    ) -> float:
        """How many more parameters are right, a hundred more if all are; below zero if nothing is gained.

        Args:
            values: of each frame the nodes that get another value.
            patched: of each frame the nodes that read other values, with all their arguments.
            changes: of each frame what is made of some nodes' values.
            among: the numbers of the frames that are looked at; None for all of them.
            told: follow the stated loss alone, or its kind, if there is one that tells.
        """
        patched = patched or [{} for _ in self.frames]
        changes = changes or [{} for _ in self.frames]
        aims = list(self.aims_alike if told else self.aims)
        try:
            frames = []
            for number in range(len(self.frames)):
                frames.append(self.varied(number, values[number], patched[number], changes[number]))
                if not values[number] and not changes[number] and not patched[number]:
                    continue
                changed = self._changed([*values[number], *changes[number]], patched[number])
                reached = set().union(*(self.frames[number].reached.get(node, set()) for node in changed))
                between = {p: self._between(number, p) for p in reached}
                aims = [aim for aim in aims if aim.hopeful(number, frames[number], between)]
                if not aims:
                    return -1
            gains = [aim.gain(self.training, frames, among) for aim in aims]
            gain = max(gains, default=-1)
            if gain < _WHOLE:
                # less than another loss explains as it is is no gain
                most = max(aim.before for aim in self.told_aims)
                return max(one - max(most - aim.before, 0) for one, aim in zip(gains, aims, strict=True))
            # of several that make all right, the one comes first that all other values agree with
            truths = aims[gains.index(gain)].truths
            more = max(truths.discord(0, frames[0]) - truths.discord(0, self.frames[0]), 0)
            odd = min(more + truths.lost(0, self.frames[0], frames[0]), _ODD)
            return gain - DISCORD / PROMISED * odd
        except (RuntimeError, ValueError, ArithmeticError, IndexError):
            return -1

    def frames_with(self, values: Sequence[Mapping[int, Tensor]]) -> list[Frame]:
        """The frames as they would be if some nodes had other values."""
        return [self.varied(number, values[number], {}, {}) for number in range(len(self.frames))]

    def varied(
        self,
        number: int,
        values: Mapping[int, Tensor],
        patched: Mapping[int, tuple[Any, ...]],
        changes: Mapping[int, Change],
    ) -> Frame:
        """A frame as it would be with other values, other arguments, or other things made of its nodes."""
        if not values and not changes and not patched:
            return self.frames[number]
        after = self.after(number, self._changed([*values, *changes], patched)) | {*patched, *changes}
        return self.frames[number].varied(values, after, patched, changes)

    def _changed(self, values: Iterable[int], patched: Mapping[int, tuple[Any, ...]]) -> tuple[int, ...]:
        known = len(self.training.trace)
        return (*(n for n in values if n < known), *patched)

    def _between(self, number: int, parameter: int) -> list[int]:
        """The nodes on which a parameter's gradient may stand before an optimizer changes it."""
        if not self.training.states:
            return []
        key = number, parameter
        if key not in self._candidates:
            frame = self.frames[number]
            kept = {v for c in self.training.states for v in self.training.chains[c].updates}
            # a gradient stands before it is mixed with what the optimizer keeps
            later = self.after(number, tuple(sorted(v for v in kept if frame.step.start < v <= frame.step.end)))
            self._candidates[key] = [n for n in candidates(frame, parameter) if n not in kept and n not in later]
        return self._candidates[key]

    def after(self, number: int, nodes: tuple[int, ...]) -> set[int]:
        """What is computed from some nodes within a step."""
        if (number, nodes) in self._later:
            return self._later[number, nodes]
        frame = self.frames[number]
        self._later[number, nodes] = frame.onward(nodes, frame.dependent, frame.step.end)
        return self._later[number, nodes]


def is_climbed(judgement: Judgement, loss: Loss) -> bool | None:
    """Whether a loss is one that grows when the network learns: known of a standard loss, and of a multiple of one."""
    if isinstance(loss, Standard):
        return False
    return judgement.stated_multiple < 0 if loss == judgement.stated and judgement.kind is not None else None


def makes_whole(gain: float) -> bool:
    """Whether a gain is that of values with which all is right: a little may have been taken from it."""
    return gain > _WHOLE - 10


def _before_growth(frames: list[Frame]) -> list[Frame]:
    """The steps at which no parameter has another size than at the first of them: a bias becomes a matrix by errors
    that were not summed up, and then these are its gradient. Where all parameters grow, from numbers to one copy for
    each sample, the steps after that tell."""
    sizes = [{p: frame.start(p).numel() for p in frame.parameters} for frame in frames]
    first, last = sizes[0], sizes[-1]
    usual = last if all(first.get(p, size) != size for p, size in last.items()) else first
    return [
        frame
        for frame, own in zip(frames, sizes, strict=True)
        if all(usual.get(parameter, size) == size for parameter, size in own.items())
    ]
