"""The losses that a wrong program may be meant to follow, and how far it is from that before and after an edit."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property, reduce
from operator import or_
from typing import Any

from torch import Tensor

from backproof.check.cut.parameters import Training
from backproof.check.losses.evidence import (
    SAME,
    TOLERANCE,
    factor_and_residual,
    largest_element,
    largest_of,
    same_factor,
)
from backproof.check.losses.losses import Loss, Stated, reaches
from backproof.check.losses.match import Match, gradients_of, held_against
from backproof.check.losses.stated import has_epsilon
from backproof.check.losses.truths import Truths, truth
from backproof.check.optimizers.observed import fit
from backproof.check.optimizers.optimizers import faults
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import real

Gradients = dict[int, dict[int, Tensor]]
"""Of each frame, by its number in the list, a gradient by every parameter."""

_SHIFTED = 0.1  # what is taken off for a right parameter whose rate is another after an edit
_FAINT = 1e-8  # of the largest gradient of a step
_STEEPEST = 24  # elements of a gradient that are looked at first
_FAR = 1e-3  # what is as far from a gradient in these does not follow it


class Aim:
    """A loss that may be meant, and how far a program is from following it.

    Args:
        climbed: whether it is to grow, as a likelihood is; None where nothing tells.
        gradients: its gradients, if they are not those at the frames.
    """

    def __init__(
        self,
        frames: list[Frame],
        loss: Loss,
        climbed: bool | None = False,
        gradients: Gradients | None = None,
    ) -> None:
        self.frames = frames
        self.loss = loss
        self.climbed = climbed
        self.gradients = gradients_of(frames, loss) if gradients is None else gradients
        self.before = 0
        self.befores: dict[frozenset[int], int] = {}  # the same by some of the frames
        self.found: Match | None = None
        self.faulty: list[int] = []  # the parameters whose optimizer is wrong
        self.right: set[int] = set()
        self.idle: set[int] = set()  # the parameters that these steps do not move, as those of an input that is zero
        self.factors: dict[int, set[float]] = defaultdict(set)  # of each frame, those of the right parameters
        self.apart: dict[int, set[float]] = defaultdict(set)  # those of the parameters that follow it by another factor
        self.strays: set[int] = set()  # these parameters
        # of each frame, parameter and node on which its gradient may stand, how it follows the true one as it is
        self.known: dict[tuple[int, int, int | None], tuple[float, float] | None] = {}
        self.steepest: dict[tuple[int, int], Tensor] = {}  # of each frame and parameter the places of large elements
        self._true: dict[int, dict[int, Tensor]] = {}
        self.first: dict[int, float] = {}  # what a parameter's factor was in the first frame of the edit at hand

    @cached_property
    def decays(self) -> bool:
        """Whether weights decay in the program as it is."""
        return self.found is not None and any(evidence.decay for evidence in self.found.evidence.values())

    def without_epsilon(self) -> "Aim | None":
        """The same loss without the little that keeps its logarithm from breaking, which hand-derived gradients leave
        out, too; None where its gradients are the same, as far as is told."""
        if not isinstance(self.loss, Stated) or not has_epsilon(self.frames[:1], self.loss):
            return None
        if any(frame.moved is not None or frame.replay.without_epsilon for frame in self.frames):
            return None
        bare = [Frame(frame.training, frame.number, without_epsilon=True) for frame in self.frames]
        made = Aim(self.frames, self.loss, self.climbed, gradients_of(bare, self.loss))
        both = [(g, made.gradients[n][p]) for n in made.gradients for p, g in self.gradients.get(n, {}).items()]
        return made if any(factor_and_residual(g, other)[1] > TOLERANCE / 10 for g, other in both) else None

    @cached_property
    def largest(self) -> dict[int, float]:
        """Of each frame the largest element of all gradients."""
        return largest_of(self.frames, self.gradients)

    @cached_property
    def truths(self) -> Truths:
        return Truths(self.frames, self.loss, self.true)

    def true(self, number: int) -> dict[int, Tensor]:
        """The loss's gradient by each forward quantity of a frame."""
        if number not in self._true:
            self._true[number] = truth(self.frames[number], self.loss)
        return self._true[number]

    def look(self, training: Training, frames: list[Frame], *, judged: bool) -> None:
        """See what is right in the program as it is; `judged` unless it is the optimizer that is wrong."""
        found = held_against(frames, self.loss, self.gradients)
        self.idle = {parameter for parameter in found.evidence if not _moves(frames, parameter)}
        self.before = self._quality(training, frames, found)
        uphill = found.holds and not self._leads_there(found)  # then it is not a gradient that is looked for
        self.right = set(found.right) if judged and not uphill else set()
        self.found = found
        told = [] if judged or not found.follows else faults(training, frames, found)
        alone = [Match(self.loss, {f.parameter: found.evidence[f.parameter]}, self.gradients) for f in told[:4]]
        self.faulty = [f.parameter for f, one in zip(told, alone, strict=False) if faults(training, frames, one)]
        for parameter in found.right:
            for frame, factor in found.evidence[parameter].factors.items():
                self.factors[frame].add(factor)
        self.strays = set(found.strays)
        for parameter in found.strays:
            for frame, factor in found.evidence[parameter].factors.items():
                self.apart[frame].add(factor)

    def gain(self, training: Training, frames: list[Frame], among: Collection[int] | None = None) -> float:
        """How many more parameters are right, less a little for each right one whose rate is another now.

        Args:
            among: the numbers of the frames that are looked at; None for all of them.
        """
        gradients = {n: g for n, g in self.gradients.items() if among is None or n in among}
        if self.found is not None and self.faulty:
            # of an optimizer that is wrong, one parameter tells whether it still is
            alone = {n: {p: g[p] for p in self.faulty[:1] if p in g} for n, g in gradients.items()}
            one = held_against(frames, self.loss, alone)
            if not one.holds or faults(training, frames, one):
                return -1
        found = held_against(frames, self.loss, gradients)
        if any(frame.replay.opaque for frame in frames if frame.replay.replaced):
            return -1
        return self._quality(training, frames, found) - self._before(training, among) - _SHIFTED * self._shifted(found)

    def _before(self, training: Training, among: Collection[int] | None) -> int:
        """How much of the program as it is is right, by the frames that are looked at."""
        if among is None:
            return self.before
        numbers = frozenset(among)
        if numbers not in self.befores:
            gradients = {n: g for n, g in self.gradients.items() if n in numbers}
            found = held_against(self.frames, self.loss, gradients)
            self.befores[numbers] = self._quality(training, self.frames, found)
        return self.befores[numbers]

    def _shifted(self, found: Match) -> int:
        """How many parameters that were right have another factor now."""
        assert self.found is not None
        both = [(self.found.evidence[p], found.evidence[p]) for p in self.found.right if p in found.evidence]
        pairs = [(before.factors, after.factors) for before, after in both]
        shared = [(a[n], b[n]) for a, b in pairs for n in sorted(a.keys() & b.keys())[:1]]
        return sum(not same_factor(a, b) for a, b in shared)

    def _quality(self, training: Training, frames: list[Frame], found: Match) -> int:
        """How many parameters are right; a hundred more if all are, and nothing is wrong with the optimizer."""
        still = [p for p in found.evidence if p not in self.idle and not _moves(frames, p)]
        # what the loss does not ask to move may stand still
        moved = not still or {*still} <= reaches(frames[0], self.loss, still) - found.reached
        whole = found.holds and moved and self._leads_there(found) and not faults(training, frames, found)
        return len(found.right) + 100 * whole

    def _leads_there(self, found: Match) -> bool:
        """Whether all moves lead the same way, and the right way if it is known."""
        ways = {f > 0 for e in found.evidence.values() if e.handed is None for f in e.factors.values()}
        return len(ways) < 2 and (self.climbed is None or ways <= {self.climbed})

    def hopeful(self, number: int, varied: Frame, between: dict[int, list[int]]) -> bool:
        """Whether some wrong parameter gets a right gradient in one frame: a quick look before the whole one.

        Args:
            between: the parameters that a change reaches, with the nodes on which their gradients may stand.
        """
        gradients = self.gradients.get(number)
        if gradients is None:
            return number > 0 and bool(self.gradients)  # a network that is saturated there tells nothing
        telling = lost = hopes = False
        if number == 0:
            self.first = {}
        for parameter, nodes in between.items():
            wanted = gradients.get(parameter)
            if parameter in self.right and wanted is not None and self._joins(number, varied, parameter, wanted):
                return True
            if parameter in self.right or wanted is None:
                continue
            if self.is_faint(number, wanted):
                lost = lost or bool(wanted.any())
                continue  # of a unit that is saturated the digits are lost
            if wanted.numel() == 1:
                fits = self._fits_others(number, varied, parameter, float(wanted.reshape(())), nodes)
                if fits and number > 0:
                    return True
                hopes = hopes or bool(fits)  # the first step only shows all factors, for the next one to agree with
                telling = telling or fits is not None
                continue
            telling = True
            kept = parameter in varied.training.states.values()
            for node in nodes if kept and nodes else (None, *nodes):
                told = self._fit(number, varied, parameter, node, wanted)
                if told is None:
                    continue
                if told[1] <= TOLERANCE and not self._strays_on(number, parameter, node, wanted, told[0]):
                    return True
                if node is None and self.decays:
                    own = varied.start(parameter).detach()
                    if _shrinks(varied.move(parameter), wanted, own):
                        return True
        return hopes or ((number > 0 or lost) and not telling)

    def _joins(self, number: int, varied: Frame, parameter: int, wanted: Tensor) -> bool:
        """Whether a parameter gets the factor of those that go by another one than it did."""
        if not self.apart.get(number) or not bool(wanted.any()):
            return False
        move = varied.move(parameter)
        if move.numel() != wanted.numel():
            return False
        factor, residual = factor_and_residual(move, wanted)
        return residual <= TOLERANCE and bool(self.joined_by(number, factor))

    def joined_by(self, number: int, factor: Any) -> Any:
        """Whether a factor, or each of several, is that of parameters which go by another one than the right ones."""
        return reduce(or_, (_is_same(factor, other) for other in self.apart[number]), False)

    def _fit(
        self, number: int, frame: Frame, parameter: int, node: int | None, wanted: Tensor
    ) -> tuple[float, float] | None:
        """By which factor a value on which a gradient may stand, or a move, follows it, and how far it is from it; None
        if it is of another size. What is as it was is looked at once."""
        own, key = self.frames[number], (number, parameter, node)
        same = frame is own or (node is not None and frame.replay.value(node) is own.replay.known.get(node))
        if same and key in self.known:
            return self.known[key]
        present = frame.move(parameter) if node is None else real(frame.replay.value(node)).detach()
        fits = None
        if present.numel() == wanted.numel():
            fits = self._fit_of_steepest(number, parameter, present, wanted)
            fits = factor_and_residual(present, wanted) if fits[1] <= _FAR else fits
        if same:
            self.known[key] = fits
        return fits

    def _fit_of_steepest(self, number: int, parameter: int, present: Tensor, wanted: Tensor) -> tuple[float, float]:
        """The same for a few elements, those in which the gradient is largest: what follows it, does so there."""
        if wanted.numel() <= 4 * _STEEPEST:
            return 1.0, 0.0
        key = number, parameter
        if key not in self.steepest:
            self.steepest[key] = wanted.reshape(-1).abs().topk(_STEEPEST).indices
        places = self.steepest[key]
        return factor_and_residual(present.reshape(-1)[places], wanted.reshape(-1)[places])

    def _strays_on(self, number: int, parameter: int, node: int | None, wanted: Tensor, factor: float) -> bool:
        """Whether a parameter that follows its gradient by another factor than the others still has the same one."""
        before = self._fit(number, self.frames[number], parameter, node, wanted) if parameter in self.strays else None
        return before is not None and same_factor(factor, before[0])

    def _fits_others(
        self, number: int, varied: Frame, parameter: int, true: float, nodes: Iterable[int] = ()
    ) -> bool | None:
        """Whether a single number, always a multiple of another, is the multiple that it is of right parameters, or
        the same in each frame; None where it was lost in the first one, so that this cannot be known.

        Args:
            nodes: where its gradient may stand before an optimizer makes something of it.
        """
        if varied.training.states:
            if all(gradient.numel() == 1 for gradient in self.gradients[number].values()):
                return True
            values = [real(varied.replay.value(node)) for node in nodes if true]
            given = [float(value.detach().reshape(())) / true for value in values if value.numel() == 1]
            return any(_is_same(one, other) for one in given for other in self.factors.get(number, ()))
        factor = float(varied.move(parameter).reshape(-1)[0]) / true if true else 0.0
        before = self.first.setdefault(parameter, factor) if number == 0 else self.first.get(parameter)
        told = self.told_by(number, factor, before)
        return None if told is None else bool(told)

    def told_by(self, number: int, factor: Any, before: Any) -> Any:
        """Whether a factor, or each of several, is that of right parameters, or the same as in the first frame; None
        if it is not known there."""
        if self.factors.get(number) and len(self.right) > 1:
            return reduce(or_, (_is_same(factor, other) for other in self.factors[number]))
        return None if before is None else (factor != 0.0) & _is_same(factor, before)

    def is_faint(self, number: int, wanted: Tensor) -> bool:
        """Whether a gradient is so much smaller than the largest one of its step that its digits are lost."""
        return largest_element(wanted) <= _FAINT * self.largest[number]


def _is_same(factor: Any, other: Any) -> Any:
    """Whether a factor, or each of several, is another one, rounding apart."""
    return abs(factor - other) <= SAME * abs(other)


def _shrinks(move: Tensor, gradient: Tensor, value: Tensor) -> bool:
    """Whether a move is a gradient and a share of the parameter itself, in whatever shares."""
    moved, slope, own = (real(term).reshape(-1) for term in (move, gradient, value))
    touched = (moved != 0) | (slope != 0)
    (_, decay), exact = fit(TOLERANCE, *(term[touched].numpy() for term in (moved, slope, own)))
    return exact and decay <= 0


def _moves(frames: list[Frame], parameter: int) -> bool:
    """Whether some step moves a parameter."""
    return any(bool(frame.move(parameter).any()) for frame in frames if parameter in frame.parameters)
