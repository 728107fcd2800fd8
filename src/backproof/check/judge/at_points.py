"""Which loss the moves of some steps follow, and what it says if they follow none."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from backproof.check.cut.parameters import Training
from backproof.check.judge.agreement import agreement
from backproof.check.judge.another_point import asks_at_another_point, draws_from_itself, tries_other_points
from backproof.check.judge.judgement import Judgement
from backproof.check.judge.leaning import leans
from backproof.check.judge.meant import uses_error, uses_targets
from backproof.check.judge.no_loss import follow_no_loss
from backproof.check.judge.steps import HUGE
from backproof.check.judge.which_loss import (
    best_match,
    decays_apart,
    follows_one_branch,
    is_beside,
    is_seldom,
    may_count,
    misses_penalties,
    shrinks_apart,
)
from backproof.check.losses.losses import FORMULAS, Loss, Standard, Stated, stated_losses
from backproof.check.losses.match import Match, match, penalised
from backproof.check.losses.moved_by_value import valued
from backproof.check.losses.outputs import Pair, nodes_at
from backproof.check.losses.pairs import bootstraps, pairs
from backproof.check.losses.sense import descends, is_multiple, sense
from backproof.check.losses.stated import has_more, part_kind, recognized_as, spoken_loss, spread_in
from backproof.check.losses.terms import by_terms, last_told, of_several
from backproof.check.losses.transplanted import seldom_told
from backproof.check.optimizers.optimizers import faults
from backproof.check.replay.frame import Frame

_MANY = 5  # steps at which a single number is the same multiple, which is no chance


@dataclass(frozen=True)
class _Losses:
    """What a program may descend: the losses that it states, with the standard ones that they are recognized as, and
    the standard ones of the outputs and targets that meet."""

    stated: list[Stated]
    recognized: dict[Stated, tuple[str, float] | None]
    met: list[Pair]
    standard: list[Standard]


def judged_at(training: Training, frames: list[Frame]) -> Judgement:
    """Which loss the moves follow at some points, and whether all do."""
    stated = stated_losses(frames)
    met = [pair for pair in pairs(frames) if not (pair.slipped and stated)]  # what is told tells how its parts go in
    standard = [Standard(kind, pair) for pair in met for kind in FORMULAS]
    kept: dict[tuple[int, Standard], float] = {}
    recognized = {loss: recognized_as(frames, loss, standard, kept) for loss in stated}
    told = _matches(frames, stated)
    spoken = spoken_loss(frames, stated, recognized, told)
    whole = next((m for m in told if m.loss == spoken and m.holds and len(m.gradients) == len(frames)), None)
    known = recognized[spoken] if whole is not None and spoken is not None else None
    losses = _Losses(stated, recognized, met, standard)
    if known is not None:
        # what the moves follow is what is told: of the other losses only its like can tell any more
        alike = [loss for loss in standard if loss.kind == known[0]]
        found = _judged_by(training, frames, losses, [*told, *_matches(frames, alike)])
        if found.verdict == "right":
            return found
    return _judged_by(training, frames, losses, [*told, *_matches(frames, standard)])


def _matches(frames: list[Frame], losses: Sequence[Loss]) -> list[Match]:
    return [found for loss in losses if (found := match(frames, loss)) is not None]


def _judged_by(training: Training, frames: list[Frame], losses: _Losses, matches: list[Match]) -> Judgement:
    """The judgement by the evidence about some of the losses."""
    stated, recognized = losses.stated, losses.recognized
    matches = [by_terms(frames, found, matches) or found for found in matches]
    spoken = spoken_loss(frames, stated, recognized, matches)
    together = of_several(frames, matches) if spoken is not None else None
    if together is not None:
        matches = [together, *matches]
        spoken = together.loss if isinstance(together.loss, Stated) else spoken
    kind = recognized.get(spoken) if spoken else None
    base = Judgement(
        training,
        frames,
        "unknown",
        stated=spoken,
        kind=kind[0] if kind else None,
        stated_multiple=kind[1] if kind else 1.0,
        matches=matches,
    )
    told = next((m for m in matches if m.loss == spoken), None)
    most = max((len(m.gradients) for m in matches), default=0)
    # what is told once counts less, but where it tells how the weights decay
    whole = spoken if spoken is not None and penalised(frames, spoken) else None
    for found in sorted(
        matches,
        key=lambda m: (
            len(m.gradients) < min(most, 2) and m.loss != whole,
            m.loss != spoken,
            isinstance(m.loss, Standard),
            # where so little is seen that several fit, the one that is told is meant
            base.kind is not None and isinstance(m.loss, Standard) and m.loss.kind != base.kind,
            -len(m.gradients),
            # of one sample at one step, it is a multiple of others, which are rather meant
            isinstance(m.loss, Standard) and m.loss.kind == "absolute",
            # of a sum, minus that, and its mean the last one is the loss
            -last_told(frames, m) if isinstance(m.loss, Stated) else 0,
        ),
    ):
        if not may_count(base, found):
            continue
        if not descends(frames, found, recognized):
            if isinstance(found.loss, Stated) and found.loss != spoken:
                continue
            base.match = base.match or found
            base.verdict = "wrong"
            continue
        if told is not None and base.match is told and isinstance(found.loss, Stated) and is_multiple(found, told):
            continue  # what is told goes up: that minus it goes up as well, as it should, says nothing
        base.match = found
        shown = {known[0] for loss in stated if loss.shown and (known := recognized[loss]) is not None}
        base.verdict = agreement(base, found.loss, spoken, shown)
        if (
            base.verdict == "other-loss"
            and told is not None
            and (decays_apart(frames, told, found) or shrinks_apart(frames, told, found))
        ):
            base.verdict = "right"
        if base.verdict == "right" and isinstance(found.loss, Stated) and found.loss.shown and spoken is not None:
            known = recognized.get(found.loss)  # of several that are told, the one that is followed is meant
            base.stated, (base.kind, base.stated_multiple) = found.loss, known or (None, 1.0)
        partly = isinstance(found.loss, Stated) or base.kind is None
        if base.verdict == "other-loss" and partly and any(e.handed or e.decay for e in found.evidence.values()):
            # only a part of the stated loss is followed all the way: what is added to it is held against the whole
            break
        base.faults = faults(training, frames, found, sense=sense(frames, found, recognized))
        if base.faults:
            base.verdict = "wrong"
        wide = next(((loss, at) for loss in stated if loss.shown and (at := spread_in(frames, loss)) is not None), None)
        if wide is not None and base.verdict in ("right", "other-loss"):
            base.stated, base.spread = wide
            base.verdict, base.kind, base.stated_multiple = "other-loss", None, 1.0
        return base
    if base.match is not None and base.verdict == "wrong":
        return base
    if _follows_what_is_seldom_told(base, losses, told):
        return base
    return _unfollowed(base, losses.met, losses.standard)


def _follows_what_is_seldom_told(base: Judgement, losses: _Losses, told: Match | None) -> bool:
    """Whether the moves follow a loss that is told now and then, of other samples; the judgement says so then."""
    training, frames, matches, spoken = base.training, base.frames, base.matches, base.stated
    if training.weight > HUGE or (told is not None and misses_penalties(frames, told)):
        return False
    for found in seldom_told(frames, losses.stated, matches):
        assert isinstance(found.loss, Stated)
        if not found.holds or is_seldom(frames, found, matches, base.kind):
            continue
        if spoken is not None and spoken.shown and has_more(frames, found.loss, spoken, losses.recognized):
            continue  # of predictions, without what is told beside them
        if descends(frames, found, losses.recognized):
            base.match, base.faults = found, faults(training, frames, found)
            beside = told is not None and is_beside(frames, found, told)
            base.stated = base.stated if beside else found.loss
            base.verdict = "wrong" if base.faults else "other-loss" if beside else "right"
            return True
    return False


def _unfollowed(base: Judgement, met: list[Pair], standard: list[Standard]) -> Judgement:
    """The judgement of moves that follow no loss: wrong, where it is plain enough which one they should follow."""
    training, frames, matches, spoken = base.training, base.frames, base.matches, base.stated
    base.verdict = "unknown"
    if spoken is not None and base.kind is None and any(_holds_its_target(frame, spoken) for frame in frames[:2]):
        base.match = next((m for m in matches if m.loss == spoken), None)
        return base  # what of it is held, as an actor's advantage is, is not known
    elsewhere = asks_at_another_point, tries_other_points, draws_from_itself
    if any(asks(frame) for asks in elsewhere for frame in frames[:2]):
        base.match = best_match(frames, matches, spoken, base.kind)
        return base
    best = best_match(frames, matches, spoken, base.kind)
    if best is not None and spoken is None and _moves_another(best, matches):
        base.match = best
        return base
    told = next((m for m in matches if m.loss == spoken), None)
    if told is not None and (base.match is not None or _lacks_penalties(base, told, best)):
        best = told
    base.match = best
    base.meant = uses_error(frames, met)
    base.part = part_kind(frames, spoken, standard) if spoken is not None and base.kind is None else None
    held = base.kind or base.part
    meant = held not in (None, "absolute") and base.meant
    if best is not None and best.follows and best.strays and not best.unsteady:
        meant = meant or base.meant
    if best is not None and not _says_nothing(training, best, spoken) and (_convinces(best, base) or meant):
        base.verdict = "wrong"
    if base.verdict == "unknown" and best is not None and follows_one_branch(frames, best, matches):
        base.verdict = "wrong"
    if base.verdict == "unknown" and told is not None and not told.holds and leans(frames, told):
        base.match, base.verdict = told, "wrong"
    if base.verdict == "unknown" and best is not None:
        aims = uses_error(frames, met, moving=True) or (bool(best.right) and uses_targets(frames, met))
        base.verdict = "wrong" if aims and follow_no_loss(frames, met) else "unknown"
    if base.verdict == "unknown" and best is not None and not best.follows and any(valued(frames[0])):
        base.verdict = "wrong"  # no slope is the value of its loss
    return base


def _moves_another(best: Match, matches: list[Match]) -> bool:
    """Whether all that do not follow one loss are another network, and go up or down its own at each step, by as much
    as the first one says, as an actor is moved by its critic's error: what that should be is not known."""
    right = {*best.right}
    others = best.evidence.keys() - right
    if not right or not others or not best.reached <= right:
        return False
    return any(
        match.reached == others
        and all(match.evidence[p].holds and match.evidence[p].agreeing > 1 for p in others)
        and any(
            gradient.numel() > 1 for each in match.gradients.values() for p, gradient in each.items() if p in others
        )
        for match in matches
    )


def _lacks_penalties(base: Judgement, told: Match, best: Match | None) -> bool:
    """Whether what all follow is what is told without its penalties: these tell what is missing, and where."""
    return best is not None and best.holds and best is not told and misses_penalties(base.frames, told)


def _holds_its_target(frame: Frame, loss: Stated) -> bool:
    """Whether a loss is computed from targets that the network gives itself."""
    return bootstraps(frame, frame.ancestors(nodes_at(frame, loss.key), frame.forward))


def _says_nothing(training: Training, best: Match, spoken: Stated | None) -> bool:
    """Whether a single move follows nothing, which may be no training at all, or all moves follow what nobody states:
    that may be an output, which a perceptron moves up and down. And of single numbers, a single step says nothing."""
    unsaid = best.holds and isinstance(best.loss, Stated) and best.loss != spoken
    numbers = all(training.chains[parameter].shape == () for parameter in best.evidence)
    # of moves that are made element by element, through what is kept of each, it is not known what they are made of,
    # unless some of them follow the loss
    kept = {owner for state, owner in training.states.items() if training.chains[state].parts}
    through = [best.evidence[parameter] for parameter in sorted(kept & best.evidence.keys())]
    if any(not e.holds for e in through) and not any(e.holds and e.agreeing for e in through):
        return True
    alone = len(best.gradients) == 1 and len(training.steps) > 1 and numbers and not best.holds
    return unsaid or alone or (training.single and not best.right)


def _convinces(best: Match, base: Judgement) -> bool:
    """Whether some parameters follow the loss so plainly that it is the one meant, and the others are wrong.

    Single numbers tell less than arrays: one is always a multiple of another. Two that are the same multiple at many
    steps tell enough where the loss is a stated one of a known kind; one does where no loss is stated and every move is
    computed from what this one is of, or where the program computes the loss and its gradient goes both ways.
    """
    sure = [p for p in best.right if any(g[p].numel() > 1 for g in best.gradients.values() if p in g)]
    steady = [p for p in best.right if best.evidence[p].steady and len(best.evidence[p].factors) >= _MANY]
    plain = [p for p in steady if best.evidence[p].handed is None and not best.evidence[p].decay]
    told = base.kind not in (None, "absolute")
    standard = best.loss.kind if isinstance(best.loss, Standard) else None
    alone = (base.stated is None or base.part == standard) and base.meant and standard not in (None, "absolute")
    # where nothing else is moved at all, though the loss asks for it, the one that follows it tells enough
    others = [frame.moves[p] for frame in base.frames for p in frame.moves if p not in best.right]
    still = told and bool(others) and not any(bool(move.any()) for move in others)
    often = [p for p in best.right if best.evidence[p].steady and len(best.evidence[p].factors) > 2]
    # no chance gives each number a factor of its own that is the same one at many steps
    apart = [p for p in best.near if len(best.evidence[p].factors) >= _MANY and p in best.strays]
    plainly = best.follows and not best.unsteady and standard != "absolute"
    computed = isinstance(best.loss, Stated) and any(_turns(best, p) for p in steady)
    return (
        bool(sure)
        or computed
        or (plainly and bool(steady) and len(steady) + len(apart) == len(best.evidence))
        or len(best.right) > 2
        or (told and len(steady) > 1)
        or (alone and bool(plain))
        or (still and bool(often))
    )


def _turns(found: Match, parameter: int) -> bool:
    """Whether the gradient of a parameter goes one way at some of the steps that agree, and the other way at others."""
    rows = [found.gradients[number][parameter] for number in found.evidence[parameter].factors]
    signs = [float(torch.sign(row.sum())) for row in rows]
    return {-1.0, 1.0} <= {*signs}
