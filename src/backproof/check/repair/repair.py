"""Finds a fix by trying: small edits near the first wrong line, each run and judged, until the program is right."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import reduce

from backproof.check.edits import Edit, is_python
from backproof.check.edits.alike import made_alike
from backproof.check.edits.definitions import in_definitions
from backproof.check.judge.judgement import Judgement
from backproof.check.locate.apt_names import aptly_named
from backproof.check.locate.early import reads_moved
from backproof.check.locate.following import PROMISED
from backproof.check.locate.locate import Suspicion, locate
from backproof.check.locate.losses_meant import losses_followed
from backproof.check.optimizers.corrections import machinery
from backproof.check.record.trace import Sites
from backproof.check.repair.acceptance import keeps_parts, same_aim
from backproof.check.repair.candidates import Candidates
from backproof.check.repair.elements_anew import elements_anew
from backproof.check.repair.fix import Fix, count_unread, keeps_rate, likeliest, shifts_right, takes_away, turns_away
from backproof.check.repair.halves import Half, looking_at
from backproof.check.repair.headway import Headway
from backproof.check.repair.idle import without_idle
from backproof.check.repair.known_lines import expected_right, lines_of_optimizer, sure_lines
from backproof.check.repair.patience import Patience
from backproof.check.repair.placing import Row
from backproof.check.repair.plain_slips import plain_slips
from backproof.check.repair.proved import proved
from backproof.check.repair.queue import Queue
from backproof.check.repair.state import ONE_MORE, State
from backproof.check.repair.steps import Step, beside, counts, made_after, trains_more
from backproof.check.repair.tries import Tries
from backproof.check.repair.written_anew import written_anew
from backproof.check.replay.values import Reading
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

_ROUNDS = 4  # edits of one fix
_LITTLE = 0.5  # promised, where another edit keeps a promise of more: that of a gradient, and of no parameter yet
_SINGLE = 0.3  # of the time that is left, for single edits after one that makes more right, and
_DEEPER = 0.7  # of that which is left then, for more edits after it
_ALL = 100.0  # the gain that is hoped for where a change is made everywhere
_BESIDE = 4  # edits that are tried after one that mends a mistake, before a look at what is wrong then
_LOSSES = 4  # of which one may be meant, and may be followed after an edit
_ANEW = 10.0  # seconds behind that, in which all that is wrong is written anew; as many behind edits that help
_LEAST = 10.0  # seconds that one edited program may take
_GRACE = 3.0  # seconds behind the end of a search, in which what is known to make all right is tried


class Repair:
    """The search for fixes of one file.

    Args:
        texts: the text of every file that took part, by its name in the folder; the checked one among them.
        fails: whether the program ends with an error as it is; if not, a fix may not end it so.
    """

    def __init__(
        self, source: Source, texts: dict[str, str], sandboxes: list[Sandbox], seconds: float, *, fails: bool = False
    ) -> None:
        self.source = source
        self.texts = texts
        self.sandboxes = sandboxes
        self.until = time.monotonic() + seconds
        for other in sandboxes[1:]:
            other.prepare(sandboxes[0].imported)
        self.candidates = Candidates(source, sandboxes[0])
        self.fails = fails
        self.tries = Tries(source, sandboxes, fails=fails, seconds=max(seconds / 2, _LEAST))
        self.apt: set[tuple[str, int]] = set()  # the lines that compute what the names say
        self.nearly: list[tuple[Fix, Sites]] = []  # after which all follow another loss than the one that is told
        self.reached: list[State] = []  # the programs after edits that mend a part of what is wrong
        self.anew = False  # whether what was found writes all gradients anew, for want of a few edits
        self.judgement: Judgement  # of the file as it is

    def search(self, judgement: Judgement, suspicion: Suspicion, sites: Sites, stretch: int) -> list[Fix]:
        """Fixes, each proved, the likeliest first; empty if none was found in time."""
        self._aims_at(judgement)
        state = State(judgement, suspicion, sites, self.texts)
        found = self._from(state, stretch, self.until, _ROUNDS)
        self.anew = not found
        # what was mended already may be one of several mistakes
        found = found or self._anew(state, stretch, time.monotonic() + _ANEW)
        until = time.monotonic() + _ANEW
        return found or next((fixes for each in self.reached if (fixes := self._anew(each, stretch, until))), [])

    def _anew(self, state: State, stretch: int, until: float, rounds: int = _ROUNDS) -> list[Fix]:
        """The fix that writes all wrong gradients anew, where no few edits mend them; of one training after the other
        where several run lines of their own."""
        # of what follows no loss, each could be written in the place
        if not rounds or state.judgement.verdict != "wrong":
            return []
        rows = written_anew(state.judgement, state.texts, state.editors, state.sites, until)
        return self._by_one_of(rows, state, stretch, lambda left, number: self._anew(left, number, until, rounds - 1))

    def _by_elements(self, state: State, stretch: int, until: float) -> list[Fix]:
        """The fix of all lines that move elements of arrays one by one, where they read nothing too early alone."""
        if state.suspicion.early is not None and state.suspicion.early.is_all:
            return []
        rows = elements_anew(state.judgement, state.texts, state.editors, state.sites, until)
        return self._by_one_of(rows, state, stretch, lambda left, number: self._by_elements(left, number, until))

    def _by_one_of(
        self, rows: Iterable[Row], state: State, stretch: int, rest: Callable[[State, int], list[Fix]]
    ) -> list[Fix]:
        """The fix by the first of some edits that are known to make all right.

        Args:
            rest: gives the fixes of another training that is not right yet, by its state and its number.
        """
        texts = state.texts
        for row in rows:
            mended = {**texts, row.file: row.edit.apply(texts[row.file])}
            outcome = self.tries.outcome(self.sandboxes[0], mended, stretch, self._aim(state, row.file, row.edit, _ALL))
            if outcome is None or not same_aim(self.judgement, outcome[0]):
                continue
            result, sites = outcome
            fix = Fix((*state.made, (row.file, row.edit)), mended, result)
            if result.verdict == "other-loss":
                self.nearly.append((fix, sites))
            if result.verdict != "right":
                continue
            halves: list[Half] = []
            known = self.source, self.judgement, stretch, self.fails, [fix], self.sandboxes[0]
            found = proved(*known, nearly=self.nearly, halves=halves)
            found = found or (self._of_both(halves[0], rest) if halves else [])
            if found:
                return found
        return []

    def _from(self, state: State, stretch: int, until: float, rounds: int) -> list[Fix]:
        """The fixes of a program as it is after some edits, the likeliest first: by one more of them, or by several."""
        kinds = {edit.kind for _, edit in state.made}
        seen = set[str]()
        if found := self._by_elements(state, stretch, until):
            return found
        if rounds > 1 and (found := self._after_plain(state, seen, stretch, until, rounds, kinds)):
            return found
        if rounds > 1 and (found := self._after_late(state, seen, stretch, until, rounds, kinds)):
            return found
        queue = Queue(self.candidates, state, until, kinds)
        state = replace(state, promised=queue.promised)
        found, better = self._proved_round(state, queue, seen, stretch, until, hurries=rounds > 1)
        if found or better is None or better.judgement.verdict == "other-loss":
            return found
        if rounds > 1:
            found, better = self._alike(state, better, stretch, seen)
        self.reached.append(better)
        if found or time.monotonic() > until:
            return found
        now = time.monotonic()
        found = self._from(better, stretch, now + _DEEPER * (until - now), rounds - 1) if rounds > 1 else []
        # where that led to nothing, it may have been the wrong way, and the other edits are tried after all
        return found or self._proved_round(state, queue, seen, stretch, until, hurries=False)[0]

    def _after_late(
        self, state: State, seen: set[str], stretch: int, until: float, rounds: int, kinds: set[str]
    ) -> list[Fix]:
        """The fixes that begin by keeping what is read too early, where that is not all that is wrong: this takes no
        look at all the other edits."""
        early = state.suspicion.early
        if early is None or early.is_all or state.judgement.match is None:
            return []
        queue = Queue(self.candidates, state, until, kinds, late_alone=True)
        return self._first_of(state, queue, seen, stretch, until, rounds)

    def _after_plain(
        self, state: State, seen: set[str], stretch: int, until: float, rounds: int, kinds: set[str]
    ) -> list[Fix]:
        """The fixes that begin with a slip that the text shows by itself."""
        if state.judgement.match is None:
            return []
        slips = plain_slips(state.judgement, state.editors, state.sites)
        queue = Queue(self.candidates, state, until, kinds, rows=slips)
        queue.promised = dict.fromkeys(((row.file, row.edit) for row in slips), _ALL)  # each is looked at in full
        return self._first_of(state, queue, seen, stretch, until, rounds) if slips else []

    def _first_of(
        self, state: State, queue: Queue, seen: set[str], stretch: int, until: float, rounds: int
    ) -> list[Fix]:
        """The fixes by one of a few edits, and by others after it."""
        before = replace(state, promised=queue.promised)
        found, better = self._proved_round(before, queue, seen, stretch, until, hurries=True)
        if found or better is None or better.judgement.match is None:
            return found
        self.reached.append(better)
        now = time.monotonic()
        return self._from(better, stretch, now + _DEEPER * (until - now), rounds - 1)

    def _alike(self, before: State, state: State, stretch: int, seen: set[str]) -> tuple[list[Fix], State]:
        """The fix by the last edit of a state made at all places that are like its own; without one the state as it is,
        or after these edits if more is right then."""
        file, edit = state.made[-1]
        text, made = state.texts[file], list(state.made)
        for each in made_alike(before.texts[file], edit):
            text = each.apply(text)
            made.append((file, each))
        if len(made) == len(state.made) or text in seen or not is_python(text):
            return [], state
        seen.add(text)
        texts = {**state.texts, file: text}
        right, _ = counts(state.judgement)
        aim = self._aim(replace(state, texts=before.texts), file, edit, _ALL)
        outcome = self.tries.outcome(self.sandboxes[0], texts, stretch, aim)
        if outcome is None or not keeps_parts(before.judgement, outcome[0], handled=False):
            return [], state
        result, sites = outcome
        if result.verdict == "right" and same_aim(self.judgement, result):
            fix = Fix(tuple(made), texts, result)
            return proved(self.source, self.judgement, stretch, self.fails, [fix], self.sandboxes[0]), state
        if result.match is None or len(result.match.right) <= right:
            return [], state
        result = self.tries.judged(result.training)
        return [], State(result, locate(result), sites, texts, tuple(made))

    def _proved_round(
        self, state: State, queue: Queue, seen: set[str], stretch: int, until: float, *, hurries: bool
    ) -> tuple[list[Fix], State | None]:
        """As `_round`, where a fix that does not hold for the whole file is none, and the others are tried on."""
        while True:
            found, better = self._round(state, queue, seen, stretch, until, hurries=hurries)
            found = sorted(without_idle(found), key=likeliest)
            apt = [fix for fix in found if not fix.denies] or found  # a sigmoid that is one stays, if it can
            fixes = sorted([*self._in_functions(apt[:1]), *apt], key=likeliest)
            known = self.source, self.judgement, stretch, self.fails, fixes, self.sandboxes[0]
            halves: list[Half] = []
            kept = proved(*known, nearly=self.nearly, halves=halves)
            kept = [self._everywhere(fix, stretch) for fix in kept]
            kept = kept or (self._both_from(halves[0], until) if halves else [])
            if kept or not found or time.monotonic() > until:
                return kept, better

    def _everywhere(self, fix: Fix, stretch: int) -> Fix:
        """A fix after which the file predicts otherwise than it trains, with its last edit made also where that is
        done; the fix as it is, if that does not mend it."""
        *before, (file, edit) = fix.edits
        text = self.texts.get(file, "")
        for name, each in before:
            text = each.apply(text) if name == file else text
        alike = made_alike(text, edit) if fix.unfitting else []
        text = reduce(lambda said, each: each.apply(said), (edit, *alike), text)
        if not alike or not is_python(text):
            return fix
        whole = replace(fix, edits=(*fix.edits, *((file, each) for each in alike)), texts={**fix.texts, file: text})
        known = self.source, self.judgement, stretch, self.fails, [whole], self.sandboxes[0]
        return next(iter(proved(*known, whole=True)), fix)

    def _both_from(self, half: Half, until: float) -> list[Fix]:
        """The fixes that go on from one that mends the mistake of one training, by a few edits more."""
        rounds, now = _ROUNDS - len(half.fix.edits), time.monotonic()
        until = now + _DEEPER * (until - now)
        return self._of_both(half, lambda left, number: self._from(left, number, until, rounds)) if rounds else []

    def _of_both(self, half: Half, mended: Callable[[State, int], list[Fix]]) -> list[Fix]:
        """The fixes that go on from one that mends the mistake of one training, where another training that runs its
        line has one more.

        Args:
            mended: gives the fixes of a state and the number of its training.
        """
        left = half.left(self.source, self.texts, self.sandboxes[0])
        if left is None:
            return []
        own, (number, state) = self.judgement, left
        self._aims_at(state.judgement)
        with looking_at(self.sandboxes, half.later):
            found = mended(state, number)
        self._aims_at(own)
        return found

    def _aims_at(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self.tries.are_of(judgement)

    def _round(
        self, state: State, queue: Queue, seen: set[str], stretch: int, until: float, *, hurries: bool
    ) -> tuple[list[Fix], State | None]:
        """The fixes by one edit, and what the edit leads to after which most is right.

        Args:
            seen: the texts that were tried already.
            hurries: leave time for more edits, once one was found after which more is right.
        """
        judgement, texts = state.judgement, state.texts
        right, near = counts(judgement)
        handled = lines_of_optimizer(judgement, state.sites)
        reading = Reading(texts, state.sites)
        sure = sure_lines(judgement, state.suspicion, reading)
        self.apt = aptly_named(state.suspicion.following, reading)
        expected = expected_right(state.suspicion, reading, right)
        found: list[Fix] = []
        steps: list[Step] = []
        since: int | None = None  # how many were tried since one of several mistakes was mended
        patience, queue.enough = Patience(self._end(queue, until)), False

        def aim(row: Row) -> Headway:
            return self._aim(state, row.file, row.edit, state.promised.get((row.file, row.edit), 0.0))

        for row, outcome in self.tries.outcomes(queue, texts, seen, stretch, aim, patience):
            file, edit = row.file, row.edit
            gain = state.promised.get((file, edit), 0.0)
            if since is not None:  # what is promised as well may mend another mistake
                since += 1
                if gain <= ONE_MORE or since == _BESIDE:
                    patience.leave(0.0)
            kept = any(step.kept for step in steps)
            if hurries and not found and steps and gain <= (_LITTLE if kept else 0.0):
                # all that the numbers promise was tried: one of several mistakes may be mended
                patience.leave(0.0 if kept else _SINGLE)
            if outcome is None:
                continue
            result, where = outcome
            # with smaller steps less is moved before it is read, and that is all
            smaller = state.suspicion.early is not None and result.verdict == "right" and reads_moved(result)
            if smaller or not keeps_parts(judgement, result, (file, edit.line) in handled):
                continue
            more, nearer = counts(result)
            aimed = result.verdict == "right" and same_aim(judgement, result)
            if aimed or result.verdict == "other-loss":
                mended = {**texts, file: edit.apply(texts[file])}
                fix = self._fix(state, (file, edit), mended, result, sure)
                if aimed:
                    found.append(fix)
                    # after one that turns away, another one may keep to the loss that is followed
                    queue.enough |= not fix.turns
                    patience.shorten(math.inf if fix.turns else row.score)
                else:
                    self.nearly.append((fix, where))
            settled = self._is_settled(state, row, result)
            if result.verdict != "right" and not found and (settled or (more, nearer) > (right, near)):
                kept = settled or (gain > ONE_MORE and more >= right + round(gain))  # what the numbers promised
                steps.append(Step(kept, settled, (more, nearer), file, edit, result, where))
                queue.enough |= kept and hurries
                follows = result.match is not None and result.match.follows and nearer > near  # but for some factors
                if hurries and (settled or follows or more >= expected.get((file, edit.line), more + 1)):
                    since = since or 0
                if hurries and kept and not found and state.has_twins(file, edit):
                    patience.leave(0.0)
        if found or not steps:
            return sorted(found, key=likeliest), None
        return self._led_on(state, steps, stretch, sure, hurries=hurries)

    def _is_settled(self, state: State, row: Row, result: Judgement) -> bool:
        """Whether an edit mends what was wrong, whatever else keeps the gradients from being right: nothing is read too
        early any more, or it mends a slip that the text shows, and what that left out is trained, too."""
        before, (right, _), (more, _) = state.judgement, counts(state.judgement), counts(result)
        slip = state.promised.get((row.file, row.edit), 0.0) >= _ALL and trains_more(before, result)
        late = (row.file, row.edit) in self.candidates.late and not reads_moved(result)
        return more >= right and (slip or late)

    def _end(self, queue: Queue, until: float) -> float:
        """Until when edits are tried: a little longer where some are known to make all right."""
        longer = min(time.monotonic() + _GRACE, self.until + _GRACE)
        return max(until, longer) if queue.whole else until

    def _led_on(
        self, state: State, steps: list[Step], stretch: int, sure: set[tuple[str, int]], *, hurries: bool
    ) -> tuple[list[Fix], State | None]:
        """What the best of some steps leads to."""
        most = max(step.worth for step in steps)
        best = min((step for step in steps if step.worth == most), key=lambda step: self._cost(state, step, sure))
        return self._joined(state, best, steps, stretch, sure) if hurries else ([], self._after(state, [best]))

    def _joined(
        self, state: State, best: Step, steps: list[Step], stretch: int, sure: set[tuple[str, int]]
    ) -> tuple[list[Fix], State | None]:
        """The fix by the best step and another one, each for a mistake of its own, without a look at what else may be
        wrong; without one the program after the best of what was tried."""
        done, reached = [best], best
        others = beside(best, steps, lambda step: self._cost(state, step, sure))
        for other in others if best.result.match is not None else ():
            edit = made_after([step.edit for step in done if step.file == other.file], other.edit)
            if edit is None:
                continue
            before = self._with(state, done, reached)
            texts = {**before.texts, other.file: edit.apply(before.texts[other.file])}
            outcome = self.tries.outcome(self.sandboxes[0], texts, stretch, self._aim(before, other.file, edit, 0.0))
            if outcome is None or not keeps_parts(state.judgement, outcome[0], handled=False):
                continue
            result, sites = outcome
            if result.verdict == "right" and same_aim(self.judgement, result):
                return [self._fix(before, (other.file, edit), texts, result, sure)], None
            if result.verdict == "wrong" and counts(result) > reached.counts:
                reached = Step(best.kept, False, counts(result), other.file, edit, result, sites)
                done.append(reached)
        return [], self._after(state, done)

    def _cost(self, state: State, step: Step, sure: set[tuple[str, int]]) -> float:
        """How unlikely it is that a step is what was meant."""
        texts = {**state.texts, step.file: step.edit.apply(state.texts[step.file])}
        return self._fix(state, (step.file, step.edit), texts, step.result, sure).cost

    def _with(self, state: State, done: list[Step], reached: Step) -> State:
        """A program with some more edits, as far as it was looked at."""
        texts = dict(state.texts)
        for step in done:
            texts[step.file] = step.edit.apply(texts[step.file])
        made = (*state.made, *((step.file, step.edit) for step in done))
        return State(reached.result, state.suspicion, reached.sites, texts, made)

    def _aim(self, state: State, file: str, edit: Edit, promised: float) -> Headway:
        """What an edit of a program is to bring it nearer to."""
        judgement, (right, near) = state.judgement, counts(state.judgement)
        losses = losses_followed(judgement)[:_LOSSES] if judgement.match is not None else []
        known = losses, state.sites, file, edit, state.texts[file], right, self.tries.telling, promised
        return Headway(*known, share=judgement.frames[0].share, near=near)

    def _after(self, state: State, done: list[Step]) -> State | None:
        """A program as it is after some more edits; None if nothing can be said of it."""
        result = self.tries.judged(done[-1].result.training)
        return None if result.match is None else self._with(state, done, replace(done[-1], result=result)).located()

    def _fix(
        self,
        state: State,
        last: tuple[str, Edit],
        texts: dict[str, str],
        after: Judgement,
        sure: set[tuple[str, int]],
    ) -> Fix:
        """What was found, with what speaks for the last of its edits."""
        (file, edit), before = last, state.judgement
        edits = (*state.made, last)
        gain = state.promised.get(last)
        # that others say the same more shortly speaks for these, but not against the place
        told = None if gain is None else PROMISED * (-round(gain + self.candidates.lessened.get(last, 0.0), 6) % 1)
        if (file, edit.line) in self.candidates.scaled and edit.kind == "variable":
            told = 0.0  # another factor than the others have is what a gradient that is clipped by itself gets
        restores = bool(before.faults) and machinery(after.training) > machinery(before.training)
        even = keeps_rate(self.judgement, after)
        told_loss = before.stated is not None or self.judgement.stated is not None
        turns = turns_away(before, after)
        forgets = count_unread(texts[file]) - count_unread(self.texts[file])
        return Fix(
            edits,
            texts,
            after,
            told=told,
            sure=(file, edit.line) in sure,
            restores=restores,
            spoils=(file, edit.line) in self.apt,
            denies=(file, edit.line) in self.candidates.activations,
            retells=(file, edit.line) in state.lines_of_branches(),
            negates=edit.text.startswith("-(") and (file, edit.line) in self.candidates.ahead,
            turns=turns,
            uneven=even is False,
            shifts=shifts_right(before, after),
            drops=not (told_loss or (even and not turns)) and takes_away(edit, state.texts[file]),
            forgets=forgets,
        )

    def _in_functions(self, fixes: list[Fix]) -> Iterator[Fix]:
        """The likeliest fix made in the function that was called where it writes a formula; yet to be proved."""
        for fix in fixes:
            *before, (file, edit) = fix.edits
            texts = dict(self.texts)
            for name, each in before:
                texts[name] = each.apply(texts[name])
            for name, made in in_definitions(texts, file, edit):
                yield replace(fix, edits=(*before, (name, made)), texts={**texts, name: made.apply(texts[name])})
