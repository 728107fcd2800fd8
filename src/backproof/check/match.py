"""Holds what moved the parameters against the true gradient of a loss, over several steps, with one common factor."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from backproof.check.frame import Frame, Key
from backproof.check.losses import Loss, Standard, Stated, nodes_at, outputs, value
from backproof.check.memory import Ref
from backproof.check.operations import Tensor, real

TOLERANCE = 1e-6
_CANCELLED = 2e-15  # what a difference of two numbers near 1 can be off by, and ten times that to be safe
_FAR = 1000.0  # times the factor of other steps
_PASSED = {
    "multiply", "divide", "add", "subtract", "negative", "clip", "maximum", "minimum", "copy", "astype", "reshape",
    "array", "asarray", "transpose", "where", "float", "sqrt", "square", "power", "getitem", "view", "setitem",
    "concatenate", "squeeze", "ravel", "flatten", "setview", "stack_list", "sign", "mean", "sum", "pysum",
}  # fmt: skip
_PRODUCTS = {"multiply", "divide", "negative", "matmul", "dot", "outer", "transpose", "sum", "mean", "reshape", "pysum"}
_HOPS = 14
_SQUARES = ("power", "square", "multiply", "linalg.norm", "vdot")


@dataclass
class Evidence:
    """What one parameter's moves say about a loss: at how many steps they follow its gradient, and at how many not."""

    agreeing: int = 0
    differing: int = 0
    factors: dict[int, float] = field(default_factory=dict)  # of each step
    steady: bool = True  # whether the factor is the same at every step, or a rate explains how it changes
    decay: float = 0.0  # the share of the parameter itself that is taken away beside the gradient
    saturated: dict[int, float] = field(default_factory=dict)  # the factors that are no more than a guess
    handed: Key | None = None  # where the gradient stands before the optimizer; None: the move itself
    counted: float = 1.0  # the whole numbers that it is multiplied with from there on, until the optimizer gets it

    @property
    def holds(self) -> bool:
        return self.differing == 0


@dataclass
class Match:
    """A loss, and the evidence of every parameter."""

    loss: Loss
    evidence: dict[int, Evidence]
    gradients: dict[int, dict[int, Tensor]]  # of each frame, by parameter

    unsteady: bool = False  # the factor changes from step to step, and no rate explains it
    strays: list[int] = field(default_factory=list)  # that follow their gradient, with a factor of their own

    @property
    def follows(self) -> bool:
        """Whether every parameter follows its gradient, by whatever factor."""
        return any(e.agreeing for e in self.evidence.values()) and all(e.holds for e in self.evidence.values())

    @property
    def holds(self) -> bool:
        return self.follows and not self.strays and not self.unsteady

    @property
    def right(self) -> list[int]:
        return [p for p, e in self.evidence.items() if e.holds and e.agreeing and e.steady and p not in self.strays]


def factor_and_residual(found: Tensor, wanted: Tensor) -> tuple[float, float]:
    """The factor `f` in `found ≈ f · wanted`, and the largest difference, relative to the largest value found."""
    found, wanted = real(found).detach().reshape(-1), wanted.reshape(-1)
    if found.numel() != wanted.numel():
        return 0.0, float("inf")
    scale, length = float(found.abs().max()), float(torch.dot(wanted, wanted))
    if not scale < float("inf") or math.isnan(scale):
        return 0.0, float("inf")
    if length == 0.0:
        return 0.0, 0.0 if scale == 0.0 else float("inf")
    factor = float(torch.dot(found, wanted)) / length
    if scale == 0.0:
        return 0.0, float("inf")
    return factor, float((found - factor * wanted).abs().max()) / scale


def candidates(frame: Frame, parameter: int) -> list[int]:
    """The nodes between a parameter's move and its gradient, from the move on: the gradient is one of them."""
    trace = frame.trace
    update, before = frame.step.after[parameter], frame.step.before[parameter]
    path = set(frame.training.chains[parameter].paths[_position(frame, parameter)])
    frontier = [node for at in (update, *path) for node in trace.inputs(at) if node not in path and node != before]
    seen: list[int] = []
    size = _size(frame, update)
    for _ in range(_HOPS):
        following: list[int] = []
        for node in frontier:
            if node in seen or node not in frame.dependent or node in frame.given:
                continue
            if _size(frame, node) != size:
                continue
            seen.append(node)
            if trace.operations[node] in _PASSED:
                following += trace.inputs(node)
        frontier = following
        if not frontier or len(seen) > 60:
            break
    return seen


def factors_before(frame: Frame, parameter: int, gradient: Tensor) -> list[float]:
    """The factors with which a parameter's gradient stands at the places before its move."""
    found: list[float] = []
    for node in candidates(frame, parameter):
        with torch.no_grad():
            factor, residual = factor_and_residual(real(frame.replay.value(node)), gradient)
        if residual <= TOLERANCE and factor:
            found.append(factor)
    return found


def _position(frame: Frame, parameter: int) -> int:
    return frame.training.chains[parameter].versions.index(frame.step.after[parameter]) - 1


def _size(frame: Frame, node: int) -> int:
    size = 1
    for length in frame.trace.shape(node):
        size *= length
    return size


def match(frames: list[Frame], loss: Loss) -> Match | None:
    """The evidence of all frames about a loss; None if it cannot be computed at any of them."""
    gradients = gradients_of(frames, loss)
    return held_against(frames, loss, gradients) if gradients else None


def gradients_of(frames: list[Frame], loss: Loss) -> dict[int, dict[int, Tensor]]:
    """Of each frame, by its number in the list, the loss's gradient by every parameter; empty if there is none."""
    gradients: dict[int, dict[int, Tensor]] = {}
    for number, frame in enumerate(frames):
        made = value(frame, loss)
        if made is None and isinstance(loss, Standard) and outputs(frame, loss.pair):
            return {}  # it makes no sense here, so it is not what is meant elsewhere
        found = None if made is None else frame.gradients(made)
        if found is not None and any(bool(g.any()) for g in found.values()):
            gradients[number] = found
    return gradients


def held_against(frames: list[Frame], loss: Loss, gradients: dict[int, dict[int, Tensor]]) -> Match:
    """The evidence of frames about a loss whose gradients are known."""
    parameters = sorted({parameter for number in gradients for parameter in frames[number].parameters})
    largest = _largest(gradients)
    result = Match(loss, {}, gradients)
    for parameter in parameters:
        result.evidence[parameter] = _directly(frames, gradients, largest, parameter)
    result.unsteady = _unsteady(result, frames)
    result.strays = strays(result, frames)
    if result.follows and not result.unsteady:
        return result  # the moves are gradients, rightly scaled or not: nothing stands between
    options = {parameter: _handed(frames, gradients, largest, parameter) for parameter in parameters}
    handed = Match(loss, {p: _chosen(o, options) or result.evidence[p] for p, o in options.items()}, gradients)
    handed.unsteady = _unsteady(handed, frames)
    handed.strays = strays(handed, frames)
    if handed.holds:
        handed.strays = [p for p, e in handed.evidence.items() if _scaled_apart(frames, p, e)]
    if handed.holds:
        return handed
    fine = set(result.right)
    with_decay = {
        p: e
        if (p in fine and _steady(list(e.factors.values()))) or _penalised(frames, loss, p)
        else _decayed(frames, gradients, p) or e
        for p, e in result.evidence.items()
    }
    decayed = Match(loss, with_decay, gradients)
    decayed.unsteady = _unsteady(decayed, frames)
    decayed.strays = strays(decayed, frames)
    if decayed.holds:
        return decayed
    # of several that do not hold, the one that explains most, going down before going up, and the plainest of those;
    # where nothing stands between a gradient and its move, the move is what counts: it shows its sign
    handed.evidence |= {p: e for p, e in result.evidence.items() if e.holds and e.agreeing and e.steady}
    handed.strays = strays(handed, frames)
    return max((result, handed, decayed), key=lambda m: len(m.right) - 0.5 * m.unsteady - 0.25 * _climbs(m))


def _climbs(found: Match) -> bool:
    """Whether a right parameter is moved along its gradient, not against it."""
    rows = [found.evidence[p] for p in found.right if found.evidence[p].handed is None]
    return any(factor > 0 for evidence in rows for factor in evidence.factors.values())


def _penalised(frames: list[Frame], loss: Loss, parameter: int) -> bool:
    """Whether a loss holds the squares of a parameter: its gradient tells how that decays, and nothing comes on top."""
    if not isinstance(loss, Stated):
        return False
    for frame in frames[:1]:
        start = frame.step.before.get(parameter)
        for node in frame.ancestors(nodes_at(frame, loss.key), frame.forward):
            inputs = frame.trace.inputs(node)
            if frame.trace.operations[node] in _SQUARES and inputs and set(inputs) == {start}:
                return True
    return False


def _decayed(frames: list[Frame], gradients: dict[int, dict[int, Tensor]], parameter: int) -> Evidence | None:
    """The evidence if a parameter's moves are its gradient and a share of the parameter itself: weight decay."""
    rows: list[tuple[Tensor, Tensor, Tensor]] = []
    numbers = [number for number in gradients if parameter in gradients[number]]
    for number in numbers:
        moved, gradient = frames[number].moves[parameter].reshape(-1), gradients[number][parameter].reshape(-1)
        touched = (moved != 0) | (gradient != 0)
        rows.append((moved[touched], gradient[touched], frames[number].start(parameter).detach().reshape(-1)[touched]))
    wanted = torch.cat([row[0] for row in rows]).detach()
    terms = torch.stack(
        [torch.cat([row[1] for row in rows]).detach(), torch.cat([row[2] for row in rows]).detach()], dim=1
    )
    if wanted.numel() < 5 or not bool(torch.isfinite(terms).all() and torch.isfinite(wanted).all()):
        return None
    norms = terms.abs().amax(dim=0)
    scale = wanted.abs().max()
    if not bool((norms > 0).all()) or float(scale) == 0.0:
        return None
    solved = torch.linalg.lstsq(terms / norms, (wanted / scale)[:, None]).solution[:, 0]
    if float(((terms / norms) @ solved - wanted / scale).abs().max()) > TOLERANCE:
        return None
    share, decay = (float(x) for x in solved * scale / norms)
    if share >= 0 or decay >= 0 or -decay * float(norms[1]) < 1e-7 * float(scale):
        return None
    return Evidence(len(numbers), 0, dict.fromkeys(numbers, share), decay=decay / share)


def _unsteady(found: Match, frames: list[Frame]) -> bool:
    """Whether the factor of the moves changes from step to step in a way that no rate and no count explains."""
    for parameter, evidence in found.evidence.items():
        if not evidence.holds or len(evidence.factors) < 2 or evidence.handed is not None or evidence.decay:
            continue
        parts = {number: constants(frames[number], parameter) for number in evidence.factors}
        plain = list(evidence.factors.values())
        rated = [factor / (parts[n][0] or 1.0) for n, factor in evidence.factors.items()]
        counted = [factor / ((parts[n][0] * parts[n][1]) or 1.0) for n, factor in evidence.factors.items()]
        evidence.steady = any(_steady(row) for row in (plain, rated, counted))
    return any(not evidence.steady for evidence in found.evidence.values())


def _chosen(own: list[Evidence], options: dict[int, list[Evidence]]) -> Evidence | None:
    """Of the places where a gradient stands, the one whose factor most other parameters know too; at a line that they
    share they must know it there."""
    here = {evidence.handed: evidence.factors for evidence in own}

    def agrees(evidence: Evidence, other: Evidence) -> bool:
        shared = here.get(other.handed, evidence.factors)
        return _same(evidence.factors, other.factors) and _same(evidence.factors, shared)

    def known(evidence: Evidence) -> int:
        return sum(any(agrees(evidence, other) for other in others) for others in options.values())

    return max(own, key=known, default=None)


def strays(found: Match, frames: list[Frame]) -> list[int]:
    """The parameters whose factor differs from the others', and not by a learning rate of their own."""
    holding = {p: e for p, e in found.evidence.items() if e.holds and e.factors and e.steady}
    plain = _apart({p: {n: f * e.counted for n, f in e.factors.items()} for p, e in holding.items()})
    if not plain:
        return []
    shares: dict[int, dict[int, float]] = {}
    for parameter, evidence in holding.items():
        shares[parameter] = {}
        for number, factor in evidence.factors.items():
            rate = constants(frames[number], parameter)[0] if evidence.handed is None else 1.0
            shares[parameter][number] = factor * evidence.counted / (rate or 1.0)
    return min(_apart(shares), plain, key=len)


def _apart(factors: dict[int, dict[int, float]]) -> list[int]:
    """Who disagrees with the largest group that agrees; of two as large, with the one that goes down."""
    groups: list[list[int]] = []
    for parameter, own in factors.items():
        for group in groups:
            if _same(own, factors[group[0]]):
                group.append(parameter)
                break
        else:
            groups.append([parameter])
    down = {p: all(factor < 0 for factor in own.values()) for p, own in factors.items()}
    largest = max(groups, key=lambda group: (len(group), down[group[0]]), default=[])
    return [parameter for parameter in factors if parameter not in largest]


def _same(a: dict[int, float], b: dict[int, float]) -> bool:
    both = a.keys() & b.keys()
    return all(same_factor(a[n], b[n]) for n in both)


def same_factor(a: float, b: float) -> bool:
    """Whether two factors are one and the same, rounding apart."""
    return abs(a - b) <= 1e-5 * max(abs(a), abs(b))


def _directly(
    frames: list[Frame], gradients: dict[int, dict[int, Tensor]], largest: dict[int, float], parameter: int
) -> Evidence:
    evidence = Evidence()
    for number, found in gradients.items():
        frame = frames[number]
        if parameter not in found:
            continue
        start = frame.start(parameter)
        _weigh(
            evidence,
            number,
            frame.moves[parameter],
            found[parameter],
            largest[number],
            _rounding(frame, parameter, start),
        )
    _tiny_moves_fit(evidence)
    return evidence


def _rounding(frame: Frame, parameter: int, start: Tensor) -> float:
    """How far a move can be off because it is the difference of two numbers."""
    if frame.added(parameter) is not None:
        return 0.0
    return 4e-16 * float(start.detach().abs().max()) if start.numel() else 0.0


def _weigh(evidence: Evidence, number: int, found: Tensor, wanted: Tensor, largest: float, rounding: float) -> None:
    found = found.detach()
    moved = float(found.abs().max()) if found.numel() else 0.0
    asked = float(wanted.abs().max()) if wanted.numel() else 0.0
    if asked <= 1e-13 * largest and moved <= max(rounding * 100, 1e-300):
        return  # nothing is asked for and nothing is done: this proves nothing
    if moved and rounding > 0.01 * moved:
        return  # a move so small is lost in the rounding of what it is added to
    factor, residual = factor_and_residual(found, wanted)
    if asked <= 1e-13 * largest and moved and moved < 1e-12:
        return
    # where a unit is saturated, `1 - a` has lost the digits that tell how far from 1 it is
    lost = _CANCELLED * largest / asked if asked else 0.0
    if residual > TOLERANCE + lost + (rounding / moved if moved else 0.0):
        evidence.differing += 1
    elif lost > TOLERANCE:
        evidence.saturated[number] = factor
    else:
        evidence.agreeing += 1
        evidence.factors[number] = factor


def _tiny_moves_fit(evidence: Evidence) -> None:
    """What is so small that its digits are lost shows nothing but that it is small, as it should be."""
    usual = max((abs(factor) for factor in evidence.factors.values()), default=None)
    if usual is not None:
        evidence.differing += sum(abs(factor) > _FAR * usual for factor in evidence.saturated.values())


def _largest(gradients: dict[int, dict[int, Tensor]]) -> dict[int, float]:
    """Of each frame the largest element of all gradients, or what that is in the middle one if it is more there."""
    largest = {
        number: max((float(g.abs().max()) for g in found.values() if g.numel()), default=0.0)
        for number, found in gradients.items()
    }
    usual = sorted(largest.values())[len(largest) // 2] if largest else 0.0
    return {number: max(one, usual) for number, one in largest.items()}


def _handed(
    frames: list[Frame], gradients: dict[int, dict[int, Tensor]], largest: dict[int, float], parameter: int
) -> list[Evidence]:
    """The places at which the gradient stands, with the same factor at every step; nearest to the optimizer first."""
    places: dict[Key, dict[int, int]] = defaultdict(dict)
    order: list[Key] = []
    asked = [number for number in gradients if parameter in gradients[number]]
    for number in asked:
        for node in candidates(frames[number], parameter):
            key = frames[number].key(node)
            if key not in places:
                order.append(key)
            places[key].setdefault(number, node)
    found: list[Evidence] = []
    for key in order:
        if len(places[key]) < len(asked):
            continue
        evidence = Evidence(handed=key)
        for number, node in places[key].items():
            frame, wanted = frames[number], gradients[number]
            with torch.no_grad():
                handed = real(frame.replay.value(node))
            _weigh(evidence, number, handed, wanted[parameter], largest[number], 0.0)
            if evidence.differing:
                break
        _tiny_moves_fit(evidence)
        if evidence.holds and evidence.agreeing and _steady(list(evidence.factors.values())):
            found.append(evidence)
    for evidence in found[1:]:
        first, last = (places[e.handed][asked[0]] for e in (found[0], evidence) if e.handed is not None)
        evidence.counted = _counted_between(frames[asked[0]], first, last)
    return found


def _scaled_apart(frames: list[Frame], parameter: int, evidence: Evidence) -> bool:
    """Whether a gradient is multiplied, before it moves a parameter, with a number that the network computes and that
    is not computed from this gradient, as the norm is to which it is clipped."""
    if evidence.handed is None or not evidence.factors:
        return False
    frame = frames[min(evidence.factors)]
    own = candidates(frame, parameter)
    end = next((n for n in own if frame.key(n) == evidence.handed), None)
    for node, onward in _way(frame, frame.step.after[parameter], end) if end is not None else ():
        if frame.trace.operations[node] in ("multiply", "divide"):
            beside = [n for n in frame.trace.inputs(node) if n not in onward]
            numbers = [n for n in beside if n in frame.dependent and _size(frame, n) == 1]
            if any(n in frame.given or not frame.ancestors([n]).intersection(own) for n in numbers):
                return True
    return False


def _counted_between(frame: Frame, node: int, end: int) -> float:
    """The whole numbers that a value is multiplied with on its way to another one that is computed from it."""
    counts = 1.0
    for at, onward in _way(frame, node, end):
        if frame.trace.operations[at] not in _PRODUCTS:
            break
        for position, argument in enumerate(frame.trace.arguments[at][:2]):
            if not (isinstance(argument, Ref) and int(argument) in onward):
                count = _factors(frame, argument)[1]
                divides = frame.trace.operations[at] == "divide" and position == 1
                counts *= 1 / count if divides else count
    return counts


def _way(frame: Frame, node: int, end: int) -> Iterator[tuple[int, list[int]]]:
    """The nodes from one back to another that it is computed from, each with its inputs that are on the way."""
    for _ in range(_HOPS):
        if node == end:
            return
        onward = [n for n in frame.trace.inputs(node) if n == end or end in frame.ancestors([n])]
        yield node, onward
        if not onward:
            return
        node = onward[0]


def _steady(factors: list[float]) -> bool:
    return bool(factors) and max(factors) - min(factors) <= 1e-5 * max(abs(f) for f in factors)


def constants(frame: Frame, parameter: int) -> tuple[float, float]:
    """What a move is multiplied with on its way from the gradient: the product of the rates (numbers with a fraction),
    and the product of the counts (whole numbers)."""
    added = frame.added(parameter)
    if added is not None:
        return _multiplied(frame, added[0], 5)
    update = frame.step.after[parameter]
    scattered = frame.trace.arguments[update][-1] if frame.trace.operations[update].endswith(".at") else None
    return _multiplied(frame, int(scattered), 5) if isinstance(scattered, Ref) else (1.0, 1.0)


def _multiplied(frame: Frame, node: int, hops: int) -> tuple[float, float]:
    if node >= len(frame.trace):
        return 1.0, 1.0  # a value that is put in the place of a recorded one
    operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
    rates, counts = 1.0, 1.0
    if operation not in _PRODUCTS or not hops or node in frame.given:
        return rates, counts  # a parameter is no rate, whatever its first value was made from
    for position, argument in enumerate(arguments[:2]):
        if isinstance(argument, Ref) and (
            int(argument) in frame.dependent or int(argument) in frame.given or frame.trace.shape(int(argument)) != ()
        ):
            rate, count = _multiplied(frame, int(argument), hops - 1)
        else:
            rate, count = _factors(frame, argument)
        if operation == "divide" and position == 1:
            rate, count = 1 / rate if rate else 1.0, 1 / count if count else 1.0
        rates, counts = rates * rate, counts * count
    return rates, counts


def _factors(frame: Frame, argument: object) -> tuple[float, float]:
    """A constant as a product of rates and counts: `0.1 / 5` is the rate 0.1 and the count 1/5."""
    if isinstance(argument, Ref):
        node = int(argument)
        operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
        if operation in ("multiply", "divide") and len(arguments) == 2:
            (a, b), (c, d) = _factors(frame, arguments[0]), _factors(frame, arguments[1])
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
    if size == round(size):
        return 1.0, max(size, 1.0)
    return size, 1.0
