"""Where a single number of the backward pass, as of a neuron or of one weight, wants to be another gradient.

A single number is a multiple of any other: which gradient belongs in a place is told by the parameters that are moved
by it. They are those that the quantity is computed from whose gradient it is meant to be.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.locate.wanted import SKIPPED, Wanted
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, same_factor
from backproof.check.losses.truths import Place, numbered, numbers_of
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor

_OWNERS = 3  # forward places that are tried in one place
_GAINS = 0.3

ENTRIES = 64  # of an array, that are told apart

_Of = frozenset[int]  # some parameters
_Element = tuple[Place, int]  # one of the numbers that an execution of a place gives
_Values = tuple[dict[int, Tensor], ...]
_Pairs = dict[Place, _Element]  # each execution of a place here, with the forward number that belongs to it


def wanted_numbers(following: Following, seconds: float) -> list[Wanted]:
    """The places whose single numbers want another gradient: those that gain most first, and of those the first ones.

    Args:
        seconds: how long it may take.
    """
    if following.faulty or not following.frames:
        return []
    until = time.monotonic() + seconds
    found: dict[Key, Wanted] = {}
    for aim in following.told_aims:
        for one in _Search(following, aim, until).found():
            known = found.get(one.key)
            if known is None or known.gain < one.gain:
                found[one.key] = one
    return sorted(found.values(), key=lambda one: (-round(one.gain), min(one.values[0])))


@dataclass(frozen=True)
class _Site:
    """The numbers that a place gives in the first step, by the parameters that belong to each."""

    key: Key
    by_parameters: dict[_Of, list[_Element]]


class _Search:
    def __init__(self, following: Following, aim: Aim, until: float) -> None:
        self.following, self.aim, self.until = following, aim, until
        self.frame: Frame = following.frames[0]
        self.nodes = [numbered(frame) for frame in following.frames]
        self.places = {node: place for place, node in self.nodes[0].items()}
        self.wrong = set(self.frame.parameters) - aim.right
        self._elements: dict[Place, int | None] = {}  # that a place's number is put into

    def found(self) -> Iterator[Wanted]:
        owners = self._forward()
        for site in self._backward():
            for pairs in self._fitting(site, owners):
                if time.monotonic() > self.until:
                    return
                values = self._values(pairs)
                gain = self.following.gain(values) if values else 0.0
                if values and gain <= _GAINS and (times := self._times(values)) is not None:
                    values = tuple({node: times * value for node, value in own.items()} for own in values)
                    gain = self.following.gain(values)
                if values and gain > _GAINS:
                    # a parameter at the start of a step is called by where it was computed
                    first = self.nodes[0][next(iter(pairs.values()))[0]]
                    yield Wanted(site.key, (self.frame.key(first),), gain, False, values)

    def _backward(self) -> list[_Site]:
        """The places of the backward pass that move some wrong parameter, in the order of execution."""
        frame, ahead = self.frame, self.following.ahead[0]
        found: dict[Key, dict[_Of, list[_Element]]] = {}
        for node in sorted(frame.backward - ahead):
            trace = frame.trace
            if trace.sites[node] < 0 or trace.operations[node] in SKIPPED or node in frame.given:
                continue
            moved = frozenset(frame.reached[node])
            if frame.trace.shape(node) != () or not moved & self.wrong or node not in self.places:
                continue
            found.setdefault(frame.key(node), defaultdict(list))[moved].append((self.places[node], 0))
        return [_Site(key, places) for key, places in found.items()]

    def _forward(self) -> list[_Site]:
        """The places of the forward pass that the loss is computed from, the parameters themselves first."""
        frame, true = self.frame, self.aim.true(0)
        starts = {node: number for number, node in frame.step.before.items()}
        behind: dict[int, _Of] = {}
        found: dict[Key, dict[_Of, list[_Element]]] = {}
        for node in sorted({*true, *frame.given, *frame.forward}):
            own = {starts[node]} if node in starts else set()
            behind[node] = frozenset(own.union(*(behind.get(n, ()) for n in frame.trace.inputs(node))))
            if node in true and node in self.places and true[node].numel() <= ENTRIES:
                place = self.places[node]
                own_numbers = ((place, element) for element in range(true[node].numel()))
                found.setdefault(place[0], defaultdict(list))[behind[node]].extend(own_numbers)
        return [_Site(key, places) for key, places in found.items()]

    def _fitting(self, site: _Site, owners: list[_Site]) -> Iterator[_Pairs]:
        """The forward places whose gradient may be meant in a place, those first that no other parameters belong to."""
        ranked = []
        for number, owner in enumerate(owners):
            pairs: _Pairs = {}
            beyond = 0
            for moved, places in site.by_parameters.items():
                fitting = [of for of in owner.by_parameters if of >= moved]
                nearest = min(fitting, key=len, default=None)
                here = owner.by_parameters[nearest] if nearest is not None else []
                if len(places) == 1 < len(here) and (at := self._element(places[0][0], moved)) is not None:
                    here = [one for one in here if one[1] == at][:1]  # one entry of what is moved as a whole
                if nearest is None or not here or len(places) % len(here):
                    break
                beyond += len(nearest - moved)
                each = len(places) // len(here)
                pairs |= {place: here[turn // each] for turn, (place, _) in enumerate(places)}
            else:
                ranked.append((beyond, number, pairs))
        yield from (pairs for *_, pairs in sorted(ranked, key=lambda row: row[:2])[:_OWNERS])

    def _element(self, place: Place, moved: _Of) -> int | None:
        if place not in self._elements:
            self._elements[place] = self._moved_element(place, moved)
        return self._elements[place]

    def _moved_element(self, place: Place, moved: _Of) -> int | None:
        """Which one element of the only parameter that it moves a number is put into; None if it moves others, too."""
        if len(moved) != 1:
            return None
        (parameter,), node = moved, self.nodes[0][place]
        value = numbers_of(self.frame, node)
        start = self.frame.step.before.get(parameter)
        if value is None or start is None or not 1 < self.frame.given[start].numel() <= ENTRIES:
            return None
        other = ({node: value + 1.0}, *({} for _ in self.following.frames[1:]))
        (made,) = self.following.frames_with(other)[:1]
        changed = (made.move(parameter) != self.frame.move(parameter)).reshape(-1).nonzero()
        return int(changed[0]) if len(changed) == 1 else None

    def _times(self, values: _Values) -> float | None:
        """How many times the gradients belong in a place, so that what is moved by it goes by the factor of the others,
        or downhill if there are none; None if it follows no gradient, or does so as it is."""
        moved = [p for p in self.wrong if any(p in self.frame.reached[node] for node in values[0])]
        (made,) = self.following.frames_with((values[0], *({} for _ in values[1:])))[:1]
        for parameter in moved:
            true = self.aim.gradients.get(0, {}).get(parameter)
            if true is not None and bool(true.any()):
                move, before = made.move(parameter).reshape(-1), self.frame.move(parameter).reshape(-1)
                found, residual = factor_and_residual(move, true.reshape(-1))
                if residual > TOLERANCE and len(entry := (move != before).nonzero()) == 1 < len(move):
                    # the other entries, which it does not move, tell the factor of this one
                    others = move == before
                    usual, residual = factor_and_residual(before[others], true.reshape(-1)[others])
                    if residual <= TOLERANCE and usual and move[entry[0, 0]]:
                        return float(usual * true.reshape(-1)[entry[0, 0]] / move[entry[0, 0]])
                usual = next(iter(self.aim.factors[0]), -abs(found))
                if residual <= TOLERANCE and found and not same_factor(found, usual):
                    return usual / found
        return None

    def _values(self, pairs: _Pairs) -> _Values | None:
        """What a place holds in each step if it has the gradient of another one; None if that is what it has, or if the
        two do not come together in each."""
        values: list[dict[int, Tensor]] = []
        ratios: list[float] = []
        for number, (frame, nodes) in enumerate(zip(self.following.frames, self.nodes, strict=True)):
            true, own = self.aim.true(number), dict[int, Tensor]()
            for place, (other, element) in pairs.items():
                node, owner = nodes.get(place), nodes.get(other)
                present = numbers_of(frame, node) if node is not None else None
                if node is None or present is None or present.numel() != 1 or owner not in true:
                    continue
                if element >= true[owner].numel():
                    continue
                own[node] = true[owner].reshape(-1)[element].reshape(present.shape)
                if float(own[node]) != 0.0:
                    ratios.append(float(present) / float(own[node]))
            values.append(own)
        alike = bool(ratios) and all(abs(r - ratios[0]) <= TOLERANCE * abs(ratios[0]) for r in ratios)
        return None if not ratios or alike else tuple(values)
