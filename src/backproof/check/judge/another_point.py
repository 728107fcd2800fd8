"""Whether a gradient is taken at another point than the one that is moved, which a first gradient leads to: as in
sharpness-aware minimization (Foret and others, 2021), what is descended is then not the loss at the parameters."""

from math import prod

from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS
from backproof.check.replay.frame import Frame

_COMPARED = ("less", "less_equal", "greater", "greater_equal")
_HOPS = 6  # operations between random numbers and what is added


def asks_at_another_point(frame: Frame) -> bool:
    """Whether some move is computed from a parameter to which a part of its own gradient was added."""
    trace, moved = frame.trace, set(frame.step.after.values())
    # a bias, too, is added to what is computed from it, turn by turn; a matrix is not
    starts = ((n, trace.shape(n)) for n in frame.step.before.values() if n is not None)
    for start in (n for n, shape in starts if len(shape) > 1 and min(shape[-2:]) > 1):
        for node in frame.training.readers[start]:
            if trace.operations[node] not in ("add", "subtract") or node in moved or node not in frame.backward:
                continue
            beside = [int(a) for a in trace.arguments[node][:2] if isinstance(a, Ref) and int(a) != start]
            led = [n for n in beside if n in frame.dependent and trace.shape(n) == trace.shape(node)]
            elsewhere = any(_is_gradient(frame, n, start) for n in led) and node not in frame.training.carrying
            if elsewhere and _is_multiplied(frame, node, moved):
                return True
    return False


def _is_multiplied(frame: Frame, node: int, moved: set[int]) -> bool:
    """Whether a value goes into a product before something is moved: the share of a parameter that is added to its
    gradient, where weights decay, does not."""
    onward = frame.onward([node], frame.backward - moved, frame.step.end)
    return any(frame.trace.operations[later] in PRODUCTS for later in onward)


def tries_other_points(frame: Frame) -> bool:
    """Whether all moves are made of what a loss is beside the parameters, where random numbers are added to them, as in
    an evolution strategy (Salimans and others, 2017) or simultaneous perturbation (Spall, 1992): of no slope at all."""
    trace, moved = frame.trace, {*frame.step.after.values()}
    for parameter in frame.parameters:
        start = frame.step.before[parameter]
        own = {frame.step.after[parameter], *frame.training.carrying}
        reading = [n for n in frame.training.readers[start or 0] if n in frame.backward and n not in own]
        beside = [n for n in reading if trace.operations[n] in ("add", "subtract") and _adds_noise(frame, n, start)]
        if not reading or len(beside) < len(reading) or _leads_to_moves(frame, beside, moved):
            return False
    return bool(frame.parameters)


def draws_from_itself(frame: Frame) -> bool:
    """Whether some move is computed from units that are on or off by chance, as often as the network says, as those of
    a restricted Boltzmann machine are (Hinton, Training products of experts by minimizing contrastive divergence,
    2002): what is descended is then no loss of the run at hand."""
    trace = frame.trace
    for node in frame.backward:
        inputs = trace.inputs(node) if trace.operations[node] in _COMPARED else []
        drawn = any(n in frame.dependent for n in inputs) and any(_is_random(frame, n) for n in inputs)
        if drawn and _meets_weights(frame, node):
            return True
    return False


def _meets_weights(frame: Frame, node: int) -> bool:
    """Whether the network goes on with a value: an action that is drawn, too, is only held against what said it."""
    trace, onward = frame.trace, frame.onward([node], frame.backward, frame.step.end)
    for later in onward:
        if trace.operations[later] in PRODUCTS:
            others = [n for n in trace.inputs(later) if n not in onward]
            if any(n in frame.given or frame.given.keys() & {*trace.inputs(n)} for n in others):
                return True
    return False


def _is_random(frame: Frame, node: int) -> bool:
    return frame.trace.operations[node] == "leaf" and "random" in str(frame.trace.arguments[node][0])


def _adds_noise(frame: Frame, node: int, start: int | None) -> bool:
    """Whether random numbers are added to a parameter."""
    level = {n for n in frame.trace.inputs(node) if n != start}
    for _ in range(_HOPS):
        if any(_is_random(frame, n) for n in level):
            return not level & frame.dependent
        level = {earlier for n in level for earlier in frame.trace.inputs(n)}
    return False


def _leads_to_moves(frame: Frame, nodes: list[int], moved: set[int]) -> bool:
    """Whether some move is computed from values by another way than through single numbers, as a loss is one."""
    stack, seen = [*nodes], {*nodes}
    while stack:
        for reader in frame.training.readers[stack.pop()]:
            if reader in moved:
                return True
            if reader in frame.backward and reader not in seen and prod(frame.trace.shape(reader)) > 1:
                seen.add(reader)
                stack.append(reader)
    return False


def looks_ahead(frame: Frame) -> bool:
    """Whether some parameter meets the data with a part of its velocity added, as Nesterov's momentum has it (Nesterov,
    A method of solving a convex programming problem with convergence rate O(1/k^2), 1983)."""
    trace, training = frame.trace, frame.training
    for state, owner in training.states.items():
        start = frame.step.before.get(owner)
        kept = {v for v in training.chains[state].versions if v is not None}
        for node in training.readers[start] if start is not None else ():
            if trace.operations[node] in ("add", "subtract") and node in frame.forward:
                beside = [n for n in trace.inputs(node) if n != start]
                if any(n in kept or kept.intersection(trace.inputs(n)) for n in beside):
                    return True
    return False


def _is_gradient(frame: Frame, node: int, start: int) -> bool:
    """Whether a value is computed from a parameter, and from where it meets data."""
    behind = frame.ancestors([node])
    own = any(start in frame.trace.inputs(n) for n in behind)
    return own and any(frame.trace.operations[n] in PRODUCTS for n in behind)
