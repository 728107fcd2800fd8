"""Values that live on, and those of them that are read between two updates."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace

from backproof.check.cut.behind_moves import shrinks
from backproof.check.record.memory import Ref
from backproof.check.record.minimizers import SEARCHED
from backproof.check.record.trace import ABSOLUTE, WRITES, Trace

LINEAR = {
    "add", "subtract", "multiply", "divide", "negative", "copy", "asarray", "array", "astype", "float", "reshape",
    "clip", "minimum", "maximum", "setitem", "setview", "view", "getitem", "transpose", "ravel", "squeeze",
    "asanyarray", "round", "fill_diagonal", "add.at", "subtract.at", "concatenate", *ABSOLUTE, SEARCHED,
}  # fmt: skip
_FAR = 8  # times as many updates as those of what has just begun
_SEQUELS = 3  # as many runs of one place, one after the other, are a running sum that begins anew


@dataclass
class Chain:
    """The values that one place took: `versions[0]` is what it began with (None if that is a bare number)."""

    site: int
    versions: list[int | None]
    shape: tuple[int, ...]
    paths: list[list[int]] = field(default_factory=list)  # of each update: the nodes that carry the old value to it
    parts: frozenset[int] = frozenset()  # what is written on the way to an update, and may be read before it is done

    @property
    def updates(self) -> list[int]:
        return [version for version in self.versions[1:] if version is not None]


class LongLived:
    """The chains that live on: no running sums that begin anew, no values that nobody reads between two updates.

    Args:
        readers: those of each node.
    """

    def __init__(self, trace: Trace, readers: list[list[int]]) -> None:
        self.trace, self.readers = trace, readers
        self.updates = set[int]()  # of all chains

    def of(self, chains: list[Chain]) -> list[Chain]:
        """Those of some chains."""
        self.updates = {u for chain in chains if len(chain.updates) > 1 for u in chain.updates}
        chains = [chain for chain in chains if not self._only_shrinks(chain)]
        self.updates = {u for chain in chains if len(chain.updates) > 1 for u in chain.updates}
        by_place: dict[tuple[int, tuple[int, ...], int], list[Chain]] = defaultdict(list)
        for chain in chains:
            by_place[chain.site, chain.shape, self.trace.paths[chain.updates[0]]].append(chain)
        groups = [*by_place.values()]
        return self._read([chain for group in groups for chain in _lasting(group)]) or self._read(self._begun(groups))

    def _only_shrinks(self, chain: Chain) -> bool:
        """Whether a line only makes smaller what another one moves."""
        moved = any(node in self.updates for path in chain.paths for node in path)
        return moved and all(shrinks(self.trace, update) for update in chain.updates)

    def _read(self, chains: list[Chain]) -> list[Chain]:
        """Those whose values are read, and replaced again."""
        collapsed = [self._collapsed(chain) for chain in chains]
        return [chain for chain in collapsed if len(chain.updates) >= 2]

    def _begun(self, groups: list[list[Chain]]) -> list[Chain]:
        """The first of several trainings that follow each other, as of the folds of a cross-validation: each begins
        with weights that are drawn anew, or that their own values move, and nothing lives on from one to the next."""
        lasting = [[chain for chain in group if len(chain.updates) > 1] for group in groups]
        runs = [run for group in lasting for run in _one_after_the_other(group) if len(run) >= _SEQUELS]
        drawn = [run for run in runs if all(self._is_drawn(c.versions[0]) or self._moves_itself(c) for c in run)]
        if not drawn:
            return []
        count, second = len(drawn[0]), min(run[1].updates[0] for run in drawn)
        return [run[0] for run in runs if len(run) == count and run[0].updates[-1] < second]

    def _moves_itself(self, chain: Chain) -> bool:
        """Whether what is added to a value is computed from it, as to a weight and to no running sum."""
        before, update = chain.versions[1], chain.updates[1]
        if before is None:
            return False
        stack = [node for node in self.trace.inputs(update) if node > before and node not in chain.paths[1]]
        seen = {*stack}
        while stack:
            inputs = self.trace.inputs(stack.pop())
            if before in inputs:
                return True
            further = [node for node in inputs if node > before and node not in seen]
            seen.update(further)
            stack += further
        return False

    def _is_drawn(self, node: int | None, hops: int = 4) -> bool:
        """Whether a value is made of random numbers, and of others that are written down."""
        if node is None:
            return False
        if self.trace.operations[node] == "leaf":
            return "random" in str(self.trace.arguments[node][0])
        return hops > 0 and any(self._is_drawn(n, hops - 1) for n in self.trace.inputs(node))

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
        return self._from_its_beginning(Chain(chain.site, versions, chain.shape, paths))

    def _from_its_beginning(self, chain: Chain) -> Chain:
        """The first update from where the later ones begin: what several lines write in turn is one update."""
        if len(chain.paths) < 2:
            return chain
        sites = {self.trace.sites[node] for node in chain.paths[1]} - {chain.site}
        first, path = chain.versions[0], list(chain.paths[0])
        while first is not None and self.trace.sites[first] in sites and self.trace.operations[first] in WRITES:
            holder = self.trace.arguments[first][0]
            if not isinstance(holder, Ref):
                break
            path.append(first)
            first = int(holder)
        return replace(chain, versions=[first, *chain.versions[1:]], paths=[path, *chain.paths[1:]])

    def _only_carries(self, reader: int, carrying: set[int], update: int, hops: int = 5) -> bool:
        """Whether a value is read only to make the next one, as when the elements of an array are updated in turn."""
        readers = self.readers[reader]
        if reader in carrying:
            if reader in self.updates:
                return True  # another line has a part of this value to move
            # what carries the value on is what the network reads: a copy, the clipped value, or one times a mask
            return all(self._only_carries(r, carrying, update, hops - 1) for r in readers if r != update)
        linear = self.trace.operations[reader] in LINEAR and self.trace.operations[reader] != "clip"
        return (
            linear
            and hops > 0
            and bool(readers)
            and all(self._only_carries(r, carrying, update, hops - 1) for r in readers)
        )


def _one_after_the_other(group: list[Chain]) -> list[list[Chain]]:
    """The chains of one place as runs of such as follow each other: one line may move several arrays of a shape."""
    runs: list[list[Chain]] = []
    for chain in sorted(group, key=lambda chain: chain.updates[0]):
        run = next((run for run in runs if run[-1].updates[-1] < chain.updates[0]), None)
        if run is None:
            runs.append([chain])
        else:
            run.append(chain)
    return runs


def _lasting(group: list[Chain]) -> list[Chain]:
    """Of the chains of one place, those that are not one of several short ones that followed each other."""
    group = [chain for chain in group if len(chain.updates) > 1]
    firsts = sorted(chain.updates[0] for chain in group)
    lasts = sorted(chain.updates[-1] for chain in group)
    longest = max((len(chain.updates) for chain in group), default=0)
    kept = []
    for chain in group:
        apart = bisect_left(lasts, chain.updates[0]) + len(firsts) - bisect_right(firsts, chain.updates[-1])
        if apart < _SEQUELS - 1 or 2 * apart < len(group) or len(chain.updates) > max(longest, 2):
            kept.append(chain)
    return [chain for chain in kept if not any(_has_just_begun(chain, other) for other in kept)]


def _has_just_begun(chain: Chain, other: Chain) -> bool:
    """Whether a chain follows another one of its place, and was hardly seen before the record ended: the next of
    several trainings, as of another fold."""
    follows = other.updates[-1] < chain.updates[0]
    return follows and len(chain.updates) <= _SEQUELS and len(other.updates) >= _FAR * len(chain.updates)
