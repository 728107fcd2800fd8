"""Whether units that are dropped at random are missed where the network predicts with all of them."""

import numpy as np
import torch

from backproof.check.consistency.afterwards import records_after
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.predicted import Predicted, Trained, outputs_of
from backproof.check.drawn import is_drawn
from backproof.check.frame import Frame
from backproof.check.judgement import Judgement
from backproof.check.memory import Ref
from backproof.check.operations import F64
from backproof.check.recording import Recording
from backproof.check.values import Reading

_WHY = (
    "`{}` drops units at random and does not divide the others by the share that is kept; where the network predicts,"
    " with all units, nothing is multiplied by that share: it gets more there than it was trained with."
)


def unscaled_dropout(
    recording: Recording, judgement: Judgement, stretch: int, reading: Reading, name: str
) -> Inconsistency | None:
    """The line that drops units without scaling those that are kept, if the network predicts with all units as they
    are: with masks of ones training computes the very values.

    The units must be scaled at one of the two times (Srivastava et al., Dropout, 2014, section 10).
    """
    frame = judgement.frames[0]
    dropped = _dropped(frame, judgement)
    if not dropped:
        return None
    point = Frame(judgement.training, frame.number, moved=23)
    ones = {mask: torch.ones(frame.trace.shape(mask), dtype=F64) for mask in dropped.values()}
    whole = point.varied(ones, point.dependent, {})
    trained = Trained(judgement, whole, reading)
    for later, begin in records_after(recording, judgement.training, stretch):
        if next(Predicted(later.trace, begin, trained, reading).finished(), None) is not None:
            site = frame.trace.sites[min(dropped)]
            if site < 0 or recording.sites.files[site] != name:
                return None
            text = reading.text_at(site)
            return Inconsistency(recording.sites.sites[site].line, text, "dropout", _WHY.format(text))
    return None


def _dropped(frame: Frame, judgement: Judgement) -> dict[int, int]:
    """The products of what the network computes with masks of zeros and ones that were drawn, and these masks."""
    trace, found = frame.trace, dict[int, int]()
    for node in sorted(frame.ancestors(outputs_of(judgement, frame), frame.forward)):
        arguments = trace.arguments[node]
        if trace.operations[node] != "multiply" or len(arguments) != 2:
            continue
        for mine, other in (arguments, arguments[::-1]):
            if not isinstance(mine, Ref) or not isinstance(other, Ref):
                continue
            mask, unit = int(mine), int(other)
            own = mask not in frame.dependent and mask not in frame.given and unit in frame.dependent
            if own and unit not in frame.given and trace.shape(mask) == trace.shape(unit) and is_drawn(trace, mask):
                value = trace.values[mask]
                if isinstance(value, np.ndarray) and value.size > 1 and {*np.unique(value).tolist()} == {0, 1}:
                    found[node] = mask
    return found
