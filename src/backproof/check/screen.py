"""Which edits would make more parameters right: their values are computed in one run and followed through the record.

Only the edits of what the updates are computed from can be seen through so: a change of the forward pass changes the
true gradient itself. What is found here still has to be run and proved.
"""

import ast
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

from backproof.check.edits import Edit, Editor
from backproof.check.edits.varied import Unit as Varied
from backproof.check.edits.varied import own_text, varied
from backproof.check.first_values import FirstValues
from backproof.check.following import Following, makes_whole
from backproof.check.memory import Ref
from backproof.check.operations import F64, Tensor
from backproof.check.sandbox import Sandbox
from backproof.check.source import Source
from backproof.check.trace import Sites
from backproof.check.trial import Tried, Unit, by_value
from backproof.check.truths import present
from backproof.check.values import Reading

_FRAMES = 3
_LONGER = 0.01  # for each character
_MOVING = {"getitem", "setitem", "view", "setview"}
_LOCALLY = 0.5  # what an edit gains that makes a true gradient of a value, and no parameter right yet
_TEXTS = 12_000
# calls that do more than compute: a second one would change what the program computes next
_ACTING = re.compile(r"rand|normal\(|uniform\(|choice\(|shuffle\(|permut|next\(|pop\(|input\(|open\(|print\(|append\(")
_CALLED = re.compile(r"(\w+)\(")

_Way = tuple[Tried, int, dict[int, tuple[int, ...]]]  # an execution, its frame, and what is put where


@dataclass(frozen=True)
class Row:
    """An edit of a statement of a file, and how unlikely it is."""

    score: float
    file: str
    edit: Edit
    statement: ast.stmt | None = None


@dataclass
class _Group:
    """The edits that change the value of one expression, each by the text that gives the new value."""

    unit: Varied
    statement: ast.stmt
    texts: dict[str, list[Row]]


class Screen:
    """Sees through many edits of one program at once.

    Args:
        texts: the program's files as they are, without any of the edits.
        seconds: how long edits are followed; the likeliest come first.
    """

    def __init__(
        self,
        source: Source,
        texts: dict[str, str],
        following: Following,
        sites: Sites,
        sandbox: Sandbox,
        seconds: float = 10.0,
    ) -> None:
        self.source, self.texts, self.sites, self.sandbox = source, texts, sites, sandbox
        self.seconds, self.until = seconds, float("inf")
        self.following = following
        self.training, self.frames, self.forward = following.training, following.frames, following.ahead
        self.reading = Reading(texts, sites)
        self.backward = {
            frame.trace.sites[node]
            for frame, ahead in zip(self.frames, self.forward, strict=True)
            for node in frame.backward - ahead
        } - {-1}
        self.places: dict[tuple[str, int, int, int, int], int] = {}
        for number, site in enumerate(sites.sites):
            place = sites.files[number], site.line, site.column, site.end_line, site.end_column
            self.places.setdefault(place, number)

    def promising(self, rows: Iterable[Row], editors: dict[str, Editor]) -> dict[tuple[str, Edit], float]:
        """The edits after which more parameters are right in the first judged steps, and how many more; all of them
        being right counts for a hundred, a value that becomes the gradient of something for a half."""
        groups = self._groups(rows, editors)
        if not groups or not self.following.aims:
            return {}
        units: list[Unit] = []
        for (file, own), group in groups.items():
            statement = group.statement
            units.append((file, statement.lineno, statement.col_offset, own[2], list(group.texts)))
        windows = [(frame.step.start, frame.step.end) for frame in self.frames]
        tried = self.sandbox.run_trials(self.source, self.texts, units, windows, self.training.trace.number)
        found: dict[tuple[str, Edit], float] = {}
        by_unit: dict[int, list[Tried]] = defaultdict(list)
        for one in tried:
            by_unit[one.unit].append(one)
        listed = list(groups.items())
        ways: dict[int, list[_Way]] = {}
        self.until = time.monotonic() + self.seconds
        for number, executions in sorted(by_unit.items()):
            if time.monotonic() > self.until:
                break
            (file, _), group = listed[number]
            ways[number] = self._ways(file, group, executions)
            for texts, gain in self._gains(group, executions, ways[number]):
                shortest = min(len(text) for text in texts)
                for text in texts:
                    # of several that give the same, the shortest says it best
                    less = gain - min(_LONGER * (len(text) - shortest), 0.3)
                    for row in group.texts[text]:
                        found[file, row.edit] = max(less, found.get((file, row.edit), 0))
        if not self.following.faulty and not any(makes_whole(gain) for gain in found.values()):
            until = time.monotonic() + self.seconds / 2
            first = FirstValues(
                self.frames, [aim.truths for aim in self.following.told_aims], self.following.after, until
            )
            for number, executions in sorted(by_unit.items()):
                (file, _), group = listed[number]
                names = list(group.texts)
                placed = ways[number] if number in ways else self._ways(file, group, executions)
                hands_on = getattr(group.statement, "value", None) is group.unit and isinstance(group.unit, ast.Name)
                turns = _turns(placed, hands_on)
                told = {at for one, _ in turns[0].values() for texts in one.texts for at in texts}
                for turn in turns:
                    for at in first.true_texts(turn, alone=hands_on):
                        # what is the same in the first turn as it was is told by the second one
                        for row in group.texts[names[at]] if turn is turns[0] or at not in told else ():
                            found.setdefault((file, row.edit), _LOCALLY)
        return found

    def _ways(self, file: str, group: _Group, executions: list[Tried]) -> list[_Way]:
        """The executions of a unit whose value is found in the record, each with its frame and where it is."""
        ways: list[_Way] = []
        for position, one in enumerate(executions):
            later = [e.position for e in executions[position + 1 :] if e.window == one.window]
            where = self._where(file, group, one, min(later, default=len(self.training.trace)))
            if where:
                ways.append((one, one.window, where))
        return ways

    def _groups(
        self, rows: Iterable[Row], editors: dict[str, Editor]
    ) -> dict[tuple[str, tuple[int, int, str]], _Group]:
        groups: dict[tuple[str, tuple[int, int, str]], _Group] = {}
        count = 0
        for row in rows:
            if row.statement is None or count >= _TEXTS:
                continue
            editor = editors[row.file]
            made = varied(editor, row.statement, row.edit)
            if made is None or not made[1]:
                continue
            unit, text = made
            if not self._is_behind(row.file, unit) or _ACTING.search(text):
                continue
            if not editor.keeping.isdisjoint(_CALLED.findall(text)):
                continue
            own = own_text(editor, unit)
            group = groups.setdefault((row.file, (*editor.span(unit), own)), _Group(unit, row.statement, {}))
            group.texts.setdefault(text, []).append(row)
            count += 1
        return groups

    def _is_behind(self, file: str, unit: Varied) -> bool:
        """Whether the value of a unit is one of the backward pass's: a name for one, or computed there."""
        if isinstance(unit, ast.Name | ast.Attribute):
            return True
        return any(self.places.get((file, *place)) in self.backward for place in _spans(unit))

    # -- following a value through the record

    def _gains(self, group: _Group, executions: list[Tried], ways: list[_Way]) -> Iterable[tuple[list[str], float]]:
        """The texts of a group that make more parameters right, and how many more."""
        names = list(group.texts)
        for each, texts in by_value((number, one) for number, (one, _, _) in enumerate(ways)).items():
            if time.monotonic() > self.until:
                return
            gain = self._gain(ways, each)
            if gain <= 0 and len({ways[number][1] for number, _ in each}) < len(each):
                firsts: dict[int, tuple[int, int]] = {}
                for number, value in each:
                    firsts.setdefault(ways[number][1], (number, value))
                gain = self._gain(ways, tuple(firsts.values()))
            if gain <= 0 and any(row.edit.text == "+=" for text in texts for row in group.texts[names[text]]):
                gain = self._gain(ways, each, self._sums(executions, ways, texts[0]))
            if gain > 0.3:
                yield [names[text] for text in texts], gain

    def _sums(self, executions: list[Tried], ways: list[_Way], text: int) -> dict[int, Tensor]:
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
        self, ways: list[_Way], key: tuple[tuple[int, int], ...], instead: Mapping[int, Tensor] | None = None
    ) -> float:
        values: list[dict[int, Tensor]] = [{} for _ in self.frames]
        patched: list[dict[int, tuple[object, ...]]] = [{} for _ in self.frames]
        trace = self.training.trace
        fresh = len(trace)
        for number, value in key:
            one, window, where = ways[number]
            arrays = one.values[value]
            for item, (node, positions) in enumerate(where.items()):
                made = torch.from_numpy(arrays[min(item, len(arrays) - 1)]).to(F64)
                made = made if instead is None else instead.get(number, made)
                if not positions:
                    values[window][node] = made
                    continue
                values[window][fresh] = made
                arguments = list(patched[window].get(node, trace.arguments[node]))
                for position in positions:
                    arguments[position] = Ref(fresh)
                patched[window][node] = tuple(arguments)
                fresh += 1
        return self.following.gain(values, patched)

    def _where(self, file: str, group: _Group, one: Tried, until: int) -> dict[int, tuple[int, ...]]:
        """The nodes that have the value of a unit in one execution, or those that read it, with the positions at which
        they do; empty if it is part of the forward pass, or nowhere."""
        frame = self.frames[one.window]
        end = min(until, frame.step.end + 1)
        sites = {self.places.get((file, *place)) for place in _spans(group.unit)} - {None}
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
            return {}
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


def _turns(ways: list[_Way], hands_on: bool) -> tuple[dict[int, tuple[Tried, int]], ...]:
    """Of each frame the first executions of a unit in which its text matters, and the second ones, with the node that
    has its value: a layer without an activation does not show what a derivative is.

    Args:
        hands_on: whether the unit only gives a value a name.
    """
    turns: tuple[dict[int, tuple[Tried, int]], ...] = ({}, {})
    most = max((_count(one) for one, *_ in ways), default=0)
    for one, window, where in ways:
        if 2 * _count(one) < most:
            continue
        node = one.origin if hands_on else next(iter(where)) if one.origin is None and len(where) == 1 else None
        if node is not None:
            free = next((turn for turn in turns if window not in turn), None)
            if free is not None:
                free[window] = one, node
    return turns


def _count(one: Tried) -> int:
    """How many texts gave another value in an execution."""
    return sum(len(texts) for texts in one.texts)


def _spans(unit: Varied) -> list[tuple[int, int, int, int]]:
    """The places of the expressions whose value a unit has."""
    if isinstance(unit, ast.IfExp):
        return [*_spans(unit.body), *_spans(unit.orelse)]
    if isinstance(unit, ast.ListComp | ast.GeneratorExp):
        return _spans(unit.elt)
    return [(unit.lineno, unit.col_offset, unit.end_lineno or 0, unit.end_col_offset or 0)]
