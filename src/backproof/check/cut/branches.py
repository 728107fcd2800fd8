"""Sums that grow by one line or another, as the branches of an `if` do: -log p for the class 1, -log(1 - p) for 0."""

from collections import defaultdict

from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace

Place = tuple[int, int]  # a site, and the path of the calls that led to it

_GROWING = ("add", "subtract")


def branches_of(trace: Trace) -> dict[Place, tuple[Place, ...]]:
    """Of each place at which a single number grows that grows at others, too, all these places.

    Where lines follow each other, each adds to what the one before it has made. Of branches, one is taken at each turn:
    what it adds to was made by the same one or by another.
    """
    made_by: dict[Place, set[Place]] = defaultdict(set)
    for node, operation in enumerate(trace.operations):
        if operation not in _GROWING or trace.shape(node) != () or trace.sites[node] < 0:
            continue
        before = trace.arguments[node][0]
        if isinstance(before, Ref) and trace.operations[int(before)] in _GROWING and trace.sites[int(before)] >= 0:
            made_by[_place(trace, node)].add(_place(trace, int(before)))
    found: dict[Place, tuple[Place, ...]] = {}
    for place, others in made_by.items():
        alike = {other for other in others if place in made_by.get(other, ())}
        group = tuple(sorted(alike | {place}))
        if len(group) > 1 and any(one in made_by[one] for one in group):
            found[place] = group
    return found


def _place(trace: Trace, node: int) -> Place:
    return trace.sites[node], trace.paths[node]
