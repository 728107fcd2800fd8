"""Whether a loss that is told of all samples, with a penalty on the weights, is the one that training descends.

Training goes through samples or batches; such a loss is told once an epoch, or after the last one. Its gradient is held
against that of the standard loss that training follows, summed over the same samples, and the decay of the weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from backproof.check.consistency.afterwards import Point, after_training
from backproof.check.consistency.formula import is_formula, other_formula
from backproof.check.consistency.same_samples import told_of, trained_on
from backproof.check.judge.judgement import Judgement
from backproof.check.judge.which_loss import shrinks_apart
from backproof.check.losses.before_move import candidates, standing
from backproof.check.losses.evidence import Evidence, factor_and_residual
from backproof.check.losses.handed import loses_more
from backproof.check.losses.losses import FORMULAS, KINDS, Standard, Stated, stated_losses, value
from backproof.check.losses.match import Match, penalised
from backproof.check.losses.outputs import nodes_at, output_nodes, outputs
from backproof.check.losses.pairs import pairs
from backproof.check.losses.stated import part_kind
from backproof.check.optimizers.observed import EXACT, Array, fit, flat
from backproof.check.record.trace import WRITES
from backproof.check.replay.drawn import is_drawn_anew
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import real
from backproof.check.replay.values import Reading
from backproof.check.sandbox.recording import Recording

_POINTS = (17, 18)  # seeds
_LEAST = 1e-7  # of what is made of a gradient and of a weight, which is made of neither
_SHOWN = 1e-4  # of a gradient, more than what two may differ that are taken for the same
_NONE = 1e-10  # a share of the weights that is less than this is that of a penalty times 0
_APART = 1e-4  # relative; as much as two rates may differ and be the same
_PLAINLY = 1e-2  # of the largest element, by which two gradients differ that are no longer the same but for a clip
_OTHER_OUTPUTS = "The stated loss is not computed from the outputs that training holds against the targets."


@dataclass(frozen=True)
class Objective:
    """A stated loss: where it is computed, and where and how training differs from it, if it does.

    `ratio` is how many times as much the weights decay as its penalty asks for; 0 if that is not what differs;
    `penalises` is whether it has a penalty, and `shares` what that asks the parameters to lose of themselves for each
    time of the gradient, where they do not.
    """

    stated: int
    sites: tuple[int, ...]
    reason: str
    ratio: float = 0.0
    penalises: bool = False
    shares: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class _Decay:
    """The share of a parameter that its gradient has in addition, and where that is added."""

    share: float
    site: int


def other_objective(recording: Recording, judgement: Judgement, stretch: int, reading: Reading) -> Objective | None:
    """The stated loss of all samples, with a penalty, that is not the one that training descends.

    None if there is none, or if that cannot be known.
    """
    told = judgement.told
    if told is not None and judgement.match is not None and shrinks_apart(judgement.frames, told, judgement.match):
        return None
    return next((one for one in _held(recording, judgement, stretch, reading) if one.reason), None)


def follows_objective(
    recording: Recording, judgement: Judgement, stretch: int, reading: Reading, *, penalises: bool = False
) -> bool:
    """Whether a loss of all samples is stated, with a penalty if it `penalises`, and every one of these is what
    training descends."""
    held = list(_held(recording, judgement, stretch, reading))
    has_penalty = not penalises or any(one.penalises for one in held)
    return bool(held) and has_penalty and not any(one.reason for one in held)


def _held(recording: Recording, judgement: Judgement, stretch: int, reading: Reading) -> Iterator[Objective]:
    """The stated losses that can be held against what training does; without a reason those that are descended."""
    found = _followed(judgement)
    if found is None:
        return
    loss, followed = found
    counts = {n: _count(judgement.frames[n], loss) for n in followed.gradients}
    # at the first step the weights may be zero, and so their decay; a sample that moves nothing is no part of a step
    number = min(counts, key=lambda n: (counts[n], -n))
    frame, count = judgement.frames[number], counts[number]
    moved = {p: evidence for p, evidence in followed.evidence.items() if p in frame.parameters}
    decays = {p: _decay(frame, p, number, evidence) for p, evidence in moved.items()}
    # what every parameter was seen to follow, its penalty with it, needs no other proof
    exact = {m.loss for m in judgement.matches if m.holds and len(m.gradients) > 1 and not _decayed(m)}
    samples: set[bytes] | None = None
    for there, point in _tellers(recording, judgement, stretch, reading):
        stated = stated_losses([there])
        for told in stated:
            if told in exact or not told.shown or _is_of_others(there, told):
                continue
            samples = samples or trained_on(frame, loss)
            if not samples or told_of(there, told) != samples:
                continue
            decaying = penalised([there], told)
            held = [p for p in there.parameters if p in decaying]
            points = [point(seed) for seed in _POINTS]
            if _is_of_other_outputs(points, told, loss):
                if any(one.shown for one in exact if isinstance(one, Stated)):
                    continue  # it is told beside the loss that is descended, as that of clean samples is
                yield Objective(told.site, (told.site,), _OTHER_OUTPUTS)
            elif not held:
                reason = other_formula(points, told, loss)
                if reason and any(is_formula(points, one, loss) for one in stated if one.shown and one != told):
                    reason = ""  # it is told beside the loss that is descended
                if reason or is_formula(points, told, loss):
                    yield Objective(told.site, (told.site,), reason)
            elif all(decays.get(p) is not None for p in held):
                known = {p: decay for p, decay in decays.items() if decay is not None and p in there.parameters}
                odd = _compared(points, told, loss, known, held, count, moves=_is_followed(frame, loss))
                if odd is not None and odd.shares and odd.ratio == 0.0 and not _would_show(judgement, followed, odd):
                    odd = replace(odd, sites=(), reason="")
                if odd is not None and odd.reason and _is_told_of_parts(judgement.frames, known, loss, count):
                    odd = replace(odd, sites=(), reason="", ratio=0.0)
                if odd is not None:
                    yield odd


def _is_told_of_parts(frames: list[Frame], decays: dict[int, _Decay], loss: Standard, count: int) -> bool:
    """Whether a loss with a penalty is also told of the samples of a batch, and asks for the very decay that the
    weights have: of all samples, once after training, it means the same."""
    for frame in frames:
        for told in stated_losses([frame]):
            decaying = penalised([frame], told)
            held = [p for p in frame.parameters if p in decaying]
            if held and all(p in decays for p in held):
                points = [_moved(frame, seed) for seed in _POINTS]
                found = _compared(points, told, loss, decays, held, count, moves=False)
                if found is not None and not found.reason:
                    return True
    return False


def _is_of_other_outputs(points: list[Frame], told: Stated, loss: Standard) -> bool:
    """Whether a told loss is of the kind that training descends, at the same step and of the same targets, and yet of
    outputs that are computed otherwise: its gradient is another one."""
    frame = points[0]
    behind = frame.ancestors(nodes_at(frame, told.key), frame.forward)
    met = [pair for pair in pairs(points) if pair != loss.pair and behind.issuperset(output_nodes(frame, pair))]
    own, ends = outputs(frame, loss.pair), nodes_at(frame, loss.pair.key)
    drawn = any(is_drawn_anew(frame, n) for node in frame.forward for n in frame.trace.inputs(node))
    if len(met) != 1 or not own or behind.intersection(ends) or drawn:
        return False  # of dropout, the network that is told of is meant to be another one
    others = outputs(frame, met[0])
    alike = len(own) == len(others) and all(torch.equal(y, t) for (_, y), (_, t) in zip(own, others, strict=True))
    return alike and all(_are_apart(point, Standard(loss.kind, met[0]), loss) for point in points)


def _are_apart(frame: Frame, one: Standard, other: Standard) -> bool:
    """Whether two losses have plainly different gradients."""
    values = value(frame, one), value(frame, other)
    first, second = (None if loss is None else frame.gradients(loss) for loss in values)
    if first is None or second is None:
        return False
    both = [torch.cat([gradients[p].reshape(-1) for p in sorted(first)]) for gradients in (first, second)]
    return factor_and_residual(*both)[1] > _PLAINLY


def _is_of_others(frame: Frame, told: Stated) -> bool:
    """Whether a loss is told of weights some of which are moved and put back, as where a gradient is checked."""
    trace = frame.trace
    behind = frame.ancestors(nodes_at(frame, told.key), frame.dependent)
    written = any(trace.operations[node] in WRITES and trace.inputs(node)[0] in frame.given for node in behind)
    return written or any(n in frame.training.others for node in behind for n in trace.inputs(node))


def _decayed(found: Match) -> bool:
    """Whether something was added to the gradient of a loss on the way to the moves."""
    return any(evidence.handed is not None or evidence.decay for evidence in found.evidence.values())


def _count(frame: Frame, loss: Standard) -> int:
    """How many outputs a loss adds up."""
    return sum(output.numel() for output, _ in outputs(frame, loss.pair))


def _followed(judgement: Judgement) -> tuple[Standard, Match] | None:
    """The standard loss whose gradient every parameter follows."""
    for found in sorted(judgement.matches, key=lambda m: m is not judgement.match):
        if isinstance(found.loss, Standard) and found.holds and found.loss.kind != "absolute":
            return found.loss, found
    return None


def _would_show(judgement: Judgement, followed: Match, odd: Objective) -> bool:
    """Whether a penalty that no step follows would show in some step beside the gradient: of a small one that stands
    beside a great one, or of weights that have hardly moved yet, nothing is known."""
    for number, gradients in followed.gradients.items():
        frame = judgement.frames[number]
        for parameter, share in odd.shares:
            if parameter in gradients and parameter in frame.parameters:
                lost = abs(share) * float(frame.start(parameter).detach().abs().max())
                if lost > _SHOWN * float(gradients[parameter].abs().max()):
                    return True
    return False


def _decay(frame: Frame, parameter: int, number: int, evidence: Evidence) -> _Decay | None:
    """By how much of itself a parameter decays, in units of the loss's gradient; None if that is not known."""
    chain = frame.training.chains[parameter]
    if evidence.handed is None:
        return _Decay(evidence.decay, chain.site)
    factor = evidence.factors.get(number)
    between = candidates(frame, parameter)
    at = standing(frame, parameter, evidence.handed)
    if not factor or at is None or at not in between:
        return None
    with torch.no_grad():
        gradient = flat(real(frame.replay.value(at))) / factor
        start = flat(frame.start(parameter))
        behind = [(frame.trace.sites[n], flat(real(frame.replay.value(n)))) for n in between[: between.index(at) + 1]]
        # of `(1 - rate * decay) * w - rate * gradient` the whole move alone holds both
        for site, made in [(chain.site, flat(frame.move(parameter))), *behind]:
            if not made.size == gradient.size == start.size or start.size < 3:
                continue
            (share, decay), exact = fit(EXACT, made, gradient, start)
            if exact and abs(share) * np.abs(gradient).max() > _LEAST * np.abs(made).max():
                small = abs(decay) * np.abs(start).max() <= _LEAST * np.abs(made).max()
                if small and loses_more([frame], parameter, replace(evidence, factors={0: factor}), apart=True):
                    return None  # in steps of its own size, as in AdamW
                return _Decay(0.0 if small else decay / share, site)
    return None


def _tellers(
    recording: Recording, judgement: Judgement, stretch: int, reading: Reading
) -> Iterator[tuple[Frame, Point]]:
    """Where a loss may be told of all samples, at a step of the training and after it."""
    for frame in judgement.frames:
        if any(node in frame.forward and node not in frame.backward for node in frame.trace.shown):
            yield frame, partial(_moved, frame)
    for point in after_training(recording, judgement.frames[0], stretch, reading):
        yield point(_POINTS[0]), point


def _moved(frame: Frame, seed: int) -> Frame:
    # what only keeps a logarithm finite is left out: elsewhere a probability may be as small
    return Frame(frame.training, frame.number, moved=seed, without_epsilon=True)


def _is_followed(frame: Frame, loss: Standard) -> bool:
    """Whether the updates are computed from the place where the outputs meet their targets."""
    return any(node in frame.backward for node in nodes_at(frame, loss.pair.key))


# -- the two gradients


def _compared(
    points: list[Frame],
    told: Stated,
    loss: Standard,
    decays: dict[int, _Decay],
    held: list[int],
    count: int,
    *,
    moves: bool,
) -> Objective | None:
    """What a told loss has that training does not follow, or the other way round; both are of the same samples.

    None if the told loss is none that is known.

    Args:
        held: the parameters that the told loss penalises.
        count: how many outputs `decays` belong to.
        moves: whether the updates are computed from where the outputs meet their targets.
    """
    behind = points[0].ancestors(nodes_at(points[0], told.key), points[0].forward)
    met = [pair for pair in pairs(points) if any(n in behind for n in output_nodes(points[0], pair))]
    for pair in met:
        parts = _parts(points, told, Standard(loss.kind, pair), list(decays), held)
        if parts is None:
            continue
        share, penalties = parts
        size = _count(points[0], Standard(loss.kind, pair)) / count
        apart: dict[int, float] = {}  # by the place of the update
        shares: list[tuple[int, float]] = []
        for p in sorted(held, key=lambda p: decays[p].site):
            told_share, own_share = penalties[p] / share, decays[p].share * size
            if abs(told_share) > _NONE and abs(told_share - own_share) > _APART * max(abs(told_share), abs(own_share)):
                apart.setdefault(decays[p].site, own_share / told_share)
                shares.append((p, told_share / size))
        ratio = next(iter(apart.values()), 0.0)
        says = _says_penalty(ratio) if apart else ""
        return Objective(told.site, tuple(apart), says, ratio, penalises=True, shares=tuple(shares))
    kind = part_kind(points, told, [Standard(kind, pair) for pair in met for kind in FORMULAS])
    if kind is None or kind == loss.kind:
        return None
    reason = (
        f"The updates follow the gradient of {KINDS[loss.kind]}"
        f" and not that of {KINDS[kind]} that is stated with a penalty."
    )
    return Objective(told.site, (loss.site if moves else decays[held[0]].site,), reason)


def _parts(
    points: list[Frame], told: Stated, same: Standard, parameters: list[int], held: list[int]
) -> tuple[float, dict[int, float]] | None:
    """The factor of a standard loss in a told one, and of each penalised parameter the factor with which it is added to
    the gradient; None if the told loss is made of more."""
    rows: list[Array] = []
    wanted: list[Array] = []
    for frame in points:
        one, two = value(frame, told), value(frame, same)
        whole, part = (None if loss is None else frame.gradients(loss) for loss in (one, two))
        if whole is None or part is None:
            return None
        for p in parameters:
            columns = [flat(frame.start(p)) if p == other else np.zeros(whole[p].numel()) for other in held]
            rows.append(np.stack([flat(part[p]), *columns], axis=1))
            wanted.append(flat(whole[p]))
    matrix, target = np.concatenate(rows), np.concatenate(wanted)
    if len(target) < 2 * (1 + len(held)):
        return None
    (share, *penalties), exact = fit(EXACT, target, *matrix.T)
    return (share, dict(zip(held, penalties, strict=True))) if exact and share > 0 else None


def _says_penalty(ratio: float) -> str:
    if ratio == 0.0:
        return "The updates leave out the gradient of the penalty on the weights that the stated loss has."
    return f"The weights decay {ratio:.4g} times as fast as the penalty in the stated loss asks for."
