"""Where a gradient stands before an optimizer, a rate or a clip makes a move of it."""

from functools import cache

from backproof.check.losses.before_move import rows_before, standing, update_path
from backproof.check.losses.evidence import (
    TOLERANCE,
    Evidence,
    is_steady,
    largest_element,
    tiny_moves_fit,
    weigh_fit,
)
from backproof.check.losses.rates import LINEAR, PARTS, as_rate_and_count, constants, is_counted, rate_within
from backproof.check.losses.scaled import multiplies, way
from backproof.check.record.memory import Ref
from backproof.check.record.trace import WRITES
from backproof.check.replay.drawn import is_drawn_anew
from backproof.check.replay.frame import Frame
from backproof.check.replay.kept import kept
from backproof.check.replay.operations import Tensor, real

_HOPS = 14
_SEARCHED = 400  # values that something is computed from, as far as is looked
_SUMS = ("add", "subtract")
_EPSILON = 1e-6  # what is added that is smaller keeps something from being zero


def factors_before(frame: Frame, parameter: int, gradient: Tensor) -> list[float]:
    """The factors with which a parameter's gradient stands at the places before its move."""
    factors, residuals = rows_before(frame, parameter).against(gradient)
    return [float(f) for f, residual in zip(factors, residuals, strict=True) if residual <= TOLERANCE and f]


def handed_evidence(
    frames: list[Frame], gradients: dict[int, dict[int, Tensor]], largest: dict[int, float], parameter: int
) -> list[Evidence]:
    """The places at which the gradient stands, with the same factor at every step; nearest to the optimizer first."""
    asked = [number for number in gradients if parameter in gradients[number]]
    wanted_to_move = [number for number in asked if bool(gradients[number][parameter].any())]
    if len(wanted_to_move) > 1 and not any(bool(frames[number].move(parameter).any()) for number in wanted_to_move):
        return []  # a gradient that is there, and times 0 at every step, moves nothing
    rows = {number: rows_before(frames[number], parameter) for number in asked}
    found: list[Evidence] = []

    @cache
    def held_against(number: int) -> tuple[list[float], list[float], list[float], float]:
        wanted = gradients[number][parameter]
        factors, residuals = rows[number].against(wanted)
        return factors.tolist(), residuals.tolist(), rows[number].scales.tolist(), largest_element(wanted)

    for key in dict.fromkeys(key for own in rows.values() for key in own.places):
        if not all(key in own.places for own in rows.values()):
            continue
        evidence = Evidence(handed=key)
        for number, own in rows.items():
            factors, residuals, moved, asked_for = held_against(number)
            row, rest = own.places[key], frames[number].nearest_rest
            fit = factors[row], residuals[row]
            wanted = gradients[number][parameter]
            weigh_fit(evidence, number, fit, moved[row], asked_for, largest[number], 0.0, rest, wanted)
            if evidence.differing:
                break
        if evidence.differing:
            continue
        tiny_moves_fit(evidence)
        if evidence.holds and evidence.agreeing and _is_steady(evidence.factors, frames):
            ends = [(frames[number], rows[number].nodes[rows[number].places[key]]) for number in asked[:2]]
            # what is added at the first step alone was computed before what is recorded, as the last gradient was
            added = all(_is_added_to(frame, parameter, node) for frame, node in ends)
            (frame, node), *_ = ends
            if not (_is_term(frame, parameter, node) or added):
                found.append(evidence)
    for evidence in found[1:]:
        own = rows[asked[0]]
        first, last = (own.nodes[own.places[e.handed]] for e in (found[0], evidence) if e.handed is not None)
        evidence.counted = _counted_between(frames[asked[0]], first, last)
    return found


def _is_steady(factors: dict[int, float], frames: list[Frame]) -> bool:
    return is_steady(list(factors.values())) or is_counted(factors, frames)


def rate_of(frame: Frame, parameter: int, evidence: Evidence, hops: int) -> float:
    """The rates that a gradient is multiplied with until it stands where it was found; of the move itself, by the last
    so many operations."""
    if evidence.handed is None:
        return constants(frame, parameter, hops)[0]
    node = standing(frame, parameter, evidence.handed)
    return 1.0 if node is None else rate_within(frame, node)


@kept
def _is_term(frame: Frame, parameter: int, node: int) -> bool:
    """Whether other gradients of this step are added to a value on its way to a move, as those of a batch's other
    samples are: what is descended then is the sum of their losses, not the loss of one."""
    start = frame.step.before.get(parameter)
    own = 1 << [*frame.given].index(start) if start in frame.given else 0
    for at, onward in way(frame, frame.step.after[parameter], node):
        if frame.trace.operations[at] in ("add", "subtract"):
            known = _read_behind(frame)
            beside = [known[n] for n in frame.trace.inputs(at) if n not in onward and n in known]
            # what is made of the parameter alone is no gradient, but a share of it: weight decay
            others = any(read & ~own for read, _ in beside)
            if others and any(multiplied for _, multiplied in beside):
                return True
    return False


@kept
def _read_behind(frame: Frame) -> dict[int, tuple[int, bool]]:
    """The parameters that each value of the forward pass is computed from, one bit for each, and whether they meet data
    or a number on the way."""
    bits = {parameter: 1 << bit for bit, parameter in enumerate(frame.given)}
    found: dict[int, tuple[int, bool]] = {}
    for node in sorted(frame.forward):
        read, multiplied = 0, multiplies(frame, node) or _meets_number(frame, node)
        for earlier in frame.trace.inputs(node):
            before, met = found.get(earlier, (0, False))
            read, multiplied = read | bits.get(earlier, 0) | before, multiplied or met
        found[node] = read, multiplied
    return found


@kept
def _is_added_to(frame: Frame, parameter: int, node: int) -> bool:
    """Whether data or a number are added to a value on its way to a move, and no optimizer keeps anything: no gradient
    moves the parameter then. A share of the parameter itself may be, and what is drawn at random for the step."""
    training, trace = frame.training, frame.trace
    start, path = frame.step.before[parameter], update_path(frame, parameter)
    if parameter in training.states.values():
        return False
    for at, onward in way(frame, frame.step.after[parameter], node):
        if trace.operations[at] in WRITES:  # `gradient[0] += 0.2`
            beside = [n for n in trace.inputs(at) if n not in onward and n in frame.dependent]
            if any(trace.operations[n] in _SUMS and _meets_data(frame, n) for n in beside):
                return True
        elif trace.operations[at] in _SUMS and trace.shape(at) == trace.shape(node):
            moves = start in trace.inputs(at) or not path.isdisjoint(trace.inputs(at))
            if not moves and _meets_data(frame, at):
                return True
    return False


def _meets_data(frame: Frame, node: int) -> bool:
    """Whether something is added to a number, or to what data alone are which were not drawn for this step."""
    for argument in frame.trace.arguments[node][:2]:
        if isinstance(argument, Ref):
            if _is_data(frame, int(argument)) and not is_drawn_anew(frame, int(argument)):
                return True
        elif isinstance(argument, int | float) and abs(argument) > _EPSILON:
            return True
    return False


def _is_data(frame: Frame, node: int) -> bool:
    """Whether a value is more than nothing, and nothing goes into it that was computed at earlier steps, as the last
    gradient was."""
    made = real(frame.replay.value(node)) if node not in frame.dependent and node not in frame.given else None
    if made is None or not made.numel() or bool(made.abs().max() <= _EPSILON):
        return False
    first, stack, seen = frame.training.steps[0].start, [node], {node}
    while stack and len(seen) < _SEARCHED:
        at = stack.pop()
        if first < at <= frame.step.start and frame.trace.operations[at] != "leaf":
            return False
        behind = [n for n in frame.trace.inputs(at) if n not in seen]
        seen.update(behind)
        stack += behind
    return True


def loses_more(frames: list[Frame], parameter: int, evidence: Evidence, *, apart: bool = False) -> bool:
    """Whether a share of the parameter itself is added to a gradient behind the place where it stands, before anything
    that an optimizer keeps comes to it; or, `apart` from that, anywhere on the way to the move, as in AdamW."""
    frame = frames[min(evidence.factors)]
    end = standing(frame, parameter, evidence.handed)
    start, after = frame.step.before[parameter], frame.step.after[parameter]
    kept = {version for chain in frame.training.states for version in frame.training.chains[chain].versions}
    for at, onward in reversed([*way(frame, after, end)] if end is not None else []):
        beside = [n for n in frame.trace.inputs(at) if n not in onward and (n != start or not apart)]
        if not apart and (at == after or at in kept or kept.intersection(beside)):
            return False
        if frame.trace.operations[at] in WRITES:  # `gradient[1:] += share * w[1:]`
            sums = [n for n in beside if frame.trace.operations[n] in ("add", "subtract")]
            beside += [n for each in sums for n in frame.trace.inputs(each)]
        if any(_is_share(frame, n, start) for n in beside):
            return True
    return False


def _is_share(frame: Frame, node: int, start: int | None) -> bool:
    """Whether a value is a parameter's own, or a part of it, times a number that is fixed."""
    for _ in range(_HOPS):
        if node == start:
            return True
        inputs = [n for n in frame.trace.inputs(node) if n == start or n in frame.dependent]
        if frame.trace.operations[node] in WRITES and inputs:
            node = inputs[0]  # `share[0] = 0`, as a bias loses nothing
            continue
        if frame.trace.operations[node] not in ("multiply", "divide", *PARTS) or len(inputs) != 1:
            return False
        (node,) = inputs
    return False


def _meets_number(frame: Frame, node: int) -> bool:
    """Whether a parameter of one number is multiplied with a number that is not recorded, as one that is read from a
    list is not."""
    inputs = frame.trace.inputs(node)
    return (
        frame.trace.operations[node] == "multiply" and frame.trace.shape(node) == () and {*inputs} <= frame.given.keys()
    )


@kept
def _counted_between(frame: Frame, node: int, end: int) -> float:
    """The whole numbers that a value is multiplied with on its way to another one that is computed from it."""
    counts = 1.0
    for at, onward in way(frame, node, end):
        if frame.trace.operations[at] not in LINEAR:
            break
        for position, argument in enumerate(frame.trace.arguments[at][:2]):
            if not (isinstance(argument, Ref) and (int(argument) in onward or _scales_all(frame, int(argument)))):
                count = as_rate_and_count(frame, argument)[1]
                divides = frame.trace.operations[at] == "divide" and position == 1
                counts *= 1 / count if divides else count
    return counts


def _scales_all(frame: Frame, node: int) -> bool:
    """Whether a number is multiplied with what moves every parameter, as a rate is that grows in the first epochs."""
    moved = (frame.reached.get(reader, set()) for reader in frame.training.readers[node])
    return set[int]().union(*moved).issuperset(frame.parameters)
