"""The errors that a backward pass hands on from layer to layer, mended line by line: each line is looked at as if those
before it were right, so that a pass in which several lines are wrong is mended from its beginning to its end."""

import ast
import math
import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.edits.numpy_names import with_usual_name
from backproof.check.edits.tree import name_of
from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.evidence import same_factor
from backproof.check.losses.outputs import nodes_at, target_nodes
from backproof.check.losses.pairs import pairs
from backproof.check.losses.truths import Place, numbers_of
from backproof.check.repair.at_all_steps import Gradients
from backproof.check.repair.backward_chain import times
from backproof.check.repair.chain_rule import (
    Known,
    Values,
    alike_in_shape,
    errors_of_shape,
    negated,
    pulled_back,
    sloped,
    slopes,
)
from backproof.check.repair.derived import DERIVED
from backproof.check.repair.evaluated import Evaluation
from backproof.check.repair.known_at import kept_for, known_at
from backproof.check.repair.likeness import has_idle_factor, likeness
from backproof.check.repair.scales import numbers_read
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading

_COST = 3.0
_TURNS = 4  # of a loop, the first ones, at which a text is held against the true gradients, and
_MOST = 100  # at which it is taken for one then
_TRIED = 6  # texts of a line that are followed onward, the likeliest ones
_EDITS = 300  # small ones of a line, the likeliest ones
_LATER = 0.1  # what a later line counts that is a gradient then, where a parameter counts one


@dataclass(frozen=True)
class Line:
    """A line of the backward pass that hands an error on: of each turn of its loop the node in each step."""

    file: str
    expression: ast.expr
    statement: ast.stmt
    turns: tuple[tuple[int, ...], ...] = field(repr=False)


class HandedOn:
    """The lines of one backward pass, mended for one loss.

    Args:
        but: what is a parameter's own gradient.
        without: texts that are not taken.
        until: when it is given up, on the monotonic clock.

    Attributes:
        edits: what was mended, each with its file and its statement, and
        texts: what was written, line after line;
        frames: the steps as they are with it, and
        values: of each the nodes that have another value.
    """

    def __init__(
        self,
        following: Following,
        aim: Aim,
        reading: Reading,
        editors: Mapping[str, Editor],
        but: Collection[ast.expr],
        without: Collection[str],
        until: float,
    ) -> None:
        self.without = without
        self.following, self.aim, self.reading, self.editors, self.until = following, aim, reading, editors, until
        self.frames = list(following.frames)
        self.edits: list[tuple[str, Edit, ast.stmt]] = []
        self.texts: list[str] = []
        self.gradients = Gradients(following, aim)
        self.values: list[dict[int, Tensor]] = [{} for _ in self.frames]
        self._lines = [*self._lines_in_order(but)]
        self._mend()

    def _mend(self) -> None:
        owned = set[Place]()
        for number, line in enumerate(self._lines):
            if time.monotonic() > self.until:
                return
            as_it_is = self._owners(line, self.frames)
            if not all(as_it_is):
                self._rewrite(line, owned, self._lines[number + 1 :])
                as_it_is = self._owners(line, self.frames)
            owned.update(place for turn in as_it_is for place in turn)

    def turn_round(self) -> None:
        """Give the error that all others are made of the other sign."""
        line = next((line for line in self._lines if all(self._owners(line, self.frames))), None)
        if line is None:
            return
        editor = self.editors[line.file]
        start, end = editor.span(line.expression)
        mended = next((e for f, e, _ in self.edits if f == line.file and (e.start, e.end) == (start, end)), None)
        text = negated(mended.text if mended is not None else editor.segment(line.expression))
        self.edits = [row for row in self.edits if row[1] is not mended]
        edit = editor.replace(line.expression, editor.bracketed(line.expression, text), DERIVED, _COST)
        self.edits.insert(0, (line.file, edit, line.statement))

    def _owners(self, line: Line, frames: Sequence[Frame]) -> list[dict[Place, float]]:
        """Of each turn what a line's value is the gradient of."""
        found = (_values_at(frames, turn) for turn in line.turns[:_TURNS])
        return [self.gradients.owners(values) for values in found if any(bool(value.any()) for value in values)]

    def _lines_in_order(self, but: Collection[ast.expr]) -> Iterator[Line]:
        """The lines that compute something from the targets, and neither the loss nor a parameter's gradient."""
        sites = self.reading.sites
        per_frame: list[Mapping[int, list[int]]] = []
        for frame, ahead in zip(self.frames, self.following.ahead, strict=True):
            told = {frame.trace.sites[node] for node in ahead}
            nodes: dict[int, list[int]] = defaultdict(list)
            for node in sorted(_from_targets(frame, ahead)):
                site = frame.trace.sites[node]
                if site >= 0 and site not in told and not _is_of_parameter(frame, node):
                    nodes[site].append(node)
            per_frame.append(nodes)
        for site in per_frame[0]:
            file = sites.files[site]
            expression = self.reading.expression(site) if file in self.editors else None
            statement = self.editors[file].statement_at(sites.sites[site].line) if file in self.editors else None
            if statement is None or not isinstance(expression, ast.expr) or expression in but:
                continue
            own = self.editors[file].alike(expression)
            turns = tuple(zip(*(table.get(site, []) for table in per_frame), strict=False))[:_MOST]
            if turns and _is_handed_on(self.editors[file], own):
                yield Line(file, own, statement, turns)

    def _rewrite(self, line: Line, owned: set[Place], later: Sequence[Line]) -> None:
        """Write a line anew, if there is a text that is a gradient at all of its turns."""
        editor = self.editors[line.file]
        known = [*self._known(line, self.frames, line.turns[0])]
        own, texts = editor.segment(line.expression), dict[Place, tuple[float, str]]()
        evaluation = Evaluation(known, self._numbers(line))
        for text, place in self._texts(line, known, evaluation):
            if place in owned or text in self.without:
                continue
            alike = likeness(own, text)
            if alike > texts.get(place, (-math.inf, ""))[0] and not has_idle_factor(text, evaluation):
                texts[place] = alike, text
        best, most = None, (self._worth(self.frames, later), -math.inf)
        for alike, text in sorted(texts.values(), reverse=True)[:_TRIED]:
            made = self._with(line, text)
            if made is not None and (worth := (self._worth(made[1], later), alike)) > most:
                best, most = (text, made), worth
        if best is not None:
            text, (self.values, self.frames) = best
            self._go_on(line, text)
            self.texts.append(text)
            edit = editor.replace(line.expression, editor.bracketed(line.expression, text), DERIVED, _COST)
            self.edits += [(line.file, each, line.statement) for each in (edit, *kept_for(editor, text, known))]

    def _known(self, line: Line, frames: Sequence[Frame], turn: Sequence[int]) -> Iterator[Known]:
        editor, ahead = self.editors[line.file], self.following.ahead[0]
        yield from known_at(frames, self.reading, editor, line.statement, turn, ahead)

    def _numbers(self, line: Line) -> dict[str, float]:
        """The single numbers that a line can read, as a rate and the count of the samples."""
        editor, scope = self.editors[line.file], self.editors[line.file].scope(line.statement)
        read = numbers_read(self.frames[0], self.reading, line.file, line.turns[0][0])
        return {text: number for text, number in (read | editor.numbers).items() if editor.has(scope, text)}

    def _edited(self, line: Line, known: Sequence[Known], evaluation: Evaluation) -> Iterator[tuple[str, Place]]:
        """What a line says, and what small edits make of it, where that is a gradient at its first turn."""
        editor = self.editors[line.file]
        start, end = editor.span(line.expression)
        edits = [e for e in edits_of(editor, line.statement, moves=False) if start <= e.start <= e.end <= end]
        edits = sorted(edits, key=lambda edit: edit.cost)[:_EDITS]
        made = (editor.text[start : e.start] + e.text + editor.text[e.end : end] for e in edits)
        old = {one.kept[1]: one.text for one in known if one.kept is not None}
        for text in dict.fromkeys((editor.segment(line.expression), *made)):
            for own in dict.fromkeys((text, _as_it_was(text, old))):
                if time.monotonic() > self.until:
                    return
                values = evaluation.of(with_usual_name(editor, own))
                for place in self.gradients.owners(values) if values else ():
                    yield own, place

    def _texts(self, line: Line, known: Sequence[Known], evaluation: Evaluation) -> Iterator[tuple[str, Place]]:
        """The texts that are a gradient at a line's first turn, each with what it is the gradient of."""
        yield from self._edited(line, known, evaluation)
        present = _values_at(self.frames, line.turns[0])
        shape = tuple(present[0].shape) if present else ()
        alike = alike_in_shape(known, shape)
        # beside what stands in the line already
        through = [*slopes(alike), *(one for one in alike if one.text.startswith("("))]
        for base in (*alike, *errors_of_shape(known, shape), *pulled_back(known, shape)):
            if time.monotonic() > self.until:
                return
            for made in (base, *sloped(base, alike, through)):
                for place in self.gradients.owners(made.values):
                    yield made.text, place

    def _with(self, line: Line, text: str) -> tuple[list[dict[int, Tensor]], list[Frame]] | None:
        """The values and the steps as they are if a line says something else, turn after turn; None if that is no
        gradient at one of them, or not times the same factor."""
        values, frames = [dict(own) for own in self.values], list(self.frames)
        factors = list[float]()
        for turn in line.turns[:_TURNS]:
            given = self._given(line, frames, turn, text)
            owners = self.gradients.owners(given) if given else {}
            if not given or (not owners and any(bool(value.any()) for value in given)):
                return None
            factors += [*owners.values()][:1]
            for number, node in enumerate(turn):
                values[number][node] = given[number]
                frames[number] = self.following.varied(number, values[number], {}, {})
        return (values, frames) if all(same_factor(factor, factors[0]) for factor in factors) else None

    def _go_on(self, line: Line, text: str) -> None:
        """See what a line gives at the later turns of its loop."""
        for turn in line.turns[_TURNS:]:
            given = self._given(line, self.frames, turn, text)
            for number, node in enumerate(turn) if given else ():
                self.values[number][node] = given[number]
        if len(line.turns) > _TURNS:
            self.frames = [self.following.varied(n, own, {}, {}) for n, own in enumerate(self.values)]

    def _given(self, line: Line, frames: Sequence[Frame], turn: Sequence[int], text: str) -> Values:
        """What a text gives at a turn; empty if it gives nothing that fits there."""
        given = Evaluation([*self._known(line, frames, turn)], self._numbers(line)).of(
            with_usual_name(self.editors[line.file], text)
        )
        here = _values_at(frames, turn)
        fits = given and here and all(v.shape == w.shape for v, w in zip(given, here, strict=True))
        return given if fits else ()

    def _worth(self, frames: Sequence[Frame], later: Sequence[Line]) -> float:
        """How much is right: how many parameters follow their gradients, and how many of the next lines are one."""
        right = sum(
            all(_follows(frame, parameter, self.aim.true(number)) for number, frame in enumerate(frames))
            for parameter in frames[0].parameters
        )
        return right + _LATER * sum(all(self._owners(line, frames)) for line in later)


def _as_it_was(text: str, old: Mapping[str, str]) -> str:
    """A text that reads the old values of what was moved."""
    for whole, name in old.items():
        text = re.sub(rf"(?<![\w.]){re.escape(whole)}(?!\w)", name, text)
    return text


def _follows(frame: Frame, parameter: int, true: Mapping[int, Tensor]) -> bool:
    wanted = true.get(frame.step.before.get(parameter) or -1)
    return wanted is not None and times((frame.move(parameter),), (wanted,)) is not None


def _values_at(frames: Sequence[Frame], nodes: Sequence[int]) -> Values:
    """Of each step the value of a node; empty if one is no array of numbers."""
    found = [numbers_of(frame, node) for frame, node in zip(frames, nodes, strict=True)]
    return tuple(one for one in found if one is not None) if all(one is not None for one in found) else ()


def _from_targets(frame: Frame, ahead: set[int]) -> set[int]:
    """What a step's moves are computed from, and is itself computed from targets."""
    behind = frame.backward - ahead
    met = pairs([frame])
    ends = {node for pair in met for node in nodes_at(frame, pair.key) if node in behind}
    targets = {node for pair in met for node in target_nodes(frame, pair)}
    ends |= {reader for node in targets for reader in frame.training.readers[node] if reader in behind}
    return ends | frame.onward(ends, behind, frame.step.end)


def _is_of_parameter(frame: Frame, node: int) -> bool:
    """Whether a value is made for one parameter alone, and has its size."""
    starts = [frame.step.before.get(parameter) for parameter in frame.reached[node]]
    (start,) = starts if len(starts) == 1 else (None,)
    return start is not None and prod(frame.trace.shape(start)) == prod(frame.trace.shape(node)) > 1


def _is_handed_on(editor: Editor, expression: ast.expr) -> bool:
    """Whether an expression is all that a line gives a name, gives back, or puts into a list."""
    above = editor.parents.get(expression)
    if isinstance(above, ast.Assign | ast.Return | ast.AnnAssign):
        return above.value is expression
    return isinstance(above, ast.Call) and name_of(above.func) in ("append", "insert") and above.args[-1] is expression
