"""Finds what a program trains by what happens to it: a value that is replaced by itself plus or minus something.

Names are not looked at. What an optimizer keeps beside a parameter (velocity, second moment) is told apart by its use.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from backproof.check.memory import Ref
from backproof.check.trace import Trace

_LINEAR = {
    "add", "subtract", "multiply", "divide", "negative", "copy", "asarray", "array", "astype", "float", "reshape",
    "clip", "minimum", "maximum", "setitem", "setview", "view", "getitem", "transpose", "ravel", "squeeze",
    "asanyarray", "round",
}  # fmt: skip
_UPDATES = {"add", "subtract", "setitem", "setview", "add.at", "subtract.at"}
_PASSED_ON = {"copy", "array", "asarray", "asanyarray", "reshape", "clip", "transpose", "astype"}
_HOPS = 10
_SEQUELS = 3  # as many runs of one place, one after the other, are a running sum that begins anew


@dataclass
class Chain:
    """The values that one place took: `versions[0]` is what it began with (None if that is a bare number)."""

    site: int
    versions: list[int | None]
    shape: tuple[int, ...]
    paths: list[list[int]] = field(default_factory=list)  # of each update: the nodes that carry the old value to it

    @property
    def updates(self) -> list[int]:
        return [version for version in self.versions[1:] if version is not None]


@dataclass(frozen=True)
class Step:
    """One update of the parameters: which node each was before (None: not known) and after, by the chain's number."""

    before: dict[int, int | None]
    after: dict[int, int]
    start: int
    end: int


class Training:
    """What a stretch trains: `parameters`, the `states` of its optimizer, and the `steps` of it."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.chains = list(self._long(self._find()))
        self.states: dict[int, int] = {}
        self.parameters = self._parameters()
        self.steps = self._steps()

    @cached_property
    def readers(self) -> list[list[int]]:
        """Of each node, the nodes that are computed from it."""
        readers: list[list[int]] = [[] for _ in range(len(self.trace))]
        for node in range(len(self.trace)):
            for earlier in self.trace.inputs(node):
                readers[earlier].append(node)
        return readers

    @cached_property
    def chain_of(self) -> dict[int, int]:
        """The chain that an updated value belongs to."""
        return {update: number for number, chain in enumerate(self.chains) for update in chain.updates}

    # -- chains

    def _find(self) -> list[Chain]:
        trace = self.trace
        chains: list[Chain] = []
        belongs: dict[int, Chain] = {}
        for node, operation in enumerate(trace.operations):
            if operation not in _UPDATES or trace.sites[node] < 0:
                continue
            found, path, origin = self._carried(node, belongs)
            if found is not None and belongs[found].versions[-1] == found:
                chain = belongs[found]
                if len(chain.updates) == 1:
                    # the first update is read as the second one is: from the value that stands in the same place
                    chain.versions[0], chain.paths[0] = self._likewise(chain.updates[0], [node, *path], found)
                chain.versions.append(node)
                chain.paths.append(path)
            else:
                chain = Chain(trace.sites[node], [origin, node], trace.shape(node), [path])
                chains.append(chain)
            belongs[node] = chain
        return chains

    def _carried(self, node: int, belongs: dict[int, Chain]) -> tuple[int | None, list[int], int | None]:
        """Walk from an updated value back to what it was before: that node if it was updated at the same site, the
        nodes between, and otherwise where the walk ended."""
        trace, site, shape = self.trace, self.trace.sites[node], self.trace.shape(node)
        came: dict[int, int] = {}
        origin: int | None = None
        frontier = [(earlier, node) for earlier in self._linear_inputs(node, first=True)]
        for _ in range(_HOPS):
            following: list[tuple[int, int]] = []
            for earlier, later in frontier:
                if earlier in came:
                    continue
                came[earlier] = later
                if trace.sites[earlier] == site and earlier in belongs and trace.shape(earlier) == shape:
                    return earlier, self._between(came, earlier, node), None
                inputs = self._linear_inputs(earlier) if trace.operations[earlier] in _LINEAR else []
                if not inputs and trace.shape(earlier) == shape and (origin is None or earlier < origin):
                    origin = earlier
                following += [(deeper, earlier) for deeper in inputs]
            frontier = following
            if not frontier or len(came) > 60:
                break
        return None, [] if origin is None else self._between(came, origin, node), origin

    def _between(self, came: dict[int, int], earlier: int, node: int) -> list[int]:
        path: list[int] = []
        at = came[earlier]
        while at != node:
            path.append(at)
            at = came[at]
        return path[::-1]

    def _likewise(self, update: int, way: list[int], end: int) -> tuple[int | None, list[int]]:
        """Follow from an update the way that leads from a later one to its old value: argument by argument."""
        trace, at = self.trace, update
        path: list[int] = []
        for node, onward in zip(way, [*way[1:], end], strict=True):
            arguments = trace.arguments[node]
            positions = [
                p for p, argument in enumerate(arguments) if isinstance(argument, Ref) and int(argument) == onward
            ]
            same = trace.operations[at] == trace.operations[node] and positions
            argument = trace.arguments[at][positions[0]] if same and positions[0] < len(trace.arguments[at]) else None
            if not isinstance(argument, Ref):
                return None, path
            at = int(argument)
            path.append(at)
        return at, path[:-1]

    def _linear_inputs(self, node: int, *, first: bool = False) -> list[int]:
        operation, arguments = self.trace.operations[node], self.trace.arguments[node]
        if operation in ("setitem", "setview") and first:
            value = arguments[-1]
            return [int(value)] if isinstance(value, Ref) else []
        if operation in ("setitem", "setview"):
            return [int(a) for a in (arguments[0], arguments[-1]) if isinstance(a, Ref)]
        if operation.endswith(".at"):
            return [int(arguments[0])] if isinstance(arguments[0], Ref) else []
        if operation == "multiply":
            if any(not isinstance(a, Ref | dict) and a == 0 for a in arguments):
                return []  # what is multiplied with zero begins anew
            refs = [int(a) for a in arguments if isinstance(a, Ref)]
            shape = self.trace.shape(node)
            return [r for r in refs if len(refs) == 1 or (self.trace.shape(r) == shape and shape != ())]
        wanted = arguments if operation in ("add", "minimum", "maximum") else arguments[:1]
        return [int(a) for a in wanted if isinstance(a, Ref)]

    def _long(self, chains: list[Chain]) -> list[Chain]:
        """The chains that live on: no running sums that begin anew, no values that nobody reads between two updates."""
        by_place: dict[tuple[int, tuple[int, ...], int], list[Chain]] = defaultdict(list)
        for chain in chains:
            by_place[chain.site, chain.shape, self.trace.paths[chain.updates[0]]].append(chain)
        kept: list[Chain] = []
        for group in by_place.values():
            kept += _lasting(group)
        collapsed = [self._collapsed(chain) for chain in kept]
        return [chain for chain in collapsed if len(chain.updates) >= 2]

    def _collapsed(self, chain: Chain) -> Chain:
        """Only the versions that somebody read; element by element updates become one."""
        versions: list[int | None] = [chain.versions[0]]
        paths: list[list[int]] = []
        pending: list[int] = []
        updates = chain.updates
        for position, update in enumerate(updates):
            pending += chain.paths[position]
            last = position + 1 == len(updates)
            carrying = set() if last else {*chain.paths[position + 1], updates[position + 1]}
            if not last and all(self._only_carries(r, carrying, updates[position + 1]) for r in self.readers[update]):
                pending.append(update)
                continue
            versions.append(update)
            paths.append(pending)
            pending = []
        return Chain(chain.site, versions, chain.shape, paths)

    def _only_carries(self, reader: int, carrying: set[int], update: int, hops: int = 5) -> bool:
        """Whether a value is read only to make the next one, as when the elements of an array are updated in turn."""
        readers = self.readers[reader]
        if reader in carrying:
            if self.trace.operations[reader] not in _PASSED_ON:
                return True
            # what carries the value on is what the network reads: a copy, or the clipped value
            aside = [r for r in readers if r not in carrying]
            return all(self._only_carries(r, carrying, update, hops - 1) for r in aside)
        linear = self.trace.operations[reader] in _LINEAR and self.trace.operations[reader] != "clip"
        return (
            linear
            and hops > 0
            and bool(readers)
            and all(self._only_carries(r, carrying, update, hops - 1) for r in readers)
        )

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
                if other != number and reached[other] != {number}:
                    self.states[number] = other
        candidates = [number for number in numbers if number not in self.states]
        dependent = [number for number in candidates if self._depends_on_itself(number)]
        if not dependent:
            return [number for number in candidates if self._used(number)]
        # what is updated by the same line is a parameter too, though its own value may not matter yet
        sites = {self.chains[number].site for number in dependent}
        likewise = [n for n in candidates if n not in dependent and self.chains[n].site in sites and self._used(n)]
        return sorted([*dependent, *likewise])

    def _windows(self, number: int) -> list[tuple[int | None, int, list[int]]]:
        chain = self.chains[number]
        last = len(chain.versions) - 1
        chosen = sorted({min(2, last), (last + 1) // 2, last} - {0})
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
        """The chains whose next update is computed from a value of this one, without another update between."""
        chain = self.chains[number]
        position = max((len(chain.versions) - 1) // 2, 1)
        version = chain.versions[position]
        assert version is not None
        later = chain.versions[position + 1 :]
        carrying = {*chain.paths[position], later[0]} if later else set()
        stack = [reader for reader in self.readers[version] if reader not in carrying]
        found: set[int] = set()
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in self.chain_of:
                found.add(self.chain_of[node])
                continue
            stack += self.readers[node]
        return found

    def _region_inputs(self, update: int, path: list[int], before: int | None) -> list[int]:
        inputs: list[int] = []
        for node in (update, *path):
            inputs += [earlier for earlier in self.trace.inputs(node) if earlier not in path and earlier != before]
        return inputs

    def _depends_on_itself(self, number: int) -> bool:
        """Whether what is added to a value was computed from that value."""
        for before, update, path in self._windows(number):
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
        """Whether a value is multiplied with an array of data: a network's, though its update does not look at it."""
        trace = self.trace
        for update in self.chains[number].updates[:-1]:
            for reader in self.readers[update]:
                if reader in self.chains[number].paths[-1]:
                    continue
                others = [earlier for earlier in trace.inputs(reader) if earlier != update]
                data = any(trace.operations[other] in ("leaf", "getitem", "view") for other in others)
                if trace.operations[reader] in ("matmul", "dot", "inner", "einsum") or (
                    trace.operations[reader] == "multiply" and data
                ):
                    return True
        return False

    # -- steps

    def _steps(self) -> list[Step]:
        events = sorted((update, number) for number in self.parameters for update in self.chains[number].updates)
        current: dict[int, int | None] = {number: self.chains[number].versions[0] for number in self.parameters}
        steps: list[Step] = []
        group: dict[int, int] = {}
        start = -1
        before = dict(current)
        for update, number in events:
            if number in group:
                steps.append(Step(before, group, start, max(group.values())))
                start = max(group.values())
                before, group = dict(current), {}
            group[number] = update
            current[number] = update
        if group and (len(group) == len(self.parameters) or not steps):
            steps.append(Step(before, group, start, max(group.values())))
        return steps


def _lasting(group: list[Chain]) -> list[Chain]:
    """Of the chains of one place, those that are not one of several short ones that followed each other."""
    firsts = sorted(chain.updates[0] for chain in group)
    lasts = sorted(chain.updates[-1] for chain in group)
    longest = max(len(chain.updates) for chain in group)
    kept = []
    for chain in group:
        if len(chain.updates) < 2:
            continue
        apart = bisect_left(lasts, chain.updates[0]) + len(firsts) - bisect_right(firsts, chain.updates[-1])
        if apart < _SEQUELS - 1 or 2 * apart < len(group) or len(chain.updates) > max(longest, 2):
            kept.append(chain)
    return kept
