"""How many more parameters the numbers of the recorded run promise to be right after edits: the likeliest first."""

import math
import time
from collections import defaultdict
from collections.abc import Mapping

from backproof.check.edits import Edit, Editor
from backproof.check.locate.following import makes_whole
from backproof.check.repair.paired import paired
from backproof.check.repair.placing import Row
from backproof.check.repair.screen import PLAINLY, Screen

_LIKELIEST = 600  # edits that are looked at alone, as one of them mostly makes all right; if not,
_FIRST = 6000  # so many are looked at together, before all others, and
_OF_DEAD = 2000  # are looked at where something does not reach the loss: they seldom mend that
_SHARE = 0.6  # how much of the time these may take, and then the others


class Gains:
    """What is gained by edits, as far as the numbers tell.

    Args:
        rows: the edits, the likeliest first.
        known: what is gained by some of them, known without a look.
        dead: whether something does not reach the loss at all. No edit behind the forward pass mends that: what makes
            all right counts.
        turned: whether only signs are wrong.
        until: when the search for a fix ends, on the monotonic clock: behind that no other look is begun.

    Attributes:
        left: the edits that were not looked at yet.
        pairs: edits two at once, which were looked at where no single one promises anything.
    """

    def __init__(
        self,
        screen: Screen,
        rows: list[Row],
        texts: dict[str, str],
        editors: dict[str, Editor],
        known: Mapping[tuple[str, Edit], float],
        *,
        dead: bool,
        turned: bool,
        until: float = math.inf,
    ) -> None:
        self.screen, self.rows, self.texts, self.editors = screen, rows, texts, editors
        self.dead, self.turned, self.until = dead, turned, until
        self.left = rows[:_OF_DEAD] if dead else rows
        # how many edits the next looks are at, before one at all that are left
        self.counts = [] if dead else [count for count in (_LIKELIEST, _FIRST) if len(rows) > 2 * count]
        self.pairs: list[Row] = []
        self.found = dict(known)
        # what was made of the numbers is right by them, and others may say the same as one would
        self.written = {(row.file, row.edit) for row in rows if row.written}

    def look(self) -> dict[tuple[str, Edit], float]:
        """Look at the likeliest of the edits that are left, then at more and at all others as long as these promise
        nothing; gives what is known by then, the gain of each edit that promises something."""
        count = self.counts.pop(0) if self.counts else None
        if count == _FIRST:
            self.screen.seconds *= _SHARE
        likely, self.left = (self.left, []) if count is None else (self.left[:count], self.left[count:])
        self._see(likely)
        enough = self._promise_all() if count == _LIKELIEST else self._promise()
        if time.monotonic() > self.until:
            return self.found
        if self.left and not enough:
            return self.look()
        if not (self.left or self.dead or self.turned or self.pairs or self._promise()):
            self.screen.seconds /= 2  # time is left to try them
            both = list(paired(self.rows, self.texts))
            self._see(both)
            self.pairs = [row for row in both if (row.file, row.edit) in self.found]
        return self.found

    def _promise(self) -> bool:
        return max(self.found.values(), default=0.0) >= PLAINLY

    def _promise_all(self) -> bool:
        """Whether one edit makes all right, or one and the same at several lines does."""
        alike: dict[tuple[str, str, str], dict[int, float]] = defaultdict(dict)
        found = {key: gain for key, gain in self.found.items() if key not in self.written}
        for (file, edit), gain in found.items():
            lines = alike[file, edit.kind, edit.text]
            lines[edit.line] = max(gain, lines.get(edit.line, 0.0))
        wrong = min((len(a.found.evidence) - a.before for a in self.screen.following.aims if a.found), default=0)
        several = (sum(lines.values()) for lines in alike.values() if len(lines) > 1)
        return any(map(makes_whole, found.values())) or any(round(gain) >= wrong for gain in several)

    def _see(self, rows: list[Row]) -> None:
        made = self.screen.promising(rows, self.editors, alone=bool(self.left))
        if self.dead:
            made = {key: gain for key, gain in made.items() if makes_whole(gain)}
        if self.turned:
            made = {key: gain for key, gain in made.items() if key[1].kind == "sign"}
        self.found = {**made, **self.found}


def told(written: Mapping[Row, float]) -> dict[tuple[str, Edit], float]:
    """The edits of which it is known already what is gained by them."""
    return {(row.file, row.edit): gain for row, gain in written.items() if gain}
