"""What a program does near the recorded points, where nothing is special: some values there may be small, so that an
activation is its own derivative's argument, or scales may still be one."""

import numpy as np
import torch

from backproof.check.cut.parameters import Training
from backproof.check.losses.evidence import largest_of, same_factor
from backproof.check.losses.losses import ENTROPIES, Loss, Standard, computed_from
from backproof.check.losses.match import Match, match
from backproof.check.losses.outputs import outputs
from backproof.check.record.memory import Array, Ref
from backproof.check.record.trace import PRODUCTS, WRITES, Trace
from backproof.check.replay.drawn import is_drawn
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real

_FACTORS = (*PRODUCTS, "multiply")
_CHOOSING = ("equal", "argmax", "argmin", "greater_equal", "less", "not_equal")
_DECIDING = (
    "greater",
    "less",
    "greater_equal",
    "less_equal",
    "maximum",
    "minimum",
    "fmax",
    "where",
    "heaviside",
    "sign",
)
_SEEDS = (17, 18)
_SPREAD = 0.3  # how far a point is from the recorded one, beside the size of a parameter
_TINIEST = 1e-290  # numbers below it have fewer digits
_FAINT = 1e-6  # of the recorded gradients; what is smaller at a point near them has lost its digits


def differing_elsewhere(
    training: Training, points: list[int], frames: list[Frame], found: Match
) -> tuple[list[Frame], Match] | None:
    """Points at which some parameter does not follow a loss that it follows at the recorded ones, and what they say;
    None if all do, or if that cannot be known.

    Args:
        points: the numbers of the steps to look at.
        frames: the recorded points, at which `found` holds.
    """
    if any(_loses_lineage(frame) or _branches(frame, found.loss) for frame in frames[:1]):
        return None
    strays: set[int] | None = None
    told: tuple[list[Frame], Match] | None = None
    usual = max(largest_of(frames, found.gradients).values(), default=0.0)
    plain = {p for p, e in found.evidence.items() if e.agreeing and not e.decay}
    for seed in _SEEDS:
        moved = [Frame(training, number, moved=seed, spread=_SPREAD) for number in points]
        there = match(moved, found.loss)
        if there is None or any(frame.replay.opaque for frame in moved):
            return None
        if any(_chooses_otherwise(frame, found.loss) for frame in moved):
            return None  # where a maximum stands was written down as a place, and it stands elsewhere there
        faint = max(largest_of(moved, there.gradients).values(), default=0.0) < _FAINT * usual
        if faint or any(_clips(frame, found.loss) or _is_without_digits(frame, found.loss) for frame in moved):
            return None  # all is saturated there, or so steep that it is clipped
        wrong = {p for p, e in there.evidence.items() if p in plain and e.differing > 1 and not e.agreeing}
        single = _with_factors_of_their_own(found, there, moved)
        wrong = {p for p in wrong | single if not _stays(p, moved, frames)}
        if wrong:  # where a probability is as small as what keeps a logarithm finite, the two gradients part
            bare = [Frame(training, n, moved=seed, spread=_SPREAD, without_epsilon=True) for n in points]
            again = match(bare, found.loss)
            known = again.evidence if again is not None else {}
            apart = _with_factors_of_their_own(found, again, bare) if again is not None else set()
            wrong = {p for p in wrong if p in known and (p in apart or not (p in single or known[p].agreeing))}
        strays = wrong if strays is None else strays & wrong
        if not strays:
            return None
        told = moved, there
    return told


def _with_factors_of_their_own(found: Match, there: Match, frames: list[Frame]) -> set[int]:
    """The parameters of which single numbers are moved, by the factor of the others at the recorded points and by
    another one there: a single number is a multiple of any other. What decays as the others do has none of its own.

    Args:
        frames: the points that `there` is the evidence of.
    """
    odd: set[int] = set()
    for parameter, evidence in there.evidence.items():
        here = found.evidence.get(parameter)
        plain = here is not None and here.handed is None and not here.decay and evidence.handed is None
        if here is None or not plain or _tells(found, parameter) or not _has_factor_of_others(found, parameter):
            continue
        told = [n for n in evidence.factors if _usual(there, parameter, n)]
        off = [n for n in told if not any(same_factor(evidence.factors[n], f) for f in _usual(there, parameter, n))]
        if len(off) > 1 and len(off) == len(told) and not _decays_as_others(there, parameter, off, frames):
            odd.add(parameter)
    return odd


def _decays_as_others(there: Match, parameter: int, numbers: list[int], frames: list[Frame]) -> bool:
    """Whether single numbers lose the same share of themselves, beside the gradient, as another parameter does."""
    shares = {e.decay for p, e in there.evidence.items() if p != parameter and e.decay}
    for number in numbers:
        moved, start = frames[number].move(parameter), frames[number].start(parameter).detach()
        gradient = there.gradients[number][parameter]
        at = (moved != 0) | (gradient != 0)
        factor = _usual(there, parameter, number)[0]
        lost = (moved[at] / factor - gradient[at]) / start[at]
        shares = {share for share in shares if all(same_factor(float(each), share) for each in lost)}
    return bool(shares)


def _has_factor_of_others(found: Match, parameter: int) -> bool:
    factors = found.evidence[parameter].factors
    rows = [(factor, _usual(found, parameter, n)) for n, factor in factors.items()]
    return bool(rows) and all(any(same_factor(factor, other) for other in others) for factor, others in rows)


def _usual(found: Match, parameter: int, number: int) -> list[float]:
    """The factors of the other parameters at a step, of those of which several numbers agree."""
    others = (e for p, e in found.evidence.items() if p != parameter and e.handed is None and _tells(found, p))
    return [evidence.factors[number] for evidence in others if number in evidence.factors and evidence.agreeing]


def _tells(found: Match, parameter: int) -> bool:
    """Whether a gradient has several elements, so that not every move is a multiple of it."""
    return any(int((g[parameter] != 0).sum()) > 1 for g in found.gradients.values() if parameter in g)


def _stays(parameter: int, moved: list[Frame], frames: list[Frame]) -> bool:
    """Whether a parameter's moves are the same elsewhere: nothing that is followed leads to them from the point, as
    where a derivative is taken from the imaginary part of a complex number."""
    recorded = {frame.number: frame.moves.get(parameter) for frame in frames}
    pairs = [(frame.moves.get(parameter), recorded.get(frame.number)) for frame in moved]
    return all(
        there is not None and here is not None and torch.allclose(there, here, rtol=1e-9) for there, here in pairs
    )


def is_cut_off(frame: Frame, loss: Loss) -> bool:
    """Whether something that a loss is computed from is really clipped at a point."""
    return _is_clipped(frame, computed_from(frame, loss))


def probabilities(frame: Frame, loss: Loss) -> list[Tensor]:
    """What an entropy is of at a point; nothing of another loss."""
    if not isinstance(loss, Standard) or loss.kind not in ENTROPIES:
        return []
    return [out.detach() for out, _ in outputs(frame, loss.pair)]


def _is_without_digits(frame: Frame, loss: Loss) -> bool:
    """Whether an entropy is of a probability that is 0, or so near it that it has lost its digits."""
    met = probabilities(frame, loss)
    rests = [1 - out for out in met] if isinstance(loss, Standard) and loss.kind == "binary" else []
    return any(bool((share < _TINIEST).any()) for share in (*met, *rests))


def _clips(frame: Frame, loss: Loss) -> bool:
    """Whether something on the way back from a loss is really clipped, and not only where it would be larger."""
    return _is_clipped(frame, frame.backward - computed_from(frame, loss))


def _is_clipped(frame: Frame, nodes: set[int]) -> bool:
    """Whether some of several values are clipped, and are other ones by that."""
    for node in nodes:
        if frame.trace.operations[node] == "clip" and (inputs := frame.trace.inputs(node)):
            with torch.no_grad():
                before, after = real(frame.replay.value(inputs[0])), real(frame.replay.value(node))
            if before.shape == after.shape and not torch.equal(before, after):
                return True
    return False


def _chooses_otherwise(frame: Frame, loss: Loss) -> bool:
    """Whether the largest of some hidden values is another one than at the recorded point, as in a pooling layer, and
    nothing that is followed tells which. (Which output is the largest tells how many are right, and moves nothing.)"""
    trace = frame.trace
    compared = {n for node in frame.dependent if trace.operations[node] in _CHOOSING for n in trace.inputs(node)}
    path = computed_from(frame, loss)
    for node in path:
        if trace.operations[node] not in ("max", "amax", "maximum.reduce") or not trace.inputs(node):
            continue
        (values, *_) = trace.inputs(node)
        if {node, values} & compared or not _is_hidden(frame, node, path):
            continue
        here, there = trace.values[values], frame.replay.value(values)
        if isinstance(here, np.ndarray) and not _same_places(here, real(there).detach().numpy()):
            return True
    return False


def _branches(frame: Frame, loss: Loss) -> bool:
    """Whether the network may decide by single numbers, as in `z if z > 0 else 0`, what its gradient decides by whole
    arrays, or the other way round: a branch that was taken is not followed elsewhere, and a comparison is."""
    path = computed_from(frame, loss)
    ahead = frame.ancestors(
        (i for n in path if frame.trace.operations[n] in PRODUCTS for i in frame.trace.inputs(n)), path
    )
    behind = frame.backward - path
    compared, otherwise = (any(frame.trace.operations[n] in _DECIDING for n in nodes) for nodes in (ahead, behind))
    if compared == otherwise:
        return False
    return any(frame.trace.shape(n) == () or _writes_a_number(frame.trace, n) for n in (behind if compared else ahead))


def _writes_a_number(trace: Trace, node: int) -> bool:
    """Whether a number that is written down is put into one element, whatever it was: `slope[i][j] = 1`."""
    *places, value = trace.arguments[node][1:] or (None,)
    plain = isinstance(value, int | float) and not any(isinstance(place, Ref) for place in places)
    return trace.operations[node] in WRITES and plain


def _same_places(one: Array, other: Array) -> bool:
    """Whether two arrays have their largest element at the same place, along every axis."""
    if one.shape != other.shape or not one.size:
        return False
    return all(np.array_equal(one.argmax(axis), other.argmax(axis)) for axis in range(one.ndim)) and (
        one.argmax() == other.argmax()
    )


def _is_hidden(frame: Frame, node: int, path: set[int]) -> bool:
    """Whether the network, on the path to its loss, goes on to multiply a value with its weights."""
    trace = frame.trace
    stack, seen = [node], set[int]()
    while stack:
        for reader in frame.training.readers[stack.pop()]:
            if reader in path and reader not in seen:
                if trace.operations[reader] in PRODUCTS:
                    return True
                seen.add(reader)
                stack.append(reader)
    return False


def _loses_lineage(frame: Frame) -> bool:
    """Whether a value that may be made of others came into a step from nowhere: a mask or a count of a forward value's
    shape, or what the way back is multiplied with."""
    trace = frame.trace
    fed = {e for node in frame.backward for e in trace.inputs(node) if e > frame.step.start}
    if any(trace.operations[e] in WRITES for e in fed & frame.training.others):
        return True  # what is written place by place looks like something that is trained by itself
    shapes = {trace.shape(node) for node in frame.forward} - {()}
    fresh = {
        (e, trace.operations[node])
        for node in frame.backward
        for e in trace.inputs(node)
        if e > frame.step.start and e not in frame.dependent and trace.operations[e] == "leaf"
    }
    ahead = {e for node in frame.forward for e in trace.inputs(node)}
    return any(
        trace.shape(node) in shapes
        if _kind(trace, node) in "iub"
        else reader in _FACTORS and node not in ahead and trace.shape(node) != () and not is_drawn(frame.trace, node)
        for node, reader in fresh
    )


def _kind(trace: Trace, node: int) -> str:
    return str(getattr(trace.values[node], "dtype", np.dtype(float)).kind)
