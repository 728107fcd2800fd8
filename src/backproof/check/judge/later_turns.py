"""Whether a training that begins right is right at a later turn of its outer loop, too."""

from collections.abc import Iterable

from backproof.check.cut.turns import trainings_of
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.sandbox.recording import Recording

NOTE = "Its first steps are right: what is wrong begins with a later turn of the loop around them."


def goes_wrong(recording: Recording, judged: Iterable[Judgement]) -> bool:
    """Whether one of the trainings that are right at first is wrong later, held against the same loss."""
    return any(_goes_wrong(recording, one) for one in judged if one.verdict == "right")


def _goes_wrong(recording: Recording, first: Judgement) -> bool:
    trace = recording.later.get(first.training.trace.number)
    if trace is None or first.match is None:
        return False
    again = [judge(training) for training in trainings_of(trace) if training.steps]
    return any(
        one.verdict == "wrong" and one.match is not None and one.match.loss.site == first.match.loss.site
        for one in again
    )
