"""Looks again once enough was seen of a training: at later turns of its outer loops, and at what it seldom tells.

The first steps say nothing of a sum that is emptied in the first epoch alone, nothing of a loss that is printed after a
hundred epochs, and nothing of a penalty that the first of several trainings does not have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_LIMITS: Mapping[str, Any] = {"enough": 6, "fewest": 0, "node_limit": 60_000, "second_limit": 3.0}
_ASIDES = 4  # places that tell seldom, each of which is looked at once
_TURNS = 16  # turns that are looked at
_ANEW = 4  # trainings, one after the other, that are told of though nothing new is executed in them
_SOON = 4  # turns of the outermost loop, after which it is still looked at where each turn is a training


@dataclass
class Later:
    """Counts the turns of the loops that run, and says when to look again.

    Attributes:
        instead: which of the looks at turns is asked for in the place of the first steps; 0 for none.
        asked: what is enough of that one, and how long it may take.
        kind: what is looked at now: a `turn`, or an `aside`; empty for none.
        turns: of the loops that run, as far as they were recorded.
        sites: of what was told once, when all was recorded or aside.
        depths: how many loops there are around each turn that is still to be looked at.
        number: of the last look at a turn, counted from 1.
        depth: how many loops there were around that.
        seen: the sites of all that was told of a training, or of a look.
        anew: how many looks were at a training of its own.
        kept: what counts as enough in the whole run, while something is looked at.
    """

    instead: int = 0
    asked: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    turns: list[int] = field(default_factory=list)
    sites: set[int] = field(default_factory=set)
    depths: set[int] = field(default_factory=set)
    number: int = 0
    depth: int = 0
    seen: set[int] = field(default_factory=set)
    anew: int = 0
    asides: int = 0
    kept: Any = None

    @property
    def is_asked(self) -> bool:
        """Whether the last look at a turn is the one that is asked for."""
        return 0 < self.instead == self.number

    @property
    def is_to_come(self) -> bool:
        """Whether the look that is asked for may still come."""
        return bool(self.depths) and self.number < self.instead

    @property
    def limits(self) -> Mapping[str, Any]:
        """What is enough of what is looked at now."""
        return {**_LIMITS, **self.asked} if self.is_asked and self.kind == "turn" else _LIMITS

    def begin(self, kind: str, kept: Any) -> None:
        self.kind, self.kept = kind, kept

    def end(self) -> Any:
        """What counts as enough from here on."""
        self.kind = ""
        return self.kept

    def enter(self) -> None:
        self.turns.append(0)

    def leave(self) -> None:
        self.turns.pop()
        self.depths = {depth for depth in self.depths if depth <= len(self.turns)}

    def stopped(self, *, trainings: int) -> None:
        """Enough was seen, of so many trainings. The loops that were in their first turn, with another one within them
        that was not, are looked at in their next one: it is another epoch, or another training, as the first turns are
        of the outermost loop where it began several."""
        moving = max((depth for depth, turns in enumerate(self.turns) if turns > 1), default=0)
        first = {depth for depth, turns in enumerate(self.turns[:moving], 1) if turns == 1}
        if trainings > 1 and self.turns and self.turns[0] <= _SOON:
            first.add(1)
        self.depths, self.asides = (first, 0) if trainings else (set(), _ASIDES)

    def is_turn(self) -> bool:
        """Whether the turn that begins now is to be looked at."""
        if self.kind or len(self.turns) not in self.depths:
            return False
        self.depth = len(self.turns)
        self.depths.discard(self.depth)
        self.number += 1
        return True

    def looked(self) -> None:
        """A turn was looked at, and it took little: the next one of that loop is as well, as each may be a training of
        its own."""
        if self.number < _TURNS and self.depth <= len(self.turns):
            self.depths.add(self.depth)

    def tells_more(self, sites: Iterable[int], *, anew: bool) -> bool:
        """Whether a turn tells something that those before it do not: the first ones of trainings that begin anew may,
        as they have other settings, and one that goes through other lines, as with another activation, does."""
        self.anew += anew
        return not self.seen.issuperset(sites) or (self.anew <= _ANEW if anew else self.number == 1)

    def is_aside(self, site: int) -> bool:
        """Whether what is told now is to be looked at; it is looked at once."""
        if self.kind or self.instead or site in self.sites or self.asides == _ASIDES:
            return False
        self.sites.add(site)
        self.asides += 1
        return True
