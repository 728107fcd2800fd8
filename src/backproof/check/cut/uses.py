"""What the values that are updated again and again are used for: what they lead to, and what they meet on the way."""

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from functools import cached_property

from backproof.check.cut.descent import Question, descends
from backproof.check.cut.long_lived import Chain
from backproof.check.cut.running_means import is_running_mean
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS, Trace

Window = tuple[int | None, int, list[int]]  # an update, with what it was before and the path between

_WINDOWS = 12  # updates that are looked at for a value's being computed from itself
_PARTS = ("getitem", "view")
_HOPS_OF_MEAN = 8  # operations that a running mean takes
_HOPS = 4  # operations between a parameter and what a bias is added to


class Uses:
    """The uses of some chains, each asked for by the number of its chain.

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
        self._counts = [len(chain.updates) for chain in chains]
        self._on_itself: dict[tuple[int, bool], bool] = {}

    def leads_to_any(self, number: int, others: set[int]) -> bool:
        """Whether any of some chains is moved by what is computed from one, now or later."""
        updates = self.chains[number].updates
        versions = updates[:: max(1, len(updates) // _WINDOWS)]
        starts = [(reader, False) for version in versions for reader in self.readers[version]]
        return any(other in others for other in self.leads_to(starts, set()))

    def multiplied_at(self, number: int) -> set[int]:
        """The places at which a single number is multiplied."""
        chain, trace = self.chains[number], self.trace
        readers = {reader for update in chain.updates for reader in self.readers[update]} - self.carrying
        return {trace.sites[r] for r in readers if trace.operations[r] == "multiply"} if chain.shape == () else set()

    def is_bias(self, number: int) -> bool:
        """Whether a single number is added to what is computed from others, and not only to what moves one."""
        return self.chains[number].shape == () and self.goes_with(number, range(len(self.chains)), apart=True)

    def goes_apart(self, number: int, other: int) -> bool:
        """Whether two single numbers are moved by one line, or are not moved together: by one rating out of many, what
        stands for a user and for a thing. What an optimizer keeps is moved as often as what it is kept for."""
        own, others = self.chains[number], self.chains[other]
        if own.shape != () or others.shape != ():
            return False
        seldom = bool(self._seldom & {number, other}) or self._counts[other] > 2 * self._counts[number]
        return own.site == others.site or seldom

    def is_mean_of_data(self, number: int) -> bool:
        """Whether a value only comes nearer to what is given to the program, by a fixed share: a running mean of
        rewards, for one."""
        return all(self._loses_a_share(before, update) for before, update, _ in self._windows(number))

    def is_running_mean(self, number: int) -> bool:
        """Whether a value comes nearer to what each batch says, as what a normalisation keeps does."""
        return is_running_mean(self.trace, self._windows(number))

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

    def goes_with(self, number: int, parameters: Container[int], *, apart: bool = False) -> bool:
        """Whether a value is added to what is computed from a parameter: a bias that is moved where a branch was taken,
        and not by what it made. `apart`: where that leads to more than its own update, as `gradient - m` does not."""
        for version in self.chains[number].updates[:3]:
            for reader in self.readers[version]:
                added = self.trace.operations[reader] in ("add", "subtract")
                if not added or reader in self.chain_of or reader in self.carrying:
                    continue
                beside = [node for node in self.trace.inputs(reader) if node != version]
                behind = any(self._behind(node, parameters) for node in beside)
                if behind and not (apart and {*self.leads_to([(reader, False)], set())} == {number}):
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

    def _windows(self, number: int, positions: Iterable[int] = ()) -> list[Window]:
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

    def added(self, number: int) -> set[int]:
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
            factors = [n for n in inputs if trace.inputs(n) or trace.operations[n] == "leaf" or trace.shape(n) != ()]
            linear = trace.operations[node] in ("add", "subtract", "negative", "copy") or (
                trace.operations[node] in ("multiply", "divide") and len(factors) == 1  # beside `1 - tau`
            )
            # an array that is written element by element may be read so, too
            element = shape != () and ((linear and trace.shape(node) == ()) or trace.operations[node] in _PARTS)
            if element or (linear and trace.shape(node) == shape):
                stack += inputs
        return found

    def reached(self, number: int) -> set[int]:
        """The chains whose next update is computed from a value of this one, without another update between: itself
        only if it is not just a share of it that is taken away, as where `m += 0.1 * (g - m)`."""
        chain = self.chains[number]
        position = max((len(chain.versions) - 1) // 2, 1)
        version = chain.versions[position]
        assert version is not None
        later = chain.versions[position + 1 :]
        carrying: set[int | None] = {*chain.paths[position], later[0]} if later else set()
        starts = [(reader, self._is_share(reader)) for reader in self.readers[version] if reader not in carrying]
        return {*self.leads_to(starts, carrying)}

    def leads_to(self, starts: list[tuple[int, bool]], carrying: Container[int | None]) -> Iterator[int]:
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

    def is_elementwise(self, node: int, shape: tuple[int, ...]) -> bool:
        """Whether a value has as many elements as an array, one for each, and is computed from no data."""
        trace = self.trace
        if trace.operations[node] in PRODUCTS or math.prod(trace.shape(node)) != math.prod(shape):
            return False
        others = [n for n in trace.inputs(node) if trace.operations[n] == "leaf"]
        return not any(math.prod(trace.shape(n)) > 1 for n in others)

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

    def depending(self, numbers: Iterable[int], *, stale: bool = False) -> set[int]:
        """Those of some chains to which something is added that was computed from them, though not at every update: a
        sequence of one word needs no weights between words. `stale`: from what they were one update before that."""
        numbers = list(numbers)
        asked = [number for number in numbers if (number, stale) not in self._on_itself]
        first = self._computed_from_themselves({n: self._windows(n) for n in asked}, stale=stale)
        more = {n: self._further_windows(n) for n in asked if n not in first}
        found = first | self._computed_from_themselves(more, stale=stale)
        self._on_itself.update(((number, stale), number in found) for number in asked)
        return {number for number in numbers if self._on_itself[number, stale]}

    def _computed_from_themselves(self, windows: dict[int, list[Window]], *, stale: bool) -> set[int]:
        """The chains that are moved, at any of some updates, by what was computed from them."""
        owners, questions = list[int](), list[Question]()
        for number, rows in windows.items():
            versions = self.chains[number].versions
            for before, update, path in rows:
                place = versions.index(before) - stale if before is not None else -1
                if place >= 0 and (start := versions[place]) is not None:
                    inputs = self._region_inputs(update, path, before)
                    questions.append(Question(start, tuple(inputs)))
                    owners.append(number)
        answers = descends(self.trace, questions)
        return {number for number, answer in zip(owners, answers, strict=True) if answer}

    def _further_windows(self, number: int) -> list[Window]:
        last = len(self.chains[number].versions) - 1
        return self._windows(number, range(1, last + 1, max(1, last // _WINDOWS)))

    def used(self, number: int) -> bool:
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

    def is_factor(self, number: int) -> bool:
        """Whether a value is multiplied with another one that is computed, and more is made of that than a move, which
        a step size is multiplied with."""
        carrying = {node for path in self.chains[number].paths for node in path}
        versions = {*self.chains[number].updates}
        for update in self.chains[number].updates[:-1]:
            for reader in (r for r in self.readers[update] if self.trace.operations[r] == "multiply"):
                further = [n for n in self.readers[reader] if n not in self.chain_of]
                if reader not in carrying and further and any(n not in versions for n in self.trace.inputs(reader)):
                    return True
        return False

    def multiplies(self, number: int) -> bool:
        """Whether an array is a factor of matrix products with others: no optimizer's memory is."""
        updates = self.chains[number].updates[:-1]
        read = [r for u in updates for r in {*self._read(u)}]
        readers = [r for r in read if self.trace.operations[r] in PRODUCTS]
        products = [r for r in readers if len({*self.trace.inputs(r)}) > 1 or len(self.trace.inputs(r)) == 1]
        return self.chains[number].shape != () and len(products) > len(updates) // 2
