"""Finds what a program trains by what happens to it: a value that is replaced by itself plus or minus something.

Names are not looked at. What an optimizer keeps beside a parameter (velocity, second moment) is told apart by its use.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backproof.check.chains import Chain, chains_of
from backproof.check.element_wise import put_together
from backproof.check.memory import Ref
from backproof.check.single import single_updates
from backproof.check.trace import PRODUCTS, Trace

_WINDOWS = 12  # updates that are looked at for a value's being computed from itself
_GATE = 10  # operations between a parameter and a gate that is computed from it
_PARTS = ("getitem", "view")
_HOPS = 4  # operations between a parameter and what a bias is added to
_SCALED = 4  # operations between a step size and the move


@dataclass(frozen=True)
class Step:
    """One update of the parameters: which node each was before (None: not known) and after, by the chain's number."""

    before: dict[int, int | None]
    after: dict[int, int]
    start: int
    end: int

    @property
    def is_known(self) -> bool:
        """Whether it is known what each of the moved parameters was before, and each was something of its own: numbers
        that are set to one and the same number are one as long as nobody has moved them."""
        before = [self.before[parameter] for parameter in self.after]
        return None not in before and len({*before}) == len(before)


class Training:
    """What a stretch trains: `parameters`, the `states` of its optimizer, and the `steps` of it.

    Args:
        single: take what is moved once for trained, where nothing is moved twice.
        only: the parameters that are trained, if others are trained in turns with them.
    """

    def __init__(self, trace: Trace, *, single: bool = False, only: frozenset[int] | None = None) -> None:
        self.trace = trace
        self.single = single
        end = len(trace) if trace.end is None else trace.end
        found = put_together(trace, chains_of(trace, trace.readers))
        found = [c for c in found if not c.updates or trace.begin <= c.updates[0] < end]
        changed = {version for chain in found for version in chain.versions if version is not None}
        self.chains = [chain for chain in found if not _is_gated(trace, chain, changed)]
        self.states: dict[int, int] = {}
        self.stages: dict[int, Any] = {}  # of arrays that are written in parts: what they were at some nodes
        if single:
            self.chains = single_updates(trace, self.readers)
        self.parameters = list(range(len(self.chains))) if single else self._parameters()
        self.others: set[int] = set()  # the updates of what is trained in another turn, which are taken as recorded
        if only is not None:
            own = {*only, *(state for state, owner in self.states.items() if owner in only)}
            self.others = {u for number, chain in enumerate(self.chains) if number not in own for u in chain.updates}
            self.parameters = [parameter for parameter in self.parameters if parameter in only]
            self.states = {state: owner for state, owner in self.states.items() if owner in only}
        self.steps = self._steps()

    @property
    def readers(self) -> list[list[int]]:
        """Of each node, the nodes that are computed from it."""
        return self.trace.readers

    @cached_property
    def weight(self) -> float:
        """How many bytes a step computes."""
        total = sum(int(v.nbytes) for v in self.trace.values if isinstance(v, np.ndarray))
        return total / max(len(self.steps), 1)

    @cached_property
    def carrying(self) -> set[int]:
        """The nodes that carry an old value to the next one."""
        return {node for chain in self.chains for path in chain.paths for node in path}

    @cached_property
    def chain_of(self) -> dict[int, int]:
        """The chain that an updated value belongs to."""
        return {update: number for number, chain in enumerate(self.chains) for update in chain.updates}

    # -- parameters and states

    def _parameters(self) -> list[int]:
        numbers = range(len(self.chains))
        added = {number: self._added(number) for number in numbers}
        reached = {number: self._reached(number) for number in numbers}
        for number in numbers:
            for other in added[number]:
                if number not in added[other] or (self._used(number) and not self._used(other)):
                    self.states.setdefault(other, number)
        for number in numbers:
            if len(reached[number]) == 1 and number not in self.states:
                (other,) = reached[number]
                of_network = self._multiplies(number) or self._goes_with(number, [other], apart=True)
                if other != number and reached[other] != {number} and not of_network:
                    self.states[number] = other
        for number in numbers:
            others = reached[number] - {number}
            if len(others) == 1 and number not in self.states and self._only_scales(number, *others):
                self.states[number] = others.pop()
        candidates = [number for number in numbers if number not in self.states]
        dependent = [number for number in candidates if self._depends_on_itself(number)]
        if not dependent:
            used = [number for number in candidates if self._used(number)]
            return sorted([*used, *(n for n in candidates if n not in used and self._goes_with(n, used))])
        # what is updated by the same line is a parameter too, though its own value may not matter yet
        sites = {self.chains[number].site for number in dependent}
        likewise = [n for n in candidates if n not in dependent and self.chains[n].site in sites and self._used(n)]
        found = sorted([*dependent, *likewise])
        return sorted([*found, *(n for n in candidates if n not in found and self._goes_with(n, found))])

    def _goes_with(self, number: int, parameters: list[int], *, apart: bool = False) -> bool:
        """Whether a value is added to what is computed from a parameter: a bias that is moved where a branch was taken,
        and not by what it made. `apart`: where that leads to more than its own update, as `gradient - m` does not."""
        for version in self.chains[number].updates[:3]:
            for reader in self.readers[version]:
                added = self.trace.operations[reader] in ("add", "subtract")
                if not added or reader in self.chain_of or reader in self.carrying:
                    continue
                beside = [node for node in self.trace.inputs(reader) if node != version]
                behind = any(self._behind(node, parameters) for node in beside)
                if behind and not (apart and self._leads_to([(reader, False)], set()) == {number}):
                    return True
        return False

    def _behind(self, node: int, parameters: list[int]) -> bool:
        """Whether a value is computed, in a few steps, from a parameter as it was at that time."""
        frontier = {node}
        for _ in range(_HOPS):
            frontier = {earlier for n in frontier for earlier in self.trace.inputs(n)}
            if any(self.chain_of.get(n) in parameters for n in frontier):
                return node not in self.chain_of
        return False

    def _windows(self, number: int, positions: Iterable[int] = ()) -> list[tuple[int | None, int, list[int]]]:
        """Some updates of a chain, each with what it was before and the path between: early ones, though the first is
        seldom telling, one in the middle and the last."""
        chain = self.chains[number]
        last = len(chain.versions) - 1
        chosen = sorted({*positions} or {min(2, last), (last + 1) // 2, last} - {0})
        if last > 1:
            chosen = [position for position in chosen if position > 1] or [last]
        rows = []
        for position in chosen:
            update = chain.versions[position]
            assert update is not None
            rows.append((chain.versions[position - 1], update, chain.paths[position - 1]))
        return rows

    def _added(self, number: int) -> set[int]:
        """The other chains whose new values are added to this one as they are, up to a factor: velocities."""
        trace = self.trace
        found: set[int] = set()
        before, update, path = self._windows(number)[-1]
        shape = self.chains[number].shape
        stack = self._region_inputs(update, path, before)
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            if node in seen or (before is not None and node <= before):
                continue
            seen.add(node)
            other = self.chain_of.get(node)
            if other is not None and other != number:
                if self.chains[other].shape == shape:
                    found.add(other)
                continue
            inputs = trace.inputs(node)
            linear = trace.operations[node] in ("add", "subtract", "negative", "copy") or (
                trace.operations[node] in ("multiply", "divide") and len(inputs) == 1
            )
            if linear and trace.shape(node) == shape:
                stack += inputs
        return found

    def _reached(self, number: int) -> set[int]:
        """The chains whose next update is computed from a value of this one, without another update between: itself
        only if it is not just a share of it that is taken away, as where `m += 0.1 * (g - m)`."""
        chain = self.chains[number]
        position = max((len(chain.versions) - 1) // 2, 1)
        version = chain.versions[position]
        assert version is not None
        later = chain.versions[position + 1 :]
        carrying: set[int | None] = {*chain.paths[position], later[0]} if later else set()
        starts = [(reader, self._is_share(reader)) for reader in self.readers[version] if reader not in carrying]
        return self._leads_to(starts, carrying)

    def _leads_to(self, starts: list[tuple[int, bool]], carrying: Container[int | None]) -> set[int]:
        """The chains whose next update is computed from some values; where these are only a share of what is updated,
        what carries it on does not count."""
        stack = list(starts)
        found: set[int] = set()
        seen: set[tuple[int, bool]] = set()
        while stack:
            node, share = stack.pop()
            if (node, share) in seen:
                continue
            seen.add((node, share))
            if node in carrying and share:
                continue
            if node in self.chain_of:
                found.add(self.chain_of[node])
                continue
            stack += [(reader, share and self._is_share(reader)) for reader in self.readers[node]]
        return found

    def _only_scales(self, number: int, other: int) -> bool:
        """Whether the elements of an array do nothing but scale the moves of another one's elements, as the step sizes
        of Rprop do (Riedmiller and Braun, 1993), which grow and shrink by themselves."""
        chain, shape = self.chains[number], self.chains[number].shape
        if shape == () or shape != self.chains[other].shape:
            return False
        version = chain.versions[max((len(chain.versions) - 1) // 2, 1)]
        assert version is not None
        moved = {*self.chains[other].updates, *(node for path in self.chains[other].paths for node in path)}
        scaled = 0
        for reader in self.readers[version]:
            if self._leads_to([(reader, False)], set()) == {number}:
                continue
            frontier = {reader} if self.trace.operations[reader] == "multiply" else set()
            for _ in range(_SCALED):
                if frontier & moved:
                    break
                frontier = {r for n in frontier if self._is_share(n) or n == reader for r in self.readers[n]}
            if not frontier & moved:
                return False
            scaled += 1
        return scaled > 0

    def _is_share(self, node: int) -> bool:
        """Whether a value is one of its inputs, up to a bare factor, with others added to it."""
        operation = self.trace.operations[node]
        scaled = operation in ("multiply", "divide") and len(self.trace.inputs(node)) == 1
        return scaled or operation in ("add", "subtract", "negative")

    def _region_inputs(self, update: int, path: list[int], before: int | None) -> list[int]:
        inputs: list[int] = []
        for node in (update, *path):
            inputs += [earlier for earlier in self.trace.inputs(node) if earlier not in path and earlier != before]
        return inputs

    def _depends_on_itself(self, number: int) -> bool:
        """Whether what is added to a value was computed from that value, though not at every update: a sequence of one
        word needs no weights between words."""
        last = len(self.chains[number].versions) - 1
        more = range(1, last + 1, max(1, last // _WINDOWS))
        for before, update, path in (*self._windows(number), *self._windows(number, more)):
            if before is None:
                continue
            stack = [earlier for earlier in self._region_inputs(update, path, None) if earlier != before]
            seen: set[int] = set()
            while stack:
                node = stack.pop()
                if node in seen or node <= before:
                    continue
                seen.add(node)
                inputs = self.trace.inputs(node)
                if before in inputs:
                    return True
                stack += inputs
        return False

    def _used(self, number: int) -> bool:
        """Whether a value, or a part of it, is multiplied with data: a network's, though its update does not look at
        it."""
        trace = self.trace
        factors: dict[int, set[float]] = {}  # of the places at which it is multiplied with bare numbers
        carrying = {node for path in self.chains[number].paths for node in path}
        for update in self.chains[number].updates[:-1]:
            parts = [r for r in self.readers[update] if trace.operations[r] in _PARTS and r not in carrying]
            for held in (update, *parts):
                for reader in self.readers[held]:
                    if reader in carrying:
                        continue
                    others = [earlier for earlier in trace.inputs(reader) if earlier != held]
                    data = any(trace.operations[other] in ("leaf", "float", *_PARTS) for other in others)
                    product = trace.operations[reader] == "multiply"
                    if trace.operations[reader] in PRODUCTS or (product and data):
                        return True
                    if product and not others:
                        bare = (a for a in trace.arguments[reader] if not isinstance(a, Ref))
                        numbers = (float(a) for a in bare if isinstance(a, int | float))
                        factors.setdefault(trace.sites[reader], set()).update(numbers)
        return any(len(found) > 2 for found in factors.values())

    def _multiplies(self, number: int) -> bool:
        """Whether an array is a factor of matrix products with others: no optimizer's memory is."""
        updates = self.chains[number].updates[:-1]
        readers = [r for u in updates for r in self.readers[u] if self.trace.operations[r] in PRODUCTS]
        products = [r for r in readers if len({*self.trace.inputs(r)}) > 1 or len(self.trace.inputs(r)) == 1]
        return self.chains[number].shape != () and len(products) > len(updates) // 2

    # -- steps

    def _steps(self) -> list[Step]:
        events = sorted((update, number) for number in self.parameters for update in self.chains[number].updates)
        current: dict[int, int | None] = {number: self.chains[number].versions[0] for number in self.parameters}
        steps: list[Step] = []
        group: dict[int, int] = {}
        start = self.trace.begin - 1
        before = dict(current)
        for update, number in events:
            if number in group:
                steps.append(Step(before, group, start, max(group.values())))
                start = max(group.values())
                before, group = dict(current), {}
            group[number] = update
            current[number] = update
        if group and (not steps or (len(group) == len(self.parameters) and self._is_finished(group))):
            steps.append(Step(before, group, start, max(group.values())))
        return steps

    def _is_finished(self, group: dict[int, int]) -> bool:
        """Whether the last step was seen to its end: rows that are updated in turn are as many as before."""
        chains = [self.chains[number] for number, update in group.items() if self.chains[number].updates[-1] == update]
        return all(len(chain.paths[-1]) >= len(chain.paths[-2]) for chain in chains if len(chain.paths) > 2)


def _is_gated(trace: Trace, chain: Chain, changed: set[int]) -> bool:
    """Whether what is carried on is multiplied, element by element, by what was computed from other values that change:
    the cell of an LSTM, which the network makes and nobody trains."""
    before, path = chain.versions[-2], chain.paths[-1]
    for position, node in enumerate(path):
        carried = path[position + 1] if position + 1 < len(path) else before
        gates = [gate for gate in trace.inputs(node) if gate != carried]
        if trace.operations[node] == "multiply" and len(gates) == 1 and trace.shape(gates[0]) == chain.shape != ():
            return _is_computed(trace, gates[0], changed - {*chain.versions})
    return False


def _is_computed(trace: Trace, node: int, changed: set[int]) -> bool:
    """Whether a value is computed, in some operations, from one of those that change."""
    frontier, seen = {node}, {node}
    for _ in range(_GATE):
        frontier = {earlier for n in frontier for earlier in trace.inputs(n)} - seen
        if frontier & changed:
            return True
        seen |= frontier
    return False
