"""The edits that a search for a fix tries, the likeliest first."""

import ast
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial

from backproof.check.edits import Edit, Editor, edits_of
from backproof.check.edits.brought import editors_of
from backproof.check.edits.together import begun_anew, late_together
from backproof.check.edits.turned_round import other_way
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.apt_activations import lines_of_activations
from backproof.check.locate.following import PROMISED
from backproof.check.locate.locate import Suspicion
from backproof.check.locate.strays import apart_keys
from backproof.check.optimizers.applied_again import WHY
from backproof.check.record.trace import Sites
from backproof.check.record.trial import Tried, Unit
from backproof.check.repair.asked_for import (
    activations_handed_over,
    activations_swapped,
    applied_behind,
    corrected,
    counted,
    functions_given,
    masks_kept,
    old_values_kept,
    parts_alike,
    shares_alike,
    squashed_once,
    together,
)
from backproof.check.repair.completed import completed
from backproof.check.repair.derived import derived
from backproof.check.repair.derived_numbers import derived_numbers
from backproof.check.repair.differentiated import differentiated
from backproof.check.repair.gains import Gains, told
from backproof.check.repair.known_lines import (
    lines_of_starts,
    lines_summed_too_far,
    lines_that_count,
    lines_that_look_wrong,
    lines_that_move_before,
    lines_that_repeat,
)
from backproof.check.repair.meant_errors import errors_for_losses, outputs_in_brackets
from backproof.check.repair.placing import Row
from backproof.check.repair.ranking import (
    early_updates,
    ends_with_rate,
    idle_variables,
    is_dead,
    is_turned,
    lines_ahead,
    penalty_lines,
    ranks_of,
    renamed_on_the_way,
    shapes_of_variables,
    with_sources,
)
from backproof.check.repair.rescaled import rescaled
from backproof.check.repair.screen import PLAINLY, Screen
from backproof.check.repair.tools import lines_of_tools, tools_last
from backproof.check.repair.turned import turned_at_once
from backproof.check.repair.worth import (
    FIRST,
    agreement,
    hurry,
    is_late,
    is_of_a_term,
    reads,
    weighs,
    without_beginnings,
)
from backproof.check.replay.frame import Key
from backproof.check.replay.values import Reading
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_SAME_WAY = 0.6  # how much unlikelier another sign is in a line that has that of the others
_RATE = 0.8  # how much unlikelier a gradient lacks a rate that its update has
_ONWARD = 1.5  # how much unlikelier a value of the forward pass lacks a factor where it is only given another name
_SUMMED = 1.5  # how much likelier a sum lacks its axis where one number stands for several
_SIGN = 4.0  # how much likelier a sign is wrong where that is all that is wrong
_AGAIN = 1.0  # how much likelier an edit is of which one of its kind has helped already
_KEPT = 0.1  # what it gains to keep an old value where nothing more is right by that alone
_SOON = 4.0  # how much sooner the numbers are asked of what they were written by
_AHEAD = 2.0  # what another sign in the forward pass is worth where only signs are wrong
_REFUTED = 1.0  # how much unlikelier an edit is after which nothing more is right by the numbers
# what another variable is worth where a gradient is scaled by what is not its own, and brackets are where an output is
# taken from a target in part: more than all
_SCALED = 102
_MISNAMED = 2.0  # how much likelier something is wrong in a function that does not give what its name says
_TRYING = 2.0  # seconds for the numbers that a gradient may be written with


class Candidates:
    """The edits of a file to try, with what a recorded run tells of them.

    Args:
        sandbox: where edited expressions are computed.
    """

    def __init__(self, source: Source, sandbox: Sandbox) -> None:
        self.source = source
        self.sandbox = sandbox
        # the edits that are right by the numbers, and how much, of the rows that were asked for last
        self.promised: dict[tuple[str, Edit], float] = {}
        self.refuted: set[tuple[str, Edit]] = set()  # those that make nothing right by the numbers
        self.lessened: dict[tuple[str, Edit], float] = {}  # how much less was promised of them as they are longer
        self.late: set[tuple[str, Edit]] = set()  # those that keep something from being read too early
        self.activations: set[tuple[str, int]] = set()  # the lines of functions that give what their names say, and
        self.ahead: set[tuple[str, int]] = set()  # the others of the forward pass
        self.scaled: set[tuple[str, int]] = set()  # those that scale a gradient by what is not its own
        self.misnamed: set[tuple[str, int]] = set()  # those of functions that give something else than their names say
        # gives the rows anew when all that were not looked at are; None if there are none
        self.more: Callable[[], list[Row]] | None = None
        # the edit that the numbers promise most of, whether it was proved or not
        self.hint: tuple[str, Edit] | None = None

    def rows(
        self,
        judgement: Judgement,
        suspicion: Suspicion,
        sites: Sites,
        texts: dict[str, str],
        until: float,
        made: Collection[str] = (),
        *,
        late_alone: bool = False,
        without: Collection[tuple[str, Edit]] = (),
    ) -> list[Row]:
        """The edits to try, the likeliest first: those that the numbers promise to help before all others.

        Args:
            until: when the search for a fix ends, on the monotonic clock.
            made: the kinds of the edits that were made already: a mistake is often made twice.
            late_alone: only those that keep something from being read too early, which need no look at the numbers.
            without: what was tried and is not asked again whether it helps.
        """
        editors = editors_of(texts, shapes_of_variables(texts, judgement, sites))
        ranks = ranks_of(judgement, suspicion, sites)
        self.promised, self.refuted, self.late, self.more = {}, set(), set(), None
        self._know(judgement, suspicion, texts, sites)
        idle, (early, reading) = idle_variables(judgement, sites, texts), early_updates(judgement, sites)
        handed_on = {name for editor in editors.values() for names in editor.handed_on.values() for name in names}
        idle |= handed_on
        ranks.update(dict.fromkeys(early | reading, 0.0))
        suspicious = {(f, line) for f, e in editors.items() for line in lines_that_look_wrong(e, judgement)}
        moving = _lines_that_move(judgement, sites)
        kept = bool(judgement.faults)  # where an optimizer is wrong, what it keeps may be set and not added to
        again = {sites.line(f.site) for f in judgement.faults if f.reason == WHY and f.site >= 0}
        repeated, counting = lines_that_repeat(judgement, sites), lines_that_count(judgement, Reading(texts, sites))
        before = lines_that_move_before(judgement, sites, editors)
        ranks.update(dict.fromkeys([*repeated, *counting, *before, *suspicious], 0.0))
        several = [*together(editors, early, late_together), *_begun_anew(editors, again, moving)]
        several += [*_asked_for(judgement, suspicion, texts, editors, sites), *counted(editors, counting)]
        handed = list(activations_handed_over(judgement, texts, editors, sites))
        written = {} if late_alone else self._written(judgement, suspicion, texts, editors, sites)
        whole = list(outputs_in_brackets(judgement, texts, editors, sites))
        several += [*handed, *whole, *written]
        instead = {(r.file, r.edit): worth for rows, worth in ((handed, FIRST), (whole, _SCALED)) for r in rows}
        early |= reading
        dead, ranks = is_dead(judgement), with_sources(ranks, editors)
        tools = lines_of_tools(ranks, judgement, sites, editors) - suspicious
        ranks = tools_last(ranks, tools)
        # what is read too early is known by the numbers, whoever calls the function that does so
        several = [row for row in several if row.edit.kind == "old value" or (row.file, row.edit.line) not in tools]
        onward = renamed_on_the_way(judgement, sites, editors, ranks)
        queue = without_beginnings(
            self._queue(ranks, texts, editors, lines_at(suspicion.needed, sites), idle, early, moving, onward, kept),
            lines_of_starts(judgement, sites),
        )
        if turned := is_turned(judgement):  # no other edit helps than one of a sign
            queue = (replace(row, score=row.score - _SIGN * (row.edit.kind == "sign")) for row in queue)
        rows = sorted(
            [*several, *_sooner(queue, made, lines_summed_too_far(suspicion, sites))],
            key=lambda row: row.score - _SOON * row.written,
        )
        following = suspicion.following
        if following is None or following.faulty or judgement.frames[0].moved is not None:
            # what an optimizer makes of a gradient is not followed: the gradients are right as they are
            return [] if late_alone else rows
        penalised = penalty_lines(judgement, sites)
        settled = suspicion.early is not None and suspicion.early.is_all  # what has to be mended, and how
        rows = [row for row in rows if (row.file, row.edit) not in without] if without else rows
        self.late = (
            {(r.file, r.edit) for r in rows if is_late(r.file, r.edit, r.statement, early)}
            if suspicion.early is not None
            else set()
        )
        rows = [row for row in rows if (row.file, row.edit) in self.late] if late_alone else rows

        def ordered(gains: dict[tuple[str, Edit], float]) -> list[Row]:
            self.promised = told(written) | gains
            if suspicion.early is not None:  # what else is wrong may keep some of what an old value promises
                gain = suspicion.early.gain if settled else max(min(suspicion.early.gain, 1.0), _KEPT)
                self.promised = {**dict.fromkeys(self.late, gain), **self.promised}
            return sorted(
                rows,
                key=lambda row: (
                    row.score
                    + _REFUTED * ((row.file, row.edit) in self.refuted)
                    - PROMISED
                    * max(
                        gains.get((row.file, row.edit), 0),
                        written.get(row, 0),
                        hurry(row, early, repeated, kept, before),
                        instead.get((row.file, row.edit), 0),
                        # what a gradient is scaled by is not seen where directions are held against each other
                        _SCALED * (row.edit.kind == "variable" and (row.file, row.edit.line) in self.scaled),
                        weighs(row, penalised),
                        _AHEAD * (is_of_a_term(row.edit) and turned and (row.file, row.edit.line) in self.ahead),
                        reads(row.edit, idle, handed_on),
                    )
                ),
            )

        if settled or late_alone:
            return ordered({})
        seconds = 2.0 if dead else min(8.0, 0.2 * max(until - time.monotonic(), 4.0))
        screen = Screen(self.source, texts, following, sites, self.sandbox, seconds, suspicion.wanted)
        # of what both passes are computed by, the numbers would tell at one of the places at which it is used
        apart = [row for row in rows if row.statement is None or (row.file, row.statement.lineno) not in tools]
        gains = Gains(screen, apart, texts, editors, told(written), dead=dead, turned=turned, until=until)
        return self._look(rows, gains, ordered)

    def _know(self, judgement: Judgement, suspicion: Suspicion, texts: dict[str, str], sites: Sites) -> None:
        """What the lines of a program do that are edited."""
        self.activations, self.misnamed = lines_of_activations(suspicion.following, Reading(texts, sites))
        self.ahead = lines_ahead(judgement, suspicion, sites) - self.activations
        self.scaled = lines_at(apart_keys(judgement), sites)

    def _written(
        self,
        judgement: Judgement,
        suspicion: Suspicion,
        texts: dict[str, str],
        editors: dict[str, Editor],
        sites: Sites,
    ) -> dict[Row, float]:
        """The edits that write out gradients, each with what is gained by it as far as that is known."""
        tried = partial(self._tried, texts, suspicion)
        numbers = dict(derived_numbers(suspicion, texts, editors, sites, tried))
        arrays = dict(completed(suspicion, texts, editors, sites))
        scaled = dict(rescaled(judgement, suspicion, texts, editors, sites))
        slopes = differentiated(suspicion, texts, editors, sites)
        return dict.fromkeys([*slopes, *derived(suspicion, texts, editors, sites)], 0.0) | arrays | numbers | scaled

    def _tried(self, texts: dict[str, str], suspicion: Suspicion, units: list[Unit]) -> list[Tried]:
        """What texts give where they would stand, in the steps in which values are followed."""
        following = suspicion.following
        if following is None:
            return []
        windows = [(frame.step.start, frame.step.end) for frame in following.frames]
        number = following.training.trace.number
        return self.sandbox.run_trials(self.source, texts, units, windows, number, _TRYING)

    def _look(
        self, rows: list[Row], gains: Gains, ordered: Callable[[dict[tuple[str, Edit], float]], list[Row]]
    ) -> list[Row]:
        """The edits in their order, once the numbers were looked at, or more of them."""
        found = gains.look()
        rows.extend(gains.pairs)
        self.refuted = gains.screen.refuted
        self.lessened |= gains.screen.lessened
        self.more = partial(self._look, rows, gains, ordered) if gains.left else None
        most = max(found, key=lambda key: (found[key], -key[1].cost), default=None)
        if most is not None and found[most] >= PLAINLY and self.hint is None:
            self.hint = most
        return ordered(found)

    def _queue(
        self,
        ranks: dict[tuple[str, int], float],
        texts: dict[str, str],
        editors: dict[str, Editor],
        needed: set[tuple[str, int]],
        idle: set[str],
        early: set[tuple[str, int]],
        moving: set[tuple[str, int]],
        onward: set[tuple[str, int]],
        kept: bool,
    ) -> Iterator[Row]:
        done: set[tuple[str, int, int]] = set()
        for (file, line), rank in ranks.items():
            if file not in texts:
                continue
            editor = editors[file]
            statement = editor.statement_at(line)
            if statement is None or (file, statement.lineno, statement.col_offset) in done:
                continue
            done.add((file, statement.lineno, statement.col_offset))
            lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
            updates = [line for name, line in moving if name == file]
            sets = kept and not editor.carries(statement)
            agreed, rates = agreement(editor, statement, updates), ends_with_rate(editor, statement, updates)
            ways = [*other_way(editor, statement)] if agreed else []
            for made in edits_of(editor, statement, moves=any((file, at) in moving for at in lines)):
                # where all parameters go the same way, it is seldom there that one should go the other
                signed = agreed * (
                    made.kind == "sign" and any(made.start <= turned.start < made.end for turned in ways)
                )
                edit = replace(made, cost=made.cost + _SAME_WAY * signed) if signed else made
                if made.kind == "missing factor" and made.text.endswith(rates):
                    edit = replace(edit, cost=edit.cost + _RATE)
                if made.kind == "missing factor" and (file, statement.lineno) in onward:
                    edit = replace(edit, cost=edit.cost + _ONWARD)
                # where a value lacks a factor to be the gradient that it is taken for, a factor is tried first
                sooner = 0.9 if (file, edit.line) in needed and edit.kind in ("missing factor", "function") else 0.0
                # an update that happens before the old value was needed is moved
                sooner += 1.5 if is_late(file, edit, statement, early) else 0.0
                # and where a parameter does not reach the loss, what was computed from it and left unused
                sooner += 1.0 if edit.kind == "variable" and edit.text in idle else 0.0
                # or by a loop that leaves it out
                sooner += 1.0 if edit.kind == "index" and idle and isinstance(statement, ast.For) else 0.0
                # a function that does not give what its name says is one to look at
                sooner += _MISNAMED * ((file, edit.line) in self.misnamed)
                # and what was made to be added to is not overwritten
                sooner += 1.0 if edit.text == "+=" and (sets or edit.line in editor.overwritten) else 0.0
                yield Row(edit.cost + rank - sooner, file, edit, statement)


def lines_at(keys: Iterable[Key], sites: Sites) -> set[tuple[str, int]]:
    """The lines of some places in the record, each with its file."""
    return {sites.line(key[0]) for key in keys if key[0] >= 0}


def _sooner(rows: Iterable[Row], made: Collection[str], summed: Collection[tuple[str, int]]) -> Iterator[Row]:
    """Rows, those sooner that are of a kind that was made already, or sum what is summed too far along an axis."""
    for row in rows:
        lacks = row.edit.kind == "axis" and (row.file, row.edit.line) in summed
        less = _AGAIN * (row.edit.kind in made) + _SUMMED * lacks
        yield replace(row, score=row.score - less) if less else row


def _asked_for(
    judgement: Judgement, suspicion: Suspicion, texts: dict[str, str], editors: dict[str, Editor], sites: Sites
) -> Iterator[Row]:
    """The edits that what is known of a program asks for."""
    yield from parts_alike(judgement, editors, sites)
    yield from shares_alike(judgement, editors, sites)
    yield from corrected(judgement, texts, editors, sites)
    yield from functions_given(editors)
    yield from masks_kept(editors)
    yield from old_values_kept(texts, editors, suspicion, sites)
    yield from squashed_once(judgement, texts, editors, sites)
    yield from activations_swapped(judgement, texts, editors, sites)
    yield from errors_for_losses(judgement, texts, editors, sites)
    yield from turned_at_once(judgement, editors, sites)


def _begun_anew(editors: dict[str, Editor], again: set[tuple[str, int]], moving: set[tuple[str, int]]) -> Iterator[Row]:
    """The edits of sums that go on from one step to the next: they begin anew, or all is moved once they are whole."""
    yield from together(editors, again, begun_anew)
    yield from applied_behind(editors, moving) if again else ()


def _lines_that_move(judgement: Judgement, sites: Sites) -> set[tuple[str, int]]:
    """The lines that give parameters their new values."""
    moved = (frame.trace.sites[node] for frame in judgement.frames[:1] for node in frame.step.after.values())
    return {sites.line(site) for site in moved if site >= 0}
