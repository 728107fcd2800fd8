"""All wrong gradients written anew: where a backward pass is wrong in so many ways that no few edits mend it, what it
should be is known all the same, and stands in one edit."""

import ast
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backproof.check.edits import Edit, Editor
from backproof.check.edits.editor import made_at_once
from backproof.check.edits.names import RATE
from backproof.check.edits.products import chain_of
from backproof.check.locate.aim import Aim
from backproof.check.locate.following import Following
from backproof.check.losses.before_move import candidates
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, same_factor
from backproof.check.losses.truths import numbers_of
from backproof.check.record.trace import Sites
from backproof.check.repair.backward_chain import BackwardChain, Known, Values, as_factor, times
from backproof.check.repair.derived import DERIVED, known_terms
from backproof.check.repair.placing import Row
from backproof.check.repair.scales import Scales, numbers_read
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading, values_by_text

_COST = 4.0  # more than any edit of a part: the last thing to think of, and
_LONGER = 0.005  # for each character
_LONGEST = 200  # characters of a gradient
_SECONDS = 1.5
_AS_IT_IS = ("getitem", "view", "reshape", "copy", "setitem", "setview", "ravel", "squeeze")  # that compute nothing


@dataclass(frozen=True)
class Place:
    """Where the gradient of a parameter stands: the move is `times` what is computed there."""

    parameter: int
    node: int
    times: float
    file: str
    expression: ast.expr
    statement: ast.stmt


def written_anew(
    following: Following | None, texts: Mapping[str, str], editors: Mapping[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits that write all wrong gradients anew, one for each loss that may be meant."""
    if following is None or following.faulty or not following.frames:
        return
    until = time.monotonic() + _SECONDS
    for aim in dict.fromkeys([*following.told_aims, *following.aims]):
        yield from _Anew(following, Reading(texts, sites), editors, aim, until).row()


class _Anew:
    """The gradients of one loss."""

    def __init__(
        self, following: Following, reading: Reading, editors: Mapping[str, Editor], aim: Aim, until: float
    ) -> None:
        self.following, self.reading, self.editors, self.aim, self.until = following, reading, editors, aim, until
        self.frame = following.frames[0]
        # how many times its gradient each move is to be, as far as that is known
        self.goal: float | None = None

    def row(self) -> Iterator[Row]:
        """The edit of all the places."""
        parameters = self.frame.parameters
        if any({*parameters} - {*frame.parameters} for frame in self.following.frames):
            return  # not all are moved at every step
        places = {p: place for p in parameters if (place := self._place(p)) is not None}
        wrong = [p for p in parameters if p not in self.aim.right]
        if not wrong or not all(p in places and self._true(p) for p in wrong):
            return
        right = next((p for p in parameters if p in self.aim.right and self._true(p)), None)
        if right is not None:
            self.goal = times((self.frame.move(right),), self._true(right)[:1])
        together: dict[ast.expr, list[Place]] = defaultdict(list)
        for place in places.values():  # a layer's line computes the gradients of several
            together[place.expression].append(place)
        edits: list[tuple[Place, Edit]] = []
        for alike in together.values():
            if all(place.parameter in self.aim.right for place in alike):
                continue
            edit = self._edit(alike)
            if edit is None:
                return
            edits.append((alike[0], edit))
        files = {place.file for place, _ in edits}
        if len(files) == 1:
            place, cost = edits[0][0], sum(edit.cost for _, edit in edits)
            whole = made_at_once(self.editors[place.file].text, [edit for _, edit in edits])
            yield Row(cost, place.file, replace(whole, cost=cost), place.statement, written=True)

    def _true(self, parameter: int) -> Values:
        """The gradient by a parameter at the followed steps; empty where it is not known, or nothing."""
        frames = self.following.frames
        true = [self.aim.true(n).get(frame.step.before.get(parameter) or -1) for n, frame in enumerate(frames)]
        found = tuple(one.detach() for one in true if one is not None)
        return found if len(found) == len(frames) and all(bool(one.any()) for one in found) else ()

    def _place(self, parameter: int) -> Place | None:
        """The earliest value that a parameter's move is a multiple of, the same one at all followed steps."""
        frame, sites, found = self.frame, self.reading.sites, list[Place]()
        for node in candidates(frame, parameter):
            site = frame.trace.sites[node]
            file = sites.files[site] if site >= 0 else ""
            expression = self.reading.expression(site) if file in self.editors else None
            statement = self.editors[file].statement_at(sites.sites[site].line) if file in self.editors else None
            alone = frame.trace.operations[node] not in _AS_IT_IS and frame.reached.get(node) == {parameter}
            if statement is None or not alone or not isinstance(expression, ast.expr):
                continue
            factors = [self._times(each, parameter, self._alike(each, node)) for each in self.following.frames]
            if factors[0] and all(factor and same_factor(factor, factors[0]) for factor in factors):
                found.append(Place(parameter, node, factors[0], file, expression, statement))
        return min(found, key=lambda place: place.node, default=None)

    def _alike(self, frame: Frame, node: int) -> int | None:
        """What is computed at a node's place in another step."""
        own = self.frame.key(node)
        return node if frame is self.frame else next((n for n in sorted(frame.backward) if frame.key(n) == own), None)

    @staticmethod
    def _times(frame: Frame, parameter: int, node: int | None) -> float:
        """How many times a value a parameter's move is; 0 if it is no multiple of it."""
        move, value = frame.move(parameter), numbers_of(frame, node) if node is not None else None
        if value is None or not (value.numel() == 1 or value.shape == move.shape):
            return 0.0
        factor, residual = factor_and_residual(move, value.expand(move.shape))
        return factor if residual <= TOLERANCE else 0.0

    def _edit(self, alike: Sequence[Place]) -> Edit | None:
        """The edit of one line, which may compute the gradients of several parameters."""
        place, editor = alike[0], self.editors[alike[0].file]
        texts = [self._texts(one) for one in alike]
        common = [text for text in texts[0] if all(text in others for others in texts)]
        text = min(common, key=len, default=None)
        if text is None or len(text) > _LONGEST:
            return None
        own = editor.alike(place.expression)
        return editor.replace(own, editor.bracketed(own, text), DERIVED, _COST + _LONGER * len(text))

    def _texts(self, place: Place) -> list[str]:
        """The texts of a gradient, of the size that its place asks for."""
        editor, true = self.editors[place.file], self._true(place.parameter)
        known = [*self._known(editor, place)]
        found = BackwardChain(self.following, self.aim, known, self.until).of_parameter(true) if true else []
        shapes = {one.text: one.shape for one in known if one.shape}
        scales = Scales.at(self.frame, self.reading, editor, place.statement, place.node, shapes)
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
        return made

    def _rate(self, place: Place, editor: Editor) -> tuple[str, float]:
        """The rate that a gradient is multiplied with where it stands, as a text, and its size; 1 if there is none."""
        read = numbers_read(self.frame, self.reading, place.file, place.node)
        for part, divides in chain_of(editor.alike(place.expression)):
            text = editor.segment(part)
            written = part.value if isinstance(part, ast.Constant) and isinstance(part.value, float) else 0.0
            size = read.get(text, 0.0) if RATE.search(text) else written
            if size > 0 and not divides:
                return text, size
        return "", 1.0

    def _known(self, editor: Editor, place: Place) -> Iterator[Known]:
        """What can be read at a place, with the values at all followed steps."""
        tables = []
        for frame in self.following.frames:
            at = self._alike(frame, place.node)
            if at is None:
                return
            read = values_by_text(frame, self.reading, at)
            terms = known_terms(frame, self.reading, editor, place.statement, at, read, least=1)
            tables.append({term.text: term for term in terms})
        dependent, ahead = self.frame.dependent, self.following.ahead[0]
        for text, term in tables[0].items():
            values = tuple(table[text].value for table in tables if text in table)
            if len(values) == len(tables) and len({value.ndim for value in values}) == 1:
                given, node = term.node in self.frame.given, term.node
                yield Known(text, values, given, node in ahead, node not in dependent and not given)
