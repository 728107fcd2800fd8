"""What is a parameter among the values that are updated again and again, and what an optimizer keeps beside one.

Names are not looked at, only the use: a parameter meets data and other parameters; what is kept beside it (a velocity,
a second moment, a step size) reaches its next value element by element and nothing else.
"""

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from functools import cached_property

from backproof.check.cut.long_lived import Chain
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS, Trace

_WINDOWS = 12  # updates that are looked at for a value's being computed from itself
_PARTS = ("getitem", "view")
_HOPS_OF_MEAN = 8  # operations that a running mean takes
_HOPS = 4  # operations between a parameter and what a bias is added to


class Roles:
    """The `parameters` among some chains, the `states` with the parameter that each belongs to, and the `followers`,
    which are only drawn after a parameter, or after the data.

    Args:
        carrying: the nodes that carry an old value to the next one.
        chain_of: of each updated value the chain that it belongs to.
    """

    def __init__(self, trace: Trace, chains: list[Chain], carrying: set[int], chain_of: dict[int, int]) -> None:
        self.trace = trace
        self.chains = chains
        self.carrying = carrying
        self.chain_of = chain_of
        self.readers = trace.readers
        numbers = range(len(chains))
        self._counts = [len(chain.updates) for chain in chains]
        added = {number: self._added(number) for number in numbers}
        reached = {number: self._reached(number) for number in numbers}
        self.states = self._kept_beside()
        kept = {*self.states}
        self.states |= self._likewise(reached)
        self.followers = {n for n in numbers if n not in self.states and self._follows(n, added)}
        means = {n for n in numbers if n not in self.states and self._is_mean_of_data(n)}
        if any(self._depends_on_itself(n) for n in numbers if n not in means | self.followers | self.states.keys()):
            self.followers |= means
        for number in numbers:
            for other in added[number] if number not in self.followers | kept else ():
                if self._goes_apart(number, other) or self._is_bias(other):
                    continue
                if number not in added[other] or (self._used(number) and not self._used(other)):
                    self.states.setdefault(other, number)
        for number in numbers:
            if len(reached[number]) == 1 and number not in self.states:
                (other,) = reached[number]
                of_network = self._multiplies(number) or self._goes_with(number, [other], apart=True)
                apart = of_network or self._goes_apart(number, other)
                if other != number and reached[other] != {number} and not apart:
                    self.states[number] = other
        trained = self._trained([n for n in numbers if n not in self.states and n not in self.followers])
        self.parameters = sorted({*trained} - self._of_the_world(trained, reached))

    def _trained(self, candidates: list[int]) -> list[int]:
        """Those of some chains that are trained: what they are moved by is computed from themselves."""
        dependent = [number for number in candidates if self._depends_on_itself(number)]
        if not dependent:
            used = [number for number in candidates if self._used(number)]
            return sorted([*used, *(n for n in candidates if n not in used and self._goes_with(n, used))])
        # a weight may be moved by what an old forward pass says of it
        rest = [n for n in candidates if n not in dependent and self._multiplies(n)]
        dependent += [number for number in rest if self._depends_on_itself(number, stale=True)]
        # what is updated by the same line is a parameter too, though its own value may not matter yet
        meets: dict[int, set[int]] = defaultdict(set)
        for number in dependent:
            meets[self.chains[number].site] |= self._multiplied_at(number)
        beside = [n for n in candidates if n not in dependent and self.chains[n].site in meets]
        likewise = [n for n in beside if self._used(n) or meets[self.chains[n].site] & self._multiplied_at(n)]
        found = sorted([*dependent, *likewise])
        return sorted([*found, *(n for n in candidates if n not in found and self._goes_with(n, found))])

    def _of_the_world(self, trained: list[int], reached: dict[int, set[int]]) -> set[int]:
        """The single numbers that move by each other alone, and by no array, while arrays are trained on them: where a
        cart is, and how fast it goes. They are the state of a world that is simulated, and data."""
        alone = {number for number, chain in enumerate(self.chains) if chain.shape == ()}
        arrays = {*range(len(self.chains))} - alone
        while moved := {n for n in alone if any(n in reached[other] for other in reached.keys() - alone)}:
            alone -= moved
        return {number for number in alone & {*trained} if arrays and self._leads_to_any(number, arrays)}

    def _leads_to_any(self, number: int, others: set[int]) -> bool:
        """Whether any of some chains is moved by what is computed from one, now or later."""
        updates = self.chains[number].updates
        versions = updates[:: max(1, len(updates) // _WINDOWS)]
        starts = [(reader, False) for version in versions for reader in self.readers[version]]
        return any(other in others for other in self._leads_to(starts, set()))

    def _multiplied_at(self, number: int) -> set[int]:
        """The places at which a single number is multiplied."""
        chain, trace = self.chains[number], self.trace
        readers = {reader for update in chain.updates for reader in self.readers[update]} - self.carrying
        return {trace.sites[r] for r in readers if trace.operations[r] == "multiply"} if chain.shape == () else set()

    def _is_bias(self, number: int) -> bool:
        """Whether a single number is added to what is computed from others, and not only to what moves one."""
        return self.chains[number].shape == () and self._goes_with(number, range(len(self.chains)), apart=True)

    def _goes_apart(self, number: int, other: int) -> bool:
        """Whether two single numbers are moved by one line, or are not moved together: by one rating out of many, what
        stands for a user and for a thing. What an optimizer keeps is moved as often as what it is kept for."""
        own, others = self.chains[number], self.chains[other]
        if own.shape != () or others.shape != ():
            return False
        seldom = bool(self._seldom & {number, other}) or self._counts[other] > 2 * self._counts[number]
        return own.site == others.site or seldom

    def _follows(self, number: int, added: dict[int, set[int]]) -> bool:
        """Whether a value only comes nearer to another one that is trained itself, as a mean of the weights does, or
        the network that gives the targets in Q-learning."""
        everyone = range(len(self.chains))
        if self.chains[number].shape == () and self._used(number):
            return False  # a single weight, of which the error may hold a bias as it is
        return any(
            number not in added[other] and (self._multiplies(other) or self._goes_with(other, everyone, apart=True))
            for other in added[number] - self.states.keys()
        )

    def _is_mean_of_data(self, number: int) -> bool:
        """Whether a value only comes nearer to what is given to the program, by a fixed share: a running mean of
        rewards, for one."""
        return all(self._loses_a_share(before, update) for before, update, _ in self._windows(number))

    def _loses_a_share(self, before: int | None, update: int) -> bool:
        """Whether an update is made of nothing but the value before it, a share of that, and what is given."""
        stack, seen, own, share = [update], set[int](), 0, False
        while stack:
            node = stack.pop()
            operation, inputs = self.trace.operations[node], self.trace.inputs(node)
            if node == before:
                own += 1
            if node == before or node in seen or (operation in ("leaf", "float") and not inputs):
                continue
            scaled = operation in ("multiply", "divide", "negative") and len(inputs) == 1
            moved = operation in ("add", "subtract", "copy", "float", "item", *_PARTS, "setitem", "setview")
            if not (scaled or moved) or len(seen) > _HOPS_OF_MEAN or before is None or node < before:
                return False
            share = share or (scaled and before in inputs)
            seen.add(node)
            stack += inputs
        return own > 1 or share

    def _goes_with(self, number: int, parameters: Container[int], *, apart: bool = False) -> bool:
        """Whether a value is added to what is computed from a parameter: a bias that is moved where a branch was taken,
        and not by what it made. `apart`: where that leads to more than its own update, as `gradient - m` does not."""
        for version in self.chains[number].updates[:3]:
            for reader in self.readers[version]:
                added = self.trace.operations[reader] in ("add", "subtract")
                if not added or reader in self.chain_of or reader in self.carrying:
                    continue
                beside = [node for node in self.trace.inputs(reader) if node != version]
                behind = any(self._behind(node, parameters) for node in beside)
                if behind and not (apart and {*self._leads_to([(reader, False)], set())} == {number}):
                    return True
        return False

    def _behind(self, node: int, parameters: Container[int]) -> bool:
        """Whether a value is computed, in a few steps, from a parameter as it was at that time."""
        frontier = {node}
        for _ in range(_HOPS):
            frontier = {earlier for n in frontier for earlier in self.trace.inputs(n)}
            if any(n in self.chain_of and self.chain_of[n] in parameters for n in frontier):
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
            if node in seen:
                continue
            seen.add(node)
            other = self.chain_of.get(node, self._part_of.get(node))
            if other is not None and other != number:
                if self.chains[other].shape == shape:
                    found.add(other)  # also where it was moved before this one, in the step before
                continue
            if before is not None and node <= before:
                continue
            inputs = trace.inputs(node)
            linear = trace.operations[node] in ("add", "subtract", "negative", "copy") or (
                trace.operations[node] in ("multiply", "divide") and len(inputs) == 1
            )
            # an array that is written element by element may be read so, too
            element = shape != () and ((linear and trace.shape(node) == ()) or trace.operations[node] in _PARTS)
            if element or (linear and trace.shape(node) == shape):
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
        return {*self._leads_to(starts, carrying)}

    def _leads_to(self, starts: list[tuple[int, bool]], carrying: Container[int | None]) -> Iterator[int]:
        """The chains whose next update is computed from some values; where these are only a share of what is updated,
        what carries it on does not count."""
        stack = list(starts)
        seen: set[tuple[int, bool]] = set()
        while stack:
            node, share = stack.pop()
            if (node, share) in seen:
                continue
            seen.add((node, share))
            if node in carrying and share:
                continue
            if node in self.chain_of:
                yield self.chain_of[node]
                continue
            stack += [(reader, share and self._is_share(reader)) for reader in self.readers[node]]

    def _kept_beside(self) -> dict[int, int]:
        """The arrays that reach nothing but one trained one, through others like them perhaps, and which that is."""
        beside = {n: others for n in range(len(self.chains)) if (others := self._beside(n)) is not None}
        owners = {number: self._owners(number, beside) for number in beside}
        return {number: found.pop() for number, found in owners.items() if len(found) == 1}

    def _beside(self, number: int) -> set[int] | None:
        """The other chains whose next values an array reaches, if all of it goes element by element and meets no data:
        so it is with what an optimizer keeps, and not with what a network computes from."""
        chain = self.chains[number]
        if self._size(chain.shape) == 1:
            return None  # of single numbers everything goes element by element
        if self._multiplies(number):
            return None  # a network that another one is drawn after is no memory of that
        last = len(chain.versions) - 1
        found: set[int] = set()
        for position in {max(last // 2, 1), max(last - 1, 1)}:
            version = chain.versions[position]
            assert version is not None
            later = {*chain.paths[position], chain.versions[position + 1]} if position < last else set[int | None]()
            stack, seen = [r for r in self.readers[version] if r not in later], set[int]()
            otherwise: list[tuple[int, bool]] = []
            while stack:
                node = stack.pop()
                if node in seen:
                    continue
                seen.add(node)
                if not self._is_elementwise(node, chain.shape):
                    otherwise.append((node, False))
                elif node in self.chain_of:
                    found.add(self.chain_of[node])
                else:
                    stack += self.readers[node]
            if any(other != number for other in self._leads_to(otherwise, set())):
                return None
        return found - {number} or None

    def _likewise(self, reached: dict[int, set[int]]) -> dict[int, int]:
        """The single numbers that the same line updates as arrays that are states, and so are states too."""
        sites: dict[int, set[int]] = {}  # of the line of a state, those of what belongs to it
        for state, owner in self.states.items():
            sites.setdefault(self.chains[state].site, set()).add(self.chains[owner].site)
        found: dict[int, int] = {}
        for number, chain in enumerate(self.chains):
            if number in self.states or chain.site not in sites or number in self.states.values():
                continue
            others = reached[number] - {number}
            owners = [
                o for o in others if self.chains[o].shape == chain.shape and self.chains[o].site in sites[chain.site]
            ]
            if len(owners) == 1:
                found[number] = owners[0]
        return found

    def _is_elementwise(self, node: int, shape: tuple[int, ...]) -> bool:
        """Whether a value has as many elements as an array, one for each, and is computed from no data."""
        trace = self.trace
        if trace.operations[node] in PRODUCTS or self._size(trace.shape(node)) != self._size(shape):
            return False
        others = [n for n in trace.inputs(node) if trace.operations[n] == "leaf"]
        return not any(self._size(trace.shape(n)) > 1 for n in others)

    def _owners(self, number: int, beside: dict[int, set[int]]) -> set[int]:
        """What is trained with the help of an array: the chains that it reaches, if need be through others like it."""
        stack, seen, found = [number], {number}, set[int]()
        while stack:
            for other in beside[stack.pop()] - seen:
                seen.add(other)
                if other in beside:
                    stack.append(other)
                else:
                    found.add(other)
        return found

    @cached_property
    def _part_of(self) -> dict[int, int]:
        """The chains of what is written on the way to an update, element by element."""
        return {part: number for number, chain in enumerate(self.chains) for part in chain.parts}

    @cached_property
    def _seldom(self) -> set[int]:
        """The single numbers of which a line moves a few at each step, so that some are moved far more often."""
        of_line: dict[int, list[int]] = defaultdict(list)
        for number, chain in enumerate(self.chains):
            if chain.shape == ():
                of_line[chain.site].append(number)
        counts = {line: [self._counts[n] for n in numbers] for line, numbers in of_line.items()}
        return {n for line, numbers in of_line.items() if max(counts[line]) >= 2 * min(counts[line]) for n in numbers}

    @staticmethod
    def _size(shape: tuple[int, ...]) -> int:
        return math.prod(shape)

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

    def _depends_on_itself(self, number: int, *, stale: bool = False) -> bool:
        """Whether what is added to a value was computed from that value, though not at every update: a sequence of one
        word needs no weights between words. `stale`: from what it was one update before that."""
        versions = self.chains[number].versions
        last = len(versions) - 1
        more = range(1, last + 1, max(1, last // _WINDOWS))
        for before, update, path in (*self._windows(number), *self._windows(number, more)):
            if before is None:
                continue
            stack = [earlier for earlier in self._region_inputs(update, path, None) if earlier != before]
            place = versions.index(before) - stale
            if place < 0 or (start := versions[place]) is None:
                continue
            seen: set[int] = set()
            while stack:
                node = stack.pop()
                if node in seen or node <= start:
                    continue
                seen.add(node)
                inputs = self.trace.inputs(node)
                if start in inputs:
                    return True
                stack += inputs
        return False

    def _used(self, number: int) -> bool:
        """Whether a value, or a part of it, is multiplied with data: a network's, though its update does not look at
        it."""
        trace = self.trace
        factors: dict[int, set[float]] = {}  # of the places at which it is multiplied with bare numbers
        carrying = {node for path in self.chains[number].paths for node in path}
        first = self.chains[number].updates[0]
        for update in self.chains[number].updates[:-1]:
            parts = [r for r in self.readers[update] if trace.operations[r] in _PARTS and r not in carrying]
            for held in (update, *parts):
                for reader in self.readers[held]:
                    if reader in carrying:
                        continue
                    others = [earlier for earlier in trace.inputs(reader) if earlier != held]
                    # what was made before anything was moved is data, too
                    made = (trace.operations[o] in ("leaf", "float", *_PARTS) or o < first for o in others)
                    data = any(made)
                    product = trace.operations[reader] == "multiply"
                    if trace.operations[reader] in PRODUCTS or (product and data):
                        return True
                    if product and not others:
                        bare = (a for a in trace.arguments[reader] if not isinstance(a, Ref))
                        numbers = (float(a) for a in bare if isinstance(a, int | float))
                        factors.setdefault(trace.sites[reader], set()).update(numbers)
        return any(len(found) > 2 for found in factors.values())

    def _read(self, node: int, hops: int = 2) -> Iterator[int]:
        """What is computed from an array or from a view of a part of it: several layers may lie in one array."""
        for reader in self.readers[node]:
            yield reader
            if hops and self.trace.operations[reader] in _PARTS and reader not in self.carrying:
                yield from self._read(reader, hops - 1)

    def _multiplies(self, number: int) -> bool:
        """Whether an array is a factor of matrix products with others: no optimizer's memory is."""
        updates = self.chains[number].updates[:-1]
        read = [r for u in updates for r in {*self._read(u)}]
        readers = [r for r in read if self.trace.operations[r] in PRODUCTS]
        products = [r for r in readers if len({*self.trace.inputs(r)}) > 1 or len(self.trace.inputs(r)) == 1]
        return self.chains[number].shape != () and len(products) > len(updates) // 2
