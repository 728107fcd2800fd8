"""Which edits make a true gradient of the first value that an expression has in a step.

Where a loop hands values on from turn to turn (through time, from layer to layer, from example to example), what an
edit gives in a later turn depends on what it gave before; in the first turn it does not.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import torch

from backproof.check.losses.truths import TURNS, Place, Truths, numbered, present
from backproof.check.record.trial import Tried, by_value
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import F64, Tensor, real

_ONWARD = 7  # values, one computed from the other, that are held against the true gradients


class FirstValues:
    """Holds what edited expressions give first in each step against the true gradients of losses.

    Args:
        after: what is computed from some nodes of a step.
        until: the time at which to stop looking.
    """

    def __init__(
        self, frames: list[Frame], truths: list[Truths], after: Callable[[int, tuple[int, ...]], set[int]], until: float
    ) -> None:
        self.frames = frames
        self.truths = truths
        self.after = after
        self.until = until

    @cached_property
    def owned(self) -> list[set[Place]]:
        """Of each loss, the forward quantities whose gradient the program computes as it is."""
        places = [numbered(frame) for frame in self.frames]
        found: list[set[Place]] = [set() for _ in self.truths]
        for place, node in places[0].items():
            if place[1] < TURNS and node in self.frames[0].backward:
                at = enumerate(zip(self.frames, places, strict=True))
                values = {number: present(frame, nodes[place]) for number, (frame, nodes) in at if place in nodes}
                for truths, owned in zip(self.truths, found, strict=True):
                    owned |= set(truths.owner(values))
        return found

    def true_texts(self, firsts: Mapping[int, tuple[Tried, int]], *, alone: bool = False) -> Iterator[int]:
        """The texts that make a true gradient of a unit's first value, or of what is computed from it next.

        Args:
            firsts: of each frame the first execution of the unit, and the node that has its value.
            alone: look at the value itself alone, which may be a true gradient of something else as it is.
        """
        if not firsts or time.monotonic() > self.until:
            return
        ways = {number: [node] if alone else self._onward(number, node) for number, (_, node) in firsts.items()}
        steps = range(min(len(nodes) for nodes in ways.values()))
        was = [{number: present(self.frames[number], nodes[n]) for number, nodes in ways.items()} for n in steps]
        true = [{n for n in steps if not alone and truths.owner(was[n])} for truths in self.truths]
        for key, texts in by_value((number, one) for number, (one, _) in firsts.items()).items():
            if time.monotonic() > self.until:
                return
            made = {number: torch.from_numpy(firsts[number][0].values[value][0]).to(F64) for number, value in key}
            if self._becomes_true(ways, made, true):
                yield from texts

    def _onward(self, number: int, node: int) -> list[int]:
        """A value and the first ones that are computed from it."""
        frame = self.frames[number]
        moved = set(frame.step.after.values())
        onward = sorted(n for n in self.after(number, (node,)) if n in frame.backward and n not in moved)
        return [node, *onward][:_ONWARD]

    def _becomes_true(self, ways: dict[int, list[int]], made: dict[int, Tensor], true: list[set[int]]) -> bool:
        """Whether a value, or one computed from it, becomes the gradient of what nothing was the gradient of; those
        that are `true` already by themselves do not count."""
        hopeful = set(range(len(self.truths)))
        rows: list[dict[int, dict[int, Tensor]]] = [defaultdict(dict) for _ in self.truths]
        for number, new in made.items():
            nodes = ways[number]
            if new.numel() != present(self.frames[number], nodes[0]).numel():
                return False
            try:
                replay = self.frames[number].replay.varied({nodes[0]: new}, self.after(number, (nodes[0],)), {})
                with torch.no_grad():
                    values = [real(replay.value(node)).detach() for node in nodes]
            except (RuntimeError, ValueError, ArithmeticError):
                return False
            for which in list(hopeful):
                truths, owned = self.truths[which], self.owned[which]
                for at, value in enumerate(values):
                    if at not in true[which] and truths.owners(number, value).keys() - owned:
                        rows[which][at][number] = value
                if not any(number in row for row in rows[which].values()):
                    hopeful.discard(which)
            if not hopeful:
                return False
        return any(
            len(row) == len(made) and self.truths[which].owner(row).keys() - self.owned[which]
            for which in hopeful
            for row in rows[which].values()
        )
