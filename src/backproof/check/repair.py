"""Finds a fix by trying: small edits near the first wrong line, each run and judged, until the program is right."""

import ast
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

from backproof.check.acceptance import growth, is_calm, keeps_parts, same_aim
from backproof.check.aim import losses_meant
from backproof.check.attempts import PATIENCE
from backproof.check.corrections import machinery
from backproof.check.edits import Edit, Editor, edits_of, is_python
from backproof.check.edits.averages import averages_of_others
from backproof.check.edits.calls import OWN_SUM
from backproof.check.edits.left_out import lines_that_leave_out
from backproof.check.edits.together import late_together
from backproof.check.following import PROMISED, makes_whole
from backproof.check.frame import Frame
from backproof.check.judge import Judgement, judge, tell_little
from backproof.check.known_lines import expected_right, lines_of_optimizer, sure_lines
from backproof.check.locate import Suspicion, locate
from backproof.check.losses import Loss, Stated
from backproof.check.match import match
from backproof.check.parameters import Training
from backproof.check.ranking import (
    SURE,
    early_updates,
    ends_with_rate,
    idle_variables,
    is_dead,
    is_turned,
    ranks_of,
    shapes_of_variables,
    with_sources,
)
from backproof.check.recording import Recording
from backproof.check.sandbox import Sandbox
from backproof.check.screen import Row, Screen
from backproof.check.source import Source
from backproof.check.trace import Sites
from backproof.check.truths import DISCORD, Truths
from backproof.check.values import Reading

_MARGIN = 0.9  # after a fix was found, edits up to this much more unlikely are tried as well
_AFTER = 1.2  # seconds in which they are, and
_TRIED = 12  # how many of them are at least, on a busy machine
_ROUNDS = 3
_SAME_WAY = 0.6  # how much unlikelier another sign is in a line that has that of the others
_RATE = 0.8  # how much unlikelier a gradient lacks a rate that its update has
_SIGN = 4.0  # how much likelier a sign is wrong where that is all that is wrong
_FORGETS = 2.0  # what counts against a fix for each variable that is computed for nothing after it
_LOSSES = 3  # of which one may be meant, and may be followed after an edit
_LATE = ("order", "old value")  # the edits after which a new value is not read too early


@dataclass(frozen=True)
class Fix:
    """Edits after which the whole file is right: each in a file of the folder, in the order in which they are made."""

    edits: tuple[tuple[str, Edit], ...]
    texts: dict[str, str]
    judgement: Judgement
    recording: Recording | None = None
    told: float | None = None  # what speaks against it by the numbers of the recorded run, if they were looked at
    sure: bool = False  # whether its line is one that was found to be wrong without an edit
    restores: bool = False  # whether it gives an optimizer a part that it lacked
    forgets: int = 0  # how many more variables there are after it that nothing reads

    @cached_property
    def cost(self) -> float:
        """How unlikely it is that this is what was meant: what is small, and what all else agrees with, is likely."""
        against = DISCORD * self._discord() if self.told is None else self.told
        against += _FORGETS * self.forgets
        return sum(edit.cost for _, edit in self.edits) + against - SURE * (self.sure + self.restores)

    def _discord(self) -> int:
        found, frames = self.judgement.match, self.judgement.telling[:1]
        return Truths(frames, found.loss).discord(0, frames[0]) if found and frames else 0


@dataclass
class _Patience:
    """How long edits are tried: until a time; after a first fix not much longer, and none that is much unlikelier."""

    until: float
    stop: float = float("inf")
    limit: float = float("inf")
    more: int = 0  # edits that are still tried though the shorter time is over

    def allows(self, score: float) -> bool:
        now = time.monotonic()
        return score <= self.limit and now <= self.until and (now <= self.stop or self.more > 0)

    def shorten(self, score: float) -> None:
        """A fix was found, with some score."""
        if self.stop == float("inf"):
            self.more = _TRIED
        self.limit = min(self.limit, score + _MARGIN)
        self.stop = min(self.stop, time.monotonic() + _AFTER)


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
        self.fails = fails
        self.promised: dict[tuple[str, Edit], float] = {}  # the edits that are right by the numbers, and how much
        self.updates = 4  # how many updates tell whether an edited program is right
        self.stretch = 0  # the one of the run in which they are, and
        self.comes_later = False  # whether another training comes before in it
        self.fewest = 2  # steps, without which an edited program tells nothing
        self.growth = 1.0  # of the weights, as the file is
        self.telling: int | None = None  # the first step at which something is wrong
        self.hint: tuple[str, Edit] | None = (
            None  # the edit that the numbers promise most of, whether it was proved or not
        )

    def search(self, judgement: Judgement, suspicion: Suspicion, sites: Sites, stretch: int) -> list[Fix]:
        """Fixes, the likeliest first; empty if none was found in time."""
        if judgement.match is not None and judgement.frames:
            telling = [frame.number for frame in judgement.telling]
            self.telling = next(iter(telling), None)
            self.updates = max(4, min(sorted(telling)[2:3] or telling[-1:] or [0]) + 2, *(n + 2 for n in telling[:1]))
        trace = judgement.training.trace
        self.stretch, self.comes_later = trace.number, trace.begin > 0
        self.fewest = min(2, len(judgement.training.steps))
        self.growth = growth(judgement.training)
        made: tuple[tuple[str, Edit], ...] = ()
        texts = dict(self.texts)
        for _ in range(_ROUNDS):
            found, partial = self._round(judgement, suspicion, sites, stretch, texts, made)
            if found or partial is None:
                return found
            made, texts, judgement, suspicion, sites = partial
        return []

    def _round(
        self,
        judgement: Judgement,
        suspicion: Suspicion,
        sites: Sites,
        stretch: int,
        texts: dict[str, str],
        made: tuple[tuple[str, Edit], ...],
    ) -> tuple[list[Fix], tuple[tuple[tuple[str, Edit], ...], dict[str, str], Judgement, Suspicion, Sites] | None]:
        queue = self.candidates(judgement, suspicion, sites, texts)
        right = len(judgement.match.right) if judgement.match else 0
        handled = lines_of_optimizer(judgement, sites)
        reading = Reading(texts, sites)
        sure = sure_lines(judgement, suspicion, reading)
        expected = expected_right(suspicion, reading, right)
        found: list[Fix] = []
        best: tuple[int, str, Edit, Judgement, Sites] | None = None
        patience, seen = _Patience(self.until), set[str]()
        losses = losses_meant(judgement)[:_LOSSES] if judgement.match is not None else []
        with ThreadPoolExecutor(len(self.sandboxes)) as pool:
            pending = iter(queue)
            running = []
            free = list(self.sandboxes)
            while True:
                while free:
                    row = next(pending, None)
                    if row is None or not patience.allows(row.score):
                        break
                    file, edit = row.file, row.edit
                    changed = edit.apply(texts[file])
                    if changed in seen or not is_python(changed):
                        continue
                    seen.add(changed)
                    patience.more -= 1
                    sandbox = free.pop()
                    aim = _Aim(losses, sites, file, edit, right, self.telling, (file, edit) in self.promised)
                    running.append(
                        (pool.submit(self._tried, sandbox, {**texts, file: changed}, stretch, aim), sandbox, row)
                    )
                if not running:
                    break
                future, sandbox, row = running.pop(0)
                score, file, edit = row.score, row.file, row.edit
                outcome = future.result()
                free.append(sandbox)
                if outcome is None:
                    continue
                result, where = outcome
                if not keeps_parts(judgement, result, (file, edit.line) in handled):
                    continue
                if result.verdict == "right" and same_aim(judgement, result):
                    mended = {**texts, file: edit.apply(texts[file])}
                    found.append(self._fix((*made, (file, edit)), mended, judgement, result, sure))
                    patience.shorten(score)
                elif (
                    not found
                    and result.match is not None
                    and len(result.match.right) > max(right, best[0] if best else 0)
                ):
                    best = len(result.match.right), file, edit, result, where
                    if best[0] >= expected.get((file, edit.line), best[0] + 1):
                        patience = _Patience(0.0)  # one of several mistakes is mended, and the next one is looked for
        if found or best is None or best[0] <= right or time.monotonic() > self.until:
            return sorted(found, key=_likeliest), None
        _, file, edit, result, where = best
        new = {**texts, file: edit.apply(texts[file])}
        return [], ((*made, (file, edit)), new, result, locate(result), where)

    def _fix(
        self,
        edits: tuple[tuple[str, Edit], ...],
        texts: dict[str, str],
        before: Judgement,
        after: Judgement,
        sure: set[tuple[str, int]],
    ) -> Fix:
        """What was found, with what speaks for the last of its edits."""
        file, edit = edits[-1]
        gain = self.promised.get((file, edit))
        told = None if gain is None else PROMISED * (-gain % 1)
        restores = bool(before.faults) and machinery(after.training) > machinery(before.training)
        forgets = _unread(texts[file], edit.line) - _unread(self.texts[file], edit.line)
        sure_line = (file, edit.line) in sure
        return Fix(edits, texts, after, told=told, sure=sure_line, restores=restores, forgets=forgets)

    def candidates(self, judgement: Judgement, suspicion: Suspicion, sites: Sites, texts: dict[str, str]) -> list[Row]:
        """The edits to try, the likeliest first: those that the numbers promise to help before all others."""
        shapes = shapes_of_variables(texts, judgement, sites)
        editors = {file: Editor(text, shapes.get(file)) for file, text in texts.items()}
        ranks = ranks_of(judgement, suspicion, sites)
        needed = {(sites.files[key[0]], sites.sites[key[0]].line) for key in suspicion.needed if key[0] >= 0}
        idle, (early, reading) = idle_variables(judgement, sites, texts), early_updates(judgement, sites)
        ranks.update(dict.fromkeys(early | reading, 0.0))
        suspicious = (
            (f, line)
            for f, editor in editors.items()
            for line in editor.overwritten
            | editor.thrown_away
            | averages_of_others(editor)
            | lines_that_leave_out(editor)
        )
        ranks.update(dict.fromkeys(suspicious, 0.0))
        moving = {
            (sites.files[site], sites.sites[site].line)
            for frame in judgement.frames[:1]
            for node in frame.step.after.values()
            if (site := frame.trace.sites[node]) >= 0
        }
        kept = bool(judgement.faults)  # where an optimizer is wrong, what it keeps may be set and not added to
        together = list(_together(editors, early))
        early |= reading
        queue = self._queue(ranks, texts, editors, needed, idle, early, moving, kept)
        turned = is_turned(judgement)
        if turned:  # no other edit helps than one of a sign
            queue = (replace(row, score=row.score - _SIGN * (row.edit.kind == "sign")) for row in queue)
        rows = sorted([*together, *queue], key=lambda row: row.score)
        following = suspicion.following
        if following is None or judgement.frames[0].moved is not None:
            return rows
        left = max(self.until - time.monotonic(), 4.0)
        dead = is_dead(judgement)
        seconds = 2.0 if dead else min(8.0, 0.3 * left)
        screen = Screen(self.source, texts, following, sites, self.sandboxes[0], seconds)
        gains = screen.promising(rows, editors)
        if dead:
            # no edit behind the forward pass mends what does not reach the loss: those that make all right count
            gains = {key: gain for key, gain in gains.items() if makes_whole(gain)}
        if turned:
            gains = {key: gain for key, gain in gains.items() if key[1].kind == "sign"}
        self.promised = gains
        most = max(gains, key=lambda key: (gains[key], -key[1].cost), default=None)
        if most is not None and gains[most] >= 0.9 and self.hint is None:
            self.hint = most
        return sorted(
            rows,
            key=lambda row: row.score - PROMISED * max(gains.get((row.file, row.edit), 0), _hurry(row, early, kept)),
        )

    def _queue(
        self,
        ranks: dict[tuple[str, int], float],
        texts: dict[str, str],
        editors: dict[str, Editor],
        needed: set[tuple[str, int]],
        idle: set[str],
        early: set[tuple[str, int]],
        moving: set[tuple[str, int]],
        kept: bool,
    ) -> Iterator[Row]:
        done: set[tuple[str, int, int]] = set()
        for (file, line), rank in with_sources(ranks, editors).items():
            if file not in texts:
                continue
            editor = editors[file]
            statement = editor.statement_at(line)
            if statement is None or (file, statement.lineno, statement.col_offset) in done:
                continue
            done.add((file, statement.lineno, statement.col_offset))
            lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
            updates = [line for name, line in moving if name == file]
            agreement, rates = _agreement(editor, statement, updates), ends_with_rate(editor, statement, updates)
            for made in edits_of(editor, statement, moves=any((file, at) in moving for at in lines)):
                # where all parameters go the same way, it is seldom there that one should go the other
                signed = agreement * (made.kind == "sign")
                edit = replace(made, cost=made.cost + _SAME_WAY * signed) if signed else made
                if made.kind == "missing factor" and made.text.endswith(rates):
                    edit = replace(edit, cost=edit.cost + _RATE)
                # where a value lacks a factor to be the gradient that it is taken for, a factor is tried first
                sooner = 0.9 if (file, edit.line) in needed and edit.kind in ("missing factor", "function") else 0.0
                # an update that happens before the old value was needed is moved
                late = edit.kind in _LATE and (file, statement.lineno) in early
                sooner += 1.5 if late or (early and edit.kind == "copy") else 0.0
                # and where a parameter does not reach the loss, what was computed from it and left unused
                sooner += 1.0 if edit.kind == "variable" and edit.text in idle else 0.0
                # and what was made to be added to is not overwritten
                forgets = edit.line in editor.overwritten or (kept and not editor.carries(statement))
                sooner += 1.0 if edit.text == "+=" and forgets else 0.0
                yield Row(edit.cost + rank - sooner, file, edit, statement)

    def _tried(
        self, sandbox: Sandbox, texts: dict[str, str], stretch: int, aim: "_Aim"
    ) -> tuple[Judgement, Sites] | None:
        """Run the edited file and judge it; None if it does not run, or is no nearer to being right."""
        updates = None if self.comes_later else self.updates
        recording = sandbox.run(self.source, texts=texts, updates=updates, stretch=self.stretch, patience=PATIENCE)
        try:
            if len(recording.trainings) <= stretch or (recording.failed and not self.fails):
                return None
            training = recording.trainings[stretch]
            if len(training.steps) < self.fewest or not is_calm(training, self.growth):
                return None
            if not aim.promised and not aim.nearer(training, recording.sites):
                return None
            return judge(training, brief=True, also=self.telling), recording.sites
        finally:
            sandbox.forget()


def _likeliest(fix: Fix) -> tuple[float, int]:
    """The order of fixes: what costs less, and of two that cost the same the one in the earlier line."""
    return round(fix.cost, 6), fix.edits[-1][1].line


def _together(editors: dict[str, Editor], early: set[tuple[str, int]]) -> Iterator[Row]:
    """The edits that mend all updates of a block that happen too early."""
    for file, editor in editors.items():
        for edit in late_together(editor, (line for name, line in early if name == file)):
            yield Row(edit.cost - 1.5, file, edit, editor.statement_at(edit.line))


def _unread(text: str, line: int) -> int:
    """How many variables nothing reads, in the function that a line is in."""
    editor = Editor(text)
    statement = editor.statement_at(line)
    return len(editor.unread(statement, unpacked=False)) if statement is not None else 0


def _agreement(editor: Editor, statement: ast.stmt, moving: list[int]) -> int:
    """1 where a statement moves a parameter the way that all others go, -1 where it alone goes the other, else 0."""
    own = editor.direction(statement)
    statements = {s for line in moving if (s := editor.statement_at(line)) is not None}
    others = {editor.direction(s) for s in statements if s is not statement}
    if own == "" or len(others) != 1 or statement not in statements or "" in others:
        return 0
    return 1 if own in others else -1


def _hurry(row: Row, early: set[tuple[str, int]], kept: bool) -> int:
    """How much an edit is worth that keeps an updated value from being read too early, makes shares of each row and not
    of all, or keeps what is thrown away: few are, and they are tried before all that only promises a little. Where what
    an optimizer keeps is wrong, its square is tried even before what promises all."""
    squares = row.edit.kind == "power" and row.edit.text.endswith("** 2") and row.edit.cost < 2
    if kept and squares:
        return 101
    if row.edit.kind == "thrown away" or (row.edit.kind == "axis" and row.edit.cost <= OWN_SUM):
        return 20
    late = row.statement is not None and row.edit.kind in _LATE and (row.file, row.statement.lineno) in early
    return 20 if late or (early and row.edit.kind == "copy") else 0


class _Aim:
    """The losses that a wrong program may be meant to follow, found in an edited one: a quick look whether more of it
    is right."""

    def __init__(
        self,
        losses: list[Loss],
        sites: Sites,
        file: str,
        edit: Edit,
        right: int,
        telling: int | None,
        promised: bool,
    ) -> None:
        self.losses = losses
        self.promised = promised
        self.right = right
        self.telling = telling  # a step at which something is wrong
        self.file, self.edit = file, edit
        self.old = sites

    def nearer(self, training: Training, sites: Sites) -> bool:
        again = {loss: self._again(loss, sites) for loss in self.losses}
        if not again or again[self.losses[0]] is None:
            return True
        numbers = [n for n, step in enumerate(training.steps) if all(b is not None for b in step.before.values())]
        frames = [Frame(training, number) for number in numbers[:6]]
        frames = frames if tell_little(frames) else frames[:2]
        if self.telling is not None and self.telling in numbers[2:]:
            frames.append(Frame(training, self.telling))
        return any(self._is_nearer(loss, site, frames) for loss, site in again.items() if site is not None)

    def _is_nearer(self, loss: Loss, site: int, frames: list[Frame]) -> bool:
        paths = {
            frame.trace.paths[node] for frame in frames for node in frame.forward if frame.trace.sites[node] == site
        }
        for path in paths:
            key = site, path
            moved = (
                replace(loss, key=key) if isinstance(loss, Stated) else replace(loss, pair=replace(loss.pair, key=key))
            )
            found = match(frames, moved)
            if found is not None and (len(found.right) > self.right or found.follows):
                return True
        return not paths

    def _again(self, loss: Loss, sites: Sites) -> int | None:
        """The site of a loss in the edited program: at the same place, unless the edit is before it in its line."""
        was = self.old.sites[loss.site]
        name = self.old.files[loss.site]
        if name == self.file and (self.edit.line == was.line or "\n" in self.edit.text):
            return None
        for number, site in enumerate(sites.sites):
            if sites.files[number] == name and site == was:
                return number
        return None
