"""The verdict about one stretch of training: which loss it descends, and whether all parameters follow its gradient."""

from dataclasses import replace
from typing import Any

from backproof.check.cut.parameters import Training
from backproof.check.judge.at_points import judged_at
from backproof.check.judge.elsewhere import differing_elsewhere, is_cut_off, probabilities
from backproof.check.judge.judgement import Judgement
from backproof.check.judge.perceptron import by_the_rule
from backproof.check.judge.steps import HUGE, repeating_step, steps_to_judge, telling_step, telling_steps
from backproof.check.losses.held_errors import weighs_its_own
from backproof.check.losses.losses import ENTROPIES, Loss, Standard, Stated, stated_losses
from backproof.check.losses.match import match, penalised
from backproof.check.losses.outputs import outputs
from backproof.check.losses.sense import descends
from backproof.check.losses.stated import has_epsilon
from backproof.check.optimizers.optimizers import faults
from backproof.check.replay.frame import Frame

_LOST = 1e-9  # so near to 1 a probability has lost the digits that tell a gradient
_EXPONENTIAL = ("exp", "exp2", "expit", "tanh", "logaddexp")  # what probabilities are made by
_SHARES = (1e-2, 1e-3, 1e-4, 1e-6)  # of the weights, where a network is saturated with all of them
_MUCH = (0.3, 0.1)  # of them, with which it may be no more


def judge(training: Training, *, brief: bool = False, also: int | None = None) -> Judgement:
    """Judge a stretch; it must have steps. `brief` looks at few of them, and at the one that `also` says."""
    found = _judged(training, brief=brief, also=also)
    # what moves by no gradient, or by one of which something is held, does not show whether that is right
    beyond = found.verdict == "wrong" and (training.returns_to_means or weighs_its_own(found.frames, found.matches))
    return replace(found, verdict="unknown", faults=[]) if beyond else found


def _judged(training: Training, *, brief: bool, also: int | None) -> Judgement:
    chosen = steps_to_judge(training)
    frames = [Frame(training, number) for number in chosen]
    if brief:
        frames = frames if tell_little(frames) else frames[:2] + frames[2:][-1:]
    telling = telling_step(training, frames)
    if telling is not None and telling not in frames:
        frames.append(telling)
    repeating = also if brief else repeating_step(training)
    numbers = {frame.number for frame in frames}
    if repeating is not None and repeating < len(training.steps) and repeating not in numbers:
        frames.append(Frame(training, repeating))
    frames.sort(key=lambda frame: frame.number)
    apart = telling is not None and telling not in frames[:3]
    early = frames[: 2 if apart else 3]
    few = [frame for frame in frames if frame is telling or frame.number == repeating or frame in early]
    points = [frame.number for frame in few]
    if training.weight > HUGE and (told := _at_once(training, frames)) is not None:
        return told
    first = judged_at(training, frames)
    if first.verdict == "right":
        return _confirmed(training, points, _without_its_epsilon(training, few, first))
    if first.faults:
        return first  # where the gradients are right and the optimizer is not, no other point tells more
    kinked = any(frame.has_kink(frame.dependent) for frame in frames) or first.match is None
    if kinked and not any(frame.replay.opaque for frame in frames):
        second = judged_at(training, [Frame(training, number, moved=17) for number in points])
        if second.verdict == "right":
            later = _later(training, frames, second, moved=17)
            return later or _elsewhere(training, points, second) or _told(second, few)
        if second.verdict == "other-loss" and first.verdict in ("wrong", "unknown"):
            return _told(second, few)
    most = [frame for frame in frames if frame in few or frame in frames[:4]]
    if any(frame.is_on_kink for frame in frames):
        steep = judged_at(training, [Frame(training, frame.number, steep=True) for frame in most])
        if steep.verdict == "right" or (steep.verdict == "other-loss" and first.verdict != "other-loss"):
            return _told(steep, most)
    bare = any(frame.has_epsilon or frame.replay.opaque for frame in most)
    plain = [Frame(training, frame.number, without_epsilon=True) for frame in most] if bare else most
    third = judged_at(training, plain) if plain != frames else first  # without anything else, nothing else is told
    untold = first.verdict == "other-loss" and third.stated is None  # what is told is no number there
    if third.verdict == "right" and not untold:
        later = _later(training, frames, third, without_epsilon=True)
        return later or _elsewhere(training, points, third) or _told(third, most)
    if third.verdict == "other-loss" and first.verdict != "other-loss":
        return _told(third, most)
    if third.verdict == "wrong" and first.verdict == "unknown":
        return _told(third, most)
    smooth = [frame for frame in frames if not frame.is_on_kink] if kinked else []
    if 2 <= len(smooth) < len(frames):  # on a kink there is no one gradient: the other steps tell what is wrong
        fourth = judged_at(training, smooth)
        first = fourth if fourth.verdict == first.verdict else first
    lost = any(frame.nearest_rest < _LOST for frame in (*frames, *plain))
    if lost and (whole := _with_all_digits(training, frames, few[:2] if brief else few, brief)) is not None:
        return _as_recorded(training, frames, whole) or whole
    untold = first.verdict == "unknown" or (first.verdict == "wrong" and not (first.match and first.match.right))
    if untold and _is_saturated(first) and not (brief and lost):
        calm = _where_calm(training, frames, few, anywhere=first.verdict == "unknown")
        if calm is not None:
            return calm if calm.verdict == "right" else by_the_rule(training, first) or calm
    return by_the_rule(training, first) or first if first.verdict == "unknown" else first


def _confirmed(training: Training, points: list[int], found: Judgement) -> Judgement:
    """A judgement, or, if it is that a program is right, the one that it is wrong at other points or steps."""
    if found.verdict != "right":
        return found
    return _elsewhere(training, points, found) or _where_told(training, found) or found


def _without_its_epsilon(training: Training, frames: list[Frame], found: Judgement) -> Judgement:
    """The judgement about the loss that is told, where a program follows a standard one: without the little that keeps
    its logarithm finite, it may be followed as it is told, or hold a penalty that is not; else the one as it was."""
    told = found.stated
    if told is None or found.match is None or found.match.loss == told or not has_epsilon(frames, told):
        return found
    bare = judged_at(training, [Frame(training, frame.number, without_epsilon=True) for frame in frames])
    same = bare.match is not None and bare.match.loss == told
    tells = bare.verdict == "right" or (bare.verdict == "wrong" and bool(penalised(frames, told)))
    return _told(bare, frames) if same and tells else found


def _with_all_digits(training: Training, frames: list[Frame], few: list[Frame], brief: bool) -> Judgement | None:
    """The judgement at points where a network is not saturated, so that no digits are lost; None if there are none, or
    if it is not known there what the program descends."""
    for share in _SHARES[:1] if brief else _SHARES:
        calm = judged_at(training, [Frame(training, frame.number, moved=17, share=share) for frame in few])
        if calm.match is None or any(frame.nearest_rest < _LOST for frame in calm.frames):
            continue
        if calm.verdict == "right" and all(e.agreeing for e in calm.match.evidence.values()):
            if _is_contradicted(training, few, calm.match.loss):
                return None
            return _later(training, frames, calm, moved=17, share=share) or _told(calm, few)
        if calm.verdict == "wrong":
            return calm
    return None


def _as_recorded(training: Training, frames: list[Frame], calm: Judgement) -> Judgement | None:
    """The judgement at those recorded steps at which a network is not saturated yet, where it is wrong at points at
    which none is: of these, values tell what is wrong. None if it is another one there."""
    kept = [frame for frame in frames if frame.nearest_rest >= _LOST]
    if calm.verdict != "wrong" or not 2 <= len(kept) < len(frames):
        return None
    again = judged_at(training, kept)
    found, there = again.match, calm.match
    same = found is not None and there is not None and found.loss == there.loss and found.right == there.right
    return again if again.verdict == "wrong" and same else None


def _is_contradicted(training: Training, few: list[Frame], loss: Loss) -> bool:
    """Whether a loss that is followed with next to nothing of the weights, where any slope is that of a straight line,
    is not followed with the most of them with which no probability is 0 or 1."""
    for share in (1.0, *_MUCH):
        points = few if share == 1.0 else [Frame(training, frame.number, moved=17, share=share) for frame in few]
        alive = [frame for frame in points if not (_is_dead(frame, loss) or frame.nearest_rest < _LOST)]
        there = match(alive, loss) if alive else None
        if there is not None:
            return not there.holds
    return False


def _where_calm(training: Training, frames: list[Frame], few: list[Frame], *, anywhere: bool) -> Judgement | None:
    """The judgement with a share of the weights, where no probability is 0 or 1 any more: the first one that is right,
    or else the one at which most is right; None if that says nothing. With next to nothing of the weights any slope is
    that of a straight line: unless `anywhere`, the first share tells with which no output is 0 or 1."""
    partly, most = None, 1
    for share in _SHARES:
        calm = judged_at(training, [Frame(training, frame.number, moved=17, share=share) for frame in few])
        if calm.match is None:
            continue
        if calm.verdict == "right" and all(e.agreeing for e in calm.match.evidence.values()):
            if _is_contradicted(training, few, calm.match.loss):
                return partly
            # where the weights have grown so that a network is saturated even so, a step tells nothing
            return _later(training, frames, calm, alive=True, moved=17, share=share) or _told(calm, few)
        if calm.verdict == "wrong" and len(calm.match.right) > most:
            partly, most = calm, len(calm.match.right)
        if not anywhere and not any(_is_dead(frame, calm.match.loss) for frame in calm.frames):
            break
    return partly


def tell_little(frames: list[Frame]) -> bool:
    """Whether some parameter is moved in a few elements at a step: then many steps are needed to tell how."""
    return any(int((move != 0).sum()) < 5 for frame in frames[:1] for move in frame.moves.values())


def _is_saturated(judgement: Judgement) -> bool:
    """Whether an entropy has no finite gradient at some of the steps: a probability is 0 or 1 there, by rounding."""
    known = {m.loss: m for m in judgement.matches if isinstance(m.loss, Standard)}
    told = [m for loss, m in known.items() if loss.kind in ENTROPIES]
    # where that is so at each of them, nothing is told of it
    ends = [loss.pair for loss in known if replace(loss, kind="binary") not in known]
    shares = [f for f in judgement.frames if any(f.trace.operations[n] in _EXPONENTIAL for n in f.forward)]
    return any(len(m.gradients) < len(judgement.frames) for m in told) or any(
        10 * int(((out == 0) | (out == 1)).sum()) > out.numel() and bool(((out >= 0) & (out <= 1)).all())
        for pair in ends
        for frame in shares
        for out, _ in outputs(frame, pair)
    )


def _elsewhere(training: Training, points: list[int], found: Judgement) -> Judgement | None:
    """The judgement that a program is wrong though it is right at the recorded points; None if it is right elsewhere,
    too, or if it cannot be followed there."""
    assert found.match is not None
    if found.match.put_together:
        return None
    there = differing_elsewhere(training, points, found.frames, found.match)
    if there is None:
        return None
    found.frames, found.match = there
    found.verdict = "wrong"
    return found


def _where_told(training: Training, found: Judgement) -> Judgement | None:
    """The judgement that a program is wrong though it is right at the one step that tells its loss: at others that tell
    it as well, now and then, it is not. None if it is right there, too, or is not told again."""
    loss = found.match.loss if found.match is not None else None
    if found.match is None or not isinstance(loss, Stated) or len(found.match.gradients) > 1:
        return None
    numbers = telling_steps(training, loss.key[0])
    again = judged_at(training, [Frame(training, number) for number in numbers]) if len(numbers) > 1 else None
    wrong = again is not None and again.verdict == "wrong" and again.match is not None and again.match.loss == loss
    return again if wrong else None


def _later(
    training: Training, frames: list[Frame], found: Judgement, *, alive: bool = False, **how: Any
) -> Judgement | None:
    """The judgement that a program is wrong though it is right at the steps that were looked at: at others it does not
    follow the loss that it follows there, or moves by another rule. None if it does as it did.

    Args:
        alive: look at no step at which a probability is nearly 0 or 1, or what the loss is computed from is clipped.
        how: how the points differ from the recorded ones, as in `Frame`.
    """
    assert found.match is not None
    seen = {frame.number for frame in found.frames}
    others = [Frame(training, frame.number, **how) for frame in frames if frame.number not in seen]
    if alive or "moved" in how:  # beside the recorded point more is clipped, which the moves need not know of
        says_nothing = _is_dead if alive else is_cut_off
        others = [frame for frame in others if not says_nothing(frame, found.match.loss)]
    there = match(others, found.match.loss) if others else None
    if there is None:
        return None
    odd = faults(training, others, there)
    if not odd and all(evidence.holds for evidence in there.evidence.values()):
        return None
    found.frames, found.match, found.verdict, found.faults = others, there, "wrong", odd
    return found


def _is_dead(frame: Frame, loss: Loss) -> bool:
    """Whether a probability is as good as 0 or 1 at a point, or something that it is computed from is clipped."""
    ends = (((share < _LOST) | (1 - share < _LOST)).any() for share in probabilities(frame, loss))
    return any(map(bool, ends)) or is_cut_off(frame, loss)


def _told(judgement: Judgement, frames: list[Frame]) -> Judgement:
    judgement.frames = frames
    return judgement


def _at_once(training: Training, frames: list[Frame]) -> Judgement | None:
    """The judgement that a program is right, if the loss that it shows says so by itself: all else would take long."""
    for loss in (loss for loss in stated_losses(frames) if loss.shown):
        found = match(frames, loss)
        if found is not None and found.holds and descends(frames, found, {}) and not faults(training, frames, found):
            return Judgement(training, frames, "right", found, loss, matches=[found])
    return None
