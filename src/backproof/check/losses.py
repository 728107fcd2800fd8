"""The losses that a program may descend: scalars that it computes, and standard losses of its output and targets."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from backproof.check.frame import Frame, Key
from backproof.check.memory import Ref
from backproof.check.operations import Tensor, real, tensor

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


@dataclass(frozen=True)
class Stated:
    """A scalar that the program computes, by where it stands."""

    key: Key
    shown: bool

    @property
    def site(self) -> int:
        return self.key[0]


@dataclass(frozen=True)
class Pair:
    """Where the program holds its output against its targets; `indexed` if the targets are the places of ones,
    `logarithm` if the output's logarithm is what meets them, `opposite` if one minus the targets is, `alone` if what
    stands there is the output, whose targets are whole numbers and not seen."""

    key: Key
    output_first: bool
    indexed: bool = False
    logarithm: bool = False
    opposite: bool = False
    alone: bool = False


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
        if kind in ("binary", "categorical"):
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
    margins = _margins(frames) if frames else set()
    for frame in frames:
        for node in sorted(frame.forward):
            if not is_scalar(frame, node):
                continue
            shown = node in frame.trace.shown
            if node in frame.backward or _is_balance(frame, _origin(frame, node)):
                continue
            if shown or _last(frame, node, margins):
                key = frame.key(_origin(frame, node))
                found[key] = found.get(key, False) or shown
    rows = sorted(found.items(), key=lambda row: not row[1])
    return [Stated(key, shown) for key, shown in rows[:40]]


def _is_balance(frame: Frame, node: int) -> bool:
    """Whether a number is the sum or mean of errors with their signs: what is too much makes up there for what is too
    little, so that nobody means to make it small."""
    trace = frame.trace
    if trace.operations[node] not in ("sum", "mean", "pysum", "average") or not trace.inputs(node):
        return False
    error = trace.inputs(node)[0]
    sides = [n for n in trace.inputs(error) if n in frame.dependent]
    others = [n for n in trace.inputs(error) if n not in frame.dependent]
    # one number that is taken from all of them, such as log(2), is no target
    apart = len(others) == 1 and (trace.shape(others[0]) != () or trace.shape(error) == ())
    return trace.operations[error] == "subtract" and len(sides) == 1 and apart


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
    for node in (node for node, site in enumerate(trace.sites) if site in sites):
        fixed = [a for a in trace.arguments[node] if not isinstance(a, Ref) or trace.operations[int(a)] == "leaf"]
        numbers = (trace.values[int(a)] if isinstance(a, Ref) else a for a in fixed)
        classes.setdefault(trace.sites[node], set()).update(
            float(number) for number in numbers if isinstance(number, int | float | np.number)
        )
    return {site for site, found in classes.items() if found == {-1.0, 1.0}}


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


def pairs(frames: list[Frame]) -> list[Pair]:
    """Where outputs meet targets, those first that the updates are computed from."""
    found: dict[Pair, bool] = {}
    constants: dict[Pair, set[float]] = defaultdict(set)
    for frame in frames:
        for node in sorted(frame.forward):
            for pair, constant in _pairs_at(frame, node):
                found[pair] = found.get(pair, False) or node in frame.backward
                if constant is not None:
                    constants[pair].add(constant)
    kept = [pair for pair in found if pair not in constants or len(constants[pair]) > 1 or not found[pair]]
    return sorted(kept, key=lambda pair: not found[pair])[:14]


def _pairs_at(frame: Frame, node: int) -> list[tuple[Pair, float | None]]:
    operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
    key = frame.key(node)
    if operation == "setitem":
        return [(Pair(key, True, True), None)] if _less_one(frame, node, arguments) else []
    if operation not in ("subtract", "divide", "multiply") or len(arguments) < 2:
        return []
    rows: list[tuple[Pair, float | None]] = []
    for position in (0, 1):
        output, target = arguments[position], arguments[1 - position]
        if (
            not isinstance(output, Ref)
            or int(output) not in frame.forward
            or isinstance(target, str | dict | type(None))
        ):
            continue
        if (operation == "divide" and position == 0) or _is_parameter(frame, int(output)):
            continue
        if isinstance(target, Ref):
            if int(target) in frame.dependent or int(target) in frame.given:
                continue
            shape, wanted = frame.trace.shape(int(target)), frame.trace.shape(int(output))
            behind = behind_logarithm(frame, int(output)) if operation == "multiply" else None
            if behind is not None and shape == wanted:
                rows.append((Pair(key, position == 0, logarithm=True), None))
                continue
            if operation == "multiply" and shape == wanted and _is_opposite(frame, int(target), int(output)):
                rows.append((Pair(key, position == 0, opposite=True), None))
                continue
            if operation != "subtract" and not (shape == wanted and _is_data(frame, int(target))):
                continue
            if shape != wanted and int(np.prod(shape)) != int(np.prod(wanted)):
                continue
            rows.append((Pair(key, position == 0), None))
        elif (
            isinstance(target, int | float)
            and (operation == "subtract" or (operation == "multiply" and target in (-1, 1)))
            and int(np.prod(frame.trace.shape(int(output)))) == 1
        ):
            rows.append((Pair(key, position == 0), float(target)))
    return rows


def _is_parameter(frame: Frame, node: int) -> bool:
    """Whether an array is a parameter times a number, which decays perhaps, and no network's output."""
    while frame.trace.operations[node] in ("multiply", "divide", "negative") and frame.trace.shape(node) != ():
        inputs = [n for n in frame.trace.inputs(node) if frame.trace.shape(n) != ()]
        if len(inputs) != 1:
            return False
        (node,) = inputs
    return node in frame.given and frame.trace.shape(node) != ()


def _is_data(frame: Frame, node: int) -> bool:
    """Whether a value comes from outside, or is a class, -1 or 1, that was made from such."""
    made = frame.trace.values[node]
    return frame.trace.operations[node] == "leaf" or (isinstance(made, np.ndarray) and bool((np.abs(made) == 1).all()))


def _is_opposite(frame: Frame, target: int, output: int) -> bool:
    """Whether a value is one minus some data, as in `p * (1 - t) - t * (1 - p)`."""
    arguments = frame.trace.arguments[target]
    less = frame.trace.operations[target] == "subtract" and len(arguments) == 2
    return less and arguments[0] in (1, 1.0) and frame.trace.operations[output] != "log"


def _less_one(frame: Frame, node: int, arguments: tuple[Any, ...]) -> bool:
    """Whether one is subtracted from some elements of an output: `probs[range(n), y] -= 1`, however it is written."""
    holder, _, new = arguments[:3]
    if not (isinstance(holder, Ref) and int(holder) in frame.dependent and isinstance(new, Ref)):
        return False
    operands = frame.trace.arguments[int(new)]
    if frame.trace.operations[int(new)] == "subtract" and len(operands) == 2 and operands[1] in (1, 1.0):
        return not isinstance(operands[1], Ref)
    before, after = frame.trace.values[int(holder)], frame.trace.values[node]
    if not (isinstance(before, np.ndarray) and isinstance(after, np.ndarray) and before.shape == after.shape):
        return False
    less = before.astype(float) - after
    ones = np.abs(less - 1.0) < 1e-6
    return bool(ones.any()) and bool((ones | (np.abs(less) < 1e-6)).all()) and not bool(ones.all())


def behind_logarithm(frame: Frame, node: int) -> int | None:
    """The output whose logarithm a node is, if it is one: `p` for log(p), log(p + 1e-8), log(clip(p, …))."""
    if frame.trace.operations[node] != "log":
        return None
    (inner,) = frame.trace.inputs(node)[:1] or (None,)
    for _ in range(3):
        if inner is None or inner not in frame.forward:
            return None
        operation, inputs = frame.trace.operations[inner], frame.trace.inputs(inner)
        if operation not in ("add", "clip", "maximum", "minimum") or len(inputs) != 1:
            return None if operation == "subtract" and len(inputs) == 1 else inner
        inner = inputs[0]
    return inner


def value(frame: Frame, loss: Loss) -> Tensor | None:
    """A loss at a frame; None where the program does not compute it, or where it makes no sense."""
    if isinstance(loss, Stated):
        nodes = [node for node in nodes_at(frame, loss.key) if is_scalar(frame, node)]
        # of a sum that grows, the last value holds all that was added in this step
        return real(frame.replay.value(nodes[-1])).reshape(()) if nodes else None
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


def nodes_at(frame: Frame, key: Key) -> list[int]:
    """The nodes of a step's forward pass that were computed at a place."""
    return frame.by_key.get(key, [])


def ends(frame: Frame, loss: Loss) -> list[int]:
    """The nodes that a loss is computed from last: its own, or the outputs that it is a standard loss of."""
    return nodes_at(frame, loss.key) if isinstance(loss, Stated) else output_nodes(frame, loss.pair)


def outputs(frame: Frame, pair: Pair) -> list[tuple[Tensor, Tensor]]:
    """Every output and its targets that meet at a place within a step."""
    rows: list[tuple[Tensor, Tensor]] = []
    seen: set[tuple[Any, Any]] = set()
    for node in nodes_at(frame, pair.key) if not pair.alone else ():
        arguments = frame.trace.arguments[node]
        if pair.indexed:
            if frame.trace.operations[node] != "setitem":
                continue
            output = real(frame.replay.value(int(arguments[0])))
            rows.append((output, _one_hot(frame, output, arguments[1])))
            continue
        if frame.trace.operations[node] not in ("subtract", "divide", "multiply"):
            continue
        first, second = (arguments[0], arguments[1]) if pair.output_first else (arguments[1], arguments[0])
        if not isinstance(first, Ref) or int(first) not in frame.forward:
            continue
        if pair.logarithm:
            behind = behind_logarithm(frame, int(first))
            if behind is None:
                continue
            first = Ref(behind)
        same = int(first), int(second) if isinstance(second, Ref) else second
        if same in seen:
            continue
        seen.add(same)
        output = real(frame.replay.value(int(first)))
        if pair.logarithm and isinstance(second, Ref) and frame.trace.operations[int(second)] == "negative":
            (second,) = frame.trace.arguments[int(second)][:1]  # -t log(p)
        target = real(frame.replay.value(int(second))) if isinstance(second, Ref) else real(float(second))
        if target.shape != output.shape and target.numel() == output.numel():
            target = target.reshape(output.shape)
        if pair.opposite:
            target = 1 - target
        rows.append((output, target.detach()))
    return rows


def output_nodes(frame: Frame, pair: Pair) -> list[int]:
    """The nodes of the outputs that meet targets at a place."""
    if pair.alone:
        return nodes_at(frame, pair.key)
    nodes: list[int] = []
    for node in nodes_at(frame, pair.key):
        arguments = frame.trace.arguments[node]
        output = arguments[0] if pair.indexed or pair.output_first else arguments[-1]
        if isinstance(output, Ref):
            behind = behind_logarithm(frame, int(output)) if pair.logarithm else int(output)
            nodes += [behind] if behind is not None else []
    return nodes


def _one_hot(frame: Frame, output: Tensor, where: Any) -> Tensor:
    target = torch.zeros_like(output)
    for earlier in (
        [int(where)]
        if isinstance(where, Ref)
        else [int(w) for w in where if isinstance(w, Ref)]
        if isinstance(where, tuple)
        else []
    ):
        frame.replay.value(earlier)
    try:
        index = frame.replay.resolved(where)
        index = (
            tuple(tensor(i).long() if not isinstance(i, int | slice) else i for i in index)
            if isinstance(index, tuple)
            else index
        )
        target[index] = 1.0
    except (TypeError, IndexError, RuntimeError, ValueError):
        pass
    return target.detach()
