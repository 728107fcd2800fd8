"""Finds the values that live on: each place whose value is replaced by itself plus or minus something."""

from itertools import pairwise
from typing import Any

from backproof.check.cut.long_lived import LINEAR, Chain, LongLived
from backproof.check.record.memory import Ref
from backproof.check.record.trace import WRITES, Trace

_UPDATES = {"add", "subtract", "setitem", "setview", "add.at", "subtract.at"}
_HOPS = 10  # from an update back to the last one, not counting what is written into other elements in between
_VALUES = 200  # that are looked at on the way
_ASIDE = 60  # values that may be made of a parameter by the function that updates it, before it does


def chains_of(trace: Trace, readers: list[list[int]]) -> list[Chain]:
    """Every chain of a record that somebody reads between two updates; `readers` are those of each node."""
    return _Search(trace, readers).chains()


class _Search:
    def __init__(self, trace: Trace, readers: list[list[int]]) -> None:
        self.trace = trace
        self.readers = readers
        self.asides = set[int]()  # the chains that a line reads, for something else, by which they are updated
        self.inputs: dict[int, list[int]] = {}  # what each value is made of by what keeps it a multiple
        self.lineage: dict[int, tuple[int, list[int]]] = {}  # of each update, the last one that it carries on

    def chains(self) -> list[Chain]:
        return LongLived(self.trace, self.readers).of(self._joined(self._find()))

    def _find(self) -> list[Chain]:
        trace = self.trace
        chains: list[Chain] = []
        belongs: dict[int, Chain] = {}
        for node, operation in enumerate(trace.operations):
            if operation not in _UPDATES or trace.sites[node] < 0:
                continue
            found, path, origin = self._carried(node, belongs)
            if found is not None and self._goes_on(belongs[found], found, node):
                chain = belongs[found]
                if len(chain.versions) == 2:
                    # the first update is read as the second one is: from the value that stands in the same place
                    chain.versions[0], chain.paths[0] = self._likewise(chain.updates[0], [node, *path], found)
                chain.versions.append(node)
                chain.paths.append(path)
            else:
                chain = Chain(trace.sites[node], [origin, node], trace.shape(node), [path])
                chains.append(chain)
            belongs[node] = chain
        for chain in chains:
            while id(chain) in self.asides and trace.paths[chain.updates[-1]] != trace.paths[chain.updates[0]]:
                chain.versions.pop()
                chain.paths.pop()
        return chains

    def _goes_on(self, chain: Chain, found: int, node: int) -> bool:
        """Whether an updated value is what a chain came to last, or what it came to before a step that was taken back:
        a search for the rate tries several from one place."""
        if chain.versions[-1] in (found, self._holder(node)):
            return True
        paths = self.trace.paths
        for back in range(1, min(len(chain.versions), _ASIDE)):
            if chain.versions[-back] == found and paths[found] == paths[node]:
                # a function that adds for both passes has read it, called from elsewhere: those are no updates
                chain.versions[len(chain.versions) - back + 1 :] = []
                chain.paths[len(chain.versions) - 1 :] = []
                self.asides.add(id(chain))
                return True
            if paths[chain.versions[-back] or 0] == paths[node]:
                break
        taken_back = len(chain.versions) > 2 and chain.versions[-2] == found and self.trace.shape(node) != ()
        if taken_back:
            chain.versions.pop()
            chain.paths.pop()
        return taken_back

    def _holder(self, node: int) -> int:
        """What a part is written into, if it is written: its other parts may come from a copy, as where a temporary
        array takes the new values one by one and the parameter gets a copy of it."""
        arguments = self.trace.arguments[node]
        written = self.trace.operations[node] in ("setitem", "setview") and isinstance(arguments[0], Ref)
        return int(arguments[0]) if written else -1

    def _joined(self, chains: list[Chain]) -> list[Chain]:
        """Chains of one value that lines take turns to update, as the branches of an `if` do, made one."""
        sites = self.trace.sites
        # a parameter that is a term of the forward pass, too, goes on from its own last value at each update
        alone = {id(chain) for chain in chains if self._goes_on_alone(chain)}
        own = {update for chain in chains if id(chain) in alone for update in chain.updates}
        turns = {(sites[earlier], sites[u]) for u, (earlier, _) in self.lineage.items() if u not in own}
        # two lines that always follow each other are parts of one update; branches may be taken twice in a row, or one
        # may be, as a loop over several samples is that comes after a first one: then both move what has been read
        again = {site for site, other in turns if site == other}
        read = again | {sites[update] for update in self.lineage if self._is_read_before(update)} if again else again
        both = {(a, b) for a, b in turns if a != b and (b, a) in turns and {a, b} <= read and {a, b} & again}
        if not both:
            return chains
        shared = {site for pair in both for site in pair}
        starts = {chain.updates[0]: chain for chain in chains}
        joined: dict[int, Chain] = {}  # by the last update so far
        made: list[Chain] = []
        apart = [chain for chain in chains if chain.site not in shared or id(chain) in alone]
        kept = {id(chain) for chain in apart}
        for update in sorted(update for chain in chains if id(chain) not in kept for update in chain.updates):
            earlier, path = self.lineage.get(update, (None, []))
            chain = joined.pop(earlier, None) if earlier is not None else None
            if chain is not None:
                chain.versions.append(update)
                chain.paths.append(path)
            else:
                first = starts.get(update)
                origin, way = (first.versions[0], first.paths[0]) if first else (None, [])
                chain = Chain(sites[update], [origin, update], self.trace.shape(update), [way])
                made.append(chain)
            joined[update] = chain
        return [*apart, *made]

    def _goes_on_alone(self, chain: Chain) -> bool:
        """Whether each update of a chain carries on the one before it, and nothing in between; what is written into,
        other lines may write into, too."""
        carried = [(before, *self.lineage.get(u, (None, []))) for before, u in pairwise(chain.updates)]
        on_the_way = {node for _, _, path in carried for node in path} | {*chain.updates}
        written = any(self.trace.operations[node] in WRITES for node in on_the_way)
        return len(carried) > 1 and not written and all(earlier == before for before, earlier, _ in carried)

    def _is_read_before(self, update: int) -> bool:
        """Whether an update writes into the very array that the last one left, and that was read in between."""
        earlier, path = self.lineage[update]
        arguments = self.trace.arguments[update]
        same = self.trace.operations[update] in WRITES and isinstance(arguments[0], Ref) and arguments[0] == earlier
        return same and any(earlier < reader < update and reader not in path for reader in self.readers[earlier])

    def _carried(self, node: int, belongs: dict[int, Chain]) -> tuple[int | None, list[int], int | None]:
        """Walk from an updated value back to what it was before: that node if it was updated at the same site, the
        nodes between, and otherwise where the walk ended."""
        found = self._walked(node, belongs, self._linear_inputs(node, first=True))
        element = self._element_of_row(node)
        if found[0] is not None and element is not None and self._walked(node, belongs, [element])[0] is None:
            return None, [], found[0]  # the others of the row are kept as they are, and this one is not carried on
        return found

    def _element_of_row(self, node: int) -> int | None:
        """What is written into an element of a row, as in `a[i][j] = …`, if it is known; else None."""
        inner: Any = self.trace.arguments[node][-1] if self.trace.operations[node] == "setview" else None
        if not isinstance(inner, Ref) or self.trace.operations[int(inner)] != "setitem":
            return None
        value = self.trace.arguments[int(inner)][-1]
        return int(value) if isinstance(value, Ref) else None

    def _walked(
        self, node: int, belongs: dict[int, Chain], direct: list[int]
    ) -> tuple[int | None, list[int], int | None]:
        """Walk back from what an update is made of."""
        trace, site, shape = self.trace, self.trace.sites[node], self.trace.shape(node)
        came: dict[int, int] = {}
        origin: int | None = None
        frontier = [(earlier, node) for earlier in direct]
        hops = 0
        while hops < _HOPS:
            following: list[tuple[int, int]] = []
            hops += not any(trace.operations[earlier] in WRITES for earlier, _ in frontier)
            for earlier, later in frontier:
                if earlier in came:
                    continue
                came[earlier] = later
                if earlier in belongs and node not in self.lineage and trace.shape(earlier) == shape:
                    self.lineage[node] = earlier, self._between(came, earlier, node)
                if trace.sites[earlier] == site and earlier in belongs and trace.shape(earlier) == shape:
                    path = self._between(came, earlier, node)
                    older = [d for d in direct if d < earlier and d not in path and trace.shape(d) == shape]
                    # one line may add for all, what a momentum keeps too: the old value is older than its step
                    return (None, [], older[0]) if path and older else (earlier, path, None)
                if (inputs := self.inputs.get(earlier)) is None:
                    inputs = self._linear_inputs(earlier) if trace.operations[earlier] in LINEAR else []
                    self.inputs[earlier] = inputs
                if not inputs and trace.shape(earlier) == shape and (origin is None or earlier < origin):
                    origin = earlier
                following += [(deeper, earlier) for deeper in inputs]
            frontier = following
            if not frontier or len(came) > _VALUES:
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
        if operation == "setitem" and _is_whole(arguments[1]):
            return [int(a) for a in arguments[-1:] if isinstance(a, Ref)]  # `grad[...] = 0` begins anew
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
        if operation in ("array", "concatenate") and arguments and isinstance(arguments[0], list | tuple):
            # what was taken apart, a row for each neuron, or a matrix for each layer, and is put together again: one
            # part tells
            rows = arguments[0]
            return [int(rows[0])] if rows and all(isinstance(row, Ref) for row in rows) else []
        wanted = arguments if operation in ("add", "minimum", "maximum") else arguments[:1]
        return [int(a) for a in wanted if isinstance(a, Ref)]


def _is_whole(where: Any) -> bool:
    """Whether an index is that of all elements."""
    items = where if isinstance(where, tuple) else (where,)
    return all(item is Ellipsis or (isinstance(item, slice) and item == slice(None)) for item in items)
