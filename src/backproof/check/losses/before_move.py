"""What stands between a gradient and the move that is made of it, and which of these values a gradient is."""

import math
from typing import Any

import numpy as np
import torch

from backproof.check.record.memory import Ref
from backproof.check.record.trace import WRITES
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.kept import kept
from backproof.check.replay.operations import Tensor, real
from backproof.check.replay.operations.places import layout, positions

_PASSED = {
    "multiply", "divide", "add", "subtract", "negative", "clip", "maximum", "minimum", "copy", "astype", "reshape",
    "array", "asarray", "transpose", "where", "float", "sqrt", "square", "power", "getitem", "view", "setitem",
    "concatenate", "squeeze", "ravel", "flatten", "setview", "stack_list", "sign", "mean", "sum", "pysum",
    "linalg.solve", "fill_diagonal", "putmask", "copyto",
}  # fmt: skip
_EACH = {"array", "asarray", "sign", "negative", "clip", "sqrt", "square", "copy", "astype"}  # of each number by itself
_HOPS = 14
_SMALL = 200_000  # numbers, which are kept


@kept
def candidates(frame: Frame, parameter: int) -> list[int]:
    """The nodes between a parameter's move and its gradient, from the move on: the gradient is one of them. Single
    numbers are among them, too: a sum without its axis is one until it has one."""
    return _before(frame, parameter, size_of(frame, frame.step.after[parameter]))


@kept
def standing_before(frame: Frame, parameter: int) -> list[int]:
    """As `candidates`; of a parameter of which an optimizer moves a part in a step, those of the size of that part."""
    part = part_that_moves(frame, parameter)
    return candidates(frame, parameter) if part is None else _before(frame, parameter, part.numel())


def _before(frame: Frame, parameter: int, size: int) -> list[int]:
    trace = frame.trace
    frontier = added_to(frame, parameter)
    seen: list[int] = []
    for _ in range(_HOPS):
        following: list[int] = []
        for node in frontier:
            if node in seen or node not in frame.dependent or node in frame.given:
                continue
            if size_of(frame, node) not in (size, 1):
                continue
            seen.append(node)
            if trace.operations[node] in _PASSED:
                own = size_of(frame, node)  # what a single number is the sum of is not handed on
                read = trace.inputs(node)[_is_overwritten(frame, node) :]
                following += [n for n in read if own == size or size_of(frame, n) == 1] + _items(frame, node)
        frontier = following
        if not frontier or len(seen) > 60:
            break
    return seen


def _items(frame: Frame, node: int) -> list[int]:
    """What stands in its place among several numbers that are put side by side, where a value is read there."""
    trace = frame.trace
    if trace.operations[node] != "getitem" or not isinstance(place := trace.arguments[node][1], int):
        return []
    holder = trace.inputs(node)[0]
    while trace.operations[holder] in _EACH:
        listed = trace.arguments[holder][0]
        if isinstance(listed, tuple | list):
            item = listed[place] if -len(listed) <= place < len(listed) else None
            return [int(item)] if isinstance(item, Ref) else []
        if not isinstance(listed, Ref):
            break
        holder = int(listed)
    return []


def _is_overwritten(frame: Frame, node: int) -> bool:
    """Whether a part of an array is written into it that is computed from the network, and not from that array, as an
    optimizer would: what stood there before is no gradient that is handed on."""
    if frame.trace.operations[node] not in WRITES:
        return False
    before, *written = frame.trace.inputs(node)
    made = [n for n in written if n in frame.dependent]
    return bool(made) and not any(before in frame.ancestors([n]) for n in made)


def update_path(frame: Frame, parameter: int) -> set[int]:
    """What a parameter is on its way from one step to the next."""
    update, chain = frame.step.after[parameter], frame.training.chains[parameter]
    return {update, *chain.paths[chain.versions.index(update) - 1]}


def added_to(frame: Frame, parameter: int) -> list[int]:
    """What a parameter's next value is made of, beside its last one."""
    update, before, path = frame.step.after[parameter], frame.step.before[parameter], update_path(frame, parameter)
    order = (update, *sorted(path - {update}))
    return [node for at in order for node in frame.trace.inputs(at) if node not in path and node != before]


def standing(frame: Frame, parameter: int, handed: Key | None) -> int | None:
    """Where a gradient was found before the move of a parameter."""
    return next((n for n in standing_before(frame, parameter) if frame.key(n) == handed), None)


@kept
def part_that_moves(frame: Frame, parameter: int) -> Tensor | None:
    """Where in a parameter those elements stand that an optimizer writes in a step, as the row of one word; None where
    there is no optimizer, it is made anew, all of it is written, or several parts are."""
    update = frame.step.after[parameter]
    operation, arguments = frame.trace.operations[update], frame.trace.arguments[update]
    written = [n for n in update_path(frame, parameter) - {update} if frame.trace.operations[n] in WRITES]
    if not frame.training.states or written or operation not in ("setitem", "setview"):
        return None
    held, *_ = (real(frame.replay.value(node)) for node in [int(arguments[0]), *frame.trace.inputs(update)])
    try:
        where = frame.replay.resolved(arguments[1]) if operation == "setitem" else None
        found = positions(held, where) if operation == "setitem" else layout(held, *arguments[1:-1])
    except (ValueError, IndexError, TypeError, RuntimeError):
        return None
    return found.reshape(-1) if 0 < found.numel() < held.numel() else None


def in_its_place(frame: Frame, parameter: int, made: Tensor) -> Tensor:
    """A value in the place of what moves in a step, with zeros beside it, as the gradient of one row is that of a whole
    table; as it is where it is not of that size, or all of the parameter moves."""
    part = part_that_moves(frame, parameter)
    if part is None or part.numel() != made.numel():
        return made
    whole = torch.zeros(size_of(frame, frame.step.after[parameter]), dtype=made.dtype)
    whole[part] = made.reshape(-1)
    return whole


def size_of(frame: Frame, node: int) -> int:
    """How many elements a value has."""
    return math.prod(frame.trace.shape(node))


class Rows:
    """The values that stand before a parameter's move in a step, each a row, to be held against gradients at once."""

    def __init__(self, frame: Frame, parameter: int) -> None:
        self.nodes = standing_before(frame, parameter)
        with torch.no_grad():
            made = (real(frame.replay.value(node)).detach() for node in self.nodes)
            values = [in_its_place(frame, parameter, one).reshape(-1).numpy() for one in made]
        self.places: dict[Key, int] = {}  # of each place the row of what stands there first
        for row, node in enumerate(self.nodes):
            self.places.setdefault(frame.key(node), row)
        self.size = size_of(frame, frame.step.after[parameter])
        self.fits = np.array([value.size == self.size for value in values], dtype=bool)
        rows = [v if fits else np.zeros(self.size) for v, fits in zip(values, self.fits, strict=True)]
        self.is_small = self.size * len(values) <= _SMALL
        self.rows: Any = np.array(rows).reshape(len(rows), self.size) if self.is_small else rows
        self.scales = np.array([np.abs(value).max(initial=0.0) for value in values])

    def against(self, wanted: Tensor) -> tuple[Any, Any]:
        """Of each row the factor `f` in `row ≈ f · wanted`, and the largest difference, relative to the largest value
        of the row; as `factor_and_residual` of a single one."""
        gradient = wanted.detach().reshape(-1).numpy()
        with np.errstate(over="ignore"):
            length = float(gradient @ gradient)
        none = np.zeros(len(self.nodes))
        if gradient.size != self.size or length == 0.0:
            nothing = self.fits & (self.scales == 0.0) & (gradient.size == self.size)
            return none, np.where(nothing, 0.0, np.inf)
        told = self.fits & np.isfinite(self.scales) & (self.scales > 0.0)
        with np.errstate(all="ignore"):
            if self.is_small:
                factors = self.rows @ gradient / length
                apart = np.abs(self.rows - factors[:, None] * gradient).max(axis=1, initial=0.0) / self.scales
            else:  # one by one: a table of them would be a second copy
                factors = np.array([row @ gradient / length for row in self.rows])
                pairs = zip(self.rows, factors, strict=True)
                apart = np.array([np.abs(row - f * gradient).max(initial=0.0) for row, f in pairs]) / self.scales
        return np.where(told, factors, 0.0), np.where(told, apart, np.inf)


def rows_before(frame: Frame, parameter: int) -> Rows:
    """The values before a parameter's move; small ones are kept, as many losses are held against them."""
    known: Rows | None = frame.rows_before.get(parameter)
    if known is not None:
        return known
    made = Rows(frame, parameter)
    if made.is_small:
        frame.rows_before[parameter] = made
    return made
