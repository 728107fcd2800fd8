"""Values that seem to be moved on, and that nobody trains: rows of an array that keep what a recurrent network computes
turn by turn, each made from another one, and what is computed anew from a parameter at each step."""

import math
from collections.abc import Container

from backproof.check.cut.long_lived import Chain
from backproof.check.record.memory import Ref
from backproof.check.record.trace import ABSOLUTE, Trace

_WRITES, _PARTS = ("setitem", "setview"), ("getitem", "view", "copy")
_REDUCED = ("max", "amax", "min", "amin", "mean", "average", "sum", "std", "var", "maximum.reduce", "minimum.reduce")
_OF_ITSELF = ("getitem", "view", "reshape", *_REDUCED)
_SCALED = ("add", "subtract", "multiply", "divide", "true_divide", "square", "sqrt", "power", "absolute", "negative")
_LAST = 4  # updates that tell
_HOPS = 6  # operations that a value takes to be made from what stood in its place


def made_of_others(chains: list[Chain]) -> list[Chain]:
    """The chains whose values are carried on by another one's: an error `w @ h + b - t` has a part of the last one in
    it, for that moved `b`. Where two lines move one value in turn, each carries the other's on, and both are kept."""
    owner = {update: number for number, chain in enumerate(chains) for update in chain.updates}
    through = [
        [{owner[n] for n in path if n in owner} - {number} for path in chain.paths[1:]]
        for number, chain in enumerate(chains)
    ]
    always = [set.intersection(*others) if others else set[int]() for others in through]
    ever = [set[int]().union(*others) for others in through]
    return [chain for number, chain in enumerate(chains) if any(number not in ever[other] for other in always[number])]


def is_left_of_shrinking(trace: Trace, chain: Chain) -> bool:
    """Whether a value is what is left of the absolute one of another, as in the soft threshold `sign(w) * max(|w| - t,
    0)` of Donoho (De-noising by soft-thresholding, 1995): that other one is trained."""
    made = (trace.inputs(update)[:1] for update in chain.updates)
    return bool(chain.updates) and all(bool(first) and trace.operations[first[0]] in ABSOLUTE for first in made)


def goes_along(trace: Trace, chain: Chain) -> bool:
    """Whether each part of an array is computed from another part of it, as in `c[t] = i[t] * z[t] + f[t] * c[t - 1]`,
    or from what was written there just before, and never from what stood in its place."""
    known = [(u, path) for u, path, v in zip(chain.updates, chain.paths, chain.versions, strict=False) if v is not None]
    return bool(known) and all(_is_made_elsewhere(trace, u, path, {*chain.versions}) for u, path in known)


def is_its_own(trace: Trace, chain: Chain) -> bool:
    """Whether what each update adds or takes away is computed from the value itself and from nothing else, as its
    greatest element is in `z[:, i] -= np.max(z[:, i])`, and a column's mean in data that are standardised in place."""
    known = list(zip(chain.versions, chain.updates, chain.paths, strict=False))[-_LAST:]
    versions = {version for version in chain.versions if version is not None}
    return bool(known) and all(
        before is not None and _is_made_of_it(trace, before, update, path, versions) for before, update, path in known
    )


def is_put_back(trace: Trace, chain: Chain) -> bool:
    """Whether parts of an array are written back as they were read from it, and nothing else is, as where a gradient is
    checked: each weight is moved a little up and down for that, and put back."""
    written = all(trace.operations[update] in _WRITES for update in chain.updates)
    return written and all(trace.operations[node] in _PARTS for path in chain.paths for node in path)


def _is_made_of_it(trace: Trace, before: int, update: int, path: list[int], versions: set[int]) -> bool:
    own = {before, *path}
    # what is written into other rows on the way, as the exponentials of the last one, is no part of this one
    place = _place(trace, update) if trace.operations[update] in _WRITES else None
    beside = {n for n in path if trace.operations[n] in _WRITES and place is not None and _place(trace, n) != place}
    stack, seen, met = [n for n in (update, *path) if n not in beside], {update, *path}, False
    scaled, reduced = False, False
    while stack:
        node = stack.pop()
        for earlier in trace.inputs(node):
            carried = node in (update, *path) and earlier in own
            if earlier in own or earlier in seen or earlier in versions:
                met = met or ((earlier in versions or earlier in beside) and not carried)
                continue
            operation = trace.operations[earlier]
            scaled, reduced = scaled or operation in _SCALED, reduced or operation in _REDUCED
            if operation not in (*_OF_ITSELF, *_SCALED):
                return False
            seen.add(earlier)
            stack.append(earlier)
    return met and (reduced or not scaled)


def _is_made_elsewhere(trace: Trace, update: int, path: list[int], versions: Container[int | None]) -> bool:
    written = _place(trace, update) if trace.operations[update] in _WRITES else None
    array = unwritten(trace, update)
    reads = [n for n in path if trace.operations[n] == "getitem" and unwritten(trace, trace.inputs(n)[0]) == array]
    if written is None or not reads:
        return False
    return all(_reads_another(trace, node, written, versions) for node in reads)


def _reads_another(trace: Trace, node: int, written: int, versions: Container[int | None]) -> bool:
    """Whether a part is read that is not the one to be written, or that was written anew since."""
    place, array = _place(trace, node), trace.inputs(node)[0]
    while place is not None and array not in versions:
        if trace.operations[array] not in _WRITES or (other := _place(trace, array)) is None:
            return False
        if other == place and not _carries_on(trace, array, place):
            return True
        array = int(trace.arguments[array][0])
    return place is not None and place != written


def _carries_on(trace: Trace, array: int, place: int) -> bool:
    """Whether what is written in a part of an array is computed from what stood there."""
    own = unwritten(trace, array)
    frontier = {int(a) for a in trace.arguments[array][-1:] if isinstance(a, Ref)}
    for _ in range(_HOPS):
        for node in frontier:
            same = trace.operations[node] == "getitem" and _place(trace, node) == place
            if same and unwritten(trace, trace.inputs(node)[0]) == own:
                return True
        frontier = {earlier for node in frontier for earlier in trace.inputs(node)}
    return False


def unwritten(trace: Trace, node: int) -> int:
    """What an array was before all that was written into it."""
    while trace.operations[node] in _WRITES and isinstance(trace.arguments[node][0], Ref):
        node = int(trace.arguments[node][0])
    return node


def _place(trace: Trace, node: int) -> int | None:
    """Where in an array an element or a row begins that is read or written, if its number says so."""
    holder, where = trace.arguments[node][:2]
    if not isinstance(holder, Ref):
        return None
    if trace.operations[node] == "setview":
        return int(where)
    lengths = trace.shape(int(holder))
    numbers = where if isinstance(where, tuple) else (where,)
    if any(type(number) is not int for number in numbers) or len(numbers) > len(lengths):
        return None
    strides = [math.prod(lengths[axis + 1 :]) for axis in range(len(lengths))]
    places = (int(number) % length * stride for number, length, stride in zip(numbers, lengths, strides, strict=False))
    return sum(places)
