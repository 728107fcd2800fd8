"""What was found out about one stretch of training."""

from dataclasses import dataclass, field

from backproof.check.cut.parameters import Training
from backproof.check.losses.evidence import same_factor
from backproof.check.losses.losses import Stated
from backproof.check.losses.match import Match
from backproof.check.optimizers.observed import Fault
from backproof.check.replay.frame import Frame, Key

_FIRST = 2  # steps, which every trial of a fix goes through


@dataclass
class Judgement:
    """What was found out about a stretch.

    `verdict` is right, wrong, other-loss or unknown; `match` the loss that the verdict rests on; `stated` the loss that
    the program computes itself, if it computes one; `kind` the standard loss that this one is, if it is one, times
    `stated_multiple`.
    """

    training: Training
    frames: list[Frame]
    verdict: str
    match: Match | None = None
    stated: Stated | None = None
    kind: str | None = None
    stated_multiple: float = 1.0
    faults: list[Fault] = field(default_factory=list)  # of the optimizer, where every gradient is right
    matches: list[Match] = field(default_factory=list)
    part: str | None = None  # the standard loss that the stated one has as a part, beside a penalty for one
    spread: Key | None = None  # where a shown loss holds each output against all targets
    meant: bool = False  # every move is computed from output held against targets

    @property
    def told(self) -> Match | None:
        """The evidence about the loss that is stated."""
        return next((match for match in self.matches if match.loss == self.stated), None)

    @property
    def telling(self) -> list[Frame]:
        """The frames at which the matched loss asks for something: those first where a parameter does not follow it,
        and before those where the digits that show it are lost."""
        if self.match is None:
            return []
        evidence = self.match.evidence
        wrong = [e for e in evidence.values() if e.differing]
        right = [evidence[p] for p in self.match.right]

        def hidden(number: int) -> int:
            if any(number not in e.factors and number not in e.saturated for e in wrong):
                return 0
            factors = [e.factors[number] for e in right if number in e.factors]
            own = [e.factors[number] for e in wrong if number in e.factors]
            if factors and not all(any(same_factor(one, other) for other in factors) for one in own):
                return 1  # a single number, which always is a multiple of another
            return 2 if any(number not in e.factors for e in wrong) else 3

        numbers = sorted(self.match.gradients, key=lambda number: (hidden(number) if wrong else 0, number))
        return [self.frames[number] for number in numbers if number < len(self.frames)]

    @property
    def told_at_once(self) -> bool:
        """Whether the loss that is told, and that the verdict rests on, is told at one of the first steps already."""
        if self.match is None or self.match.loss != self.stated:
            return False
        return any(self.frames[n].number < _FIRST for n in self.match.gradients if n < len(self.frames))
