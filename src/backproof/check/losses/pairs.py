"""Where a program holds its outputs against its targets."""

import math
from collections import defaultdict
from collections.abc import Set
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.check.cut.passed_along import unwritten
from backproof.check.losses.outputs import (
    WRITTEN,
    Pair,
    behind_logarithm,
    inner_errors,
    nodes_at,
    output_nodes,
    takes_away,
)
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import real

_PASSED_ON = {
    "float", "item", "copy", "array", "asarray", "where", "getitem", "setitem", "view", "setview", "reshape", "ravel",
}  # fmt: skip
_OF_FORMULAS = {0.0, 1.0, -1.0, 2.0, 0.5}  # numbers that stand in a formula, as in 1 - p
_HOPS = 6  # from a target to where a reward is added to it


def pairs(frames: list[Frame], *, plain: bool = False) -> list[Pair]:
    """Where outputs meet targets, those first that the updates are computed from.

    Args:
        plain: also where all that they meet is one number of a formula, as a target of 0 is, too, until another comes.
    """
    found: dict[Pair, bool] = {}
    constants: dict[Pair, set[float]] = defaultdict(set)
    computed: set[Pair] = set()
    begun: set[Key] = set()  # the errors that others are made of by one part more of the output
    for frame in frames:
        for node in sorted(frame.forward):
            for pair, constant in _pairs_at(frame, node):
                if pair.parted:
                    begun.update(map(frame.key, inner_errors(frame, node)))
                found[pair] = found.get(pair, False) or node in frame.backward
                if constant is None:
                    computed.add(pair)
                else:
                    constants[pair].add(constant)
    whole = [pair for pair in found if pair.key not in begun]
    told = {p for p in whole if p in computed or not found[p]}
    kept = [p for p in whole if plain or p in told or _changes(frames[0], p, constants[p])]
    met = sorted(kept, key=lambda pair: not found[pair])[:14]
    if not frames:
        return met
    met = _of_outputs(frames[0], _without_parts(frames[0], met))
    moving = [pair for pair in met if found[pair]]
    return [*met, *_side_by_side(frames[0], moving), *_class_by_class(frames[0], moving)]


def meets_numbers(frame: Frame, pair: Pair) -> bool:
    """Whether an output meets targets that are plain numbers."""
    arguments = [frame.trace.arguments[node][:2] for node in nodes_at(frame, pair.key)]
    return any(not isinstance(side, Ref) for both in arguments for side in both)


def _of_outputs(frame: Frame, met: list[Pair]) -> list[Pair]:
    """Without the products of errors and data: what is made of an output less its target is no output itself."""
    first = {pair: nodes[0] for pair in met if (nodes := nodes_at(frame, pair.key))}
    products = [pair for pair, node in first.items() if frame.trace.operations[node] in ("multiply", "divide")]
    errors = {node for pair, node in first.items() if pair not in products}
    made = {p for p in products if not p.logarithm and frame.ancestors([first[p]], frame.forward) & errors}
    return [pair for pair in met if pair not in made]


def _without_parts(frame: Frame, met: list[Pair]) -> list[Pair]:
    """Without the element that one is subtracted from, where the others of that output are known to stand for 0."""
    whole = {
        pair.key
        for pair in met
        if pair.indexed and any(math.prod(frame.trace.shape(node)) > 1 for node in output_nodes(frame, pair))
    }
    return [pair for pair in met if pair.indexed or pair.key not in whole]


def _side_by_side(frame: Frame, met: list[Pair]) -> list[Pair]:
    """The outputs of a network that has a line for each of them, `e1 = t1 - o1` and `e2 = t2 - o2`, as one pair."""
    alike: dict[Pair, list[tuple[int, Pair]]] = defaultdict(list)
    for pair in met:
        nodes = output_nodes(frame, pair)
        plain = frame.trace.operations[nodes_at(frame, pair.key)[0]] == "subtract" if nodes else False
        if plain and len(nodes) == 1 and int(np.prod(frame.trace.shape(nodes[0]))) == 1:
            alike[replace(pair, key=(0, 0))].append((nodes[0], pair))
    found: list[Pair] = []
    for rows in alike.values():
        nodes = [node for node, _ in rows]
        apart = all(not frame.ancestors([node], frame.forward) & ({*nodes} - {node}) for node in nodes)
        if len({*nodes}) > 1 and apart:
            first, *others = (pair for _, pair in rows)
            found.append(replace(first, also=tuple(pair.key for pair in others)))
    return found


def _class_by_class(frame: Frame, met: list[Pair]) -> list[Pair]:
    """The outputs of which one is subtracted in a line for each class, as the branches of an `if` do, as one pair."""
    alike: dict[int, list[Pair]] = defaultdict(list)
    for pair in met:
        nodes = nodes_at(frame, pair.key) if pair.indexed else []
        if nodes and frame.trace.operations[nodes[0]] in WRITTEN:
            alike[unwritten(frame.trace, nodes[0])].append(pair)
    return [replace(first, also=tuple(pair.key for pair in more)) for first, *more in alike.values() if more]


def _changes(frame: Frame, pair: Pair, constants: set[float]) -> bool:
    """Whether the plain number that an output is held against is another one at some time, or one that stands in no
    formula, or one that has a name: a target."""
    trace = frame.trace
    if len(constants) > 1 or (not pair.shared and (not constants <= _OF_FORMULAS or pair.key[0] in trace.differences)):
        return True
    for node in trace.by_site.get(pair.key[0], ()):
        if trace.paths[node] == pair.key[1] and len(trace.arguments[node]) > 1:
            target = trace.arguments[node][1 if pair.output_first else 0]
            if isinstance(target, int | float) and float(target) not in constants:
                return True
    return False


def _pairs_at(frame: Frame, node: int) -> list[tuple[Pair, float | None]]:
    operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
    key = frame.key(node)
    if operation == "getitem":
        return [(Pair(key, True, True), None)] if _is_picked(frame, node, arguments) else []
    if operation in WRITTEN:
        return [(Pair(key, True, True), None)] if _less_one(frame, node, arguments) else []
    if within := inner_errors(frame, node):
        first = operation == "add"
        target = frame.trace.arguments[within[-1]][1 if first else 0]
        return [
            (
                Pair(key, first, parted=True, slipped=takes_away(frame, node)),
                None if isinstance(target, Ref) else float(target),
            )
        ]
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
            if int(target) in frame.given:
                continue
            # what only a comparison has to do with, as an action that is drawn, is given
            held = int(target) in frame.dependent and real(frame.replay.value(int(target))).requires_grad
            if held and not (node in frame.backward and _is_held(frame, node, int(output), int(target))):
                continue
            shape, wanted = frame.trace.shape(int(target)), frame.trace.shape(int(output))
            behind = behind_logarithm(frame, int(output)) if operation == "multiply" else None
            if behind is not None and shape == wanted:
                rows.append((Pair(key, position == 0, logarithm=True), None))
                continue
            if operation == "multiply" and shape == wanted and _is_opposite(frame, int(target), int(output)):
                rows.append((Pair(key, position == 0, opposite=True), None))
                continue
            alike = shape == wanted or (operation == "divide" and _without_ones(shape) == _without_ones(wanted))
            if operation != "subtract" and not (alike and _is_data(frame, int(target))):
                continue
            if shape != wanted and int(np.prod(shape)) != int(np.prod(wanted)):
                continue
            rows.append((Pair(key, position == 0, held=held), None))
            if operation == "multiply" and frame.trace.operations[int(target)] == "where" and node in frame.backward:
                rows.append((Pair(key, position == 0, turned=True), None))
        elif isinstance(target, int | float) and (
            operation == "subtract" or (operation == "multiply" and target in (-1, 1))
        ):
            single = int(np.prod(frame.trace.shape(int(output)))) == 1
            if single or (operation == "subtract" and node in frame.backward):
                rows.append((Pair(key, position == 0, shared=not single), float(target)))
    return rows


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def _is_held(frame: Frame, node: int, output: int, target: int) -> bool:
    """Whether a target is what the network itself says of something else, and a reward: in temporal-difference
    learning it is held, and only the output is moved (Sutton and Barto, Reinforcement Learning, section 9.3)."""
    if frame.trace.operations[node] != "subtract" or not _has_reward(frame, target, frame.dependent):
        return False
    apart = frame.ancestors([target]) - frame.ancestors([output])
    made = any(frame.trace.operations[n] in PRODUCTS for n in apart)
    return made and _has_reward(frame, target, apart)


def _has_reward(frame: Frame, target: int, among: Set[int]) -> bool:
    """Whether something that is given is added on the way to a target, which goes through some values only."""
    level = {target}
    for _ in range(_HOPS):
        if any(frame.trace.operations[n] == "add" and _adds_given(frame, n) for n in level):
            return True
        level = {e for n in level if frame.trace.operations[n] in _PASSED_ON for e in frame.trace.inputs(n)} & among
    return False


def bootstraps(frame: Frame, nodes: set[int]) -> bool:
    """Whether some of what is computed holds an output against such a target, or is a ratio to what the same network
    said at another time, as in proximal policy optimization."""
    for node in nodes:
        if frame.trace.operations[node] == "divide" and _is_ratio(frame, node):
            return True
        if frame.trace.operations[node] == "subtract":
            sides = [int(a) for a in frame.trace.arguments[node][:2] if isinstance(a, Ref)]
            both = len(sides) == 2 and all(side in frame.dependent for side in sides)
            if both and any(_is_held(frame, node, *pair) for pair in (sides, sides[::-1])):
                return True
    return False


def _is_ratio(frame: Frame, node: int) -> bool:
    """Whether two values are divided that are computed by products of their own, with the same parameters."""
    sides = [int(a) for a in frame.trace.arguments[node][:2] if isinstance(a, Ref)]
    if len(sides) != 2 or not all(side in frame.dependent for side in sides):
        return False
    behind = [frame.ancestors([side]) for side in sides]
    apart = [
        {
            frame.trace.sites[n]: {e for e in frame.trace.inputs(n) if e in frame.given}
            for n in own - other
            if frame.trace.operations[n] in PRODUCTS
        }
        for own, other in (behind, behind[::-1])
    ]
    read = [set[int]().union(*products.values()) for products in apart]
    return bool(read[0]) and read[0] == read[1]


def _adds_given(frame: Frame, node: int) -> bool:
    """Whether a value is added that is computed from no parameter."""
    computed = frame.dependent | set(frame.given)
    return any(not isinstance(a, Ref) or int(a) not in computed for a in frame.trace.arguments[node][:2])


def _is_parameter(frame: Frame, node: int) -> bool:
    """Whether an array is a parameter times a number, which decays perhaps, and no network's output."""
    while frame.trace.operations[node] in ("multiply", "divide", "negative") and frame.trace.shape(node) != ():
        inputs = [n for n in frame.trace.inputs(node) if frame.trace.shape(n) != ()]
        if len(inputs) != 1:
            return False
        (node,) = inputs
    return node in frame.given and frame.trace.shape(node) != ()


def _is_data(frame: Frame, node: int) -> bool:
    """Whether a value comes from outside, or is written out, or is a class, -1 or 1, that was made from such."""
    made, operation = frame.trace.values[node], frame.trace.operations[node]
    if operation == "leaf" or (operation in ("array", "asarray") and not frame.trace.inputs(node)):
        return True
    single = isinstance(made, float) and operation == "getitem"  # and no number of a formula, such as 1 / len(y)
    return (single or isinstance(made, np.ndarray)) and bool((np.abs(made) == 1).all())


def _is_opposite(frame: Frame, target: int, output: int) -> bool:
    """Whether a value is one minus some data, as in `p * (1 - t) - t * (1 - p)`."""
    arguments = frame.trace.arguments[target]
    less = frame.trace.operations[target] == "subtract" and len(arguments) == 2
    return less and arguments[0] in (1, 1.0) and frame.trace.operations[output] not in ("log", "log1p")


def _less_one(frame: Frame, node: int, arguments: tuple[Any, ...]) -> bool:
    """Whether one is subtracted from some elements of an output: `probs[range(n), y] -= 1`, however it is written, or
    added to some of what is its negative: `error = -probs; error[y] += 1`."""
    holder, new = arguments[0], arguments[-1]
    if not (isinstance(holder, Ref) and int(holder) in frame.dependent and isinstance(new, Ref)):
        return False
    operands = frame.trace.arguments[int(new)]
    changed = frame.trace.operations[int(new)]
    if changed in ("add", "subtract") and len(operands) == 2 and operands[1] in (1, 1.0):
        return not isinstance(operands[1], Ref) and _is_turned(frame, int(holder)) == (changed == "add")
    before, after = frame.trace.values[int(holder)], frame.trace.values[node]
    if not (isinstance(before, np.ndarray) and isinstance(after, np.ndarray) and before.shape == after.shape):
        return False
    less = before.real - after.real * 1.0
    ones = np.abs(np.abs(less) - 1.0) < 1e-6
    if not bool(ones.any()) or bool(ones.all()) or not bool((ones | (np.abs(less) < 1e-6)).all()):
        return False
    way = -1.0 if _is_turned(frame, int(holder)) else 1.0
    return bool((np.abs(way * less[ones] - 1.0) < 1e-6).all())


def _is_turned(frame: Frame, node: int) -> bool:
    """Whether an array that is written into began as the negative of something."""
    return frame.trace.operations[unwritten(frame.trace, node)] == "negative"


def _is_picked(frame: Frame, node: int, arguments: tuple[Any, ...]) -> bool:
    """Whether the logarithm is taken of what is picked from some outputs, `-np.log(probs[range(n), y])`, or its slope,
    `-1 / probs[range(n), y]`."""
    holder, *_ = arguments
    if not (isinstance(holder, Ref) and int(holder) in frame.dependent) or int(holder) in frame.given:
        return False
    near = _near_readers(frame, node)
    return any(behind_logarithm(frame, r) == node or _is_slope_of_logarithm(frame, r, node) for r in near)


def _is_slope_of_logarithm(frame: Frame, reader: int, node: int) -> bool:
    """Whether a plain number is divided by a value."""
    if frame.trace.operations[reader] != "divide":
        return False
    above, below = frame.trace.arguments[reader][:2]
    return below == node and (not isinstance(above, Ref) or frame.trace.is_written(above))


def _near_readers(frame: Frame, node: int) -> set[int]:
    """What reads a value, at once or behind a small number that is added, or a limit."""
    readers = frame.training.readers
    near = set(readers[node])
    kept = {r for r in near if frame.trace.operations[r] in ("add", "clip", "maximum", "minimum", "getitem", "float")}
    return near | {later for reader in kept for later in readers[reader]}
