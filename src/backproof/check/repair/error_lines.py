"""The lines of a backward pass that hand errors on, or add them up, in the order in which they are computed."""

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import torch

from backproof.check.edits import Editor
from backproof.check.edits.tree import name_of
from backproof.check.locate.following import Following
from backproof.check.losses.outputs import nodes_at, target_nodes
from backproof.check.losses.pairs import pairs
from backproof.check.losses.truths import numbers_of
from backproof.check.record.memory import Ref
from backproof.check.repair.chain_rule import Values
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_MOST = 100  # turns of a loop, the first ones

Turn = tuple[int, ...]
"""Of each step the node that is computed at one turn of a loop."""


@dataclass(frozen=True)
class Line:
    """A line of the backward pass that hands an error on: of each turn of its loop the node in each step; where it adds
    to a sum, of each such sum, with the turns at which it is added to."""

    file: str
    expression: ast.expr
    statement: ast.stmt
    turns: tuple[Turn, ...] = field(repr=False)
    added: tuple[tuple[Turn, ...], ...] = field(repr=False)


def error_lines(
    following: Following, reading: Reading, editors: Mapping[str, Editor], but: Collection[ast.AST]
) -> Iterator[Line]:
    """The lines that compute something from the targets, and neither the loss nor a parameter's gradient."""
    sites = reading.sites
    per_frame: list[Mapping[int, list[int]]] = []
    for frame, ahead in zip(following.frames, following.ahead, strict=True):
        told = {frame.trace.sites[node] for node in ahead}
        nodes: dict[int, list[int]] = defaultdict(list)
        for node in sorted(_from_targets(frame, ahead)):
            site = frame.trace.sites[node]
            if site >= 0 and site not in told and not _is_of_parameter(frame, node):
                nodes[site].append(node)
        per_frame.append(nodes)
    for site in per_frame[0]:
        file = sites.files[site]
        expression = reading.expression(site) if file in editors else None
        statement = editors[file].statement_at(sites.sites[site].line) if file in editors else None
        if statement is None or expression is None or expression in but:
            continue
        every = [table.get(site, []) for table in per_frame]
        if isinstance(expression, ast.AugAssign) and isinstance(statement, ast.AugAssign):
            sums = [_sums(frame, nodes) for frame, nodes in zip(following.frames, every, strict=True)]
            added = tuple(tuple(zip(*parts, strict=False)) for parts in zip(*sums, strict=False))[:_MOST]
            if added and not _is_of_parameter(following.frames[0], added[0][-1][0], least=1):
                yield Line(file, statement.value, statement, tuple(turns[-1] for turns in added), added)
        elif isinstance(expression, ast.expr):
            own = editors[file].alike(expression)
            turns = tuple(zip(*every, strict=False))[:_MOST]
            if turns and _is_handed_on(editors[file], own):
                yield Line(file, own, statement, turns, tuple((turn,) for turn in turns))


def values_at(frames: Sequence[Frame], nodes: Sequence[int]) -> Values:
    """Of each step the value of a node; empty if one is no array of numbers."""
    found = [numbers_of(frame, node) for frame, node in zip(frames, nodes, strict=True)]
    return tuple(one for one in found if one is not None) if all(one is not None for one in found) else ()


def _from_targets(frame: Frame, ahead: set[int]) -> set[int]:
    """What a step's moves are computed from, and is itself computed from targets."""
    behind = frame.backward - ahead
    met = pairs([frame])
    ends = {node for pair in met for node in nodes_at(frame, pair.key)}
    targets = {node for pair in met for node in target_nodes(frame, pair)}
    ends |= {reader for node in targets for reader in frame.training.readers[node] if reader in behind}
    return (ends & behind) | frame.onward(ends, behind, frame.step.end)


def _is_of_parameter(frame: Frame, node: int, least: int = 2) -> bool:
    """Whether a value is made for one parameter alone, and has its size, of so many elements at least."""
    starts = [frame.step.before.get(parameter) for parameter in frame.reached[node]]
    (start,) = starts if len(starts) == 1 else (None,)
    return start is not None and prod(frame.trace.shape(start)) == prod(frame.trace.shape(node)) >= least


def _is_handed_on(editor: Editor, expression: ast.expr) -> bool:
    """Whether an expression is all that a line gives a name, gives back, or puts into a list."""
    above = editor.parents.get(expression)
    if isinstance(above, ast.Assign | ast.Return | ast.AnnAssign):
        return above.value is expression
    return isinstance(above, ast.Call) and name_of(above.func) in ("append", "insert") and above.args[-1] is expression


def _sums(frame: Frame, nodes: Sequence[int]) -> list[list[int]]:
    """The turns of a loop at which something is added, one list for each sum that begins with 0; empty if one does
    not."""
    found: list[list[int]] = []
    for node in nodes:
        before = frame.trace.arguments[node][0]
        start = numbers_of(frame, int(before)) if isinstance(before, Ref) else torch.tensor(float(before))
        if found and found[-1][-1] in frame.trace.inputs(node):
            found[-1].append(node)
        elif start is not None and not bool(start.any()):
            found.append([node])
        else:
            return []
    return found
