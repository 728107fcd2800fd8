"""Finds what is trained where a program takes a single step: nothing is replaced twice, so that the one move must tell.

An array is moved if something is added to it that is computed from it, through a product or as a bias, and if it was
not computed from the data itself.
"""

from collections.abc import Container

from backproof.check.cut.long_lived import Chain
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace

_PRODUCTS = {"matmul", "dot", "inner", "outer", "einsum", "tensordot", "multiply"}
_WRITTEN_ONES = -1  # stands for all numbers that are written down
_TERMS = 8  # of a sum of single numbers
_SHIFTED = {"add", "subtract", "multiply", "divide", "float", "round"}  # what is done to a number that was drawn
_DRAWN = 4  # operations, at most, that a single number is drawn by
_BEGINNING = 12  # operations, at most, that first weights are made by
_LONGEST = 20_000  # operations of a program that takes a single step; those before it included
_HOPS = 3  # operations between a rate and the move that it is part of


def single_updates(trace: Trace, readers: list[list[int]]) -> list[Chain]:
    """A chain of one update for each array that is moved once; `readers` are those of each node."""
    if len(trace) > _LONGEST:
        return []
    found: dict[int, tuple[int, int]] = {}  # of each move: what is moved, and what is added
    used: dict[int, set[int]] = {}
    for node, operation in enumerate(trace.operations):
        if operation in ("add", "subtract") and trace.sites[node] >= 0 and (pair := _moved(trace, readers, node, used)):
            found[node] = pair
    passed = _passed_on(readers, found)
    kept = [node for node, (_, added) in found.items() if _is_scaled(trace, added) or node not in passed]
    origins = [found[node][0] for node in kept]
    if len(set(origins)) < len(origins):
        return []  # what is moved again and again from where it began is moved for nothing
    return [Chain(trace.sites[n], [found[n][0], n], trace.shape(n), [[]]) for n in kept]


def _passed_on(readers: list[list[int]], moves: Container[int]) -> set[int]:
    """The nodes that a later move is computed from."""
    found: set[int] = set()
    for node in reversed(range(len(readers))):
        if any(reader in moves or reader in found for reader in readers[node]):
            found.add(node)
    return found


def _moved(trace: Trace, readers: list[list[int]], node: int, used: dict[int, set[int]]) -> tuple[int, int] | None:
    """What is moved by an operation and what is added to it; None if nothing is.

    Args:
        used: of each value what is computed from a product with it or as of a bias, as far as it was asked for.
    """
    refs = [int(a) if isinstance(a, Ref) else None for a in trace.arguments[node][:2]]
    if len(refs) < 2 or None in refs:
        return None
    pairs = [(refs[0], refs[1])] if trace.operations[node] == "subtract" else [(refs[0], refs[1]), (refs[1], refs[0])]
    for origin, added in pairs:
        assert origin is not None
        assert added is not None
        written = _is_single(trace, origin)
        scalar = trace.shape(origin) == () and not written
        if trace.shape(origin) != trace.shape(node) or scalar or not _is_begun(trace, origin):
            continue
        # which of several single numbers moves one is what may be wrong; of these, a rate tells a move
        if written and not _is_rated(trace, added):
            continue
        key = _WRITTEN_ONES if written else origin
        if key not in used:
            begun = [n for n in range(len(trace)) if _is_single(trace, n)] if written else [origin]
            used[key] = _onward(readers, [reader for n in begun for reader in readers[n] if _meets(trace, reader, n)])
        if added in used[key]:
            return origin, added
    return None


def _is_single(trace: Trace, node: int) -> bool:
    """Whether a value is a single number that is written down or drawn, as a weight is that has a place of its own."""
    if trace.is_written(Ref(node)):
        return True
    behind = _ancestors(trace, node, _DRAWN) if trace.shape(node) == () else set[int]()
    begun = [n for n in behind if trace.operations[n] == "leaf"]
    drawn = len(begun) == 1 and "random" in str(trace.arguments[begun[0]][0])
    return drawn and len(behind) <= _DRAWN and all(trace.operations[n] in _SHIFTED for n in behind - {*begun})


def _onward(readers: list[list[int]], nodes: list[int]) -> set[int]:
    """Some nodes and all that is computed from them."""
    found, stack = set(nodes), list(nodes)
    while stack:
        fresh = [reader for reader in readers[stack.pop()] if reader not in found]
        found.update(fresh)
        stack += fresh
    return found


def _meets(trace: Trace, reader: int, origin: int) -> bool:
    """Whether a value is multiplied with another one there, is added to a product, or is turned to be multiplied."""
    operation = trace.operations[reader]
    others = [node for node in trace.inputs(reader) if node != origin]
    if operation in _PRODUCTS:
        return bool(others)
    if operation == "add":
        return any(_is_weighted(trace, node) for node in others)
    return operation == "transpose"


def _is_rated(trace: Trace, node: int) -> bool:
    """Whether a single number is a product with one that is written down."""
    if trace.operations[node] != "multiply":
        return False
    arguments = trace.arguments[node][:2]
    return any(not isinstance(a, Ref) or trace.is_written(a) or _is_rated(trace, int(a)) for a in arguments)


def _is_weighted(trace: Trace, node: int, terms: int = _TERMS) -> bool:
    """Whether a value is a product, or, of single numbers, a sum of products."""
    if trace.operations[node] == "add" and trace.shape(node) == () and terms:
        return any(_is_weighted(trace, earlier, terms - 1) for earlier in trace.inputs(node))
    return trace.operations[node] in _PRODUCTS


def _is_begun(trace: Trace, node: int) -> bool:
    """Whether a value was made as first weights are: drawn, filled or written down, and scaled, by no product."""
    behind = _ancestors(trace, node, _BEGINNING)
    return len(behind) <= _BEGINNING and not any(
        trace.operations[n] in _PRODUCTS and len(trace.inputs(n)) > 1 for n in behind
    )


def _ancestors(trace: Trace, node: int, most: int) -> set[int]:
    """A node and what it is computed from; not all of it if that is more than wanted."""
    found, stack = {node}, [node]
    while stack and len(found) <= most:
        for earlier in trace.inputs(stack.pop()):
            if earlier not in found:
                found.add(earlier)
                stack.append(earlier)
    return found


def _is_scaled(trace: Trace, node: int, hops: int = _HOPS) -> bool:
    """Whether what is added is multiplied with a number, or divided by one, on its way: with a rate."""
    operation, arguments = trace.operations[node], trace.arguments[node]
    if operation in ("multiply", "divide") and trace.shape(node) != ():
        numbers = arguments[1:2] if operation == "divide" else arguments[:2]
        if any(not isinstance(a, Ref) or trace.shape(int(a)) == () for a in numbers):
            return True
    passed = operation in _PRODUCTS | {"sum", "mean", "negative", "transpose", "reshape"}
    return passed and hops > 0 and any(_is_scaled(trace, earlier, hops - 1) for earlier in trace.inputs(node))
