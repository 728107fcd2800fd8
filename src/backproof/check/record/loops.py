"""The loops that a file goes through: how long they are recorded, when they are left, and where it is looked again."""

import math
import time

from backproof.check.record.log import Log

_LOOK = 150_000_000  # bytes after which it is asked anew whether enough was seen
_FEW = 20_000  # operations, by which as many bytes are made only if something is computed for very many samples
_WAITED = 0.25  # seconds for the next turn of an outer loop, before an inner one is left
_LITTLE = 3000  # operations of a look at a later turn, after which another one costs little
_PREDICTING = 40_000  # operations after training that tell how it predicts


class Loops(Log):
    """Ends a record once enough was seen, and lets the loops run on at their own speed, though not for ever."""

    # -- when enough was seen

    def _enough(self) -> None:
        """Stop when enough was seen, or when it has become too much."""
        self.looked_at = nodes = len(self.operations)
        self.weighed = weight = self.bytes + self.passed
        hard_nodes, hard_bytes, hard_time = self._limits
        if nodes >= hard_nodes or self.bytes > hard_bytes or time.monotonic() > hard_time:
            heavy = self.bytes > hard_bytes and nodes < _FEW and len(self.loops) > 1 and self.longest == 0
            before = (2 * self.entered > nodes or heavy) and not self.again
            if before and not (self.longest > 0 and (self.steps_seen is None or self.steps_seen() > 1)):
                # a plot of what is predicted, perhaps, before training, or a test on many samples after the first step:
                # the loop that has begun is seen from here on
                self.again = True
                self.clear()
                self._limits = hard_nodes, hard_bytes, max(hard_time, time.monotonic() + 5.0)
            else:
                self.stop()
            return
        longest, scale = self.longest, self.wanted
        if self.trained and longest == 0 and nodes >= _PREDICTING:
            self.stop()
        elif (
            (longest >= self.plenty and nodes >= scale * self.fewest)
            or (longest >= 3 and (nodes >= scale * 40_000 or weight > scale * 350_000_000))
            or (longest >= 2 and weight > scale * 700_000_000)
        ):
            few = 4 if nodes < 40_000 and weight < 350_000_000 else 2
            if self.steps_seen is None or self.steps_seen() >= few:
                self.stop()
            else:
                self.wanted *= 2  # something was counted up that is not trained: look on

    def stop(self) -> None:
        """Hand over the record, and let the loops run on."""
        self.on = False
        if self.later.kind:
            self._looked()
            return
        several = self.trainings_seen() if self.longest > 1 and self.trainings_seen is not None else 1
        self.later.stopped(trainings=several if self.longest > 1 else 0)
        self.trained = self.trained or self.longest > 1
        self.stopped_in = len(self.loops)
        if self.on_stop is not None:
            self.on_stop()
        self.stretch += 1
        self.clear()
        self.deadline = time.monotonic() + self.patience

    # -- looks at what comes later

    @property
    def number(self) -> int:
        """The number of the stretch that is recorded now; -1 for one that is not asked for."""
        if self.later.instead:
            return self.stretch - 1 if self.later.kind == "turn" and self.later.is_asked else -1
        return -1 if self.later.kind else self.stretch

    def _look(self, kind: str) -> None:
        """From here on a little is recorded again."""
        self.clear()
        self.later.begin(kind, (self.plenty, self.fewest, self._limits))
        self.limit(**self.later.limits)
        self.entered = 0
        self.on = True

    def _looked(self) -> None:
        """Hand over what was seen, and run on as before."""
        self.on = False
        if self.later.kind == "turn" and len(self.operations) <= _LITTLE:
            self.later.looked()
        if self.on_look is not None:
            self.on_look()
        self.plenty, self.fewest, self._limits = self.later.end()
        self.clear()

    def told(self, site: int) -> None:
        """Something is told, and recorded."""
        self.later.sites.add(site)

    def aside(self, site: int) -> bool:
        """Whether something is told that is to be recorded, though nothing is recorded now."""
        if self.on or not self.stopped_in or not self.later.is_aside(site):
            return False
        self._look("aside")
        return True

    def aside_over(self) -> None:
        if self.later.kind == "aside":
            self._looked()

    # -- loops

    def enter(self, loop: int) -> None:
        if not self.loops:
            if self.on and not self.later.kind and self.longest >= self.plenty:
                self._enough()  # a training is over, and another one may begin
                if not self.on:
                    self._see_again()
            self.entered = len(self.operations)
        self.loops.append(loop)
        self.later.enter()
        if self.short is not None:
            self.short.enter(loop, len(self.operations))

    def turn(self, _loop: int) -> bool:
        """A new turn of a loop begins; true if the loop is to be left."""
        if self.later.depths and not self.on and not self.leaving and self.later.is_turn():
            self._look("turn")
        if self.on:
            self.later.turns[-1] += 1
            if self.short is not None and self.short.turn(self.short.loops[-1], len(self.operations)):
                self.cut = True
                return True
            weight = self.bytes + self.passed
            if len(self.operations) > self.looked_at + 20 * self.plenty or weight > self.weighed + _LOOK:
                self._enough()
                if not self.on and self.later.depths and self.later.is_turn():
                    self._look("turn")
            return False
        if self.leaving:
            return len(self.loops) <= self.leaving
        if self.stopped_in and self._may_leave(time.monotonic() - self.deadline):
            self.leaving = len(self.loops)
            self.cut, self.half_done = True, self.half_done or self.leaving > 1
            return True
        return False

    def _may_leave(self, late: float) -> bool:
        """Whether the loop that a new turn begins of may be left, so many seconds after it was time to. An inner loop
        that is left leaves its turn of the outer one half done, so that an outer one is waited for."""
        return late > (len(self.loops) - 1) * _WAITED

    def leave(self, _loop: int) -> None:
        self.loops.pop()
        self.later.leave()
        if self.later.kind == "turn" and not self.loops:
            self._looked()
        if self.short is not None:
            self.short.leave(self.short.loops[-1], len(self.operations))
        if not self.loops:
            self.leaving = 0
        if not self.on and len(self.loops) < self.stopped_in and not self.loops:
            self._see_again()  # training is over: what comes now, predictions above all

    def _see_again(self) -> None:
        """Record what comes from here on."""
        self.stopped_in = 0
        self.deadline = math.inf
        nodes, size, _ = self._limits
        self._limits = nodes, size, time.monotonic() + 5.0
        self.on = True
