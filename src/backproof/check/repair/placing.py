"""Where the values of an edited expression stand in the record of a run, and what is gained by them."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch

from backproof.check.edits import Edit
from backproof.check.edits.tree import name_of
from backproof.check.edits.varied import Unit as Varied
from backproof.check.locate.following import Following, makes_whole
from backproof.check.losses.truths import present
from backproof.check.record.memory import Array, Ref
from backproof.check.record.trial import Tried
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import F64, Tensor
from backproof.check.replay.replay import Change
from backproof.check.replay.values import Reading

_MOVING = {"getitem", "setitem", "view", "setview"}
TERMS = ("missing term", "extra term")

Way = tuple[Tried, int, dict[int, tuple[int, ...]]]  # an execution, its frame, and what is put where
Given = tuple[tuple[int, int], ...]  # the number of each execution with that of the value there


@dataclass(frozen=True)
class Row:
    """An edit of a statement of a file, and how unlikely it is; `written` if it was made of what the numbers are."""

    score: float
    file: str
    edit: Edit
    statement: ast.stmt | None = None
    written: bool = False


@dataclass
class Group:
    """The edits that change the value of one expression, each by the text that gives the new value."""

    unit: Varied
    statement: ast.stmt
    texts: dict[str, list[Row]]


class Placing:
    """Puts the values of edited expressions into the record of a run.

    Args:
        places: the number of the site at each place: a file, and where an expression begins and ends in it.
    """

    def __init__(
        self, following: Following, reading: Reading, places: Mapping[tuple[str, int, int, int, int], int]
    ) -> None:
        self.following, self.reading, self.places = following, reading, places
        self.training, self.frames, self.forward = following.training, following.frames, following.ahead
        self.lines = [set(self._lines_of(frame)) for frame in self.frames]
        self.counts = Counter(frame.trace.sites[n] for frame in self.frames[:1] for n in nodes_within(frame))

    def ways(self, file: str, group: Group, executions: list[Tried]) -> list[Way]:
        """The executions of a unit whose value is found in the record, each with its frame and where it is."""
        ways: list[Way] = []
        for position, one in enumerate(executions):
            later = [e.position for e in executions[position + 1 :] if e.window == one.window]
            where = self._where(file, group, one, min(later, default=len(self.training.trace)))
            if where:
                ways.append((one, one.window, where))
        return ways

    def times(self, file: str, statement: ast.stmt) -> int:
        """How often a step executes a statement: as often as any of its operations, or once."""
        lines, sites = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1), self.reading.sites
        own = (n for s, n in self.counts.items() if s >= 0 and sites.files[s] == file and sites.sites[s].line in lines)
        return max(own, default=1)

    def _lines_of(self, frame: Frame) -> Iterator[tuple[str, int]]:
        """The lines that something was computed in within a step, each with its file."""
        sites = self.reading.sites
        for node in nodes_within(frame):
            site = frame.trace.sites[node]
            if site >= 0:
                yield sites.line(site)

    def gain_of(
        self, file: str, group: Group, executions: list[Tried], ways: list[Way], each: Given, texts: Set[int]
    ) -> float:
        """How many more parameters are right with a value."""
        gain_by = partial(self._gain, ways, among=self._told(file, group, {ways[number][1] for number, _ in each}))
        gain = gain_by(each)
        repeated = len({ways[number][1] for number, _ in each}) < len(each)
        if gain <= 0 and repeated:
            firsts: dict[int, tuple[int, int]] = {}
            for number, value in each:
                firsts.setdefault(ways[number][1], (number, value))
            first = gain_by(tuple(firsts.values()))
            # where the first alone makes all right, the others were right as they were, and are wrong with it
            gain = gain if makes_whole(first) else first
        rows = [row for at, each_rows in enumerate(group.texts.values()) if at in texts for row in each_rows]
        if not makes_whole(gain) and repeated:
            # what is carried from turn to turn is another value at each once the first is
            changed = gain_by(each, adds=any(row.edit.kind in TERMS for row in rows), carried=True)
            gain = max(gain, changed)
        if gain <= 0 and any(row.edit.text == "+=" for row in rows):
            gain = gain_by(each, self._sums(executions, ways, min(texts)))
        return gain

    def are_carried(self, ways: list[Way]) -> bool:
        """Whether what a unit gives goes into what it gives later in the step, as an error that goes back through time:
        what was recorded later does not tell what it would be then."""
        firsts: dict[int, dict[int, tuple[int, ...]]] = {}
        for _, window, where in ways:
            first = firsts.setdefault(window, where)
            if first is not where:
                frame = self.frames[window]
                return not frame.onward(first, frame.backward, max(where)).isdisjoint(where)
        return False

    def _told(self, file: str, group: Group, windows: set[int]) -> set[int] | None:
        """The steps that tell about a value, if it is known at some of those at which its line was executed, and not at
        others: time may have been too short for all. None where all do."""
        lines = range(group.statement.lineno, (group.statement.end_lineno or group.statement.lineno) + 1)
        others = (lined for number, lined in enumerate(self.lines) if number not in windows)
        return windows if any((file, line) in lined for lined in others for line in lines) else None

    def _sums(self, executions: list[Tried], ways: list[Way], text: int) -> dict[int, Tensor]:
        """What a place holds at each of the ways if it is added to and not overwritten: each execution adds to what it
        then held since the execution whose value it found there."""
        nodes = {(way.window, way.position): where for way, _, where in ways}
        totals: dict[tuple[int, int], Tensor] = {}
        held: dict[int, list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for one in executions:
            where = nodes.get((one.window, one.position), {})
            node = one.origin if one.origin is not None else next(iter(where), None)
            value = next((v for v, those in enumerate(one.texts) if text in those), None)
            if node is None or value is None:
                continue
            own = present(self.frames[one.window], node)
            both = torch.from_numpy(one.values[value][0]).to(F64)
            if len(where) > 1 or own.shape != both.shape:
                return {}
            found = both - own
            alike = [t for was, t in held[one.window] if was.shape == found.shape and torch.allclose(was, found)]
            totals[one.window, one.position] = (alike[-1] if alike else found) + own
            held[one.window].append((own, totals[one.window, one.position]))
        return {n: totals[at] for n, (way, _, _) in enumerate(ways) if (at := (way.window, way.position)) in totals}

    def _gain(
        self,
        ways: list[Way],
        key: Given,
        instead: Mapping[int, Tensor] | None = None,
        *,
        carried: bool = False,
        adds: bool = False,
        among: set[int] | None = None,
    ) -> float:
        """What is gained by the values of some executions.

        Args:
            instead: of each execution another value.
            carried: take for the new value what the one that stands there, computed anew, is multiplied with to give
                it, or what is added to it (`adds`).
            among: the steps that are looked at; None for all of them.
        """
        values: list[dict[int, Tensor]] = [{} for _ in self.frames]
        patched: list[dict[int, tuple[object, ...]]] = [{} for _ in self.frames]
        changes: list[dict[int, Change]] = [{} for _ in self.frames]
        trace = self.training.trace
        fresh = len(trace)
        for number, value in key:
            one, window, where = ways[number]
            arrays = one.values[value]
            for turn, (node, read) in enumerate(_one_by_one(where, apart=bool(one.parts))):
                # of several numbers each that is read is another one
                apart = bool(one.parts and read)
                if apart and len(arrays) != len(one.parts):
                    return -1  # so many numbers are read, and not others in their places
                origin = int(trace.arguments[node][read[0]]) if apart else one.origin
                item = one.parts.index(origin) if apart else min(turn, len(arrays) - 1)
                made = torch.from_numpy(arrays[item]).to(F64)
                made = made if instead is None else instead.get(number, made)
                at = fresh if read else node
                if not carried:
                    values[window][at] = made
                else:
                    origin = origin if read else None
                    change = _change(present(self.frames[window], node if origin is None else origin), made, adds)
                    if change is None:
                        return -1
                    changes[window][at] = replace(change, origin=origin)
                if read:
                    arguments = list(patched[window].get(node, trace.arguments[node]))
                    for position in read:
                        arguments[position] = Ref(fresh)
                    patched[window][node] = tuple(arguments)
                    fresh += 1
        return self.following.gain(values, patched, changes, among)

    def _where(self, file: str, group: Group, one: Tried, until: int) -> dict[int, tuple[int, ...]]:
        """The nodes that have the value of a unit in one execution, or those that read it, with the positions at which
        they do; empty if it is part of the forward pass, or nowhere."""
        frame = self.frames[one.window]
        end = min(until, frame.step.end + 1)
        sites = {self.places.get((file, *place)) for place in spans(group.unit)} - {None}
        trace = frame.trace
        nodes = [n for n in range(one.position, end) if trace.sites[n] in sites]
        if isinstance(group.unit, ast.AugAssign) and isinstance(group.unit.target, ast.Subscript):
            # what stands there is read, changed and written back
            nodes = [n for n in nodes if trace.operations[n] not in _MOVING]
        if nodes:
            listed = isinstance(group.unit, ast.ListComp | ast.GeneratorExp)
            count = len(one.values[0]) if listed and one.values else 1
            chosen = nodes[:count]
            ahead = self.forward[one.window]
            return {} if any(n in ahead or n not in frame.dependent for n in chosen) else dict.fromkeys(chosen, ())
        if one.origin is None:
            if isinstance(group.unit, ast.Call):
                return self._returned(one, sites, end)
            return self._read_within(file, group, one, end) or self._read_by_name(group, one, end)
        named = group.statement.targets[0] if isinstance(group.statement, ast.Assign) else None
        target = ast.unparse(named) if named is not None else None
        found: dict[int, tuple[int, ...]] = {}
        told: dict[int, tuple[int, ...]] = {}
        for reader in self.training.readers[one.origin]:
            if not one.position <= reader < end or reader not in frame.backward:
                continue
            positions = tuple(
                p for p, a in enumerate(trace.arguments[reader]) if isinstance(a, Ref) and int(a) == one.origin
            )
            if (
                positions
                and isinstance(group.statement, ast.AugAssign)
                and not self._stands_at(reader, group.statement)
            ):
                continue  # other lines read the name, too
            if positions:
                found[reader] = positions
                operands = self.reading.operands(trace.sites[reader]) if trace.sites[reader] >= 0 else []
                read = {ast.unparse(operands[p]) for p in positions if p < len(operands)}
                if target is not None and read == {ast.unparse(group.unit)}:
                    continue  # it reads what the other name was given, not the name itself
                by_name = tuple(p for p in positions if p < len(operands) and ast.unparse(operands[p]) == target)
                if by_name:
                    told[reader] = by_name
        return told or found

    def _returned(self, one: Tried, sites: Set[int | None], end: int) -> dict[int, tuple[int, ...]]:
        """The node of the value that a call of a function gives back, the last one in it that has this value; of
        several numbers that of each."""
        frame = self.frames[one.window]
        within = [n for n in range(one.position, end) if not self.calls[frame.trace.paths[n]].isdisjoint(sites)]
        ahead = self.forward[one.window]
        found: list[int] = []
        for own in reversed(one.own) if len(one.own) == 1 or one.parts else ():
            alike = (n for n in reversed(within) if n not in found and _is(frame.trace.values[n], own))
            node = next(alike, None)
            if node is None or node in ahead or node not in frame.dependent:
                return {}
            found.append(node)
        return dict.fromkeys(reversed(found), ())

    def _read_within(self, file: str, group: Group, one: Tried, end: int) -> dict[int, tuple[int, ...]]:
        """Where a statement, or what it calls, reads the numbers that a name stands for, as those of a list do."""
        sites, trace = self.reading.sites, self.training.trace
        lines = range(group.statement.lineno, (group.statement.end_lineno or group.statement.lineno) + 1)
        found: dict[int, tuple[int, ...]] = {}
        for reader, positions in self._readers_of_parts(one, end):
            places = {*self.calls[trace.paths[reader]], trace.sites[reader]} - {-1}
            if any(sites.files[place] == file and sites.sites[place].line in lines for place in places):
                found[reader] = positions
        return found

    def _read_by_name(self, group: Group, one: Tried, end: int) -> dict[int, tuple[int, ...]]:
        """Where the numbers of a list are read as elements of the name that a statement gives it, as `inputs[j]`."""
        named = group.statement.targets[0] if isinstance(group.statement, ast.Assign) else None
        if not isinstance(named, ast.Name) or group.unit is not getattr(group.statement, "value", None):
            return {}
        found: dict[int, tuple[int, ...]] = {}
        for reader, positions in self._readers_of_parts(one, end):
            site = self.training.trace.sites[reader]
            operands = self.reading.operands(site) if site >= 0 else []
            elements = {
                p for p, o in enumerate(operands) if isinstance(o, ast.Subscript) and name_of(o.value) == named.id
            }
            if read := tuple(p for p in positions if p in elements):
                found[reader] = read
        return found

    def _readers_of_parts(self, one: Tried, end: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """What reads the numbers of a list in the backward pass, in order, with the positions at which it does."""
        trace, frame = self.training.trace, self.frames[one.window]
        for reader in sorted({r for part in one.parts if part is not None for r in self.training.readers[part]}):
            if one.position <= reader < end and reader in frame.backward:
                arguments = enumerate(trace.arguments[reader])
                yield reader, tuple(p for p, a in arguments if isinstance(a, Ref) and int(a) in one.parts)

    @cached_property
    def calls(self) -> list[frozenset[int]]:
        """Of each path of calls the sites of these."""
        found: list[frozenset[int]] = []
        for parent, site in self.training.trace.call_paths:
            found.append((found[parent] if parent >= 0 else frozenset()) | {site})
        return found

    def _stands_at(self, node: int, statement: ast.stmt) -> bool:
        """Whether a node is computed by the operation of a statement itself."""
        site = self.training.trace.sites[node]
        return site >= 0 and self.reading.place(site) == spans(statement)[0]


def _one_by_one(where: Mapping[int, tuple[int, ...]], *, apart: bool) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Nodes with the positions at which they read a value, each position by itself if others stand at the others."""
    for node, positions in where.items():
        if not apart or not positions:
            yield node, positions
            continue
        yield from ((node, (position,)) for position in positions)


def _is(value: object, own: Array) -> bool:
    return value is not None and np.array_equal(np.asarray(value), own)


def nodes_within(frame: Frame) -> range:
    """What was computed in a step."""
    return range(max(frame.step.start, 0), frame.step.end + 1)


def _change(own: Tensor, made: Tensor, adds: bool) -> Change | None:
    """What makes one value of another, element by element; None if nothing does."""
    if own.shape != made.shape:
        return None
    if adds:
        return Change(difference=made - own)
    if bool(((own == 0) & (made != 0)).any()):
        return None
    return Change(ratio=torch.where(own == 0, torch.ones_like(own), made / own))


def spans(unit: Varied) -> list[tuple[int, int, int, int]]:
    """The places of the expressions whose value a unit has."""
    if isinstance(unit, ast.IfExp):
        return [*spans(unit.body), *spans(unit.orelse)]
    if isinstance(unit, ast.ListComp | ast.GeneratorExp):
        return spans(unit.elt)
    return [(unit.lineno, unit.col_offset, unit.end_lineno or 0, unit.end_col_offset or 0)]
