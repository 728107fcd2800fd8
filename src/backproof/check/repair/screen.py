"""Which edits would make more parameters right: their values are computed in one run and followed through the record.

Only the edits of what the updates are computed from can be seen through so: a change of the forward pass changes the
true gradient itself. What is found here still has to be run and proved.
"""

import ast
import math
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from backproof.check.edits import Edit, Editor
from backproof.check.edits.varied import Unit as Varied
from backproof.check.edits.varied import own_text, varied
from backproof.check.locate.following import PROMISED, Following, makes_whole
from backproof.check.locate.wanted import Wanted
from backproof.check.losses.truths import TURNS
from backproof.check.record.trace import Sites
from backproof.check.record.trial import Tried, Unit, by_value
from backproof.check.repair.at_once import AtOnce
from backproof.check.repair.first_values import FirstValues
from backproof.check.repair.placing import TERMS, Given, Group, Placing, Row, Way, spans
from backproof.check.repair.wanted_values import WantedValues
from backproof.check.replay.values import Reading
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_LONGER = 0.01  # for each character
_BEYOND = 1.0  # how much unlikelier those are that are still followed though a likelier one gains as much
_MORE = 400  # values that are still followed after one that makes all right, and more where something speaks against it
_MANY_MORE = 1600
_DOUBT = 0.1  # what is told against a value by the others
_NOTHING = 0.3  # a gain that is none
PLAINLY = 0.9  # a gain of one parameter, less a little
_ONWARD = 0.4  # of the time in which edits are followed, for more of them once one of them has such a gain
_KNOWN_FIRST = 9.0  # how much sooner a value is followed that is known to be right in its place
_LOCALLY = 0.5  # what an edit gains that makes a true gradient of a value, and no parameter right yet
_CROWD = 100  # executions of a line in a step, more than which are not followed each
_TRYING = 4.0  # seconds in which the values of edits are computed, at most
_TEXTS = 12_000
# calls that do more than compute: a second one would change what the program computes next
_ACTING = re.compile(r"rand|normal\(|uniform\(|choice\(|shuffle\(|permut|next\(|pop\(|input\(|open\(|print\(|append\(")
_CALLED = re.compile(r"(\w+)\(")


_Listed = tuple[tuple[str, tuple[int, int, str]], Group]


class Screen:
    """Sees through many edits of one program at once.

    Args:
        texts: the program's files as they are, without any of the edits.
        seconds: how long edits are followed; the likeliest come first.
        wanted: the places where another gradient would make more right: what gives it is followed before all others.
    """

    def __init__(
        self,
        source: Source,
        texts: dict[str, str],
        following: Following,
        sites: Sites,
        sandbox: Sandbox,
        seconds: float = 10.0,
        wanted: Iterable[Wanted] = (),
    ) -> None:
        self.source, self.texts, self.sites, self.sandbox = source, texts, sites, sandbox
        self.seconds, self.until = seconds, float("inf")
        self.following, self.at_once = following, AtOnce(following)
        self.wanted = WantedValues(wanted)
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
        self.placing = Placing(following, self.reading, self.places)
        self.around = self._around()
        self.called, self.outside = self._called(), self._outside()
        self.refuted: set[tuple[str, Edit]] = set()  # the edits that were seen to make nothing right
        self.lessened: dict[tuple[str, Edit], float] = {}  # what was taken from a gain, as others say the same shortly
        # the edits whose first values were not held against the true gradients yet, and where these stand
        self.seen: list[tuple[list[_Listed], dict[int, list[Way]]]] = []

    def promising(
        self, rows: Iterable[Row], editors: dict[str, Editor], *, alone: bool = False
    ) -> dict[tuple[str, Edit], float]:
        """The edits after which more parameters are right in the first judged steps, and how many more; all of them
        being right counts for a hundred, a value that becomes the gradient of something for a half.

        Args:
            alone: that count alone after which more parameters are right.
        """
        groups = self._groups(rows, editors)
        if not groups or not self.following.aims:
            return {}
        times = [self.placing.times(file, group.statement) for (file, _), group in groups.items()]
        crowded = not self.at_once.is_apt and max(times) > _CROWD
        # of these it is known what comes of them at the first executions alone
        begun = {number for number, often in enumerate(times) if crowded and often > TURNS}
        by_unit = self._tried(groups, times, TURNS if crowded else None)
        found: dict[tuple[str, Edit], float] = {}
        listed = list(groups.items())
        ways: dict[int, list[Way]] = {}
        self.until = time.monotonic() + self.seconds
        for number, executions in by_unit.items():
            self._refute(listed[number][1], executions, times[number] * len(self.frames))
            ways[number] = self.placing.ways(listed[number][0][0], listed[number][1], executions)
        telling = {number for number, own in ways.items() if number not in begun and self._tells(own)}
        telling -= {number for number in telling if self.placing.are_carried(ways[number])}
        limit, more = float("inf"), _TEXTS
        likeliest = self._likeliest(listed, ways)
        hopeless = self._hopeless(listed, ways, likeliest)
        for score, number, each, texts in likeliest:
            if time.monotonic() > self.until or score > limit or more <= 0:
                break
            if (number, each) in hopeless:
                continue
            more -= 1
            (file, _), group = listed[number]
            if number in begun:
                gain = self.wanted.gain(ways[number], each)
            else:
                gain = self.placing.gain_of(file, group, by_unit[number], ways[number], each, texts)
            names = [name for at, name in enumerate(group.texts) if at in texts]
            if gain <= _NOTHING:
                if number in telling:
                    self.refuted |= {(row.file, row.edit) for name in names for row in group.texts[name]}
                continue
            written = all(row.written for name in names for row in group.texts[name])
            if gain >= PLAINLY and not written:
                self.until = min(self.until, time.monotonic() + _ONWARD * self.seconds)
            if makes_whole(gain) and not written:
                # where something speaks against it, another one is the likelier
                more = min(more, _MORE if gain > self.following.most - _DOUBT else _MANY_MORE)
            shortest = min(map(len, names))
            # of several that give the same, the shortest says it best
            longer = {name: min(_LONGER * (len(name) - shortest), 0.3) for name in names}
            alike = sorted(
                ((row, gain - less) for name, less in longer.items() for row in group.texts[name]),
                key=lambda one: one[0].score - PROMISED * one[1],
            )
            # and what does not make all right is no more so if it is written otherwise
            for row, left in alike if makes_whole(gain) else alike[:1]:
                found[row.file, row.edit] = max(left, found.get((row.file, row.edit), 0))
                self.lessened[row.file, row.edit] = gain - left
                # what is unlikelier cannot come before it any more, whatever it gains
                limit = min(limit, row.score + PROMISED * (self.following.most - left) + _BEYOND)
        self.seen.append((listed, ways))
        if not alone and not self.following.faulty and not any(gain >= PLAINLY for gain in found.values()):
            for key in self._true_at_first():
                found.setdefault(key, _LOCALLY)
        self.refuted -= found.keys()
        return found

    def _tried(
        self, groups: Mapping[tuple[str, tuple[int, int, str]], Group], times: Sequence[int], most: int | None
    ) -> dict[int, list[Tried]]:
        """The executions of each unit in the steps that are looked at, with what its texts give there.

        Args:
            times: how often a step executes each unit.
            most: at how many of them the texts are tried, the first ones; None for as many as there is time for.
        """
        units: list[Unit] = []
        for ((file, own), group), often in zip(groups.items(), times, strict=True):
            units.append((file, group.statement.lineno, group.statement.col_offset, often, own[2], list(group.texts)))
        steps = [frame.step for frame in self.frames]
        if len(steps) == 1:  # what ends with an error at the next one is seen, too
            steps += [step for step in self.training.steps if step.start >= steps[0].end][:1]
        windows = [(step.start, step.end) for step in steps]
        stretch, seconds = self.training.trace.number, min(_TRYING, 2 * self.seconds)
        found: dict[int, list[Tried]] = defaultdict(list)
        for one in self.sandbox.run_trials(self.source, self.texts, units, windows, stretch, seconds, most):
            if one.window < len(self.frames):
                found[one.unit].append(one)
        return found

    def _true_at_first(self) -> Iterator[tuple[str, Edit]]:
        """The edits that make a true gradient of the first value of an expression, or of what comes next."""
        until = time.monotonic() + self.seconds / 2
        # a loss that much less follows than another one is not what is meant
        aims = self.following.told_aims
        most = max(aim.before for aim in aims)
        truths = [aim.truths for aim in aims if aim.before >= most - 1]
        first = FirstValues(self.frames, truths, self.following.after, until)
        units = [(listed[n], ways[n]) for listed, ways in self.seen for n in sorted(ways)]
        self.seen = []
        for ((file, _), group), placed in units:
            names = list(group.texts)
            hands_on = getattr(group.statement, "value", None) is group.unit and isinstance(group.unit, ast.Name)
            turns = _turns(placed, hands_on)
            told = {at for one, _ in turns[0].values() for texts in one.texts for at in texts}
            for turn in turns:
                for at in first.true_texts(turn, alone=hands_on):
                    # what is the same in the first turn as it was is told by the second one
                    for row in group.texts[names[at]] if turn is turns[0] or at not in told else ():
                        yield file, row.edit

    def _tells(self, ways: list[Way]) -> bool:
        """Whether a unit is a part of the moves of arrays alone: a single number, which is always a multiple of its
        gradient, does not show that nothing is mended."""
        chains = self.training.chains
        reached = {
            parameter
            for _, window, where in ways
            for node in where
            for parameter in self.frames[window].reached.get(node, ())
        }
        return bool(reached) and all(math.prod(chains[parameter].shape) > 1 for parameter in reached)

    def _refute(self, group: Group, executions: list[Tried], times: int) -> None:
        """See that texts which give nothing, or what is there as it is, at all of their executions mend nothing."""
        if len(executions) < times or not all(one.own for one in executions):
            return  # what was not computed is not known
        changing = {text for one in executions for texts in one.texts for text in texts}
        computed = list(group.texts.values())[: min(one.tried for one in executions)]
        idle = (rows for at, rows in enumerate(computed) if at not in changing)
        self.refuted |= {(row.file, row.edit) for rows in idle for row in rows}

    def _groups(self, rows: Iterable[Row], editors: dict[str, Editor]) -> dict[tuple[str, tuple[int, int, str]], Group]:
        groups: dict[tuple[str, tuple[int, int, str]], Group] = {}
        count = 0
        keeping = set[str]().union(*(editor.keeping for editor in editors.values()))
        for row in rows:
            if row.statement is None or count >= _TEXTS:
                continue
            editor = editors[row.file]
            made = varied(editor, row.statement, row.edit)
            if made is None or not made[1]:
                continue
            unit, text = made
            if (row.file, row.statement.lineno) in self.outside or not self._is_behind(row.file, unit):
                continue
            own = own_text(editor, unit)
            if not (may_be_tried(text, keeping) and keeping.isdisjoint(_CALLED.findall(own))):
                continue
            group = groups.setdefault((row.file, (*editor.span(unit), own)), Group(unit, row.statement, {}))
            group.texts.setdefault(text, []).append(row)
            count += 1
        return groups

    def _called(self) -> frozenset[int]:
        """The places of the calls in which the backward pass is computed: nothing of the forward pass, and no update,
        so that a training is not called again."""
        inside: list[frozenset[int]] = []
        for frame, ahead in zip(self.frames, self.forward, strict=True):
            calls, paths = self.placing.calls, frame.trace.paths
            inside += [calls[path] for path in {paths[node] for node in frame.backward - ahead}]
        return frozenset[int]().union(*inside) - frozenset[int]().union(*self.around) - {-1}

    def _around(self) -> set[frozenset[int]]:
        """The calls in which each value of the forward pass, and each update, is computed."""
        pairs = zip(self.frames, self.forward, strict=True)
        return {self.placing.calls[f.trace.paths[node]] for f, ahead in pairs for node in {*ahead, *f.written}}

    def _outside(self) -> set[tuple[str, int]]:
        """The lines that call what the whole step is computed in, as one that calls a training with all the data."""
        whole = frozenset[int].intersection(*self.around) if self.around else frozenset[int]()
        return {self.sites.line(site) for site in whole if site >= 0}

    def _is_behind(self, file: str, unit: Varied) -> bool:
        """Whether the value of a unit is one of the backward pass's: a name for one, or a list of some, or computed
        there."""
        if isinstance(unit, ast.Name | ast.Attribute | ast.ListComp):
            return True
        sites = {self.places.get((file, *place)) for place in spans(unit)}
        return bool(sites & self.backward) or (isinstance(unit, ast.Call) and bool(sites & self.called))

    # -- following a value through the record

    def _likeliest(self, listed: list[_Listed], ways: dict[int, list[Way]]) -> list[tuple[float, int, Given, Set[int]]]:
        """The values that texts give, those of the likeliest texts first: each with how unlikely it is, the number of
        its unit, what it is in each execution, and the texts."""
        found: list[tuple[float, int, Given, Set[int]]] = []
        for number, own in ways.items():
            scores = [min(map(_looked_at, rows)) for rows in listed[number][1].texts.values()]
            for each, texts in by_value((n, one) for n, (one, _, _) in enumerate(own)).items():
                sooner = _KNOWN_FIRST * (self.wanted.gain(own, each) > 0)
                found.append((min(scores[text] for text in texts) - sooner, number, each, {*texts}))
        return sorted(found, key=lambda row: row[:2])

    def _hopeless(
        self,
        listed: list[_Listed],
        ways: dict[int, list[Way]],
        likeliest: list[tuple[float, int, Given, Set[int]]],
    ) -> set[tuple[int, Given]]:
        """The values that make nothing right in a program of single numbers, where that is seen of all at once."""
        together: dict[int, list[tuple[Given, bool]]] = defaultdict(list)
        for _, number, each, texts in likeliest:
            own = list(listed[number][1].texts.values())
            edits = [row.edit for at in texts for row in own[at]]
            if all(edit.text != "+=" for edit in edits):
                together[number].append((each, any(edit.kind in TERMS for edit in edits)))
        found: set[tuple[int, Given]] = set()
        for number, values in together.items():
            hopeful = self.at_once.hopeful(ways[number], [each for each, _ in values], [adds for _, adds in values])
            found |= {(number, each) for (each, _), hope in zip(values, hopeful or [], strict=False) if not hope}
        return found


def may_be_tried(text: str, keeping: Set[str]) -> bool:
    """Whether an expression leaves all as it is when it is computed, as far as its text tells: it draws no number and
    takes nothing, and it calls none of the functions that keep something."""
    return not _ACTING.search(text) and keeping.isdisjoint(_CALLED.findall(text))


def _turns(ways: list[Way], hands_on: bool) -> tuple[dict[int, tuple[Tried, int]], ...]:
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


def _looked_at(row: Row) -> float:
    """When the value of an edit is followed: one that was derived at once, as it is known to be right in its place."""
    return row.score - (_KNOWN_FIRST if row.written else 0.0)


def _count(one: Tried) -> int:
    """How many texts gave another value in an execution."""
    return sum(len(texts) for texts in one.texts)
