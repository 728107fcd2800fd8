"""Programs of single numbers: many values that an expression could have are followed through a step at once."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property, partial, reduce
from operator import or_

import torch

from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.truths import present
from backproof.check.record.memory import Ref
from backproof.check.repair.placing import Given, Way
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import F64, Tensor, real
from backproof.check.replay.operations.elementwise import ELEMENTWISE
from backproof.check.replay.replay import Change

_OF_NUMBERS = {*ELEMENTWISE, "pysum"}  # operations that make of rows of numbers, one by one, what they make of numbers

Patched = dict[int, tuple[object, ...]]


class AtOnce:
    """Tells which of many values of an expression may make a parameter right, where all parameters, and all that is
    computed from the expression, are single numbers: each becomes one of a row of numbers."""

    def __init__(self, following: Following) -> None:
        self.following = following
        self.trace, self.frames = following.training.trace, following.frames

    @cached_property
    def is_apt(self) -> bool:
        """Whether single numbers are all that is trained, without an optimizer."""
        told = [of for aim in self.following.aims for of in aim.gradients.values()]
        return not self.following.training.states and all(g.numel() == 1 for of in told for g in of.values())

    def hopeful(self, ways: Sequence[Way], each: Sequence[Given], adding: Sequence[bool]) -> list[bool] | None:
        """Which values are worth to be followed in full; None where that cannot be told so.

        Args:
            each: of every value, what it is in each execution.
            adding: of every value, whether an edit that gives it adds a term, or leaves one out.
        """
        if not self.is_apt or any(one.parts for one, *_ in ways):
            return None
        try:
            with torch.no_grad():
                values = _Values(ways, each)
                hope = self._hope(ways, partial(values.instead, values.given))
                if values.repeated:
                    hope = hope | self._hope(ways, partial(values.instead, values.first))
                    carried = self._hope(ways, partial(values.carried, torch.tensor(adding)))
                    hope = hope | (carried & ~values.lost)
        except (_NotTold, RuntimeError, ValueError, IndexError):
            return None
        return [bool(one) for one in hope.expand(len(each))]

    def _hope(self, ways: Sequence[Way], change: Callable[[int, int, Tensor, int | None], Change]) -> Tensor:
        """For which values some parameter gets a right gradient.

        Args:
            change: what is put in a place in one execution, given what stands there and what that is read from.
        """
        patched: list[Patched] = [{} for _ in self.frames]
        changes: list[dict[int, Change]] = [{} for _ in self.frames]
        fresh = len(self.trace)
        for number, (one, window, where) in enumerate(ways):
            for turn, (node, read) in enumerate(where.items()):
                origin = one.origin if read else None
                own = present(self.frames[window], node if origin is None else origin)
                if own.shape != ():
                    raise _NotTold
                changes[window][fresh if read else node] = change(number, turn, own, origin)
                if read:
                    arguments = list(patched[window].get(node, self.trace.arguments[node]))
                    for position in read:
                        arguments[position] = Ref(fresh)
                    patched[window][node] = tuple(arguments)
                    fresh += 1
        moved = [self._moved(number, patched[number], changes[number]) for number in range(len(self.frames))]
        return reduce(or_, (_fits(aim, moved) for aim in self.following.aims))

    def _moved(self, number: int, patched: Patched, changes: dict[int, Change]) -> dict[int, Tensor] | None:
        """What is added to the parameters that some changes reach, for each of the values; None where nothing is
        changed in a step."""
        if not changes:
            return None
        own = self.frames[number]
        changed = (*(node for node in changes if node < len(self.trace)), *patched)
        varied = self.following.varied(number, {}, patched, changes)
        reached = set[int]().union(*(own.reached.get(node, set()) for node in changed))
        moves = {parameter: _move(varied, parameter) for parameter in sorted(reached)}
        computed = varied.replay.known.keys() & {*self.following.after(number, changed), *changed}
        numbers = all(self.trace.operations[n] in _OF_NUMBERS and self.trace.shape(n) == () for n in computed)
        if varied.replay.opaque or not numbers:
            raise _NotTold
        return moves


class _NotTold(Exception):
    """What is computed from an expression is more than single numbers."""


class _Values:
    """The values of an expression in each of its executions, side by side.

    Attributes:
        given: of each execution, which of them are another value there.
        first: of each execution, for which of them it is the first one in its step.
        repeated: whether any is another value more than once in a step.
        lost: which of them nothing that is multiplied makes of what stands there.
    """

    def __init__(self, ways: Sequence[Way], each: Sequence[Given]) -> None:
        self.ways = ways
        self.places = [dict(own) for own in each]
        none = torch.zeros(len(each), dtype=torch.bool)
        self.given = [torch.tensor([number in places for places in self.places]) for number in range(len(ways))]
        self.first, self.lost = list[Tensor](), none
        begun = defaultdict[int, Tensor](lambda: none)
        for (_, window, _), given in zip(ways, self.given, strict=True):
            self.first.append(given & ~begun[window])
            begun[window] = begun[window] | given
        self.repeated = any(bool((g & ~f).any()) for g, f in zip(self.given, self.first, strict=True))

    def _of(self, number: int, turn: int, own: Tensor) -> Tensor:
        """The values in one execution; where there is no other, its own."""
        one = self.ways[number][0]
        arrays = [value[min(turn, len(value) - 1)] for value in one.values]
        if any(array.shape != () for array in arrays):
            raise _NotTold
        numbers = [float(array) for array in arrays]
        return torch.tensor([numbers[p[number]] if number in p else float(own) for p in self.places], dtype=F64)

    def instead(self, masks: list[Tensor], number: int, turn: int, own: Tensor, origin: int | None) -> Change:
        """The values themselves."""
        return Change(instead=(self._of(number, turn, own), masks[number]), origin=origin)

    def carried(self, adding: Tensor, number: int, turn: int, own: Tensor, origin: int | None) -> Change:
        """What makes the values of what stands there."""
        made = self._of(number, turn, own)
        self.lost = self.lost | ((own == 0) & (made != 0) & ~adding)
        ratio = torch.where(adding | (own == 0), torch.ones_like(made), made / own)
        return Change(ratio=ratio, difference=torch.where(adding, made - own, torch.zeros_like(made)), origin=origin)


def _move(frame: Frame, parameter: int) -> Tensor:
    """What is added to a parameter, for each of the values."""
    added = frame.added(parameter)
    if added is not None:
        node, sign = added
        return sign * real(frame.replay.value(node))
    return real(frame.replay.value(frame.step.after[parameter])) - frame.start(parameter).detach().reshape(())


def _fits(aim: Aim, moved: Sequence[dict[int, Tensor] | None]) -> Tensor:
    """For which values some parameter is the same multiple of its gradient at all steps, as `Aim.hopeful` asks."""
    hope = torch.tensor(True)
    first: dict[int, Tensor] = {}
    for number, moves in enumerate(moved):
        gradients = aim.gradients.get(number)
        if moves is None:
            continue
        if gradients is None:
            hope = hope & (number > 0 and bool(aim.gradients))
            continue
        fits, telling, lost = torch.tensor(False), False, False
        for parameter, move in moves.items():
            wanted = gradients.get(parameter)
            if parameter in aim.right and wanted is not None and bool(wanted):
                fits = fits | aim.joined_by(number, move / wanted.reshape(()))
            if parameter in aim.right or wanted is None:
                continue
            if aim.is_faint(number, wanted):
                lost = lost or bool(wanted.any())
                continue
            factor = move / wanted.reshape(())
            told = aim.told_by(number, factor, first.get(parameter) if number > 0 else factor)
            first.setdefault(parameter, factor)
            fits = fits if told is None else fits | told
            telling = telling or told is not None
        hope = hope & (fits | ((number > 0 or lost) and not telling))
    return hope
