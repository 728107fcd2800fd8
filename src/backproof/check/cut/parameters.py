"""Finds what a program trains by what happens to it: a value that is replaced by itself plus or minus something.

Names are not looked at. What an optimizer keeps beside a parameter is told apart by its use (see `roles`).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backproof.check.cut.averaged_weights import returns_to_means
from backproof.check.cut.behind_moves import is_made_behind
from backproof.check.cut.branches import Place, branches_of
from backproof.check.cut.chains import chains_of
from backproof.check.cut.element_wise import put_together
from backproof.check.cut.long_lived import Chain
from backproof.check.cut.passed_along import (
    goes_along,
    is_its_own,
    is_left_of_shrinking,
    is_put_back,
    made_of_others,
)
from backproof.check.cut.pinned import pinned_row
from backproof.check.cut.roles import Roles
from backproof.check.cut.single import single_updates
from backproof.check.cut.tried_moves import take_back
from backproof.check.record.trace import PRODUCTS, Trace

_MAKING = ("add", "subtract", "tanh", "maximum", "where", "multiply", "divide")
_MOST = 4000  # values that live on, once those of an array are put together
_GATE = 10  # operations between a parameter and a gate that is computed from it


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
        take_back(trace)
        found = put_together(trace, chains_of(trace, trace.readers))
        if len(found) > _MOST:
            found = []  # to hold so many against each other takes hours
        moved = {update for chain in found for update in chain.updates}  # at any time
        found = [c for c in found if not c.updates or trace.begin <= c.updates[0] < end]
        changed: set[int | None] = {v for chain in found for v in chain.versions if v is not None}
        made = {id(chain) for chain in made_of_others(found)}
        self.chains = [
            c
            for c in found
            if id(c) not in made
            and not _is_gated(trace, c, changed)
            # what is trained on begins as the last value that it had
            and (c.versions[0] in moved or not _is_made(trace, c, changed))
            and not (goes_along(trace, c) or is_its_own(trace, c) or is_left_of_shrinking(trace, c))
        ]
        self.states: dict[int, int] = {}
        self.stages: dict[int, Any] = {}  # of arrays that are written in parts: what they were at some nodes
        if single:
            self.chains = single_updates(trace, self.readers)
        self.others: set[int] = set()  # the values of what is trained in another turn, or not at all: as recorded
        if single:
            self.parameters = list(range(len(self.chains)))
        else:
            roles = Roles(trace, self.chains, self.carrying, self.chain_of)
            self.parameters, self.states = roles.parameters, roles.states
            self.others = {v for number in roles.followers for v in self.chains[number].versions if v is not None}
        if only is not None:
            own = {*only, *(state for state, owner in self.states.items() if owner in only)}
            self.others |= {u for number, chain in enumerate(self.chains) if number not in own for u in chain.updates}
            self.parameters = [parameter for parameter in self.parameters if parameter in only]
            self.states = {state: owner for state, owner in self.states.items() if owner in only}
        self.steps = self._steps()

    @property
    def begins_anew(self) -> bool:
        """Whether all that is trained was made in the record, and not before it."""
        made = [self.chains[parameter].versions[0] for parameter in self.parameters]
        return bool(made) and not any(
            node is None or (self.trace.operations[node] == "leaf" and self.trace.arguments[node] == ("",))
            for node in made
        )

    @property
    def readers(self) -> list[list[int]]:
        """Of each node, the nodes that are computed from it."""
        return self.trace.readers

    @cached_property
    def moves(self) -> frozenset[int]:
        """The updates of all parameters at all steps."""
        return frozenset(update for step in self.steps for update in step.after.values())

    @cached_property
    def puts_back(self) -> bool:
        """Whether each parameter is only moved a little and put back, as where a gradient is checked."""
        return all(is_put_back(self.trace, self.chains[parameter]) for parameter in self.parameters)

    @cached_property
    def returns_to_means(self) -> bool:
        """Whether some parameter gets a mean of what it was and what it has become."""
        return returns_to_means(self.trace, self.chains, [self.chains[parameter] for parameter in self.parameters])

    @cached_property
    def branches(self) -> dict[Place, tuple[Place, ...]]:
        """Of each place at which a sum grows that grows at others, too, all these."""
        return branches_of(self.trace)

    @cached_property
    def pinned(self) -> dict[int, int]:
        """The parameters of which a row is zero and stays so, each with that row."""
        rows = {number: pinned_row(self.trace, self.chains[number]) for number in self.parameters}
        return {number: row for number, row in rows.items() if row is not None}

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

    # -- steps

    def _steps(self) -> list[Step]:
        events = sorted(
            (update, number, position)
            for number in self.parameters
            for position, update in enumerate(self.chains[number].versions)
            if position and update is not None
        )
        current = {number: self._as_read(self.chains[number], 0) for number in self.parameters}
        steps: list[Step] = []
        group: dict[int, int] = {}
        start = self.trace.begin - 1
        before = dict(current)
        for update, number, position in events:
            while number in group:
                later = self._begun_anew(group, update)
                done = {parameter: node for parameter, node in group.items() if parameter not in later}
                steps.append(Step(before, done, start, max(done.values())))
                start = max(done.values())
                before, group = {**current, **{parameter: before[parameter] for parameter in later}}, later
            group[number] = update
            current[number] = self._as_read(self.chains[number], position)
        if group and (not steps or (len(group) == len(self.parameters) and self._is_finished(group))):
            steps.append(Step(before, group, start, max(group.values())))
        return steps

    def _begun_anew(self, group: dict[int, int], update: int) -> dict[int, int]:
        """The last updates of a group, where not all parameters are moved at every step, that belong to the step of the
        update after them: those since the lines that update began anew."""
        if len(group) == len(self.parameters):
            return {}
        lines = [self.trace.sites[node] for node in (*group.values(), update)]
        ranks = [lines.index(line) for line in lines]
        turn = max((place for place in range(1, len(ranks)) if ranks[place] < ranks[place - 1]), default=len(group))
        return dict([*group.items()][turn:])

    def as_read(self, parameter: int, update: int) -> int | None:
        """What the network reads after an update of a parameter."""
        chain = self.chains[parameter]
        return self._as_read(chain, chain.versions.index(update))

    def _as_read(self, chain: Chain, position: int) -> int | None:
        """A version as the network reads it: itself, unless it is scaled first and read only then, as weights are that
        are kept within a norm, or some of it is set to a number, as what is pruned is."""
        version = chain.versions[position]
        if version is None or position == len(chain.paths):
            return version
        onward = {*chain.paths[position], chain.versions[position + 1]}
        for node in chain.paths[position]:
            if any(reader not in onward for reader in self.readers[node]):
                return node if is_made_behind(self.trace, node) and not self._leads_past(version, onward) else version
        return version

    def _leads_past(self, version: int, onward: set[int | None]) -> bool:
        """Whether some update is computed from a version by another way than through what carries it on."""
        stack, seen = [version], set[int]()
        while stack:
            for reader in self.readers[stack.pop()]:
                if reader in self.chain_of and reader not in onward:
                    return True
                if reader not in onward and reader not in seen:
                    seen.add(reader)
                    stack.append(reader)
        return False

    def _is_finished(self, group: dict[int, int]) -> bool:
        """Whether the last step was seen to its end: rows that are updated in turn are as many as before."""
        chains = [self.chains[number] for number, update in group.items() if self.chains[number].updates[-1] == update]
        return all(len(chain.paths[-1]) >= len(chain.paths[-2]) for chain in chains if len(chain.paths) > 2)


def _is_gated(trace: Trace, chain: Chain, changed: set[int | None]) -> bool:
    """Whether what is carried on is multiplied, element by element, by what was computed from other values that change,
    or by products of itself with fixed ones: the cell of an LSTM, which the network makes and nobody trains."""
    before, path = chain.versions[-2], chain.paths[-1]
    for position, node in enumerate(path):
        carried = path[position + 1] if position + 1 < len(path) else before
        # the sign of what shrinks is put before what is left of it, `sign(w) * max(|w| - t, 0)`
        gates = [gate for gate in trace.inputs(node) if gate != carried and trace.operations[gate] != "sign"]
        if trace.operations[node] == "multiply" and len(gates) == 1 and trace.shape(gates[0]) == chain.shape != ():
            own = {*chain.versions}
            return _is_computed(trace, gates[0], changed - own) or _is_computed(trace, gates[0], own, by_product=True)
    return False


def _is_made(trace: Trace, chain: Chain, changed: set[int | None]) -> bool:
    """Whether a value begins as a product with one of the others: what a residual network passes on from block to block
    is made by it, and nobody trains it."""
    origin = chain.versions[0]
    others = changed - {*chain.versions}
    frontier = set() if origin is None else {origin}
    for _ in range(_GATE):
        products = {n for n in frontier if trace.operations[n] in PRODUCTS}
        if any(_is_computed(trace, node, others) for node in products):
            return True
        frontier = {e for n in frontier - products if trace.operations[n] in _MAKING for e in trace.inputs(n)}
    return False


def _is_computed(trace: Trace, node: int, changed: set[int | None], *, by_product: bool = False) -> bool:
    """Whether a value is computed, in some operations, from one of those that change; `by_product`: with a matrix
    product among these operations."""
    frontier, seen = {(node, False)}, {(node, False)}
    for _ in range(_GATE):
        frontier = {
            (earlier, multiplied or trace.operations[n] in PRODUCTS)
            for n, multiplied in frontier
            for earlier in trace.inputs(n)
        } - seen
        if any(n in changed and (multiplied or not by_product) for n, multiplied in frontier):
            return True
        seen |= frontier
    return False
