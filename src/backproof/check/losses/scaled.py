"""What a gradient is multiplied with on its way to the move: rates, its own norm, what the network computes, data."""

from collections.abc import Container, Iterator

import torch

from backproof.check.losses.before_move import size_of, standing, standing_before
from backproof.check.losses.evidence import TOLERANCE, Evidence, factor_and_residual, is_steady
from backproof.check.record.memory import Ref
from backproof.check.record.trace import CLIPPING, PRODUCTS
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.kept import kept
from backproof.check.replay.operations import real

_SCALING = ("multiply", "divide", "negative", "transpose", "copy", "reshape", "array", "asarray")
_HOPS = 14


def scaled_apart(frames: list[Frame], parameter: int, evidence: Evidence) -> Key | None:
    """Where a gradient is multiplied, before it moves a parameter, with what the network computes and what is not
    computed from this gradient, as the norm is to which it is clipped; None if it is not."""
    for frame, node, beside, own in _scales(frames, parameter, evidence):
        numbers = [n for n in beside if size_of(frame, n) == 1]
        end = standing(frame, parameter, evidence.handed)
        # an error that a single number is computed from, times a slope, is multiplied with it once more
        made_of = frame.ancestors([end]) - _scaled(frame, end) if end is not None else set()
        if any(n in frame.given or n in made_of or not frame.ancestors([n]).intersection(own) for n in numbers):
            return frame.key(node)
        # a mask may be computed from the parameter; what meets data is the network's
        arrays = [n for n in beside if n not in numbers and n not in frame.given]
        if any(_is_made_of(frame, n, frame.step.before.get(parameter)) for n in beside if n not in numbers):
            return frame.key(node)
        behind = (frame.ancestors([n]) for n in arrays)
        if any(not made.intersection(own) and any(multiplies(frame, n) for n in made) for made in behind):
            return frame.key(node)
    return None


def scaled_by_itself(frames: list[Frame], parameter: int, evidence: Evidence) -> bool:
    """Whether a gradient is multiplied with a number that is computed from it, as its own norm is: each layer has a
    rate of its own then (You et al., Large batch training of convolutional networks, 2017)."""
    scales = list(_scales(frames, parameter, evidence))
    numbers = any(size_of(frame, n) == 1 for frame, _, beside, _ in scales for n in beside)
    return numbers and scaled_apart(frames, parameter, evidence) is None


def is_clipped_behind(frames: list[Frame], parameter: int, evidence: Evidence) -> bool:
    """Whether a gradient goes through a clip by value on its way to the move."""
    frame = frames[min(evidence.factors)]
    end = standing(frame, parameter, evidence.handed)
    passed = way(frame, frame.step.after[parameter], end) if end is not None else ()
    return any(frame.trace.operations[at] in CLIPPING for at, _ in passed)


def scaled_by_data(frames: list[Frame], evidence: dict[int, Evidence]) -> list[int]:
    """The parameters whose gradient is multiplied, behind the place where it stands, with a number that changes from
    step to step as no other parameter's does: a rate changes for all, and what a sample says is no rate."""
    handed = {p: e for p, e in evidence.items() if e.handed is not None}
    data = {n: data_of(frames[n]) for n in {n for e in handed.values() for n in e.factors}}
    known = {
        p: {n: number for n in e.factors if (number := _numbers_behind(frames[n], p, e, data[n])) is not None}
        for p, e in handed.items()
    }
    tables = {p: numbers for p, numbers in known.items() if len(numbers) > 2}
    groups: list[list[int]] = []
    for parameter, own in tables.items():
        for group in groups:
            other = tables[group[0]]
            both = [n for n in own if n in other]
            if len(both) > 2 and is_steady([own[n] / other[n] for n in both]):
                group.append(parameter)
                break
        else:
            groups.append([parameter])

    def is_plain(group: list[int]) -> bool:  # no data stand behind these gradients
        return all(number == 1.0 for number in tables[group[0]].values())

    largest = max(groups, key=lambda group: (is_plain(group), len(group)), default=[])
    most = bool(largest) and (is_plain(largest) or 2 * len(largest) > len(tables))
    return [p for p in tables if p not in largest] if most else []


@kept
def data_of(frame: Frame) -> set[float]:
    """The numbers that the network multiplies its parameters with."""
    trace = frame.trace
    found: set[float] = set()
    for node in frame.forward:
        if trace.operations[node] == "multiply" and any(n in frame.given for n in trace.inputs(node)):
            for argument in trace.arguments[node][:2]:
                single = (
                    isinstance(argument, Ref) and trace.shape(int(argument)) == () and int(argument) not in frame.given
                )
                number = trace.values[int(argument)] if isinstance(argument, Ref) and single else argument
                if isinstance(number, int | float) and not isinstance(number, bool | Ref):
                    found.add(float(number))
    return found - {1.0, -1.0, 0.0}


def multiplies(frame: Frame, node: int) -> bool:
    """Whether a parameter meets data, or what is computed from them."""
    inputs = frame.trace.inputs(node)
    numbers = frame.trace.operations[node] == "multiply" and len(inputs) > 1 and any(n in frame.given for n in inputs)
    return numbers or frame.trace.operations[node] in PRODUCTS


def way(frame: Frame, node: int, end: int) -> Iterator[tuple[int, list[int]]]:
    """The nodes from one back to another that it is computed from, each with its inputs that are on the way."""
    between = {end} | frame.onward([end], frame.dependent, node)
    for _ in range(_HOPS):
        if node == end:
            return
        onward = [n for n in frame.trace.inputs(node) if n in between]
        # a norm is made of a gradient, too, but what moves is the gradient
        onward = [n for n in onward if frame.trace.shape(n) == frame.trace.shape(end)] or onward
        yield node, onward
        if not onward:
            return
        node = onward[0]


def _is_made_of(frame: Frame, node: int, parameter: int | None) -> bool:
    """Whether a value is a parameter as it stands, or that and numbers: no mask of it."""
    trace = frame.trace
    while node != parameter:
        inputs = [n for n in trace.inputs(node) if trace.shape(n) != ()]
        if trace.operations[node] not in ("add", "subtract", "multiply", "negative", "copy") or len(inputs) != 1:
            return False
        (node,) = inputs
    return True


def _scales(
    frames: list[Frame], parameter: int, evidence: Evidence
) -> Iterator[tuple[Frame, int, list[int], list[int]]]:
    """Where a gradient is multiplied with what is computed on its way to the move, with that and the multiples of the
    gradient."""
    if evidence.handed is None or not evidence.factors:
        return
    frame = frames[min(evidence.factors)]
    own = standing_before(frame, parameter)
    end = standing(frame, parameter, evidence.handed)
    own = _multiples_of(frame, end, own) if end is not None else []
    for node, onward in way(frame, frame.step.after[parameter], end) if end is not None else ():
        if frame.trace.operations[node] in ("multiply", "divide"):
            beside = [n for n in frame.trace.inputs(node) if n not in onward]
            computed = [n for n in beside if n in frame.dependent or n in frame.given]
            if computed:
                yield frame, node, computed, own


def _numbers_behind(frame: Frame, parameter: int, evidence: Evidence, data: Container[float]) -> float | None:
    """The numbers of the `data` that a gradient is multiplied with at once, from where it stands on; None where it is
    multiplied with one that is computed, as the norm is to which it is clipped."""
    end = standing(frame, parameter, evidence.handed)
    product = 1.0
    for at, onward in reversed([*way(frame, frame.step.after[parameter], end)] if end is not None else []):
        if frame.trace.operations[at] not in ("multiply", "divide", "negative"):
            break
        for position, argument in enumerate(frame.trace.arguments[at][:2]):
            if isinstance(argument, Ref):
                if int(argument) in onward:
                    continue
                if int(argument) in frame.dependent or frame.trace.shape(int(argument)) != ():
                    return None
            number = frame.trace.values[int(argument)] if isinstance(argument, Ref) else argument
            if not isinstance(number, int | float) or not number:
                return product
            if float(number) not in data:
                continue  # a rate
            product *= 1 / number if frame.trace.operations[at] == "divide" and position == 1 else number
    return product


def _multiples_of(frame: Frame, node: int, others: list[int]) -> list[int]:
    """Those of some values that are multiples of one and made of it, or that it is made of, or that are computed just
    as that again; single numbers are multiples of all, and of one sample a gradient is a multiple of what its layer was
    given."""
    scaled = _scaled(frame, node)
    again = [n for n in others if any(_is_again(frame, n, other) for other in scaled)]
    if size_of(frame, node) == 1:
        behind = frame.ancestors([node])
        return again + [n for n in others if n == node or n in behind or node in frame.ancestors([n])]
    with torch.no_grad():
        value = real(frame.replay.value(node))
        pairs = [(n, real(frame.replay.value(n))) for n in others if n in scaled or node in frame.ancestors([n])]
        return again + [n for n, one in pairs if factor_and_residual(one, value)[1] <= TOLERANCE]


def _is_again(frame: Frame, node: int, other: int) -> bool:
    """Whether a value is computed as another one is, once more: the same operation makes the same numbers."""
    if node == other or frame.trace.operations[node] != frame.trace.operations[other]:
        return False
    with torch.no_grad():
        one, same = real(frame.replay.value(node)), real(frame.replay.value(other))
        return bool(one.any()) and torch.equal(one, same)


def _scaled(frame: Frame, node: int) -> set[int]:
    """A value and what it is a multiple of, as it is written."""
    found = {node}
    while frame.trace.operations[node] in _SCALING:
        same = [
            n for n in frame.trace.inputs(node) if n in frame.dependent and size_of(frame, n) == size_of(frame, node)
        ]
        if len(same) != 1:
            break
        (node,) = same
        found.add(node)
    return found
