"""A pair of outputs and targets: where they meet, and what they are at a step."""

from dataclasses import dataclass
from functools import partial
from itertools import starmap
from typing import Any

import torch

from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor, real, tensor
from backproof.check.replay.operations.places import layout

WRITTEN = ("setitem", "setview")  # `p[y] -= 1`; of a column, the element is looked at as an array


@dataclass(frozen=True)
class Pair:
    """Where the program holds its output against its targets; `indexed` if the targets are the places of ones,
    `logarithm` if the output's logarithm is what meets them, `opposite` if one minus the targets is, `alone` if what
    stands there is the output, whose targets are whole numbers and not seen, `held` if the targets are what the network
    says itself of something else, see `_is_held`, `shared` if several outputs meet one number, `parted` if the parts of
    the output are subtracted from the target one by one, `turned` if minus the target is what meets it, as in the slope
    `where(y == 1, -1, 1)`, `slipped` if one of them goes in with the other sign, `also`
    where other outputs meet theirs, one number each."""

    key: Key
    output_first: bool
    indexed: bool = False
    logarithm: bool = False
    opposite: bool = False
    alone: bool = False
    held: bool = False
    shared: bool = False
    parted: bool = False
    turned: bool = False
    slipped: bool = False
    also: tuple[Key, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.key, *self.also


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


def inner_errors(frame: Frame, node: int) -> list[int]:
    """The errors that an error is made of by one part more of the output: of `y - w * x - b`, or `w * x - y + b`, that
    is the first difference, which comes last here, and meets the target. Empty where it is made of none."""
    return _inner_errors(frame, node)[0]


def takes_away(frame: Frame, node: int) -> bool:
    """Whether an error has the intercept of its output with the other sign, as `y - w * x + b` without its brackets."""
    return _inner_errors(frame, node)[1]


def _inner_errors(frame: Frame, node: int) -> tuple[list[int], bool]:
    """The errors that an error is made of, and whether the parts of the output go in with different signs."""
    trace, found, parts = frame.trace, list[int](), list[tuple[int, int]]()
    operation = trace.operations[node]

    def computed(argument: Any) -> bool:
        return isinstance(argument, Ref) and (int(argument) in frame.forward or int(argument) in frame.given)

    def alone(parts: list[tuple[int, int]]) -> bool:
        return all(part in frame.given for _, part in parts)

    while operation in ("add", "subtract") and len(trace.arguments[node]) == 2:
        before, part = trace.arguments[node]
        if found and trace.operations[node] == "subtract" and computed(before) != computed(part):
            if any(starmap(partial(_decays, frame), parts)):
                return [], False
            meets = "subtract" if computed(part) else "add"  # the parts go in as the output does, or one has slipped
            return (found, False) if operation == meets else (found, True) if alone(parts) else ([], False)
        same = trace.operations[node] == operation and computed(part) and computed(before)
        if not same or int(before) in frame.given or trace.shape(int(before)) != trace.shape(node):
            return [], False
        parts.append((int(before), int(part)))
        node = int(before)
        found.append(node)
    return [], False


def _decays(frame: Frame, error: int, part: int) -> bool:
    """Whether a part is made of what an error is already made of, as a share of `b[i]` is that is taken from the error
    for `b[i]` to become smaller: it is no part of the output."""
    before, own = (_read(frame, node) for node in (error, part))
    return bool(own) and own <= before


def _read(frame: Frame, node: int) -> set[tuple[int, str]]:
    """The parameters that a value is computed from, or the parts of them."""
    trace, made = frame.trace, frame.ancestors([node], frame.forward)
    found = {(node, "")} if node in frame.given else set[tuple[int, str]]()
    for one in made:
        place = str(trace.arguments[one][1:]) if trace.operations[one] in ("getitem", "view") else ""
        found |= {(earlier, place) for earlier in trace.inputs(one) if earlier in frame.given}
    return found


def nodes_at(frame: Frame, key: Key) -> list[int]:
    """The nodes of a step's forward pass that were computed at a place."""
    return frame.by_key.get(key, [])


def _meeting(frame: Frame, pair: Pair, node: int) -> int:
    """Where a target itself is met."""
    return [node, *inner_errors(frame, node)][-1] if pair.parted else node


def _meetings(frame: Frame, pair: Pair) -> list[int]:
    return [node for key in pair.keys for node in nodes_at(frame, key)]


def outputs(frame: Frame, pair: Pair) -> list[tuple[Tensor, Tensor]]:
    """Every output and its targets that meet at a place within a step."""
    rows: list[tuple[Tensor, Tensor]] = []
    seen: set[tuple[Any, Any]] = set()
    at: dict[int, int] = {}  # of an output of which one is subtracted element by element, its row
    meetings = _meetings(frame, pair) if not pair.alone else []
    writes = any(frame.trace.operations[node] in WRITTEN for node in meetings)
    picking = WRITTEN if writes else ("getitem",)  # what is written is read there, too
    for node in meetings:
        arguments = frame.trace.arguments[node]
        if pair.indexed:
            if frame.trace.operations[node] not in picking:
                continue
            first = _before_others(frame, int(arguments[0]), pair)
            output = real(frame.replay.value(_unturned(frame, first)))
            looked_at = frame.trace.operations[node] == "setview"
            ones = _ones_seen(output, *arguments[1:-1]) if looked_at else _one_hot(frame, output, arguments[1])
            if at.setdefault(first, len(rows)) < len(rows) and first != int(arguments[0]):
                rows[at[first]] = output, rows[at[first]][1] + ones
            else:
                rows.append((output, ones))
            continue
        if pair.parted:
            if within := inner_errors(frame, node):
                error = real(frame.replay.value(node))
                target = _alike(_value(frame, frame.trace.arguments[within[-1]][1 if pair.output_first else 0]), error)
                output = target + error if pair.output_first else target - error
                rows.append((output, target.expand_as(output)))
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
        if not (pair.logarithm or pair.opposite) and frame.trace.operations[node] == "multiply":
            first, second = _plain(frame, first), _plain(frame, second)  # -t * p, or t * -p, in a margin
        same = int(first), int(second) if isinstance(second, Ref) else repr(second)
        if same in seen:
            continue
        seen.add(same)
        output = real(frame.replay.value(int(first)))
        if pair.logarithm and isinstance(second, Ref) and frame.trace.operations[int(second)] == "negative":
            (second,) = frame.trace.arguments[int(second)][:1]  # -t log(p)
        target = _alike(_value(frame, second), output)
        rows.append((output, 1 - target if pair.opposite else -target if pair.turned else target))
    return rows


def _plain(frame: Frame, argument: Any) -> Any:
    """A value without a minus before it."""
    negative = isinstance(argument, Ref) and frame.trace.operations[int(argument)] == "negative"
    return frame.trace.arguments[int(argument)][0] if negative else argument


def _unturned(frame: Frame, node: int) -> int:
    """An output of which one is subtracted, or to the negative of which one is added."""
    return int(_plain(frame, Ref(node)))


def _value(frame: Frame, argument: Any) -> Tensor:
    return real(frame.replay.value(int(argument))) if isinstance(argument, Ref) else real(float(argument))


def _alike(target: Tensor, output: Tensor) -> Tensor:
    """Targets in the shape of their outputs."""
    return (target.reshape(output.shape) if target.numel() == output.numel() else target).detach()


def _before_others(frame: Frame, node: int, pair: Pair) -> int:
    """An output before one was subtracted from other elements of it, or elements were set to what they are."""
    trace = frame.trace
    while trace.operations[node] in WRITTEN and isinstance(holder := trace.arguments[node][0], Ref):
        new = trace.arguments[node][-1]
        read = trace.arguments[int(new)] if isinstance(new, Ref) and trace.operations[int(new)] == "getitem" else ()
        if frame.key(node) not in pair.keys and read[:2] != trace.arguments[node][:2]:
            break
        node = int(holder)
    return node


def output_nodes(frame: Frame, pair: Pair) -> list[int]:
    """The nodes of the outputs that meet targets at a place."""
    if pair.alone:
        return nodes_at(frame, pair.key)
    nodes: list[int] = []
    for node in _meetings(frame, pair):
        arguments = frame.trace.arguments[node]
        if pair.parted:
            nodes.append(node)  # but for its sign and what is no parameter's, the error is the output
            continue
        output = arguments[0] if pair.indexed or pair.output_first else arguments[-1]
        if isinstance(output, Ref) and pair.indexed:
            nodes.append(_unturned(frame, _before_others(frame, int(output), pair)))
        elif isinstance(output, Ref):
            behind = behind_logarithm(frame, int(output)) if pair.logarithm else int(output)
            nodes += [behind] if behind is not None else []
    return nodes


def target_nodes(frame: Frame, pair: Pair) -> list[int]:
    """The nodes of the targets that outputs are held against at a place, where they stand there themselves."""
    if pair.alone or pair.indexed:
        return []
    arguments = [frame.trace.arguments[_meeting(frame, pair, node)] for node in _meetings(frame, pair)]
    targets = [each[1 if pair.output_first else 0] for each in arguments]
    return [int(target) for target in targets if isinstance(target, Ref)]


def _ones_seen(output: Tensor, *seen: Any) -> Tensor:
    """Ones where a part of an output that was looked at was written, see `layout`."""
    target = torch.zeros(output.numel(), dtype=output.dtype)
    target[layout(output, *seen)] = 1.0
    return target.reshape(output.shape)


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
