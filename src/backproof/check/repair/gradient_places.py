"""Where the gradient of each parameter stands in a program: what its move is a multiple of at all followed steps, or of
whose sum over the turns of a loop, as over the samples of a batch."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backproof.check.edits import Editor
from backproof.check.losses.before_move import added_to, candidates
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, same_factor
from backproof.check.losses.truths import numbers_of
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading

_AS_IT_IS = ("getitem", "view", "reshape", "copy", "setitem", "setview", "ravel", "squeeze")  # that compute nothing
_TURNS = 80  # of a loop, over which something is summed up


@dataclass(frozen=True)
class Place:
    """Where the gradient of a parameter stands: of each turn of a loop the node in each step. The move is `times` the
    sum of what is computed there."""

    parameter: int
    turns: tuple[tuple[int, ...], ...]
    times: float
    file: str
    expression: ast.expr
    statement: ast.stmt

    @property
    def first(self) -> int:
        return self.turns[0][0]


def gradient_place(
    frames: Sequence[Frame], parameter: int, reading: Reading, editors: Mapping[str, Editor]
) -> Place | None:
    """The earliest value that a parameter's move is a multiple of, or of whose sum, the same one at all steps."""
    # what is added may be one row for all rows, where it lacks a factor
    nodes = dict.fromkeys((*candidates(frames[0], parameter), *added_to(frames[0], parameter)))
    single = [(_at_the_same_turn(frames, node),) for node in nodes if node in frames[0].backward]
    every = (_place(frames, parameter, turns, reading, editors) for turns in (*single, *_repeated(frames, parameter)))
    return min((place for place in every if place is not None), key=lambda place: place.first, default=None)


def _place(
    frames: Sequence[Frame],
    parameter: int,
    turns: tuple[tuple[int, ...], ...],
    reading: Reading,
    editors: Mapping[str, Editor],
) -> Place | None:
    """A place, if a parameter's move is a multiple of what is computed there, and it can be edited."""
    frame, sites, node = frames[0], reading.sites, turns[0][0]
    site = frame.trace.sites[node]
    file = sites.files[site] if site >= 0 else ""
    expression = reading.expression(site) if file in editors else None
    statement = editors[file].statement_at(sites.sites[site].line) if file in editors else None
    alone = frame.trace.operations[node] not in _AS_IT_IS and frame.reached.get(node) == {parameter}
    whole = all(len(turn) == len(frames) for turn in turns)
    if statement is None or not (alone and whole) or not isinstance(expression, ast.expr):
        return None
    every = (_times(each, parameter, [turn[number] for turn in turns]) for number, each in enumerate(frames))
    factors = [factor for factor in every if factor is not None]
    if not factors or not all(factor and same_factor(factor, factors[0]) for factor in factors):
        return None
    return Place(parameter, turns, factors[0], file, expression, statement)


def _at_the_same_turn(frames: Sequence[Frame], node: int) -> tuple[int, ...]:
    """What is computed at a node's place, and at the same turn of a loop, in each step that comes so far."""
    key = frames[0].key(node)
    alike = [frame.behind_by_key[key] for frame in frames]
    turn = alike[0].index(node)
    return tuple(nodes[turn] for nodes in alike if len(nodes) > turn)


def _repeated(frames: Sequence[Frame], parameter: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """The turns at which something is computed several times a step for one parameter alone."""
    tables = []
    for frame in frames:
        table: dict[int, list[int]] = defaultdict(list)
        for node in sorted(frame.backward):
            if frame.reached[node] == {parameter}:
                table[frame.trace.sites[node]].append(node)
        tables.append(table)
    for site, nodes in tables[0].items():
        every = [table.get(site, []) for table in tables]
        if 1 < len(nodes) <= _TURNS and all(len(own) == len(nodes) for own in every):
            yield tuple(zip(*every, strict=True))


def _times(frame: Frame, parameter: int, nodes: Sequence[int]) -> float | None:
    """How many times the sum of some values a parameter's move is; 0 if it is no multiple of it, None where both are
    nothing, as with inputs that are all 0."""
    move, total = frame.move(parameter), _sum(frame, nodes)
    if total is not None and total.numel() == 1:
        total = total.reshape(())
    if total is None or not _is_broadcast_to(total.shape, move.shape):
        return 0.0
    if not (total.any() or move.any()):
        return None
    factor, residual = factor_and_residual(move, total.expand(move.shape))
    return factor if residual <= TOLERANCE else 0.0


def _is_broadcast_to(own: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether what has one shape is added to what has another one, as one row to all rows."""
    try:
        return np.broadcast_shapes(tuple(own), tuple(shape)) == tuple(shape)
    except ValueError:
        return False


def _sum(frame: Frame, nodes: Sequence[int]) -> Tensor | None:
    total: Tensor | None = None
    for node in nodes:
        value = numbers_of(frame, node)
        if value is None or (total is not None and value.shape != total.shape):
            return None
        total = value if total is None else total + value
    return total
