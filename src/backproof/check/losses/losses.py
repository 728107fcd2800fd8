"""The losses that a program may descend: scalars that it computes, and standard losses of its output and targets."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch

from backproof.check.losses.before_move import candidates, size_of
from backproof.check.losses.evidence import SAME
from backproof.check.losses.outputs import Pair, nodes_at, output_nodes, outputs
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.kept import kept
from backproof.check.replay.operations import Tensor, real

KINDS = {
    "squared": "the squared error",
    "absolute": "the absolute error",
    "binary": "binary cross-entropy",
    "categorical": "cross-entropy",
    "logistic": "the logistic loss",
    "hinge": "the hinge loss",
    "squared hinge": "the squared hinge loss",
    "poisson": "the Poisson deviance",
    "log-cosh": "the log-cosh loss",
    "perceptron": "the perceptron criterion",
}
_LAID_OUT = ("multiply", "divide", "negative", "view", "getitem")
ENTROPIES = frozenset({"binary", "categorical"})


@dataclass(frozen=True)
class Stated:
    """A scalar that the program computes, by where it stands."""

    key: Key
    shown: bool

    @property
    def site(self) -> int:
        return self.key[0]


@dataclass(frozen=True)
class Standard:
    """A standard loss of an output and its targets."""

    kind: str
    pair: Pair

    @property
    def site(self) -> int:
        return self.pair.key[0]


Loss = Stated | Standard

_FORMS = {"squeeze", "float", "copy", "asarray", "array", "reshape", "ravel", "astype", "item", "round", "around"}
_LISTS = {"array", "asarray", "stack_list"}
_READ = ("leaf", "getitem")  # what data are, as they were or an element of them
_WEIGHTS = 50  # of the samples of a batch, the first ones
_FOLLOWED = 2000  # values that are made of a number, until one moves something
_FACTORS = 4  # between an exponential and an output


FORMULAS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squared": lambda p, t: 0.5 * torch.sum((p - t) ** 2),
    "absolute": lambda p, t: torch.sum(torch.abs(p - t)),
    "binary": lambda p, t: -torch.sum(_part(t, p) + _part(1 - t, 1 - p)),
    "categorical": lambda p, t: -torch.sum(_part(t, p)),
    "logistic": lambda p, t: torch.sum(torch.nn.functional.softplus(-p * t)),
    "hinge": lambda p, t: torch.sum(torch.clamp(1 - p * t, min=0.0)),
    "squared hinge": lambda p, t: torch.sum(torch.clamp(1 - p * t, min=0.0) ** 2),
    "poisson": lambda p, t: torch.sum(p - _part(t, p)),
    "log-cosh": lambda p, t: torch.sum(torch.logaddexp(p - t, t - p)),
}


def _part(weight: Tensor, probability: Tensor) -> Tensor:
    """weight · log(probability), and 0 where the weight is 0 whatever the probability."""
    safe = torch.where(weight == 0, torch.ones_like(probability), probability)
    return weight * torch.log(safe)


def _plausible(kind: str, output: Tensor, target: Tensor) -> bool:
    with torch.no_grad():
        if kind in ENTROPIES:
            inside = bool((output >= 0).all() and (output <= 1 + 1e-9).all())
            return inside and bool((target >= 0).all() and (target <= 1).all())
        if kind in ("logistic", "hinge", "squared hinge"):
            return bool((target.abs() == 1).all())
        if kind == "poisson":
            return bool((output > 0).all() and (target >= 0).all())
    return True


def stated_losses(frames: list[Frame]) -> list[Stated]:
    """The scalars that nothing else in the step is computed from, and those that are shown; shown ones first."""
    found: dict[Key, bool] = {}
    later: set[Key] = set()  # at the last steps nothing is left to be moved by these
    margins = _margins(frames) | _weighted(frames) if frames else set()
    # it may be told now and then, and be computed at every step
    told = {frames[0].key(node) for node in frames[0].trace.shown} if frames else set()
    for frame in frames:
        # what is computed for the moves at other turns of a loop, and put beside these, is not told as a loss
        moving = {frame.key(node) for node in frame.backward}
        kept = _made_of_states(frame)
        measures = _measures(frame) | _of_weights_alone(frame)
        balances = {frame.key(node) for node in frame.forward if is_scalar(frame, node) and _is_balance(frame, node)}
        for node in sorted(frame.forward):
            if node in measures or not is_scalar(frame, node):
                continue
            shown = (node in frame.trace.shown or frame.key(node) in told) and frame.key(node) not in moving
            if node in frame.backward or frame.key(_origin(frame, node)) in balances or _is_turned_error(frame, node):
                continue
            if shown or (node not in kept and _last(frame, node, margins)):
                key = frame.key(_origin(frame, node))
                found[key] = found.get(key, False) or shown
                if not shown and _moves_later(frame, node):
                    later.add(key)
    rows = sorted(
        ((key, shown) for key, shown in found.items() if shown or key not in later), key=lambda row: not row[1]
    )
    return [Stated(key, shown) for key, shown in rows[:40]]


def _made_of_states(frame: Frame) -> set[int]:
    """What is computed from what an optimizer keeps, as the slope along its direction that a line search asks for."""
    chains = frame.training.chains
    states = [v for n in frame.training.states for v in chains[n].versions if v is not None and v <= frame.step.end]
    return frame.onward(states, range(frame.step.start, frame.horizon), frame.horizon) if states else set()


def _moves_later(frame: Frame, node: int) -> bool:
    """Whether a later step moves something by what is kept of a number: as by the sum of squared gradients, of which
    only that row gets one that the step is about."""
    updates, readers = frame.training.moves, frame.training.readers
    nearest, seen = deque([node]), {node}
    while nearest and len(seen) < _FOLLOWED:
        for reader in readers[nearest.popleft()]:
            if reader in updates:
                return True
            if reader not in seen:
                seen.add(reader)
                nearest.append(reader)
    return False


def _gradients(frame: Frame) -> set[int]:
    """The arrays that a single parameter is moved by."""
    moved = frame.step.after if frame.backward else ()
    found = {(parameter, node) for parameter in moved for node in candidates(frame, parameter)}
    return {n for p, n in found if frame.reached.get(n) == {p} and size_of(frame, n) > 1}


def _measures(frame: Frame) -> set[int]:
    """What is computed from gradients alone, as their largest element is: it tells how far training has come, and
    nobody means to make it small by its own gradient."""
    gradients, found = _gradients(frame), set[int]()
    for node in sorted(frame.forward) if gradients else ():
        inputs = [n for n in frame.trace.inputs(node) if n in frame.forward or n in frame.given]
        if inputs and all(n in gradients or n in found for n in inputs):
            found.add(node)
    return found


def _of_weights_alone(frame: Frame) -> set[int]:
    """What is computed from the parameters and nothing else, as how long a weight is, where data move them: it tells
    what has become of them, and nobody means to make it small."""
    known, trace = {*frame.dependent, *frame.given}, frame.trace

    def reads_data(node: int, *, arrays: bool) -> bool:
        return any(n not in known and (not arrays or trace.shape(n) != ()) for n in trace.inputs(node))

    if not any(reads_data(node, arrays=True) for node in frame.backward):
        return set()
    found = set[int]()
    for node in sorted(frame.forward):
        inputs = trace.inputs(node)
        if not reads_data(node, arrays=False) and all(n in frame.given or n in found for n in inputs):
            found.add(node)
    return found


def _is_balance(frame: Frame, node: int) -> bool:
    """Whether a number is the sum or mean of errors with their signs: what is too much makes up there for what is too
    little, so that nobody means to make it small."""
    trace = frame.trace
    if trace.operations[node] not in ("sum", "mean", "pysum", "average") or not trace.inputs(node):
        return False
    error = trace.inputs(node)[0]
    while trace.operations[error] in _LAID_OUT and len(trace.inputs(error)) == 1:
        (error,) = trace.inputs(error)  # twice the errors, as a slope is, or a row of them
    sides = [n for n in trace.inputs(error) if n in frame.dependent]
    others = [n for n in trace.inputs(error) if n not in frame.dependent]
    # one number that is taken from all of them, such as log(2), is no target
    apart = len(others) == 1 and (trace.shape(others[0]) != () or trace.shape(error) == ())
    return trace.operations[error] == "subtract" and len(sides) == 1 and apart


def _is_turned_error(frame: Frame, node: int) -> bool:
    """Whether a number is the transpose of something that the moves are computed from: a gradient of a single bias,
    that nobody moves perhaps, and no loss."""
    made = frame.trace.operations[node] == "transpose"
    return made and _origin(frame, frame.trace.inputs(node)[0]) in frame.backward


def _origin(frame: Frame, node: int) -> int:
    """The number that a shown one is only another form of."""
    while frame.trace.operations[node] in _FORMS:
        inputs = [n for n in frame.trace.inputs(node) if n in frame.forward]
        if len(inputs) != 1 or not is_scalar(frame, inputs[0]):
            break
        node = inputs[0]
    return node


def _margins(frames: list[Frame]) -> set[int]:
    """The places at which an output is multiplied by its class, -1 or 1: that tells how sure an answer is, no more."""
    trace = frames[0].trace
    scalars = {n for f in frames for n in f.forward if trace.operations[n] == "multiply" and is_scalar(f, n)}
    sites = {trace.sites[node] for node in scalars}
    classes: dict[int, set[float]] = {}
    for node in (node for site in sites for node in trace.by_site[site]):
        fixed = [a for a in trace.arguments[node] if not isinstance(a, Ref) or trace.operations[int(a)] in _READ]
        numbers = (trace.values[int(a)] if isinstance(a, Ref) else a for a in fixed)
        classes.setdefault(trace.sites[node], set()).update(
            float(number) for number in numbers if isinstance(number, int | float | np.number)
        )
    return {site for site, found in classes.items() if found == {-1.0, 1.0}}


def _weighted(frames: list[Frame]) -> set[int]:
    """The places at which a number is multiplied with a weight of its own, as that of a sample, or a reward: the loss
    is the weighted one. A count of samples, or a share of it, is no weight."""
    weights: dict[int, set[float]] = defaultdict(set)
    for frame in frames:
        known = {*frame.dependent, *frame.given}
        products = (n for n in frame.forward if frame.trace.operations[n] == "multiply" and n not in frame.backward)
        for node in products:
            made, *others = sorted(frame.trace.inputs(node), key=lambda n: n not in frame.dependent) or [-1]
            if made in frame.forward and len(others) == 1 and others[0] not in known:
                value = frame.trace.values[others[0]]
                if isinstance(value, int | float | np.number | np.ndarray):
                    weights[frame.trace.sites[node]].update(
                        np.ravel(np.asarray(value, dtype=float))[:_WEIGHTS].tolist()
                    )
    return {site for site, found in weights.items() if len(found) > 1 and not _are_counts(found)}


def _are_counts(numbers: set[float]) -> bool:
    """Whether all numbers are counts, or all are shares by one."""
    ways = (numbers, {1 / number for number in numbers}) if min(numbers) > 0 else ()
    return any(all(abs(one - round(one)) <= SAME * one for one in way) for way in ways)


def _last(frame: Frame, node: int, margins: set[int]) -> bool:
    """Whether nothing but this scalar (its root, its share of an average) is made of a scalar, no margin either."""
    if frame.trace.sites[node] in margins:
        return False
    for reader in frame.training.readers[node]:
        if reader not in frame.forward:
            continue
        inputs = [earlier for earlier in frame.trace.inputs(reader) if earlier in frame.forward]
        if _lists(frame, reader) and reader not in frame.backward:
            continue  # several numbers are written down together
        if reader in frame.backward or len(set(inputs)) > 1 or not is_scalar(frame, reader):
            return False
        if frame.trace.sites[reader] in margins:
            return False
    return True


def _lists(frame: Frame, node: int) -> bool:
    """Whether several numbers are put side by side: in an array, or in what is added to one, as `sums += (a, b)`."""
    trace = frame.trace
    if trace.operations[node] == "setitem":
        return True  # into an array, which keeps one for each step
    if trace.operations[node] in _LISTS:
        return all(is_scalar(frame, n) for n in trace.inputs(node))
    held = [argument for argument in trace.arguments[node] if isinstance(argument, tuple | list)]
    listed = {int(item) for items in held for item in items if isinstance(item, Ref)}
    own = {n for n in trace.inputs(node) if n in frame.forward}
    return trace.operations[node] in ("add", "subtract") and own <= listed and all(is_scalar(frame, n) for n in own)


def is_scalar(frame: Frame, node: int) -> bool:
    value = frame.trace.values[node]
    if isinstance(value, np.ndarray):
        return value.size == 1 and value.dtype.kind == "f"
    return isinstance(value, float)


def told_at(frame: Frame, loss: Stated) -> int | None:
    """Where a stated loss is computed in a step: of a sum that grows, the last value holds all that was added."""
    return next((node for node in reversed(nodes_at(frame, loss.key)) if is_scalar(frame, node)), None)


@kept
def _all_told(frame: Frame, loss: Stated) -> list[int]:
    """What a stated loss is in a step: of a sum that grows, its last value; of several that do not go into each other,
    as of the episodes, or the samples, that a step learns from, each of them."""
    each: list[int] = []
    made: set[int] = set()  # what those that count are computed from
    for node in reversed([n for n in nodes_at(frame, loss.key) if is_scalar(frame, n)]):
        if node not in made:
            own = frame.ancestors([node], frame.forward) - made
            # what nothing is learnt from is of a turn that another one goes on from
            if not each or not frame.backward.isdisjoint(own):
                each.append(node)
            made |= own
    return each[::-1]


def value(frame: Frame, loss: Loss) -> Tensor | None:
    """A loss at a frame; None where the program does not compute it, or where it makes no sense."""
    if isinstance(loss, Stated):
        parts = [real(frame.replay.value(node)).reshape(()) for node in _all_told(frame, loss)]
        return sum(parts[1:], parts[0]) if parts else None
    if loss.kind == "poisson" and not all(_is_exponential(frame, node) for node in output_nodes(frame, loss.pair)):
        return None
    total: Tensor | None = None
    for output, target in outputs(frame, loss.pair):
        if not _plausible(loss.kind, output, target):
            return None
        part = FORMULAS[loss.kind](output, target)
        total = part if total is None else total + part
    return total


def _is_exponential(frame: Frame, node: int) -> bool:
    """Whether an output is an exponential, perhaps times what is known of each sample: how often something is expected,
    and no probability."""
    for _ in range(_FACTORS):
        operation = frame.trace.operations[node]
        inputs = [n for n in frame.trace.inputs(node) if n in frame.forward]
        if operation == "exp" or len(inputs) != 1 or operation not in (*_FORMS, "multiply", "getitem", "transpose"):
            return operation == "exp"
        (node,) = inputs
    return False


def ends(frame: Frame, loss: Loss) -> list[int]:
    """The nodes that a loss is computed from last: its own, or the outputs that it is a standard loss of."""
    return nodes_at(frame, loss.key) if isinstance(loss, Stated) else output_nodes(frame, loss.pair)


def computed_from(frame: Frame, loss: Loss) -> set[int]:
    """The nodes of the forward pass that a loss is computed from, back to the parameters, its ends too."""
    return frame.ancestors(ends(frame, loss), frame.forward)


def reaches(frame: Frame, loss: Loss, parameters: Iterable[int]) -> set[int]:
    """Those of some parameters that a loss is computed from, whatever its gradient is: where an input is zero, that is
    zero, too."""
    behind = computed_from(frame, loss)
    starts = {p: start for p in parameters if (start := frame.step.before.get(p)) is not None}
    return {p for p, start in starts.items() if not behind.isdisjoint(frame.training.readers[start])}
