"""Leaves loops over samples early, so that a step that takes too many operations comes to its end with fewer of them.

A sum over some of the samples has its own gradient: what is right for them is right for all. Which loop goes over
samples is not known, so what is found in such a run counts only where it fits together.
"""

from dataclasses import dataclass

_MORE = 5  # times as much room
_FEWEST = 3  # turns that a loop must have begun to be left


@dataclass(eq=False)
class Loop:
    """A loop or a comprehension that runs."""

    site: int
    start: int  # how much was recorded when it began
    turns: int = 0


class Short:
    """The loops that run, and which of them are left; a loop that was left once is left after as many turns again.

    Args:
        room: the operations after which the outermost loop that may be left is left. The next one has more room: a
            backward pass goes over all that a forward pass did.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.loops: list[Loop] = []
        self.most: dict[int, int] = {}  # turns, by the loop's site
        self.left: list[tuple[int, int]] = []  # from where to where each loop was recorded that was left
        self._mark = 0
        self._room = room

    def enter(self, site: int, recorded: int) -> Loop:
        loop = Loop(site, recorded)
        self.loops.append(loop)
        return loop

    def turn(self, loop: Loop, recorded: int) -> bool:
        """A new turn of a loop begins, with so many operations recorded; true if the loop is to be left. The turn that
        is on its way when it has become too much is finished first."""
        if loop.turns >= self.most.get(loop.site, loop.turns + 1):
            self.left.append((loop.start, recorded))
            self._mark, self._room = recorded, _MORE * self.room
            return True
        loop.turns += 1
        if loop is self.loops[0]:
            self._mark, self._room = recorded, self.room
        if recorded - self._mark > self._room and not any(one.site in self.most for one in self.loops):
            around = next((one for one in self.loops if one.turns >= _FEWEST), None)
            if around is not None:
                self.most[around.site] = around.turns
        return False

    def leave(self, loop: Loop, recorded: int) -> None:
        if loop in self.loops:
            del self.loops[self.loops.index(loop) :]
        if (
            3 * (recorded - loop.start) > self.room and loop.turns >= _FEWEST
        ):  # it was the forward pass, and small enough
            self._mark, self._room = recorded, _MORE * self.room

    def forget(self) -> None:
        """What was recorded is thrown away, and is counted anew."""
        self._mark = 0
        self.left.clear()
        for loop in self.loops:
            loop.start = 0
