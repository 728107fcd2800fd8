"""What a fix has to leave as it is: the network, its optimizer, and the loss that the file says that it descends."""

import numpy as np
from torch import Tensor

from backproof.check.judge.judgement import Judgement
from backproof.check.judge.meant import uses_error
from backproof.check.locate.losses_meant import shows_an_output
from backproof.check.losses.evidence import (
    TOLERANCE,
    direct_evidence,
    factor_and_residual,
    largest_of,
    same_factor,
)
from backproof.check.losses.losses import ENTROPIES, Standard, reaches, value
from backproof.check.losses.match import Match, penalised
from backproof.check.losses.moved_by_value import valued
from backproof.check.losses.outputs import outputs
from backproof.check.losses.pairs import meets_numbers, pairs
from backproof.check.losses.scaled import is_clipped_behind
from backproof.check.optimizers.applied_again import WHY as APPLIED_AGAIN
from backproof.check.optimizers.corrections import machinery
from backproof.check.optimizers.observed import EXACT, beside_itself, seen_of
from backproof.check.optimizers.optimizers import is_unknown
from backproof.check.record.memory import Ref
from backproof.check.repair.data_met import learns_from_data, takes_inputs_for_targets
from backproof.check.repair.resting import asks_nothing, resting, telling, telling_with_less
from backproof.check.repair.shapes import count_unseen, keeps_shapes
from backproof.check.replay.drawn import meets_draws
from backproof.check.replay.frame import Frame

_ALIKE = 1e-6  # of the cosine of an angle, that two directions may differ
_NEXT_TO_NOTHING = 1e-4  # of the largest move
_ROUNDED = 1e-12  # of the largest gradient, which is zero but for rounding


def keeps_parts(before: Judgement, after: Judgement, handled: bool) -> bool:
    """Whether an edit leaves the network its shapes and the optimizer its parts; an optimizer that is edited itself
    (`handled`) must become a known one."""
    unseen = count_unseen(before, after)
    if not (keeps_shapes(before, after) or unseen):
        return False
    if learns_from_data(before) and not learns_from_data(after):
        return False  # what is left of a loss without its outputs, a penalty, is followed easily
    if takes_inputs_for_targets(before, after):
        return False
    if any(map(meets_draws, before.frames[:1])) and not any(map(meets_draws, after.frames[:1])):
        return False  # a network without its dropout, or its noise, is another one
    if not _keeps_targets(before.frames[:1], after.frames[:1]):
        return False  # what is handed back of an output that is held against nothing asks for nothing
    if _has_empty(after) and not _has_empty(before):
        return False  # nor is what is left of one whose samples, or terms, were thrown out
    if _dwindles(before.frames[:1], after.frames[:1]):
        return False  # with steps that are next to none nothing shows that is made of what was moved too early
    if any(map(_silences, after.frames[:1])) and not any(map(_silences, before.frames[:1])):
        return False  # what an optimizer keeps is not to be nothing
    if after.verdict == "right" and _tells_less(before, after, unseen):
        return False  # what is moved no more, where the gradient is zero by rounding, shows nothing
    # sums that ought to begin anew are no part of an optimizer
    summed = bool(before.faults) and all(fault.reason == APPLIED_AGAIN for fault in before.faults)
    handed_alike = _keeps_gradients(before, after) or (summed and _holds_more(before, after))
    if before.faults and (not handed_alike or _decays_alike(before, after)):
        return False  # where the optimizer alone is wrong, what it is handed is not to be mended, nor the rate
    held_alike = not before.faults and _are_alike(before, after)
    if held_alike and _plain(after) + _standing(after) + unseen < _plain(before) and _tells_memory(before):
        return False  # what was moved by its gradient is not to be moved by something made of it
    kept = machinery(before.training) if (before.faults or handled) and not summed else (0, 0)
    if any(a < b for a, b in zip(machinery(after.training), kept, strict=True)):
        return False
    return not (handled and after.match is not None and is_unknown(after.training, after.frames, after.match))


def _tells_less(before: Judgement, after: Judgement, unseen: int) -> bool:
    """Whether fewer parameters are moved than before, and not only since what they feed is saturated."""
    fewer = telling(after) + resting(before, after) + unseen < telling(before)
    return fewer and telling_with_less(after) < telling(before)


def _are_alike(before: Judgement, after: Judgement) -> bool:
    """Whether both are held against a loss that is stated, or both against one that is not: of a penalty, a stated loss
    makes a part of the gradient, and a standard one something that is added to it."""
    losses = [judgement.match.loss for judgement in (before, after) if judgement.match is not None]
    return len({isinstance(loss, Standard) for loss in losses}) < 2


def _keeps_targets(before: list[Frame], after: list[Frame]) -> bool:
    """Whether all that moves is still computed from outputs that are held against targets, if it was."""
    if not any(uses_error([frame], pairs([frame]), moving=True) for frame in before):
        return True
    # plain numbers may all be 0 as far as an edited program is followed
    plain = any(meets_numbers(frame, pair) for frame in before for pair in pairs([frame]))
    return any(uses_error([frame], pairs([frame], plain=plain), moving=True) for frame in after)


def _has_empty(judgement: Judgement) -> bool:
    """Whether something that the network computes has no elements."""
    return any(0 in frame.trace.shape(node) for frame in judgement.frames[:1] for node in frame.forward)


def _is_no_number(judgement: Judgement) -> bool:
    """Whether the loss that is followed is no number (NaN) at a step, as the logarithm of what is below zero is."""
    found = judgement.match
    values = [value(frame, found.loss) for frame in judgement.frames] if found is not None else []
    return any(made is not None and bool(made.detach().isnan()) for made in values)


def _silences(frame: Frame) -> bool:
    """Whether a move is made of an array that is multiplied with a number that is zero."""
    trace = frame.trace
    times = (trace.arguments[node] for node in frame.backward if trace.operations[node] == "multiply")
    return any(
        isinstance(one, Ref) and trace.shape(int(one)) != () and not isinstance(other, Ref | dict) and other == 0
        for pair in times
        for one, other in (pair[:2], pair[1::-1])
        if np.ndim(other) == 0
    )


def _dwindles(before: list[Frame], after: list[Frame]) -> bool:
    """Whether all that moves does so by next to nothing of what it did."""
    largest = [max((float(m.abs().max()) for m in f.moves.values() if m.numel()), default=0.0) for f in before + after]
    return len(largest) == 2 and 0 < largest[1] < _NEXT_TO_NOTHING * largest[0]


def _holds_more(before: Judgement, after: Judgement) -> bool:
    """Whether a step holds more outputs against targets than it did, as where a batch is added up before it moves
    anything."""
    counts: list[int] = []
    for judgement in (before, after):
        loss = judgement.match.loss if judgement.match is not None else None
        if not isinstance(loss, Standard):
            return False
        counts.append(sum(output.numel() for output, _ in outputs(judgement.frames[0], loss.pair)))
    return counts[1] > counts[0] > 0


def _keeps_gradients(before: Judgement, after: Judgement) -> bool:
    """Whether an edit leaves the right gradients of the first step their directions, if they are all right; a penalty
    that the edit adds to the loss changes them."""
    found, then = before.match, after.match
    if found is None or then is None or not found.holds or _penalised(after) > _penalised(before):
        return True
    if isinstance(found.loss, Standard) and penalised(after.frames, then.loss):
        return True  # the one without the penalty that the other has
    if before.frames[0].number != after.frames[0].number:
        return True
    first, second = found.gradients.get(0, {}), then.gradients.get(0, {})
    if len(second) < len(first):
        return False  # the loss depends on less
    pairs = [(first[p], second[q]) for p, q in zip(sorted(first), sorted(second), strict=False)]
    least = _ROUNDED * max((float(one.norm()) for one in first.values()), default=0.0)
    return all(_points_alike(one, other, least) for one, other in pairs if one.shape == other.shape)


def _decays_alike(before: Judgement, after: Judgement) -> bool:
    """Whether a parameter whose moves are faulty still loses the same share of itself beside its gradient: with smaller
    steps it only loses it later."""
    told = [fault.parameter for fault in before.faults if fault.reason != APPLIED_AGAIN]
    faulty = {parameter: decay for parameter in told if (decay := _decay(before, parameter))}
    if not faulty or after.match is None:
        return False
    still = [_decay(after, parameter) for parameter in after.match.evidence]
    slower = [_slowed(before, after, parameter) for parameter in faulty]
    return any(slower) or any(same_factor(one, other) for one in faulty.values() for other in still)


def _slowed(before: Judgement, after: Judgement, parameter: int) -> bool:
    """Whether a parameter's first move is the same one but for a factor below 1."""
    first, second = before.frames[0], after.frames[0]
    if first.number != second.number or not {parameter} <= first.moves.keys() & second.moves.keys():
        return False
    factor, residual = factor_and_residual(second.moves[parameter], first.moves[parameter])
    return residual <= TOLERANCE and abs(factor) < 1 and not same_factor(factor, 1.0)


def _decay(judgement: Judgement, parameter: int) -> float:
    """What a parameter loses of itself beside its gradient, in relation to what it takes of this; 0.0 if nothing is
    seen of it."""
    told = judgement.match.evidence.get(parameter) if judgement.match is not None else None
    if judgement.match is None or told is None or not told.factors:
        return 0.0
    handed = next(iter(told.factors.values()))  # of what is handed to the optimizer, in relation to the gradient
    for row in seen_of(judgement.training, judgement.frames, judgement.match, parameter, EXACT):
        share, decay = beside_itself(EXACT, row) or (0.0, 0.0)
        if share and handed:
            return decay / (share * handed)
    return 0.0


def _points_alike(one: Tensor, other: Tensor, least: float) -> bool:
    """Whether two gradients are the same but for a factor above zero; both may be zero, or no more than `least`."""
    first, second = float(one.norm()), float(other.norm())
    if min(first, second) <= least:
        return max(first, second) <= least
    return float((one * other).sum()) >= (1 - _ALIKE) * first * second


def _plain(judgement: Judgement) -> int:
    """How many parameters are moved by their gradients as these are, times a number."""
    found = judgement.match
    if found is None:
        return 0
    return sum(
        e.holds and e.agreeing > 0 and (e.handed is None or _is_clipped(judgement, found, parameter))
        for parameter, e in found.evidence.items()
    )


def _tells_memory(judgement: Judgement) -> bool:
    """Whether a step after the first is judged: at the first one all that an optimizer keeps is empty."""
    told = judgement.match.evidence.values() if judgement.match is not None else ()
    return any(judgement.frames[n].number > 0 for evidence in told for n in evidence.factors)


def _is_clipped(judgement: Judgement, found: Match, parameter: int) -> bool:
    """Whether a gradient that something is made of is the move itself at some step after the first, at which a memory
    is empty: where nothing was to be clipped."""
    frames = judgement.frames
    if is_clipped_behind(frames, parameter, found.evidence[parameter]):
        return True
    later = {number: g for number, g in found.gradients.items() if number and number < len(frames)}
    return direct_evidence(frames, later, largest_of(frames, later), parameter).agreeing > 0


def same_aim(before: Judgement, after: Judgement) -> bool:
    """Whether an edited program still descends what the file says that it descends, with all that it trains."""
    if _is_no_number(after) and not _is_no_number(before):
        return False  # a loss that is no number at some steps is followed at the others alone
    found = after.match
    still = _standing(before, last=max((frame.number for frame in after.frames), default=0))
    unasked = _asks_nothing(after)
    if _standing(after) - len(unasked) > still:
        return False  # what moves nothing any more is not mended
    rows = found.evidence.items() if found is not None else ()
    left = [
        p for p, e in rows if not e.agreeing and found and (e.differing or not _is_noise(found, p)) and p not in unasked
    ]
    moved = found is not None and len(left) <= still
    idle = before.match is None or not all(e.agreeing or e.differing for e in before.match.evidence.values())
    # what is told later may not have been reached
    untold = after.stated is None and len(after.training.steps) < len(before.training.steps)
    if before.part is not None and _often(before) and (found is None or found.loss != after.stated) and not untold:
        return False  # a penalty that is stated must be followed, too
    if before.part is not None and after.stated is not None and _penalised(after) < _penalised(before):
        return False  # nor is it mended by leaving it out
    if before.kind is None and after.kind is None and _told(before) > 0 > _told(after):
        return False  # nor is what climbs a loss mended by telling minus it
    if before.told_at_once and after.stated is None and not untold and not shows_an_output(before):
        return False  # what is told of the loss is not mended by telling nothing
    told = "squared" in (after.kind, after.part) or any(any(valued(frame)) for frame in after.frames[:1])
    if not told and any(any(valued(frame)) for frame in before.frames[:1]):
        return False  # a loss whose value moves something is not made its own slope: it stays what is shown
    standard = found.loss if found is not None and isinstance(found.loss, Standard) else None
    own = after.kind or (standard.kind if standard is not None else None)
    # one entropy is read as the other where targets are 0 or 1
    entropies = {before.kind, own} <= ENTROPIES
    lost = after.kind is None and own in (None, before.kind)
    kept = before.kind is None or lost or before.kind in (after.kind, "absolute") or entropies
    return kept and (moved or idle)


def _told(judgement: Judgement) -> float:
    """What a program states as its loss at the first step that tells it; 0.0 if it states none."""
    if judgement.stated is None:
        return 0.0
    values = (value(frame, judgement.stated) for frame in judgement.frames)
    return next((float(made.detach()) for made in values if made is not None), 0.0)


def _standing(judgement: Judgement, last: int | None = None) -> int:
    """How many parameters are not moved at any of the judged steps, or at any up to the `last` one."""
    found, frames = judgement.match, [f for f in judgement.frames if last is None or f.number <= last]
    return len(found.evidence.keys() - _moved(frames)) if found is not None else 0


def _moved(frames: list[Frame]) -> set[int]:
    """The parameters that some step moves."""
    return {p for frame in frames for p, move in frame.moves.items() if bool(move.any())}


def _asks_nothing(judgement: Judgement) -> set[int]:
    """The parameters that the loss is computed from and does not ask to move, as their inputs are zero or what they
    feed is saturated, and that stand still."""
    found = judgement.match
    still = found.evidence.keys() - _moved(judgement.frames) if found is not None else set[int]()
    still = {parameter for parameter in still if found is not None and asks_nothing(found, parameter)}
    return reaches(judgement.frames[0], found.loss, still) if found is not None and still else set()


def _is_noise(found: Match, parameter: int) -> bool:
    """Whether a parameter's gradient is zero but for rounding, as that of a bias before a normalisation: a parameter
    that the loss does not depend on has a gradient of exactly zero."""
    return any(bool(g[parameter].any()) for g in found.gradients.values() if parameter in g)


def _penalised(judgement: Judgement) -> int:
    """How many parameters the stated loss holds the squares of."""
    return len(penalised(judgement.frames, judgement.stated)) if judgement.stated is not None else 0


def _often(judgement: Judgement) -> bool:
    """Whether the stated loss is computed at most of the steps, so that it is the trained one."""
    counts = [len(found.gradients) for found in judgement.matches if found.loss == judgement.stated]
    return 2 * max(counts, default=0) >= len(judgement.frames)
