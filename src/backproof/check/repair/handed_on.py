"""The errors that a backward pass hands on from layer to layer, mended line by line: each line is looked at as if those
before it were right, so that a pass in which several lines are wrong is mended from its beginning to its end."""

import ast
import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

from backproof.check.edits import Edit, Editor
from backproof.check.edits.numpy_names import with_usual_name
from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.evidence import same_factor
from backproof.check.losses.truths import Place
from backproof.check.repair.at_all_steps import Gradients
from backproof.check.repair.backward_chain import summed_over, times
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
from backproof.check.repair.error_lines import Line, Turn, error_lines, values_at
from backproof.check.repair.evaluated import Evaluation
from backproof.check.repair.known_at import kept_for, known_at
from backproof.check.repair.likeness import has_idle_factor, likeness
from backproof.check.repair.scales import numbers_read
from backproof.check.repair.small_edits import small_edits
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading

_COST = 3.0
_TURNS = 4  # of a loop, the first ones, at which a text is held against the true gradients
_TRIED = 6  # texts of a line that are followed onward, the likeliest ones
_LATER = 0.1  # what a later line counts that is a gradient then, where a parameter counts one


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
        self._lines = [*error_lines(following, reading, editors, but)]
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
        found = (values_at(frames, turn) for turn in line.turns[:_TURNS])
        return [self.gradients.owners(values) for values in found if any(bool(value.any()) for value in values)]

    def _rewrite(self, line: Line, owned: set[Place], later: Sequence[Line]) -> None:
        """Write a line anew, if there is a text that is a gradient at all of its turns."""
        editor = self.editors[line.file]
        known = [*self._known(line, self.frames, line.added[0])]
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

    def _known(self, line: Line, frames: Sequence[Frame], turns: Sequence[Turn]) -> Iterator[Known]:
        """What a line can read at some turns, at each of them in each step."""
        editor, ahead, nodes = self.editors[line.file], self.following.ahead[0], [n for turn in turns for n in turn]
        yield from known_at([*frames] * len(turns), self.reading, editor, line.statement, nodes, ahead)

    def _owned(self, values: Values) -> dict[Place, float]:
        """What some values of a line's turns are the gradient of, those that are added up as their sum."""
        whole = summed_over(values, len(self.frames)) if values else ()
        return self.gradients.owners(whole) if whole else {}

    def _numbers(self, line: Line) -> dict[str, float]:
        """The single numbers that a line can read, as a rate and the count of the samples."""
        editor, scope = self.editors[line.file], self.editors[line.file].scope(line.statement)
        read = numbers_read(self.frames[0], self.reading, line.file, line.turns[0][0])
        return {text: number for text, number in (read | editor.numbers).items() if editor.has(scope, text)}

    def _edited(self, line: Line, known: Sequence[Known], evaluation: Evaluation) -> Iterator[tuple[str, Place]]:
        """What a line says, and what small edits make of it, where that is a gradient at its first turn."""
        editor = self.editors[line.file]
        for text in small_edits(editor, line.statement, line.expression, known):
            if time.monotonic() > self.until:
                return
            values = evaluation.of(with_usual_name(editor, text))
            for place in self._owned(values):
                yield text, place

    def _texts(self, line: Line, known: Sequence[Known], evaluation: Evaluation) -> Iterator[tuple[str, Place]]:
        """The texts that are a gradient at a line's first turn, each with what it is the gradient of."""
        yield from self._edited(line, known, evaluation)
        present = values_at(self.frames, line.turns[0])
        shape = tuple(present[0].shape) if present else ()
        alike = alike_in_shape(known, shape)
        # beside what stands in the line already
        through = [*slopes(alike), *(one for one in alike if one.text.startswith("("))]
        for base in (*alike, *errors_of_shape(known, shape), *pulled_back(known, shape)):
            if time.monotonic() > self.until:
                return
            for made in (base, *sloped(base, alike, through)):
                for place in self._owned(made.values):
                    yield made.text, place

    def _with(self, line: Line, text: str) -> tuple[list[dict[int, Tensor]], list[Frame]] | None:
        """The values and the steps as they are if a line says something else, turn after turn; None if that is no
        gradient at one of them, or not times the same factor."""
        values, frames = [dict(own) for own in self.values], list(self.frames)
        factors = list[float]()
        for turn, added in zip(line.turns[:_TURNS], line.added, strict=False):
            given = self._given(line, frames, added, text)
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
        for turn, added in zip(line.turns[_TURNS:], line.added[_TURNS:], strict=True):
            given = self._given(line, self.frames, added, text)
            for number, node in enumerate(turn) if given else ():
                self.values[number][node] = given[number]
        if len(line.turns) > _TURNS:
            self.frames = [self.following.varied(n, own, {}, {}) for n, own in enumerate(self.values)]

    def _given(self, line: Line, frames: Sequence[Frame], added: Sequence[Turn], text: str) -> Values:
        """What a text gives at a turn, or the sum of what it adds at some; empty if it gives nothing that fits."""
        each = Evaluation([*self._known(line, frames, added)], self._numbers(line)).of(
            with_usual_name(self.editors[line.file], text)
        )
        given, here = summed_over(each, len(frames)) if each else (), values_at(frames, added[-1])
        fits = given and here and all(v.shape == w.shape for v, w in zip(given, here, strict=True))
        return given if fits else ()

    def _worth(self, frames: Sequence[Frame], later: Sequence[Line]) -> float:
        """How much is right: how many parameters follow their gradients, and how many of the next lines are one."""
        right = sum(
            all(_follows(frame, parameter, self.aim.true(number)) for number, frame in enumerate(frames))
            for parameter in frames[0].parameters
        )
        return right + _LATER * sum(all(self._owners(line, frames)) for line in later)


def _follows(frame: Frame, parameter: int, true: Mapping[int, Tensor]) -> bool:
    wanted = true.get(frame.step.before.get(parameter) or -1)
    return wanted is not None and times((frame.move(parameter),), (wanted,)) is not None
