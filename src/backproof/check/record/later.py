"""Looks again once enough was seen of a training: at a later turn of its outer loop, and at what it seldom tells.

The first steps say nothing of a sum that is emptied in the first epoch alone, and nothing of a loss that is printed
after a hundred epochs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LIMITS: Mapping[str, Any] = {"enough": 6, "fewest": 0, "node_limit": 60_000, "second_limit": 3.0}
_ASIDES = 4  # places that tell seldom, each of which is looked at once


@dataclass
class Later:
    """Counts the turns of the loops that run, and says when to look again.

    Attributes:
        kind: what is looked at now: a `turn`, or an `aside`; empty for none.
        instead: whether a later turn is asked for in the place of the first steps.
        limits: what is enough of it, and how long it may take.
    """

    instead: bool = False
    limits: Mapping[str, Any] = field(default_factory=lambda: dict(_LIMITS))
    kind: str = ""
    turns: list[int] = field(default_factory=list)  # of the loops that run, as far as they were recorded
    sites: set[int] = field(default_factory=set)  # of what was told once, when all was recorded or aside
    depth: int = 0  # how many loops there are around the turn that is to be looked at
    asides: int = 0
    kept: Any = None  # what counts as enough in the whole run, while something is looked at

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
        self.depth = self.depth if len(self.turns) >= self.depth else 0

    def stopped(self, *, trains: bool) -> None:
        """Enough was seen, of a training if it `trains`: the loop whose next turn is another epoch is the innermost one
        that was in its first turn, with another one within it that was not."""
        depth = next((depth for depth, turns in enumerate(self.turns) if turns > 1), 0)
        self.depth, self.asides = (depth, 0) if trains else (0, _ASIDES)

    def is_turn(self) -> bool:
        """Whether the turn that begins now is to be looked at; it is looked at once."""
        found = not self.kind and 0 < self.depth == len(self.turns)
        self.depth = 0 if found else self.depth
        return found

    def is_aside(self, site: int) -> bool:
        """Whether what is told now is to be looked at; it is looked at once."""
        if self.kind or self.instead or site in self.sites or self.asides == _ASIDES:
            return False
        self.sites.add(site)
        self.asides += 1
        return True
