"""How long edits are tried before something else is."""

import time
from dataclasses import dataclass

_MARGIN = 0.9  # after a fix was found, edits up to this much more unlikely are tried as well
_AFTER = 1.2  # seconds in which they are, and
_TRIED = 12  # how many of them are at least, on a busy machine, but
_LONGEST = 3.8  # seconds after these none is begun: some programs take long
_SHARES = 0.2, 0.3  # of the time that is left, which both are at most: many files are checked in little time each


@dataclass
class Patience:
    """How long edits are tried: until a time; after a first fix not much longer, and none that is much unlikelier."""

    until: float
    stop: float = float("inf")
    longest: float = _LONGEST
    limit: float = float("inf")
    more: int = 0  # edits that are still tried though the shorter time is over
    parted: bool = False  # whether time is left for something else

    def allows(self, score: float) -> bool:
        now = time.monotonic()
        stop = self.stop + self.longest * (self.more > 0)
        return score <= self.limit and now <= min(self.until, stop)

    def leave(self, share: float) -> None:
        """Use no more than a share of the time that is left; of what is left then, no share of a share."""
        now = time.monotonic()
        if not share or not self.parted:
            self.until = min(self.until, now + share * (self.until - now))
        self.parted = True

    def shorten(self, score: float) -> None:
        """A fix was found, with some score; infinite for one that is hardly what was meant."""
        if score == float("inf"):
            return
        if self.stop == float("inf"):
            self.more = _TRIED
        self.limit = min(self.limit, score + _MARGIN)
        now = time.monotonic()
        after, longest = (share * (self.until - now) for share in _SHARES)
        self.stop = min(self.stop, now + min(_AFTER, after))
        self.longest = min(_LONGEST, longest)
