"""Running means of what each batch says: a normalisation keeps them to predict with, and nothing trains them (Ioffe and
Szegedy, Batch Normalization, 2015, algorithm 2)."""

from collections.abc import Iterable

from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace

_WHOLE = 1e-9  # how far two shares may be from a whole
_HOPS = 4  # operations between a statistic and its share
_STATISTICS = ("mean", "average", "var", "std", "sum", "median")


def is_running_mean(trace: Trace, moves: Iterable[tuple[int | None, int, list[int]]]) -> bool:
    """Whether a value comes nearer to a statistic at each update, by a fixed share: `0.9 * kept + 0.1 * batch.mean()`,
    or `kept + 0.1 * (batch.mean() - kept)`.

    Args:
        moves: the nodes of the value before and after some updates, and those on the way from one to the other.
    """
    rows = [*moves]
    return bool(rows) and all(before is not None and _goes(trace, before, after, path) for before, after, path in rows)


def _goes(trace: Trace, before: int, after: int, path: list[int]) -> bool:
    """Whether a value comes nearer to statistics alone until it is another one."""
    own = {before, *path}
    while after != before:
        found = _comes_nearer(trace, after, own)
        if found is None or not _is_statistic(trace, found[1]):
            return False
        after = found[0]
    return True


def _comes_nearer(trace: Trace, after: int, own: set[int]) -> tuple[int, int] | None:
    """What a value was, and what it comes nearer to; None if that is not what happens."""
    if trace.operations[after] not in ("add", "subtract"):
        return None
    terms = [term for argument in trace.arguments[after][:2] if (term := _scaled(trace, argument)) is not None]
    kept = next((n for n, (value, _) in enumerate(terms) if value in own), None)
    if kept is None or len(terms) < 2:
        return None
    (before, share), (new, rest) = terms[kept], terms[1 - kept]
    if trace.operations[after] == "subtract":
        share, rest = (share, -rest) if kept == 0 else (-share, rest)
    if share != 1.0:
        return (before, new) if 0 < share < 1 and abs(share + rest - 1) <= _WHOLE else None
    apart = [int(a) for a in trace.arguments[new][:2] if isinstance(a, Ref)]
    if trace.operations[new] != "subtract" or not 0 < abs(rest) < 1 or len(apart) != 2:
        return None
    target, old = apart if rest > 0 else apart[::-1]
    return (before, target) if old == before else None


def _scaled(trace: Trace, argument: object) -> tuple[int, float] | None:
    """A value and the number that it is multiplied with."""
    if not isinstance(argument, Ref):
        return None
    node = int(argument)
    if trace.operations[node] == "multiply":
        for value, number in (trace.arguments[node][:2], trace.arguments[node][1::-1]):
            share = _number(trace, number)
            if isinstance(value, Ref) and share is not None:
                return int(value), share
    return node, 1.0


def _number(trace: Trace, argument: object) -> float | None:
    """What a bare number is; None if something is computed for it."""
    if isinstance(argument, Ref):
        argument = trace.values[int(argument)] if trace.shape(int(argument)) == () else None
    return float(argument) if isinstance(argument, int | float) else None


def _is_statistic(trace: Trace, node: int) -> bool:
    """Whether a value is one number for many, perhaps scaled or laid out otherwise."""
    for _ in range(_HOPS):
        if trace.operations[node] in _STATISTICS:
            return True
        inputs = trace.inputs(node)
        if len(inputs) != 1:
            return False
        (node,) = inputs
    return False
