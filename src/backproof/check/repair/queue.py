"""The edits to try in their order, which is asked for anew where all fail that were to make everything right."""

import time
from collections.abc import Callable, Collection, Iterator

from backproof.check.edits import Edit
from backproof.check.locate.following import makes_whole
from backproof.check.repair.candidates import Candidates
from backproof.check.repair.placing import Row
from backproof.check.repair.state import State

_SPARE = 2  # rows behind those, so that it is known what came of all of them before more is asked for
_TIMES = 3  # as long as the first look took must be left for a second one, so that something can still be tried


class Queue:
    """Rows to try, the likeliest first.

    The likeliest are looked at first; if the search goes on behind those that promise something, with nothing to show
    for it, the others are looked at, too. And where some were to make all right, others were not looked at in full; if
    the search goes on behind them, they did not, and the order is asked for again without them.

    Args:
        until: when the search ends, on the monotonic clock.
        made: the kinds of the edits that were made already.
        late_alone: only those that keep something from being read too early.
        rows: these edits alone, without a look at the numbers.

    Attributes:
        enough: whether what was looked at has led to something.
    """

    def __init__(
        self,
        candidates: Candidates,
        state: State,
        until: float,
        made: Collection[str],
        *,
        late_alone: bool = False,
        rows: list[Row] | None = None,
    ) -> None:
        self.candidates, self.until, self.made = candidates, until, made
        self.known = state.judgement, state.suspicion, state.sites, state.texts
        self.enough = False
        self.promised: dict[tuple[str, Edit], float] = {}
        self.more: Callable[[], list[Row]] | None = None
        self.took, self.whole = 0.0, list[int]()
        if rows is not None:
            self.rows = rows
            return
        begun = time.monotonic()
        self.rows = candidates.rows(*self.known, until, made, late_alone=late_alone)
        self.took = time.monotonic() - begun
        self.promised = dict(candidates.promised)
        self.more = candidates.more
        self.whole = self._promising(makes_whole)

    def __iter__(self) -> Iterator[Row]:
        if self.more is not None:
            ahead = max(self._promising(bool), default=-1) + 1 + _SPARE
            yield from self.rows[:ahead]
            if self.enough:
                yield from self.rows[ahead:]
                return
            self.rows, self.more = self.more(), None
            self.promised |= self.candidates.promised
            self.whole = self._promising(makes_whole)
        ahead = self.whole[-1] + 1 + _SPARE if self.whole else len(self.rows)
        yield from self.rows[:ahead]
        if self.whole and self.until - time.monotonic() > _TIMES * self.took:
            failed = {(self.rows[n].file, self.rows[n].edit) for n in self.whole}
            rows = self.candidates.rows(*self.known, self.until, self.made, without=failed)
            self.rows, self.whole = [*self.rows[:ahead], *rows], []
            self.promised |= self.candidates.promised
        yield from self.rows[ahead:]

    def _promising(self, of: Callable[[float], bool]) -> list[int]:
        """Which of the rows promise something of a kind."""
        return [n for n, row in enumerate(self.rows) if of(self.promised.get((row.file, row.edit), 0.0))]
