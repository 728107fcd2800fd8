"""Whether a training that begins right is right at a later turn of its outer loop, too."""

from collections.abc import Iterable, Iterator

from backproof.check.cut.turns import trainings_of
from backproof.check.judge.judge import judge
from backproof.check.judge.judgement import Judgement
from backproof.check.sandbox.recording import Recording

NOTE = "Its first steps are right: what is wrong begins with a later turn of the loop around them."


def goes_wrong(recording: Recording, judged: Iterable[Judgement]) -> int:
    """At which look at a later turn one of the trainings that are right at first is wrong, held against the same loss
    or the one that is stated; 0 if none is."""
    turns = (turn for one in judged if one.verdict == "right" for turn in _wrong_turns(recording, one))
    return next(turns, 0)


def _wrong_turns(recording: Recording, first: Judgement) -> Iterator[int]:
    for turn, trace in recording.later.get(first.training.trace.number, {}).items():
        again = (judge(training) for training in trainings_of(trace) if training.steps)
        if first.match is not None and any(
            one.verdict == "wrong"
            and one.match is not None
            # where a penalty is zero at first, what is followed there may be the plain loss
            and (one.match.loss.site == first.match.loss.site or one.match.loss == one.stated)
            for one in again
        ):
            yield turn
