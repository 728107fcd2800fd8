"""What a move is multiplied with on its way from the gradient: rates, and counts of samples."""

import math
from collections.abc import Iterator, Sequence

from backproof.check.losses.evidence import is_steady
from backproof.check.record.memory import Ref
from backproof.check.record.trace import WRITES
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.kept import kept
from backproof.check.replay.operations import real

HOPS = 12  # from an update back: a rate may be part of an error that two layers hand on
FEWER = (4, 3, 2, 1)  # operations before an update: further back a number may be one that an error was divided by

PARTS = {"getitem", "view"}  # of an array: what else they are told is where
LINEAR = PARTS | {"multiply", "divide", "negative", "matmul", "dot", "outer", "transpose", "sum", "mean", "reshape"}
LINEAR |= {"pysum", "einsum", "swapaxes", "expand_dims", "squeeze", "ravel", "flatten"}


def constants(
    frame: Frame, parameter: int, hops: int = HOPS, data: frozenset[float] = frozenset()
) -> tuple[float, float]:
    """What a move is multiplied with on its way from the gradient: the product of the rates (numbers with a fraction),
    and the product of the counts (whole numbers); of the last so many operations of that way.

    Args:
        data: numbers that are neither, by their sizes.
    """
    moved_by = moving(frame, parameter)
    return _multiplied(frame, moved_by, hops, data) if moved_by is not None else (1.0, 1.0)


def handed_on(frame: Frame, parameter: int) -> set[float]:
    """The rates that a move is multiplied with at one place again and again: each layer hands them on with its error
    then, and learns by a power of them, the higher the farther it is from the loss."""
    moved_by = moving(frame, parameter)
    places = _places(frame, moved_by, HOPS) if moved_by is not None else []
    sites = [site for site, _ in places]
    return {rate for site, rate in places if sites.count(site) > 1}


def _places(frame: Frame, node: int, hops: int) -> list[tuple[int, float]]:
    """The sites at which a value was multiplied with a rate, and that rate, on its longest way."""
    if not hops or node in frame.given or frame.trace.operations[node] not in LINEAR:
        return []
    arguments = frame.trace.arguments[node][:2]
    on = [int(a) for a in arguments if isinstance(a, Ref) and int(a) > frame.step.start and int(a) in frame.dependent]
    beside = [a for a in arguments if not isinstance(a, Ref) or int(a) not in on]
    scales = frame.trace.operations[node] in ("multiply", "divide")
    rates = [rate for a in beside if (rate := as_rate_and_count(frame, a)[0]) != 1.0] if scales else []
    ways = [_places(frame, earlier, hops - 1) for earlier in on]
    return [(frame.trace.sites[node], rate) for rate in rates] + max(ways, key=len, default=[])


def moving(frame: Frame, parameter: int) -> int | None:
    """What a parameter is moved by."""
    added = frame.added(parameter)
    if added is not None:
        return added[0]
    update = frame.step.after[parameter]
    if (whole := _added_to_part(frame, update)) is not None:
        return int(whole)  # `b[:] -= rate * gradient`
    scattered = frame.trace.arguments[update][-1] if frame.trace.operations[update] in WRITES else None
    if isinstance(scattered, Ref) and not frame.trace.operations[update].endswith(".at"):
        scattered = _added_to_part(frame, int(scattered))
    return int(scattered) if isinstance(scattered, Ref) else None


def _added_to_part(frame: Frame, written: int) -> Ref | None:
    """What is added to a part of an array, or subtracted from it, before that is written back."""
    trace, arguments = frame.trace, frame.trace.arguments[written]
    if trace.operations[written] not in ("add", "subtract") or len(arguments) < 2:
        return None
    parts = [isinstance(a, Ref) and trace.operations[int(a)] in ("getitem", "view") for a in arguments[:2]]
    added = arguments[1] if parts[0] or trace.operations[written] == "subtract" else arguments[0]
    return added if any(parts) and isinstance(added, Ref) else None


def samples(frames: Sequence[Frame]) -> list[int]:
    """How many samples each step learns from, where this is not the same for all: the length that changes from step to
    step; nothing where none does."""
    known, numbers = frames[0].lengths, tuple(frame.number for frame in frames)
    if numbers not in known:
        known[numbers] = _lengths(frames)
    return known[numbers]


def _lengths(frames: Sequence[Frame]) -> list[int]:
    by_key = [frame.by_key for frame in frames]
    traces = [frame.trace for frame in frames]
    for key in by_key[0]:
        if all(key in nodes for nodes in by_key):
            shapes = [trace.shape(nodes[key][0]) for trace, nodes in zip(traces, by_key, strict=True)]
            for lengths in zip(*shapes, strict=False):
                if len({*lengths}) > 1:
                    return list(lengths)
    return []


def is_counted(factors: dict[int, float], frames: Sequence[Frame]) -> bool:
    """Whether factors are steady but for a number that the data of each step say: how many samples it has, or how many
    of them a mask leaves; a mean of them here, a sum there."""
    of_steps = [frames[number] for number in factors]
    told: list[Sequence[float]] = [*_scalings(of_steps)]
    if lengths := samples(of_steps):
        told.append(lengths)
    return any(
        min(numbers) > 0
        and any(
            is_steady([factor * each**power for factor, each in zip(factors.values(), numbers, strict=True)])
            for power in (1, -1)
        )
        for numbers in told
    )


def _scalings(frames: Sequence[Frame]) -> Iterator[list[float]]:
    """The sums of data that something is multiplied with or divided by at each step."""
    of_steps = [frame.scalings for frame in frames]
    for key in of_steps[0]:
        if all(key in numbers for numbers in of_steps):
            found = [numbers[key] for numbers in of_steps]
            if len({*found}) > 1:
                yield found


def rate_within(frame: Frame, node: int) -> float:
    """The rates that a value was multiplied with when it was made."""
    return _multiplied(frame, node, HOPS, frozenset())[0]


def numbers_on_the_way(frame: Frame, parameter: int) -> dict[Key, float]:
    """The single numbers that a move is multiplied with on its way from the gradient, and what these are products of,
    all of them computed of numbers that are written down or counted, by their places."""
    moved_by, found = moving(frame, parameter), set[int]()
    level = {moved_by} if moved_by is not None else set()
    for _ in range(HOPS):
        level = {n for n in level if n not in frame.given and frame.trace.operations[n] in LINEAR}
        level = {earlier for node in level for earlier in frame.trace.inputs(node) if earlier > frame.step.start}
        found |= {n for n in level if n not in frame.dependent and _is_of_numbers(frame, n)}
    return {frame.key(node): float(real(frame.replay.value(node)).detach()) for node in sorted(found)}


def _is_of_numbers(frame: Frame, node: int) -> bool:
    """Whether a single number is computed of nothing but numbers."""
    stack, seen = [node], {node}
    while stack:
        node = stack.pop()
        if frame.trace.shape(node) != () or frame.trace.operations[node] in ("leaf", *PARTS) or node in frame.given:
            return False
        further = [n for n in frame.trace.inputs(node) if n not in seen]
        seen.update(further)
        stack += further
    return True


_MEASURES = {"mean", "sum", "max", "min", "amax", "amin", "linalg.norm", "average", "std", "median"}
_LAST = 4  # operations before an update


def measured(frame: Frame, parameter: int) -> tuple[int, float] | None:
    """The number that is measured of the network at this step, as the mean of its errors is, and that a move is
    multiplied with at last: its node, and its value or one divided by it; None if there is no such number."""
    moved_by, trace = moving(frame, parameter), frame.trace
    level = [moved_by] if moved_by is not None else []
    for _ in range(_LAST):
        level = [node for node in level if trace.operations[node] in LINEAR and node not in frame.given]
        for scaled in level:
            inputs = trace.inputs(scaled)
            divides = trace.operations[scaled] == "divide"
            for node in inputs if divides or trace.operations[scaled] == "multiply" else ():
                if node in frame.dependent and _is_measure(frame, node):
                    value = float(real(frame.replay.value(node)).detach())
                    return node, 1 / value if divides and value and node == inputs[-1] else value
        level = [node for scaled in level for node in trace.inputs(scaled) if node in frame.dependent]
    return None


def _is_measure(frame: Frame, node: int) -> bool:
    """Whether a number is made of several numbers of a step."""
    trace = frame.trace
    if trace.shape(node) != ():
        return False
    if trace.operations[node] in _MEASURES:
        return any(math.prod(trace.shape(n)) > 1 for n in trace.inputs(node)[:1])
    computed = [n for n in trace.inputs(node) if n in frame.dependent]
    return trace.operations[node] in ("multiply", "divide", "sqrt") and any(_is_measure(frame, n) for n in computed)


@kept
def _multiplied(frame: Frame, node: int, hops: int, data: frozenset[float]) -> tuple[float, float]:
    """The rates and the counts on the way to a node."""
    if node >= len(frame.trace):
        return 1.0, 1.0  # a value that is put in the place of a recorded one
    operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
    rates, counts = 1.0, 1.0
    if operation not in LINEAR or not hops or node in frame.given:
        return rates, counts  # a parameter is no rate, whatever its first value was made from
    operands = 1 if operation in PARTS else 3 if operation == "einsum" else 2  # einsum's first says what is summed
    for position, argument in enumerate(arguments[:operands]):
        if isinstance(argument, Ref) and (
            int(argument) in frame.dependent or int(argument) in frame.given or frame.trace.shape(int(argument)) != ()
        ):
            # what scaled the data before the step is no rate of it
            made = int(argument) > frame.step.start
            rate, count = _multiplied(frame, int(argument), hops - 1, data) if made else (1.0, 1.0)
        else:
            rate, count = as_rate_and_count(frame, argument, data)
        if operation == "divide" and position == 1:
            rate, count = 1 / rate if rate else 1.0, 1 / count if count else 1.0
        rates, counts = rates * rate, counts * count
    return rates, counts


def as_rate_and_count(frame: Frame, argument: object, data: frozenset[float] = frozenset()) -> tuple[float, float]:
    """A constant as a product of rates and counts: `0.1 / 5` is the rate 0.1 and the count 1/5."""
    if isinstance(argument, Ref):
        node = int(argument)
        operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
        if operation in ("multiply", "divide") and len(arguments) == 2:
            (a, b), (c, d) = (as_rate_and_count(frame, each, data) for each in arguments)
            if operation == "multiply":
                return a * c, b * d
            return (a / c if c else 0.0), (b / d if d else 0.0)
        made = frame.trace.values[node]
        if frame.trace.shape(node) != () or made is None or operation == "getitem":
            return 1.0, 1.0  # an element of the data is no rate
        argument = float(made)
    if isinstance(argument, bool) or not isinstance(argument, int | float):
        return 1.0, 1.0
    size = abs(float(argument))
    if size in data:
        return 1.0, 1.0
    if size == round(size):
        return 1.0, max(size, 1.0)
    return size, 1.0
