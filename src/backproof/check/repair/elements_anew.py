"""Arrays whose elements are moved one by one, a line each, and most of these lines anew: `w[0][1] = w[0][1] + rate *
error * v[0] * x[1]`.

What each element's move should be is known. What a line is meant to be is looked for among what small edits make of it:
another index or two, another variable, the old values of what a line before it has moved.
"""

import ast
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice

from backproof.check.edits import Edit, Editor
from backproof.check.edits.editor import made_at_once
from backproof.check.edits.numpy_names import with_usual_name
from backproof.check.edits.old_values import free_name
from backproof.check.edits.other_indices import with_other_indices
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.evidence import same_factor, usual_factor
from backproof.check.record.trace import Sites
from backproof.check.repair.backward_chain import times
from backproof.check.repair.chain_rule import Known, Values
from backproof.check.repair.derived import DERIVED
from backproof.check.repair.element_lines import Line, each_for_its_own, element_of, lines_of
from backproof.check.repair.evaluated import Evaluation
from backproof.check.repair.followed import followed, gradients_by
from backproof.check.repair.known_at import known_at
from backproof.check.repair.placing import Row
from backproof.check.repair.scales import numbers_read
from backproof.check.repair.small_edits import small_edits
from backproof.check.replay.values import Reading

_COST = 4.0
_STEPS = 8  # that are followed
_FEWEST = 3  # lines that move elements
_TEXTS = 2000  # that are tried for one line


def elements_anew(
    judgement: Judgement, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites, until: float
) -> Iterator[Row]:
    """The edits that mend all lines that move elements, one for each loss that may be meant, until a time on the
    monotonic clock."""
    written = {file: lines for file, editor in editors.items() if len(lines := [*lines_of(editor)]) >= _FEWEST}
    following = followed(judgement, _STEPS) if written else None
    if following is None:
        return
    for file, lines in written.items():
        for aim in following.told_aims:
            made = _Elements(following, aim, Reading(texts, sites), editors[file], file, lines, until)
            yield from made.row()


class _Elements:
    """The lines of one file that move elements, and the loss that they are to follow."""

    def __init__(
        self,
        following: Following,
        aim: Aim,
        reading: Reading,
        editor: Editor,
        file: str,
        lines: Sequence[Line],
        until: float,
    ) -> None:
        self.frames, self.ahead, self.aim, self.until = following.frames, following.ahead[0], aim, until
        self.reading, self.editor, self.file = reading, editor, file
        self.arrays = self._arrays(lines)
        moving = [line for line in lines if line.holder in self.arrays]
        block = editor.block_of(moving[0].statement) if moving else []
        self.lines = each_for_its_own([line for line in moving if line.statement in block], self._shapes)

    def _arrays(self, lines: Sequence[Line]) -> dict[str, int]:
        """The parameters that are moved element by element, by what they are called."""
        first, found = self.frames[0], dict[str, int]()
        for parameter in first.parameters:
            site = first.trace.sites[first.step.after[parameter]]
            line = self.reading.sites.sites[site].line if site >= 0 else 0
            within = site >= 0 and self.reading.sites.files[site] == self.file
            statement = self.editor.statement_at(line) if within else None
            depth = len(first.start(parameter).shape)
            for each in lines:
                if each.statement is statement and len(each.indices) == depth:
                    found[each.holder] = parameter
        return found

    @property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {holder: tuple(self.frames[0].start(p).shape) for holder, p in self.arrays.items()}

    def row(self) -> Iterator[Row]:
        """The edit of all the lines."""
        others = {*self.frames[0].parameters} - {*self.arrays.values()}
        if not self.arrays or others - self.aim.right or len(self.lines) < _FEWEST:
            return
        self.goal = self._goal()
        edits: list[Edit] = []
        for line in self.lines if self.goal else ():
            own = self._edits(line)
            if own is None:
                return
            edits += own
        if edits:
            edits += self._kept(edits)
            cost = sum(edit.cost for edit in edits)
            whole = replace(made_at_once(self.editor.text, edits), cost=cost, kind=DERIVED)
            yield Row(cost, self.file, whole, self.lines[0].statement, written=True)

    @cached_property
    def _known(self) -> list[Known]:
        """What can be read behind all the lines, and the arrays as they are before these move them."""
        last = max(self.arrays.values(), key=lambda p: self.frames[0].step.after[p])
        nodes = [frame.step.after[last] for frame in self.frames]
        statement = self.lines[-1].statement
        known = known_at(self.frames, self.reading, self.editor, statement, nodes, self.ahead)
        others = [one for one in known if one.kept is None and not self._is_moved(one.text)]
        starts = {name: tuple(frame.start(p).detach() for frame in self.frames) for name, p in self.arrays.items()}
        return [*others, *(Known(name, values, given=True) for name, values in starts.items())]

    @cached_property
    def _evaluation(self) -> Evaluation:
        last = max(self.frames[0].step.after[p] for p in self.arrays.values())
        numbers = numbers_read(self.frames[0], self.reading, self.file, last)
        same = {text: n for text, n in {**self.editor.numbers, **numbers}.items() if not self._is_moved(text)}
        return Evaluation(self._known, same)

    def _is_moved(self, text: str) -> bool:
        """Whether a text is an array that is moved, or a part of one."""
        return f"{text}[".startswith(tuple(f"{holder}[" for holder in self.arrays))

    def _of(self, text: str) -> Values:
        return self._evaluation.of(with_usual_name(self.editor, text))

    def _true(self, line: Line) -> Values:
        """The gradient by the element that a line moves, at each step; empty where it is not known, or always 0."""
        whole = gradients_by(self.aim, self.frames, self.arrays[line.holder])
        values = tuple(one[line.indices] for one in whole)
        return values if any(bool(value) for value in values) else ()

    def _goal(self) -> float:
        """How many times its gradient each move is to be: as often as most lines have it; 0 if none has."""
        fits: list[float] = []
        for line in self.lines:
            true, values = self._true(line), self._of(self.editor.segment(line.moved_by))
            factor = times(values, true) if true and values else None
            if factor is not None and (line.sign * factor > 0) == bool(self.aim.climbed):
                fits.append(line.sign * factor)
        return usual_factor(fits) or 0.0

    def _edits(self, line: Line) -> list[Edit] | None:
        """What mends a line; None if it is not known."""
        editor, place, true = self.editor, line.statement, self._true(line)
        element = element_of(editor, line)
        edits = [] if element == editor.segment(line.target) else [editor.replace(line.target, element, DERIVED, 1.0)]
        if line.base is not None and editor.segment(line.base) != element:
            edits.append(editor.replace(line.base, element, DERIVED, 1.0))
        text = next((text for text in self._texts(line) if self._fits(line, text, true)), None) if true else None
        if text is None:
            return None
        read = self._as_it_was(text, place)
        if read != editor.segment(line.moved_by):
            own = editor.replace(line.moved_by, editor.bracketed(line.moved_by, read), DERIVED, 1.0)
            edits.append(own)
        return edits

    def _fits(self, line: Line, text: str, true: Values) -> bool:
        values = self._of(text)
        factor = times(values, true) if values and all(v.numel() == 1 for v in values) else None
        return factor is not None and same_factor(line.sign * factor, self.goal)

    def _texts(self, line: Line) -> Iterator[str]:
        """What may be meant by what an element is moved by: the text as it is, with other indices, or with a small
        edit."""
        text = self.editor.segment(line.moved_by)
        texts = (*with_other_indices(text), *small_edits(self.editor, line.statement, line.moved_by, ()))
        for each in islice(dict.fromkeys((text, *texts)), _TEXTS):
            if time.monotonic() > self.until:
                return
            yield each

    def _as_it_was(self, text: str, place: ast.stmt) -> str:
        """A text that reads the old values of what lines before it have moved."""
        for holder in self._moved_before(place):
            text = re.sub(rf"(?<![\w.]){re.escape(holder)}(?=\[)", self._name(holder), text)
        return text

    def _moved_before(self, place: ast.stmt) -> list[str]:
        return [*dict.fromkeys(line.holder for line in self.lines if line.statement.lineno < place.lineno)]

    def _name(self, holder: str) -> str:
        """What the old values of an array are called: `old_w1` for `parameters['w1']`."""
        key = re.search(r"""\[['"]([^\W\d]\w*)['"]\]$""", holder)
        return free_name(self.editor, key.group(1) if key else holder)

    def _kept(self, edits: Sequence[Edit]) -> Iterator[Edit]:
        """The lines that keep the old values that are read, before the first of the lines that move anything."""
        first = min((line.statement for line in self.lines), key=lambda statement: statement.lineno)
        start = self.editor.span(first)[0]
        holders = dict.fromkeys(line.holder for line in self.lines)
        read = [h for h in holders if any(re.search(rf"\b{self._name(h)}\b", edit.text) for edit in edits)]
        if read:
            indent = self.editor.indent(first)
            lines = "".join(f"{self._name(holder)} = {holder}.copy()\n{indent}" for holder in read)
            yield Edit(start, start, lines, first.lineno, "old value", 0.5)
