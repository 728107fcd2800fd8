"""Whether a training goes on, now and then, from a mean of what its parameters were and what they have become, as with
the optimizer Lookahead (Zhang and others, 2019) or in meta-learning by Reptile (Nichol and others, 2018): such a step
moves them by no gradient."""

from collections.abc import Container, Iterable, Iterator, Set

from backproof.check.cut.long_lived import Chain
from backproof.check.record.memory import Ref
from backproof.check.record.trace import COPIES, Trace

_HANDED_ON = (*COPIES, "setitem", "setview", "view", "getitem", "reshape")
_HOPS = 6  # operations between a mean and the parameter that gets it


def returns_to_means(trace: Trace, kept: Iterable[Chain], parameters: Iterable[Chain]) -> bool:
    """Whether some parameter gets what lies on the way from one of its values to a later one, `old + share * (new -
    old)`.

    Args:
        kept: all that is kept from step to step, the parameters among it.
    """
    values = {node for chain in kept for node in chain.versions if node is not None}
    moved = {node for chain in parameters for node in chain.updates}
    starts = {earlier for node in moved for earlier in trace.inputs(node)}
    # the last move before a mean is taken leads to it alone
    values |= {node for site in {trace.sites[node] for node in moved} - {-1} for node in trace.by_site[site]}
    return any(_reaches(trace, mean, moved | starts) for mean in _means(trace, values))


def _means(trace: Trace, values: Container[int]) -> Iterator[int]:
    """What lies between two of the values that are kept."""
    for node in range(trace.begin, len(trace)):
        if trace.operations[node] != "subtract" or trace.shape(node) == ():
            continue
        ends = [_origin(trace, int(a)) for a in trace.arguments[node][:2] if isinstance(a, Ref)]
        if len(ends) != 2 or ends[0] == ends[1] or not all(end in values for end in ends):
            continue
        for scaled in (n for n in trace.readers[node] if trace.operations[n] in ("multiply", "divide")):
            for mean in trace.readers[scaled]:
                # beyond the later one there is momentum, `new + share * (new - old)`
                end = {"add": ends[1], "subtract": ends[0]}.get(trace.operations[mean])
                if any(_origin(trace, n) == end for n in trace.inputs(mean) if n != scaled):
                    yield mean


def _origin(trace: Trace, node: int) -> int:
    """What a value is a copy of."""
    while trace.operations[node] in COPIES and len(trace.inputs(node)) == 1:
        (node,) = trace.inputs(node)
    return node


def _reaches(trace: Trace, mean: int, own: Set[int]) -> bool:
    """Whether a value, or a copy of it, is one that a parameter has."""
    level = {mean}
    for _ in range(_HOPS):
        if level & own:
            return True
        readers = {reader for node in level for reader in trace.readers[node]}
        level = {n for n in readers if trace.operations[n] in _HANDED_ON}
    return False
