"""Whether all of the network is trained, and whether the one that predicts is the one that was trained."""

import ast
from collections.abc import Mapping

from backproof.check.consistency.dropout import unscaled_dropout
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.kept_statistics import unread_statistics
from backproof.check.consistency.margin import decays_within_margin
from backproof.check.consistency.named_loss import named_loss
from backproof.check.consistency.objective import Objective, follows_objective, other_objective
from backproof.check.consistency.only_decays import only_decays
from backproof.check.consistency.other_cost import other_cost
from backproof.check.consistency.other_inputs import other_inputs
from backproof.check.consistency.overwritten import overwritten
from backproof.check.consistency.penalty_shares import other_share
from backproof.check.consistency.prediction import other_prediction, predicts_alike
from backproof.check.consistency.recognised import parameter_texts
from backproof.check.consistency.unread import unread
from backproof.check.consistency.untrained import untrained
from backproof.check.judge.judgement import Judgement
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording, texts_of
from backproof.check.source import Source

__all__ = [
    "Inconsistency",
    "Objective",
    "follows_objective",
    "inconsistencies",
    "named_loss",
    "other_objective",
    "other_share",
    "overwritten",
    "parameter_texts",
    "predicts_alike",
]


def inconsistencies(
    source: Source, recording: Recording, judgement: Judgement, stretch: int, texts: Mapping[str, str] | None = None
) -> list[Inconsistency]:
    """What does not fit together in a file whose gradients are right.

    Args:
        texts: of the files beside it that are not as they stand there, by their names.
    """
    name = source.run_name
    reading = Reading({name: source.text}, recording.sites)
    texts = {**texts_of(source, recording), **(texts or {})}
    whole = Reading(texts, recording.sites)
    never = [one for file in sorted(texts, key=lambda file: file != name) for one in untrained(judgement, whole, file)]
    found = [one for one in never if not _moved_later(recording, judgement, whole, one.name)]
    found += unread(source, judgement, reading, name)
    found += only_decays(judgement, reading, name)
    if found:
        return found
    other = other_cost(judgement, reading, name) or decays_within_margin(judgement, reading, name)
    other = other or unscaled_dropout(recording, judgement, stretch, reading, name)
    other = other or other_inputs(recording, judgement, stretch, reading, name)
    other = other or unread_statistics(recording, judgement, stretch, reading, name)
    other = other or other_prediction(recording, judgement, stretch, reading, name)
    return [other] if other is not None else []


def _moved_later(recording: Recording, judgement: Judgement, reading: Reading, name: str) -> bool:
    """Whether something that no step was seen to move is written at a later turn of the loop around the steps."""
    trace = judgement.training.trace
    later = {site for turn in recording.later.get(trace.number, {}).values() for site in turn.sites}
    for site in later - {*trace.sites} if name else ():
        expression = reading.expression(site)
        written = expression.target if isinstance(expression, ast.AugAssign) else None
        if name in (reading.target(site), reading.segment(site, written) if written is not None else None):
            return True
    return False
