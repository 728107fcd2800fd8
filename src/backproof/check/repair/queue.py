"""The edits to try in their order, which is asked for anew where all fail that were to make everything right."""

import time
from collections.abc import Collection, Iterator

from backproof.check.edits import Edit
from backproof.check.locate.following import makes_whole
from backproof.check.repair.candidates import Candidates
from backproof.check.repair.placing import Row
from backproof.check.repair.state import State

_SPARE = 2  # rows behind those, so that it is known what came of all of them before more is asked for
_TIMES = 3  # as long as the first look took must be left for a second one, so that something can still be tried


class Queue:
    """Rows to try, the likeliest first.

    Where some are to make all right, others were not looked at in full; if the search goes on behind them, they did
    not, and the order is asked for again without them.

    Args:
        until: when the search ends, on the monotonic clock.
        made: the kinds of the edits that were made already.
    """

    def __init__(self, candidates: Candidates, state: State, until: float, made: Collection[str]) -> None:
        self.candidates, self.until, self.made = candidates, until, made
        self.known = state.judgement, state.suspicion, state.sites, state.texts
        begun = time.monotonic()
        self.rows = candidates.rows(*self.known, until, made)
        self.took = time.monotonic() - begun
        self.promised: dict[tuple[str, Edit], float] = dict(candidates.promised)
        self.whole = [n for n, row in enumerate(self.rows) if makes_whole(self.promised.get((row.file, row.edit), 0.0))]

    def __iter__(self) -> Iterator[Row]:
        ahead = self.whole[-1] + 1 + _SPARE if self.whole else len(self.rows)
        yield from self.rows[:ahead]
        if self.whole and self.until - time.monotonic() > _TIMES * self.took:
            failed = {(self.rows[n].file, self.rows[n].edit) for n in self.whole}
            rows = self.candidates.rows(*self.known, self.until, self.made, without=failed)
            self.rows, self.whole = [*self.rows[:ahead], *rows], []
            self.promised |= self.candidates.promised
        yield from self.rows[ahead:]
