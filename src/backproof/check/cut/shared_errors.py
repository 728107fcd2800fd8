"""Single numbers that are moved by the error that moves a weight: a weight that gets the error of another unit does not
depend on itself, as the other weights do, and is one all the same."""

from collections.abc import Collection, Iterable

from backproof.check.cut.long_lived import Chain
from backproof.check.record.trace import Trace

_MADE = ("multiply", "divide", "negative", "float", "getitem", "view")  # what a move is made of an error by


def share_errors(trace: Trace, chains: list[Chain], numbers: Iterable[int], trained: Collection[int]) -> list[int]:
    """Those of some single numbers whose last move is a multiple of something that a trained one's is a multiple of,
    too, and that is computed from trained ones."""
    versions = {update for other in trained for update in chains[other].updates}
    moving = set().union(*(_moved_by(trace, chains[other]) for other in trained)) - versions
    shared = {number: moving & _moved_by(trace, chains[number]) for number in numbers}
    return [number for number, errors in shared.items() if any(_is_behind(trace, node, versions) for node in errors)]


def _moved_by(trace: Trace, chain: Chain) -> set[int]:
    """What the last move of a value is made of by products alone."""
    before, update, path = chain.versions[-2], chain.versions[-1], {*chain.paths[-1]}
    assert update is not None
    stack = [n for node in (update, *path) for n in trace.inputs(node) if n not in path and n != before]
    found: set[int] = set()
    while stack:
        node = stack.pop()
        if node not in found and node not in chain.updates:
            found.add(node)
            stack += trace.inputs(node) if trace.operations[node] in _MADE else []
    return found


def _is_behind(trace: Trace, node: int, versions: set[int]) -> bool:
    """Whether a value is computed from one of some versions."""
    stack, seen = [node], set[int]()
    while stack:
        for earlier in trace.inputs(stack.pop()):
            if earlier in versions:
                return True
            if earlier not in seen:
                seen.add(earlier)
                stack.append(earlier)
    return False
