"""Which places of a program with several mistakes have to be mended together so that all is right."""

from backproof.check.locate.following import Following, makes_whole
from backproof.check.locate.wanted import Wanted
from backproof.check.losses.evidence import same_factor
from backproof.check.losses.match import Match, held_against
from backproof.check.losses.truths import numbers_of
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor

_MOST = 4  # places that are mended together
_LOOKED_AT = 16  # of the places that want something, and of the parameters that have factors of their own

Values = tuple[dict[int, Tensor], ...]


def together(following: Following, wanted: list[Wanted], first: set[Key]) -> list[Wanted]:
    """The places that have to be mended so that all is right: the first that is wanted, or a few that only do it
    together; in the order of execution.

    Args:
        wanted: the places that want another gradient, those that gain most first.
        first: the places whose value is wrong though what it is computed from is right.
    """
    if not following.frames or following.faulty or (wanted and makes_whole(wanted[0].gain)):
        return wanted[:1]
    chosen = _Chosen(following)
    for other in wanted[:_LOOKED_AT]:
        if chosen.places and other.key not in first and other.gain < 1.5:
            continue
        if chosen.take(other):
            chosen.take_multiples()
        if chosen.is_whole:
            break
    if not wanted:
        chosen.take_multiples()
    if not chosen.is_whole or (len(chosen.places) < 2 and not wanted):
        return wanted[:1]  # where one multiple is all that is wrong, an edit of either side may be what was meant
    return sorted(chosen.places, key=lambda one: min(one.values[0], default=0))


class _Chosen:
    """Places that are mended, and what comes of it."""

    def __init__(self, following: Following) -> None:
        self.following = following
        self.places: list[Wanted] = []
        self.values: Values = tuple({} for _ in following.frames)
        self.gain = 0.0

    @property
    def is_whole(self) -> bool:
        return makes_whole(self.gain)

    def take(self, other: Wanted) -> bool:
        """Mend another place, if that makes more right."""
        if len(self.places) == _MOST:
            return False
        joined = tuple({**one, **more} for one, more in zip(self.values, other.values, strict=True))
        gain = self.following.gain(joined)
        if gain <= self.gain + 0.5:
            return False
        self.places.append(other)
        self.values, self.gain = joined, gain
        return True

    def take_multiples(self) -> None:
        """Mend the parameters that follow their gradients now, but with factors of their own."""
        frames = self.following.frames_with(self.values)
        for aim in self.following.told_aims:
            found = held_against(frames, aim.loss, aim.gradients)
            for stray in found.strays[:_LOOKED_AT]:
                multiple = None if self.is_whole else _multiple(frames, found, stray)
                if multiple is not None:
                    self.take(multiple)


def _multiple(frames: list[Frame], match: Match, stray: int) -> Wanted | None:
    """The place at which a stray parameter's moves begin, with what it holds if its factor is that of the others."""
    frame = frames[0]
    start = frame.step.before.get(stray)
    node = next((n for n in sorted(frame.backward) if frame.reached[n] == {stray} and frame.trace.sites[n] >= 0), None)
    times = _ratio(match, stray)
    if node is None or start is None or times is None:
        return None
    places = [_again(other, frame, node) for other in frames]
    values = tuple(
        {n: times * value} if n is not None and (value := numbers_of(other, n)) is not None else {}
        for n, other in zip(places, frames, strict=True)
    )
    return Wanted(frame.key(node), (frame.key(start),), 1.0, True, values, times)


def _ratio(match: Match, stray: int) -> float | None:
    """What a stray's moves have to be multiplied with; None if nothing tells that it is the stray that is wrong."""
    own = match.evidence[stray]
    if own.handed is not None:
        return None
    sure = [match.evidence[p].factors for p in match.right if match.evidence[p].handed is None]
    shared = [(factors[n], own.factors[n]) for factors in sure for n in sorted(factors.keys() & own.factors.keys())[:1]]
    if not shared or not all(same_factor(shared[0][0], other) for other, _ in shared):
        return None
    times = shared[0][0] / shared[0][1]
    return times if times < 0 or len(sure) > 1 else None


def _again(frame: Frame, first: Frame, node: int) -> int | None:
    """The place of another step's node, if it is executed once a step."""
    nodes = [n for n in sorted(frame.backward) if frame.key(n) == first.key(node)]
    return nodes[0] if len(nodes) == 1 else None
