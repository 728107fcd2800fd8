"""All wrong gradients written anew: where a backward pass is wrong in so many ways that no few edits mend it, what it
should be is known all the same, and stands in one edit."""

import ast
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from backproof.check.edits import Edit, Editor
from backproof.check.edits.editor import made_at_once
from backproof.check.edits.names import RATE
from backproof.check.edits.numpy_names import with_usual_name
from backproof.check.edits.products import chain_of
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following, makes_whole
from backproof.check.losses.evidence import same_factor, usual_factor
from backproof.check.record.trace import Sites
from backproof.check.repair.backward_chain import BackwardChain, summed_over, summed_up, times
from backproof.check.repair.chain_rule import Known, Values, as_factor
from backproof.check.repair.derived import DERIVED
from backproof.check.repair.evaluated import Evaluation
from backproof.check.repair.followed import followed, gradients_by
from backproof.check.repair.gradient_places import Place, gradient_place
from backproof.check.repair.handed_on import HandedOn
from backproof.check.repair.known_at import kept_for, known_at
from backproof.check.repair.placing import Row
from backproof.check.repair.scales import Scales, numbers_read
from backproof.check.repair.small_edits import small_edits
from backproof.check.replay.values import Reading

_COST = 4.0  # more than any edit of a part: the last thing to think of, and
_LONGER = 0.005  # for each character
_LONGEST = 200  # characters of a gradient
_STEPS, _FEW = 8, 3  # that are followed: of a small network, and of a large one
_LIGHT = 200_000  # bytes that a step of a small one computes
_LOSSES = 3  # that share them
_WAYS = 3  # in which the errors may be handed on


def written_anew(
    judgement: Judgement, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites, until: float
) -> Iterator[Row]:
    """The edits that write all wrong gradients anew, one for each loss that may be meant, until a time on the monotonic
    clock."""
    # the targets of a few samples may all be 0, and then several texts give the same
    following = followed(judgement, _STEPS if judgement.training.weight < _LIGHT else _FEW)
    if following is None:
        return
    # where half of the parameters follow one, others are not meant
    most = max(len(aim.right) for aim in following.aims)
    others = (aim for aim in following.aims if 2 * len(aim.right) >= most)
    aims = [*dict.fromkeys((*following.told_aims, *others))]
    for number, aim in enumerate(aims):
        # the time that is left is shared by the losses that are left
        now, without = time.monotonic(), set[str]()
        until_then = now + max(until - now, 0.0) / min(len(aims) - number, _LOSSES)
        for _ in range(_WAYS):
            anew = _Anew(following, Reading(texts, sites), editors, aim, without, until_then)
            rows = [*anew.row()]
            yield from rows
            if rows or not anew.handed.texts:
                break
            without |= {anew.handed.texts[-1]}  # the last error may have been meant otherwise


class _Anew:
    """The gradients of one loss: the errors that are handed on, line by line, and then those of the parameters."""

    def __init__(
        self,
        following: Following,
        reading: Reading,
        editors: Mapping[str, Editor],
        aim: Aim,
        without: Collection[str],
        until: float,
    ) -> None:
        self.following, self.reading, self.editors, self.aim, self.until = following, reading, editors, aim, until
        self.frames = following.frames
        own = {place.expression for p in self.frames[0].parameters if (place := self._place(p)) is not None}
        self.handed = HandedOn(following, aim, reading, editors, own, without, until)
        self.frames = self.handed.frames
        # how many times its gradient each move is to be, as far as that is known
        self.goal: float | None = None

    def row(self) -> Iterator[Row]:
        """The edit of all the places."""
        parameters = self.frames[0].parameters
        right = self._right(parameters)
        if self.goal is not None and self.aim.climbed is not None and (self.goal > 0) != self.aim.climbed:
            self.handed.turn_round()
        wrong, made = [p for p in parameters if p not in right], list(self.handed.edits)
        if made and makes_whole(self.following.gain(self.handed.values)):  # an optimizer hides what moves are made of
            wrong, right = [], set(parameters)
        places = {p: place for p in parameters if (place := self._place(p)) is not None}
        if not (wrong or made) or not all(p in places and self._true(p) for p in wrong):
            return
        together: dict[ast.expr, list[Place]] = defaultdict(list)
        for place in places.values():  # a layer's line computes the gradients of several
            together[place.expression].append(place)
        for alike in together.values():
            if all(place.parameter in right for place in alike):
                continue
            edits = self._edits(alike)
            if not edits:
                return
            made += [(alike[0].file, edit, alike[0].statement) for edit in edits]
        if len({file for file, *_ in made}) == 1:
            file, _, statement = made[0]
            edits = [*dict.fromkeys(edit for _, edit, _ in made)]  # an old value is kept once for all that read it
            cost = sum(edit.cost for edit in edits)
            whole = made_at_once(self.editors[file].text, edits)
            yield Row(cost, file, replace(whole, cost=cost), statement, written=True)

    def _right(self, parameters: Sequence[int]) -> set[int]:
        """The parameters that follow their gradients, once what is handed on is right, and all by one factor."""
        found = {p: f for p in parameters if (true := self._true(p)) and (f := times(self._moves(p), true))}
        known = [found[p] for p in parameters if p in self.aim.right and p in found]
        self.goal = known[0] if known else usual_factor([*found.values()])
        fits = {p for p, factor in found.items() if self.goal is not None and same_factor(factor, self.goal)}
        return fits | (set(parameters) & self.aim.right)

    def _moves(self, parameter: int) -> Values:
        return tuple(frame.move(parameter) for frame in self.frames)

    def _true(self, parameter: int) -> Values:
        """The gradient by a parameter at the followed steps; empty where it is not known, or nothing at all of them: it
        is at one whose inputs are all 0."""
        found = gradients_by(self.aim, self.frames, parameter)
        return found if any(bool(one.any()) for one in found) else ()

    def _place(self, parameter: int) -> Place | None:
        return gradient_place(self.frames, parameter, self.reading, self.editors)

    def _edits(self, alike: Sequence[Place]) -> list[Edit]:
        """The edits of one line, which may compute the gradients of several parameters; empty if it has no text."""
        place, editor = alike[0], self.editors[alike[0].file]
        known = {one.parameter: self._known(one) for one in alike}
        texts = [self._texts(one, known[one.parameter]) for one in alike]
        text = next((text for text in texts[0] if all(text in others for others in texts)), None)
        if text is None or len(text) > _LONGEST:
            return []
        own = editor.alike(place.expression)
        edit = editor.replace(own, editor.bracketed(own, text), DERIVED, _COST + _LONGER * len(text))
        return [edit, *kept_for(editor, text, known[place.parameter])]

    def _known(self, place: Place) -> list[Known]:
        """What can be read at a place, at each of its turns in each step."""
        frames = [frame for _ in place.turns for frame in self.frames]
        nodes = [node for turn in place.turns for node in turn]
        editor, ahead = self.editors[place.file], self.following.ahead[0]
        return [*known_at(frames, self.reading, editor, place.statement, nodes, ahead)]

    def _texts(self, place: Place, known: Sequence[Known]) -> list[str]:
        """The texts of a gradient, of the size that its place asks for: small edits of what is there, or the shortest
        ones first."""
        editor, true = self.editors[place.file], self._true(place.parameter)
        if true and (edited := [*self._edited(place, known, true)]):
            return edited
        if len(place.turns) > 1:
            found = [*summed_up(known, true, self.until)]
        else:
            found = BackwardChain(self.following, self.aim, known, self.until).of_parameter(true) if true else []
        shapes = {one.text: one.shape for one in known if one.shape}
        scales = Scales.at(self.frames[0], self.reading, editor, place.statement, place.first, shapes)
        rate, size = self._rate(place, editor)
        if self.goal is None:
            sign = 1.0 if self.aim.climbed else -1.0
            fits = (place.times * factor * size for _, factor in found if place.times * factor * sign > 0)
            self.goal = next(fits, None)
        if self.goal is None:
            return []
        made: list[str] = []
        for text, factor in found:
            scale = self.goal / (place.times * factor)
            if rate and same_factor(scale, size):
                made.append(f"{rate} * {as_factor(text)}")
            elif same_factor(scale, 1.0):
                made.append(text)
            elif scale > 0:
                made += [f"{as_factor(text)} {by}" for by, _ in scales.found(scale)[:1]]
        return sorted(made, key=len)

    def _edited(self, place: Place, known: Sequence[Known], true: Values) -> Iterator[str]:
        """What small edits make of a place, where that is the gradient, of the size that the others have."""
        editor = self.editors[place.file]
        numbers = numbers_read(self.frames[0], self.reading, place.file, place.first)
        evaluation = Evaluation(known, numbers | editor.numbers)
        for text in small_edits(editor, place.statement, editor.alike(place.expression), known):
            if self.goal is None or time.monotonic() > self.until:
                return
            values = evaluation.of(with_usual_name(editor, text))
            total = summed_over(values, len(self.frames)) if values else ()
            factor = times(total, true) if total else None
            if factor is not None and same_factor(place.times * factor, self.goal):
                yield text

    def _rate(self, place: Place, editor: Editor) -> tuple[str, float]:
        """The rate that a gradient is multiplied with where it stands, as a text, and its size; 1 if there is none."""
        read = numbers_read(self.frames[0], self.reading, place.file, place.first)
        for part, divides in chain_of(editor.alike(place.expression)):
            text = editor.segment(part)
            written = part.value if isinstance(part, ast.Constant) and isinstance(part.value, float) else 0.0
            size = read.get(text, 0.0) if RATE.search(text) else written
            if size > 0 and not divides:
                return text, size
        return "", 1.0
