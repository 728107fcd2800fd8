"""Where a true gradient, put in the place of what is computed there, would make more parameters right.

This needs no edit: each value of the backward pass is replaced by the gradient of each forward quantity of its shape,
and what is computed from it is followed. It names the line that is wrong, and what belongs there.
"""

import math
import time
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Set
from dataclasses import dataclass, field

from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following, makes_whole
from backproof.check.losses.evidence import same_factor
from backproof.check.losses.truths import TURNS, Place, first_turns, numbered, numbers_of
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor

SKIPPED = {"getitem", "view", "transpose", "reshape", "ravel", "copy", "squeeze", "asarray"}
_ONWARD = 8  # values, one computed from the other, that are held against the true gradients
_SINGLE = ((), (1,), (1, 1))
_FACTORS = 3  # with which a gradient is tried in one place
_OWNERS = 40  # forward quantities that are tried in one place


@dataclass(frozen=True)
class Wanted:
    """A place of the backward pass, and the forward places whose gradient belongs there, which all have the same.

    `gain` is how many more parameters are right with it, and a hundred more if all are; `true` is whether the value is
    a gradient already: of something else, or `times` too little.
    """

    key: Key
    owners: tuple[Key, ...]
    gain: float
    true: bool
    values: tuple[dict[int, Tensor], ...] = field(default=(), repr=False, compare=False)
    """Of each frame the nodes, with the gradients that belong there."""
    times: float = 1.0


@dataclass(frozen=True)
class _Owned:
    """What a value is the gradient of as it is: the places, and the factor."""

    places: frozenset[Place]
    factor: float


def wanted_gradients(following: Following, seconds: float, likely: Set[Key] = frozenset()) -> list[Wanted]:
    """The places that want another gradient: those that gain most first, and of those first what is no true gradient as
    it is, in the order of execution.

    Args:
        seconds: how long it may take.
        likely: places that are followed to the moves at once, whatever the next values are with them.
    """
    if following.faulty or not following.frames:
        return []
    search = _Search(following, seconds, likely)
    found = [row for aim in following.told_aims for row in search.of(aim)]
    chosen: dict[Key, Wanted] = {}
    for _, one in sorted(found, key=lambda row: row[0]):
        chosen.setdefault(one.key, one)
    return list(chosen.values())


class _Search:
    def __init__(self, following: Following, seconds: float, likely: Set[Key]) -> None:
        self.following = following
        self.likely = likely
        self.until = time.monotonic() + seconds
        self.frame: Frame = following.frames[0]
        self.ahead = following.ahead
        self._placed: list[tuple[dict[int, list[int]], ...]] = []

    def of(self, aim: Aim) -> Iterator[tuple[tuple[float, bool, int, bool], Wanted]]:
        """The places that want another gradient of one loss, each with its rank."""
        frame = self.frame
        true = aim.true(0)
        wrong = set(frame.parameters) - aim.right
        by_shape = _by_shape(true)
        owned = self._owned(aim, true)
        every = frozenset(place for one in owned.values() for place in one.places)
        usual = _different([*(one.factor for one in owned.values()), *self._single(aim)])
        asked: list[tuple[int, int, int, list[int], int, _Pairing, float]] = []
        for nodes in self._executions().values():
            node = next((n for n in nodes if n not in owned), nodes[0])
            value = numbers_of(frame, node)
            if value is None or not frame.reached[node] & wrong or time.monotonic() > self.until:
                continue
            nearest = self._factor(node, owned)
            factors = [nearest, *(factor for factor in usual if not same_factor(factor, nearest))][:_FACTORS]
            groups = [*by_shape[tuple(value.shape)], *self._summed_up(node, value, true)]
            for alike, own, pairing in self._owners(node, groups, true):
                asked += [(n, node, nodes[0], alike, own, pairing, factor) for n, factor in enumerate(factors)]
        # the nearest factor is tried everywhere before another one is anywhere
        for _, node, begun, alike, own, pairing, factor in sorted(asked, key=lambda one: one[0]):
            if time.monotonic() > self.until:
                return
            owner, mine, first = alike[-1], owned.get(node), owned.get(begun)
            if mine is not None and _is_owner(mine, frame.key(owner)) and same_factor(mine.factor, factor):
                continue
            likely = frame.key(node) in self.likely
            if not likely and not self._helps(aim, node, factor * true[own], every, owned, wrong):
                continue
            values = self._values(aim, pairing, factor)
            gain = self.following.gain(values) if any(values) else -1.0
            if gain > 0.3:
                gains = -100.0 if makes_whole(gain) else -float(round(gain))
                other = first is not None and not _is_owner(first, frame.key(owner))
                one = Wanted(frame.key(node), tuple(map(frame.key, alike)), gain, other, values)
                # where all is a true gradient of something else, a factor is lost as late as can be
                lost = mine is not None and gains == -100.0
                yield (gains, lost, -node if lost else node, pairing.apart), one

    def _owners(
        self, node: int, groups: list[list[int]], true: Mapping[int, Tensor]
    ) -> Iterator[tuple[list[int], int, "_Pairing"]]:
        """The forward quantities that are tried in one place, the last ones, each with the execution that belongs to
        the one here. Of those that come back at each turn of a loop, all are paired alike, and one stands for them."""
        seen: set[tuple[int, int, bool]] = set()
        sites, shape = self.frame.trace.sites, self.frame.trace.shape
        for alike in groups[-_OWNERS:]:
            owner = alike[-1]
            if owner in self.frame.given:
                yield alike, owner, _Pairing(node, owner)
                continue
            for apart in (False, True):
                pairing = _Pairing(node, owner, self._skipped(node, owner, apart=apart), apart)
                own = dict(self._pairs(0, pairing, true)).get(node)
                if own is None or (shape(own) != shape(node) and not apart):
                    continue
                if (sites[owner], pairing.skipped, apart) not in seen:
                    seen.add((sites[owner], pairing.skipped, apart))
                    yield alike, own, pairing
                break

    def _summed_up(self, node: int, value: Tensor, true: dict[int, Tensor]) -> list[list[int]]:
        """The one parameter that a value moves, if it is of another size: it may lack an axis."""
        starts = [self.frame.step.before.get(parameter) for parameter in self.frame.reached[node]]
        if len(starts) != 1 or starts[0] is None or starts[0] not in true:
            return []
        size = true[starts[0]].numel()
        return [[starts[0]]] if 1 < size != value.numel() else []

    def _executions(self) -> dict[int, list[int]]:
        """The nodes of the backward pass by their site."""
        found: dict[int, list[int]] = defaultdict(list)
        trace, ahead = self.frame.trace, self.ahead[0]
        for node in first_turns(self.frame, self.frame.backward - ahead):
            passed = trace.operations[node] in SKIPPED and not self._picks(node)
            if trace.sites[node] >= 0 and not passed and node not in self.frame.given:
                found[trace.sites[node]].append(node)
        return found

    def _picks(self, node: int) -> bool:
        """Whether a part of an array is taken, and it may be the wrong one: a border that is cut off, for one."""
        trace, shape = self.frame.trace, self.frame.trace.shape(node)
        whole = trace.shape(trace.inputs(node)[0]) if trace.inputs(node) else shape
        several = math.prod(shape) > 1 and len(shape) == len(whole)
        return trace.operations[node] in ("getitem", "view") and several and shape != whole

    def _owned(self, aim: Aim, true: dict[int, Tensor]) -> dict[int, _Owned]:
        """The values that are true gradients as they are."""
        found: dict[int, _Owned] = {}
        for node in first_turns(self.frame, self.frame.backward - self.ahead[0]):
            if node in true or self.frame.trace.sites[node] < 0:
                continue
            value = numbers_of(self.frame, node)
            if value is None or value.numel() < 2:
                continue
            owners = aim.truths.owners(0, value)
            if owners:
                found[node] = _Owned(frozenset(owners), next(iter(owners.values())))
        return found

    def _factor(self, node: int, owned: dict[int, _Owned]) -> float:
        """The factor of the true gradients that a value is computed from, the nearest first."""
        trace = self.frame.trace
        level, seen = [node], {node}
        while level:
            behind = dict.fromkeys(n for at in level for n in trace.inputs(at))
            level = [n for n in behind if n in self.frame.backward and n not in seen]
            seen.update(level)
            near = [owned[n].factor for n in level if n in owned]
            if near:
                return near[0]
        return 1.0

    def _single(self, aim: Aim) -> list[float]:
        """The factors of the single numbers that are true gradients at every step: an output's, of a single output."""
        frames = self.following.frames
        places = [numbered(frame) for frame in frames]
        found: list[float] = []
        for place, node in places[0].items():
            if place[1] >= TURNS or node not in self.frame.backward or node in self.ahead[0]:
                continue
            if self.frame.trace.shape(node) not in _SINGLE:
                continue
            rows = [(n, frames[n], at[place]) for n, at in enumerate(places) if place in at]
            values = {n: value for n, frame, at in rows if (value := numbers_of(frame, at)) is not None}
            if 1 < len(frames) == len(values):
                found += aim.truths.owner(values).values()
        return found

    def _helps(
        self,
        aim: Aim,
        node: int,
        made: Tensor,
        every: frozenset[Place],
        owned: dict[int, _Owned],
        wrong: set[int],
    ) -> bool:
        """Whether a value makes one of the next ones the gradient of what nothing is the gradient of."""
        frame = self.frame
        after = self.following.after(0, (node,))
        moved = set(frame.step.after.values())
        onward = [n for n in sorted(after) if n in frame.backward and n not in moved]
        places = {frame.trace.sites[n] for n in onward}  # a sum comes back to one of them at each turn of a loop
        if len(frame.reached[node]) == 1 and frame.reached[node] <= wrong and len(places) < _ONWARD:
            return True  # it is the gradient of one parameter, or near it
        varied = frame.varied({node: made}, after, {})
        for later in onward[:_ONWARD]:
            try:
                value = None if later in owned else numbers_of(varied, later)
            except (RuntimeError, ValueError, ArithmeticError):
                return False
            if value is not None and value.numel() > 1 and aim.truths.owners(0, value).keys() - every:
                return True
        return False

    def _values(self, aim: Aim, pairing: "_Pairing", factor: float) -> tuple[dict[int, Tensor], ...]:
        """Of each judged step what the place holds if it has that gradient from this execution on."""
        alone = pairing.owner in self.frame.given
        values: list[dict[int, Tensor]] = []
        for number, frame in enumerate(self.following.frames):
            true = aim.true(number)
            fits = [(at, n) for at, n in self._pairs(number, pairing, true) if n in true]
            fits = [(at, n) for at, n in fits if alone or true[n].shape == frame.trace.shape(at)]
            values.append({at: factor * true[n] for at, n in fits})
        return tuple(values)

    def _pairs(self, number: int, pairing: "_Pairing", true: Container[int]) -> Iterator[tuple[int, int]]:
        """The executions of a place in a frame, each with that of a forward place that belongs to it; of a parameter
        where it began the step, if there is one execution alone."""
        frame = self.following.frames[number]
        places = self._at(number, pairing.node, ahead=False, apart=pairing.apart)
        if pairing.owner not in self.frame.given:
            sources = [n for n in self._at(number, pairing.owner, ahead=True, apart=pairing.apart) if n in true]
            yield from _paired(sources, places, pairing.skipped)
            return
        parameter = next((p for p, start in self.frame.step.before.items() if start == pairing.owner), None)
        start = frame.step.before.get(parameter) if parameter is not None else None
        if len(places) == 1 and start is not None:
            yield places[0], start

    def _at(self, number: int, node: int, *, ahead: bool, apart: bool = False) -> list[int]:
        """The executions of a node's place in the forward pass of a frame, or in its backward pass, in their order.

        Args:
            apart: only those that give an array of the same shape.
        """
        if not self._placed:
            for frame, forward in zip(self.following.frames, self.ahead, strict=True):
                both: tuple[dict[int, list[int]], ...] = defaultdict(list), defaultdict(list)
                for nodes, found in zip((frame.backward - forward, forward), both, strict=True):
                    for each in sorted(nodes):
                        found[frame.trace.sites[each]].append(each)
                self._placed.append(both)
        trace = self.frame.trace
        here = self._placed[number][ahead].get(trace.sites[node], [])
        return [n for n in here if trace.shape(n) == trace.shape(node)] if apart else here

    def _skipped(self, node: int, owner: int, *, apart: bool) -> int:
        """How many executions of the forward place come after the one that belongs to an execution here, and belong to
        none: as many as a network goes back over before it comes here."""
        # what is computed again for the way back is no further layer
        ahead = [n for n in self._at(0, owner, ahead=True, apart=apart) if n < node]
        places = [n for n in self._at(0, node, ahead=False, apart=apart) if n < node]
        return sum(n > owner for n in ahead) - sum(n > max(ahead, default=0) for n in places)


@dataclass(frozen=True)
class _Pairing:
    """How the executions of a place here belong to those of a forward one: as many of these as are `skipped` belong to
    none; `apart` of executions of other shapes, as of a function that is called for each layer."""

    node: int
    owner: int
    skipped: int = 0
    apart: bool = False


def _by_shape(true: dict[int, Tensor]) -> dict[tuple[int, ...], list[list[int]]]:
    """The forward quantities by the shape of their gradients; those that follow each other with one gradient, as the
    terms of a sum do, together."""
    found: dict[tuple[int, ...], list[list[int]]] = defaultdict(list)
    for node, gradient in true.items():
        if gradient.numel() < 2 or not bool(gradient.any()):
            continue
        groups = found[tuple(gradient.shape)]
        if groups and bool((true[groups[-1][-1]] == gradient).all()):
            groups[-1].append(node)
        else:
            groups.append([node])
    return found


def _is_owner(owned: _Owned, key: Key) -> bool:
    return any(place[0] == key for place in owned.places)


def _different(factors: list[float]) -> list[float]:
    """Factors without those that are the same but for rounding, those that come most often first."""
    found: dict[float, int] = {}
    for factor in factors:
        same = next((other for other in found if same_factor(factor, other)), factor)
        found[same] = found.get(same, 0) + 1
    return sorted(found, key=lambda factor: -found[factor])


def _paired(sources: list[int], places: list[int], skipped: int) -> Iterator[tuple[int, int]]:
    """Each execution with the latest of the forward ones that none has had, as it goes back through a network."""
    stack: list[int] = []
    ahead, fresh = set(sources), True
    for node in sorted([*sources, *places]):
        if node in ahead:
            stack.append(node)
            fresh = True
            continue
        if fresh and skipped > 0:
            del stack[-skipped:]
        fresh = False
        if stack:
            yield node, stack.pop()
