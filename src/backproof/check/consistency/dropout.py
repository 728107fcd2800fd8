"""Whether units that are dropped at random are missed where the network predicts with all of them."""

from typing import Any

import numpy as np
import torch

from backproof.check.consistency.afterwards import records_after
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.predicted import Predicted
from backproof.check.consistency.trained import Trained, outputs_of
from backproof.check.judge.judgement import Judgement
from backproof.check.record.memory import Ref
from backproof.check.replay.drawn import is_drawn
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import F64, Tensor
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording

_FRAMES = 4
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
    # a mask of a few units may happen to keep them all at one step
    found = ((frame, _unscaled(frame, judgement)) for frame in judgement.frames[:_FRAMES])
    frame, dropped = next((row for row in found if row[1]), (judgement.frames[0], {}))
    if not dropped:
        return None
    point = Frame(judgement.training, frame.number, moved=23)
    ones = {mask: torch.ones(frame.trace.shape(mask), dtype=F64) for mask in dropped.values()}
    whole = point.varied(ones, point.dependent, {})
    trained = Trained(judgement, whole, reading)
    for later, begin in records_after(recording, judgement.training, stretch):
        predicted = Predicted(later.trace, begin, trained, reading)
        if [*predicted.finished(), *predicted.decided()]:
            site = frame.trace.sites[min(dropped)]
            if site < 0 or recording.sites.files[site] != name:
                return None
            text = reading.text_at(site)
            return Inconsistency(recording.sites.sites[site].line, text, "dropout", _WHY.format(text))
    return None


def _unscaled(frame: Frame, judgement: Judgement) -> dict[int, int]:
    """The products with masks of zeros and ones, and these."""
    return {node: mask for node, mask in _dropped(frame, judgement).items() if _kept(frame, mask) == 1}


def shares_kept(frame: Frame, judgement: Judgement) -> dict[int, Tensor] | None:
    """The share of units that each mask keeps on average, in the place of the mask: the network that predicts is the
    one that training computes with these. None where something is drawn of which that is not known."""
    trace = frame.trace
    dropped = _dropped(frame, judgement)
    for node in frame.ancestors(outputs_of(judgement, frame), frame.forward) - dropped.keys():
        if trace.operations[node] not in ("multiply", "divide"):
            continue
        for earlier in trace.inputs(node):
            drawn = earlier not in frame.dependent and trace.shape(earlier) == trace.shape(node) != ()
            if drawn and is_drawn(trace, earlier):
                return None
    shares = {mask: _share(frame, node, mask) for node, mask in dropped.items()}
    known = {mask: share for mask, share in shares.items() if share is not None}
    if len(known) < len(shares):
        return None
    return {mask: torch.full(trace.shape(mask), share, dtype=F64) for mask, share in known.items()}


def _share(frame: Frame, product: int, mask: int) -> float | None:
    """What a mask multiplies a unit with on average: for one of zeros and ones what the draw was held against, or what
    the units that are kept are divided by; 1 where the mask makes up for what it drops."""
    trace, value = frame.trace, frame.trace.values[mask]
    mean, spread = float(np.mean(value)), 4 * float(np.std(value)) / float(np.size(value)) ** 0.5
    if _kept(frame, mask) != 1:
        return 1.0 if abs(mean - 1) <= spread else None
    number = next(iter(_numbers(trace.arguments[mask])), None)
    below, above = ("less", "less_equal"), ("greater", "greater_equal")
    if number is not None and trace.operations[mask] in (*below, *above):
        first = isinstance(trace.arguments[mask][0], Ref)
        return number if (trace.operations[mask] in below) == first else 1 - number
    for reader in frame.training.readers[product]:
        numbers = _numbers(trace.arguments[reader])
        if len(numbers) == 1 and trace.operations[reader] in ("divide", "multiply") and numbers[0]:
            share = numbers[0] if trace.operations[reader] == "divide" else 1 / numbers[0]
            if abs(share - mean) <= spread:
                return share
    return None


def _numbers(arguments: tuple[Any, ...]) -> list[float]:
    """The bare numbers among arguments; a reference is a whole number, too."""
    return [float(a) for a in arguments if isinstance(a, (int, float)) and not isinstance(a, Ref)]


def _dropped(frame: Frame, judgement: Judgement) -> dict[int, int]:
    """The products of what the network computes with masks that were drawn, of zeros and one number, and these."""
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
            own = own and unit not in frame.given and trace.shape(mask) == trace.shape(unit)
            if own and is_drawn(trace, mask) and _kept(frame, mask) is not None:
                found[node] = mask
    return found


def _kept(frame: Frame, mask: int) -> float | None:
    """What a mask multiplies the units with that it keeps; None for what has other numbers than that and zeros."""
    value = frame.trace.values[mask]
    numbers = np.unique(value).tolist() if isinstance(value, np.ndarray) and value.size > 1 else []
    return float(numbers[1]) if len(numbers) == 2 and numbers[0] == 0 else None
