"""Whether the network that predicts is the one that was trained, and whether all of it is trained."""

from dataclasses import dataclass

from backproof.check.judge import Judgement
from backproof.check.sandbox import Recording
from backproof.check.source import Source


@dataclass(frozen=True)
class Inconsistency:
    """What does not fit together: the line (of the Python text), the expression and the reason."""

    line: int
    expression: str
    kind: str
    reason: str


def inconsistencies(source: Source, recording: Recording, judgement: Judgement, stretch: int) -> list[Inconsistency]:
    """What does not fit together in a file whose gradients are right."""
    return []
