"""Whether what predicts is the network that was trained: both are computed from the training inputs."""

from collections.abc import Iterator

from backproof.check.consistency.afterwards import records_after
from backproof.check.consistency.dropout import shares_kept
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.predicted import Predicted
from backproof.check.consistency.recognised import parameter_texts
from backproof.check.consistency.trained import Trained, outputs_of
from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording


def other_prediction(
    recording: Recording, judgement: Judgement, stretch: int, reading: Reading, name: str
) -> Inconsistency | None:
    """The first value after training that another network gives, where one of the trained network's should stand."""
    for predicted in _predicted(recording, judgement, stretch, reading):
        for node in (*predicted.deviating(), *predicted.squashed(), *predicted.unsquashed()):
            site = _told_at(predicted.trace, node, predicted.trained.sites)
            if site is None or recording.sites.files[site] != name:
                continue
            text = reading.text_at(site)
            if text:
                reason = (
                    f"`{text}` predicts with another network than the one that was trained:"
                    " on the training inputs it gives other values."
                )
                return Inconsistency(recording.sites.sites[site].line, text, "prediction", reason)
    return None


def predicts_alike(recording: Recording, judgement: Judgement, stretch: int, reading: Reading, line: int) -> bool:
    """Whether a line after training, or one behind it, computes the whole of the trained network from its inputs."""
    for predicted in _predicted(recording, judgement, stretch, reading):
        for node in predicted.whole():
            site = _told_at(predicted.trace, node, predicted.trained.sites)
            if site is not None and recording.sites.sites[site].line >= line:
                return True
    return False


def _predicted(recording: Recording, judgement: Judgement, stretch: int, reading: Reading) -> Iterator["Predicted"]:
    """What is computed after training, stretch by stretch, until something else is trained."""
    frame = judgement.frames[0]
    shares = shares_kept(frame, judgement)
    if not parameter_texts(frame, reading) or shares is None or _has_noise(judgement, frame):
        return
    # at a point near the recorded one, for biases that are zero change nothing
    frame = Frame(judgement.training, frame.number, moved=23)
    if shares:
        frame = frame.varied(shares, frame.dependent, {})
    trained: Trained | None = None
    for later, begin in records_after(recording, judgement.training, stretch):
        trained = trained or Trained(judgement, frame, reading)
        yield Predicted(later.trace, begin, trained, reading)


def _told_at(trace: Trace, node: int, trained: set[int]) -> int | None:
    """The place of a value that training does not pass through too: its own, or that of a call which led to it."""
    places = (trace.sites[node], *trace.calls(trace.paths[node]))
    site = next((site for site in places if site not in trained), -1)
    return site if site >= 0 else None


def _has_noise(judgement: Judgement, frame: Frame) -> bool:
    """Whether training normalises by the batch: then predicting is another computation by intent."""
    behind = frame.ancestors(outputs_of(judgement, frame), frame.forward)
    return any(frame.trace.operations[node] in ("var", "std") for node in behind)
