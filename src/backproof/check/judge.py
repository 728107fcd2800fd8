"""The verdict about one stretch of training: which loss it descends, and whether all parameters follow its gradient."""

from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
import torch

from backproof.check.frame import Frame, Key
from backproof.check.losses import (
    FORMULAS,
    Loss,
    Pair,
    Standard,
    Stated,
    is_scalar,
    nodes_at,
    output_nodes,
    outputs,
    pairs,
    stated_losses,
    value,
)
from backproof.check.match import Match, factor_and_residual, match
from backproof.check.observed import Fault
from backproof.check.optimizers import faults
from backproof.check.parameters import Training

_FRAMES = 6
_ELEMENTWISE = ("subtract", "multiply", "divide", "add")
_NEARLY = 0.1  # of the largest element of a gradient: a small number in a logarithm, a small penalty
_PARTS = 12  # single numbers that a stated loss is computed from
_BIG = 120_000_000  # bytes a step; of such steps two are looked at
_HUGE = 250_000_000  # of such steps one


@dataclass
class Judgement:
    """What was found out about a stretch.

    `verdict` is right, wrong, other-loss or unknown; `match` the loss that the verdict rests on; `stated` the loss that
    the program computes itself, if it computes one; `kind` the standard loss that this one is, if it is one, times
    `stated_multiple`.
    """

    training: Training
    frames: list[Frame]
    verdict: str
    match: Match | None = None
    stated: Stated | None = None
    kind: str | None = None
    stated_multiple: float = 1.0
    faults: list[Fault] = field(default_factory=list)  # of the optimizer, where every gradient is right
    matches: list[Match] = field(default_factory=list)
    part: str | None = None  # the standard loss that the stated one has as a part, beside a penalty for one
    spread: Key | None = None  # where a shown loss holds each output against all targets
    meant: bool = False  # every move is computed from output held against targets


def judge(training: Training, *, brief: bool = False) -> Judgement:
    """Judge a stretch; it must have steps. `brief` looks at few of them."""
    chosen = _chosen(training)
    frames = [Frame(training, number) for number in chosen]
    if brief:
        frames = frames[:2] + frames[-1:] if len(frames) > 3 else frames
    telling = _telling(training, frames)
    if telling is not None and telling not in frames:
        frames.append(telling)
        frames.sort(key=lambda frame: frame.number)
    apart = telling is not None and telling not in frames[:3]
    few = [frame for frame in frames if frame is telling or frame in frames[: 2 if apart else 3]]
    points = [frame.number for frame in few]
    if _weight(training) > _HUGE and (told := _at_once(training, frames)) is not None:
        return told
    first = _judged(training, frames)
    if first.verdict == "right":
        return _elsewhere(training, points, first) or first
    if first.faults:
        return first  # where the gradients are right and the optimizer is not, no other point tells more
    kinked = any(frame.has_kink(frame.dependent) for frame in frames) or first.match is None
    if kinked and not any(frame.replay.opaque for frame in frames):
        second = _judged(training, [Frame(training, number, moved=17) for number in points])
        if second.verdict == "right":
            return _elsewhere(training, points, second) or _told(second, few)
        if second.verdict == "other-loss" and first.verdict in ("wrong", "unknown"):
            return _told(second, few)
    most = [frame for frame in frames if frame in few or frame in frames[:4]]
    plain = [Frame(training, frame.number, without_epsilon=True) for frame in most]
    third = _judged(training, plain)
    if third.verdict == "right":
        return _elsewhere(training, points, third) or _told(third, most)
    if third.verdict == "other-loss" and first.verdict != "other-loss":
        return _told(third, most)
    if third.verdict == "wrong" and first.verdict == "unknown":
        return _told(third, most)
    return first


def _elsewhere(training: Training, points: list[int], found: Judgement) -> Judgement | None:
    """The judgement that a program is wrong though it is right at the recorded points, because these are special: small
    values, for which an activation is its own derivative's argument, or scales that are still one.

    None if it is right elsewhere, too, or if it cannot be followed there.
    """
    assert found.match is not None
    if any(_loses_lineage(frame) for frame in found.frames[:1]):
        return None
    strays: set[int] | None = None
    for seed in (17, 18):
        moved = [Frame(training, number, moved=seed, spread=0.3) for number in points]
        there = match(moved, found.match.loss)
        if there is None or any(frame.replay.opaque for frame in moved):
            return None
        plain = {p for p, e in found.match.evidence.items() if e.agreeing and not e.decay}
        wrong = {p for p, e in there.evidence.items() if p in plain and e.differing > 1 and not e.agreeing}
        strays = wrong if strays is None else strays & wrong
        if not strays:
            return None
    found.frames, found.match, found.verdict = moved, there, "wrong"
    return found


def _loses_lineage(frame: Frame) -> bool:
    """Whether a mask or a count of a forward value's shape came into a step from nowhere: it may be one."""
    trace = frame.trace
    shapes = {trace.shape(node) for node in frame.forward} - {()}
    inputs = {e for node in frame.backward for e in trace.inputs(node) if e not in frame.dependent}
    return any(
        trace.operations[node] == "leaf"
        and node > frame.step.start
        and getattr(trace.values[node], "dtype", np.dtype(float)).kind in "iub"
        and trace.shape(node) in shapes
        for node in inputs
    )


def _told(judgement: Judgement, frames: list[Frame]) -> Judgement:
    judgement.frames = frames
    return judgement


def _chosen(training: Training) -> list[int]:
    """The steps to look at: the first ones, and some later."""
    usable = [n for n, step in enumerate(training.steps) if any(step.before[p] is not None for p in step.after)]
    count = 1 if _weight(training) > _HUGE else 2 if _weight(training) > _BIG else _FRAMES
    whole = [
        n for n in usable if all(training.steps[n].before[p] is not None for p in training.steps[n].after)
    ] or usable
    if len(whole) <= count:
        return whole
    if count == 1:
        return whole[1:2]  # the second one, for what is added up from the first on
    early = count // 2
    late = [whole[early + (len(whole) - 1 - early) * k // (count - early)] for k in range(1, count - early + 1)]
    return sorted({*whole[:early], *late})


def _weight(training: Training) -> float:
    """How many bytes a step computes."""
    total = sum(int(v.nbytes) for v in training.trace.values if isinstance(v, np.ndarray))
    return total / max(len(training.steps), 1)


def _at_once(training: Training, frames: list[Frame]) -> Judgement | None:
    """The judgement that a program is right, if the loss that it shows says so by itself: all else would take long."""
    for loss in (loss for loss in stated_losses(frames) if loss.shown):
        found = match(frames, loss)
        if found is not None and found.holds and _descends(found, {}) and not faults(training, frames, found):
            return Judgement(training, frames, "right", found, loss, matches=[found])
    return None


def _telling(training: Training, frames: list[Frame]) -> Frame | None:
    """A step whose own parameters give a number that is shown, a loss perhaps: one of the frames, if one is."""
    shown = sorted(n for n in training.trace.shown if training.trace.shape(n) == ())
    for frame in frames:
        if any(node in frame.forward for node in shown):
            return frame
    ends = [step.end for step in training.steps]
    for node in [n for n in shown if frames and n > frames[0].step.end][:3]:
        after = bisect_left(ends, node)
        for number in (after, after - 1):
            step = training.steps[number] if 0 < number < len(ends) else None
            if step is not None and all(step.before[p] is not None for p in step.after):
                frame = Frame(training, number)
                if node in frame.forward:
                    return frame
    return None


def _judged(training: Training, frames: list[Frame]) -> Judgement:
    stated = stated_losses(frames)
    met = pairs(frames)
    standard = [Standard(kind, pair) for pair in met for kind in FORMULAS]
    recognized = {loss: _recognized(frames, loss, standard) for loss in stated}
    matches: list[Match] = []
    losses: list[Loss] = [*stated, *standard]
    for loss in losses:
        if (found := match(frames, loss)) is not None:
            matches.append(found)
    spoken = _spoken(frames, stated, recognized, matches)
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
    most = max((len(m.gradients) for m in matches), default=0)
    for found in sorted(
        matches,
        key=lambda m: (
            len(m.gradients) < min(most, 2),
            m.loss != spoken,
            isinstance(m.loss, Standard),
            -len(m.gradients),
        ),
    ):
        if not found.holds or _is_seldom(frames, found, matches, base.kind):
            continue
        if (
            any(e.decay for e in found.evidence.values())
            and spoken is not None
            and found.loss != spoken
            and base.kind is None
        ):
            continue  # a loss is stated that may say itself how the weights decay
        if not _descends(found, recognized):
            if isinstance(found.loss, Stated) and found.loss != spoken:
                continue
            base.match = base.match or found
            base.verdict = "wrong"
            continue
        base.match = found
        told = {known[0] for loss in stated if loss.shown and (known := recognized[loss]) is not None}
        base.verdict = _agreement(base, found.loss, spoken, told)
        partly = isinstance(found.loss, Stated) or base.kind is None
        if base.verdict == "other-loss" and partly and any(e.handed or e.decay for e in found.evidence.values()):
            # only a part of the stated loss is followed all the way: what is added to it is held against the whole
            break
        base.faults = faults(training, frames, found)
        if base.faults:
            base.verdict = "wrong"
        if base.verdict in ("right", "other-loss"):
            base.verdict = _spread_out(base, stated) or base.verdict
        return base
    if base.match is not None and base.verdict == "wrong":
        return base
    base.verdict = "unknown"
    best = _best(matches, spoken, base.kind)
    if base.match is not None and spoken is not None and any(m.loss == spoken for m in matches):
        best = next(m for m in matches if m.loss == spoken)
    base.match = best
    base.meant = _uses_error(frames, met)
    base.part = _part_kind(frames, spoken, standard) if spoken is not None and base.kind is None else None
    held = base.kind or base.part
    meant = held not in (None, "absolute") and base.meant
    if best is not None and best.follows and best.strays and not best.unsteady:
        meant = meant or base.meant
    if best is not None and (_convinces(best) or meant):
        base.verdict = "wrong"
    return base


def _is_seldom(frames: list[Frame], found: Match, matches: list[Match], kind: str | None) -> bool:
    """Whether a loss that is computed at one step alone holds there, and the same loss, or what it sums up, does not at
    the other steps."""
    if len(found.gradients) > 1:
        return False
    (number,) = found.gradients
    known = found.loss.kind if isinstance(found.loss, Standard) else kind
    behind: set[int] = set()
    if isinstance(found.loss, Stated):
        behind = frames[number].ancestors(nodes_at(frames[number], found.loss.key), frames[number].forward)
    for other in matches:
        if len(other.gradients) < 3 or other.holds or not other.right:
            continue
        if isinstance(other.loss, Standard):
            same = other.loss.kind == known
        else:
            same = any(node in behind for node in nodes_at(frames[number], other.loss.key))
        if same:
            return True
    return False


def _uses_error(frames: list[Frame], met: list[Pair]) -> bool:
    """Whether every move is computed from output held against targets: it is meant to be a gradient of a loss."""
    for frame in frames:
        ends = {node for pair in met for node in nodes_at(frame, pair.key) if node in frame.backward}
        if not ends:
            return False
        for parameter in frame.parameters:
            if not ends & frame.ancestors([frame.step.after[parameter]]):
                return False
    return True


def _convinces(best: Match) -> bool:
    """Whether some parameters follow the loss so plainly that it is the one meant, and the others are wrong."""
    sure = [p for p in best.right if any(g[p].numel() > 1 for g in best.gradients.values() if p in g)]
    return bool(sure) or len(best.right) > 2


def _agreement(base: Judgement, loss: Loss, spoken: Stated | None, told: set[str]) -> str:
    """What the exact gradient of a loss makes of a program that states another, or that shows several (`told`)."""
    if spoken is None or loss == spoken or base.kind == "absolute":
        return "right"
    if isinstance(loss, Stated):
        return "other-loss" if _part_of(base, loss, spoken) else "right"
    if base.kind is None:
        kept_finite = loss.kind in ("binary", "categorical") and _has_epsilon(base.frames, spoken)
        kept_finite = kept_finite and not _unlike(base, loss, spoken)
        return "other-loss" if _computed_from(base.frames, spoken, loss) and not kept_finite else "right"
    return "right" if loss.kind in {base.kind, *told} else "other-loss"


def _unlike(base: Judgement, loss: Loss, spoken: Stated) -> bool:
    """Whether two losses ask for plainly different moves at every step, more than a small number explains."""
    told = {m.loss: m.gradients for m in base.matches}
    if loss not in told or spoken not in told:
        return False
    worst = [
        max(
            (factor_and_residual(g, told[spoken][n][p])[1] for p, g in rows.items() if p in told[spoken][n]),
            default=0.0,
        )
        for n, rows in told[loss].items()
        if n in told[spoken]
    ]
    return len(worst) > 1 and min(worst) > 0.2


def _spread_out(base: Judgement, stated: list[Stated]) -> str | None:
    """Another verdict if a loss that is shown holds each output against all targets: a column against a row."""
    for loss in (loss for loss in stated if loss.shown):
        for frame in base.frames:
            for node in sorted(frame.ancestors(nodes_at(frame, loss.key), frame.forward)):
                if frame.trace.operations[node] in _ELEMENTWISE and _is_spread(frame, node):
                    base.stated, base.kind, base.stated_multiple, base.spread = loss, None, 1.0, frame.key(node)
                    return "other-loss"
    return None


def _is_spread(frame: Frame, node: int) -> bool:
    """Whether n outputs in a column meet n targets that are none, or the other way round."""
    inputs = frame.trace.inputs(node)
    shapes = {frame.trace.shape(n) for n in inputs}
    size = frame.trace.shape(node)
    known = [n not in frame.dependent and n not in frame.given for n in inputs]
    if len(inputs) != 2 or sum(known) != 1 or len(size) != 2 or size[0] != size[1] or size[0] < 2:
        return False
    return shapes == {(size[0], 1), (size[0],)}


def _has_epsilon(frames: list[Frame], spoken: Stated) -> bool:
    """Whether a stated loss keeps its logarithms finite with a small number: saturated, it differs in the digits."""
    for frame in frames:
        for node in frame.ancestors(nodes_at(frame, spoken.key), frame.forward):
            if frame.trace.operations[node] in ("add", "clip", "maximum"):
                small = [a for a in frame.trace.arguments[node] if isinstance(a, float) and 0 < a <= 1e-4]
                if small and any(frame.trace.operations[r] == "log" for r in frame.training.readers[node]):
                    return True
    return False


def _part_of(base: Judgement, part: Stated, whole: Stated) -> bool:
    """Whether one stated loss is only a part of another, so that their gradients differ."""
    told = {m.loss: m for m in base.matches}
    if part not in told or whole not in told or told[whole].holds:
        return False
    for frame in base.frames:
        behind = frame.ancestors(nodes_at(frame, whole.key), frame.forward)
        if any(node in behind for node in nodes_at(frame, part.key)):
            return True
    return False


def _computed_from(frames: list[Frame], spoken: Stated, loss: Standard) -> bool:
    """Whether a stated loss is computed from the very outputs that are trained, not from those of other data."""
    for frame in frames:
        if told := nodes_at(frame, spoken.key):
            behind = frame.ancestors(told, frame.forward)
            return any(node in behind for node in output_nodes(frame, loss.pair))
    return False


def _descends(found: Match, recognized: dict[Stated, tuple[str, float] | None]) -> bool:
    """Whether the moves go down the loss, or up a likelihood."""
    moves = [f for e in found.evidence.values() if e.handed is None for f in e.factors.values()]
    known = recognized.get(found.loss) if isinstance(found.loss, Stated) else None
    if known is not None and known[1] < 0:
        return all(f > 0 for f in moves)
    return all(f < 0 for f in moves)


def _spoken(
    frames: list[Frame], stated: list[Stated], recognized: dict[Stated, tuple[str, float] | None], matches: list[Match]
) -> Stated | None:
    """The loss that the program itself says it has: one that is shown, and that depends on the parameters."""
    smooth = {m.loss for m in matches if isinstance(m.loss, Stated)}
    good = [loss for loss in stated if loss in smooth]
    good = [loss for loss in good if not any(loss != other and _within(frames, loss, other) for other in good)]
    real_loss = [loss for loss in good if (known := recognized[loss]) is not None and known[0] != "absolute"]
    for choice in (
        [loss for loss in real_loss if loss.shown],
        real_loss,
        [loss for loss in good if loss.shown],
    ):
        if choice:
            return choice[0]
    return None


def _within(frames: list[Frame], part: Stated, whole: Stated) -> bool:
    """Whether a loss has another as one of several terms."""
    for frame in frames:
        nodes = nodes_at(frame, whole.key)
        parts = nodes_at(frame, part.key)
        if nodes and parts and parts[-1] in frame.ancestors(nodes[-1:], frame.forward) and parts[-1] != nodes[-1]:
            return not all(len({e for e in frame.trace.inputs(n) if e in frame.forward}) == 1 for n in nodes[-1:])
    return False


def _recognized(frames: list[Frame], loss: Stated, standard: list[Standard]) -> tuple[str, float] | None:
    """The standard loss that a computed scalar is a multiple of, and the multiple."""
    rows = [
        (frame, made)
        for frame in frames
        if (made := value(frame, loss)) is not None and bool(torch.isfinite(made.detach()))
    ]
    best: tuple[float, tuple[str, float]] | None = None
    for other in standard:
        ratios: list[float] = []
        counts: set[float] = set()
        for frame, made in rows:
            reference = value(frame, other)
            if reference is None or float(reference.detach()) == 0.0:
                break
            ratios.append(float(made.detach()) / float(reference.detach()))
            counts |= _counts(frame, other)
        if not ratios or len(ratios) < len(rows):
            continue
        spread = (max(ratios) - min(ratios)) / max(*(abs(r) for r in ratios), 1e-300)
        if (
            spread <= 2e-3
            and all(ratios)
            and (len(ratios) > 1 or _nice(ratios[0], counts))
            and (best is None or spread < best[0])
            and _alike(rows[0][0], rows[0][1], other)
        ):
            best = spread, (other.kind, ratios[0])
    return best[1] if best else None


def _alike(frame: Frame, made: torch.Tensor, other: Standard) -> bool:
    """Whether two losses of a step ask for the same moves, or nearly, up to a factor."""
    reference = value(frame, other)
    one, two = frame.gradients(made), None if reference is None else frame.gradients(reference)
    if one is None or two is None:
        return True
    rows = [(one[p], two[p]) for p in one if bool(one[p].any()) and bool(two[p].any())]
    return all(factor_and_residual(a, b)[1] <= _NEARLY for a, b in rows)


def _part_kind(frames: list[Frame], spoken: Stated, standard: list[Standard]) -> str | None:
    """The standard loss that a stated one has as a part: beside a penalty, for one."""
    stating = [frame for frame in frames if nodes_at(frame, spoken.key)]
    parts = {
        frame.key(node)
        for frame in stating[:1]
        for node in frame.ancestors(nodes_at(frame, spoken.key), frame.forward)
        if is_scalar(frame, node)
    }
    found = [_recognized(frames, Stated(key, False), standard) for key in sorted(parts)[-_PARTS:]]
    return next((kind for known in found if known is not None and (kind := known[0]) != "absolute"), None)


def _counts(frame: Frame, loss: Standard) -> set[float]:
    counts = {1.0}
    for output, _ in outputs(frame, loss.pair):
        counts |= {float(output.numel()), *(float(size) for size in output.shape)}
    return counts


def _nice(ratio: float, counts: set[float]) -> bool:
    return any(abs(abs(ratio) * count / double - 1) < 1e-3 for count in counts for double in (1.0, 2.0))


def _best(matches: list[Match], spoken: Stated | None, kind: str | None) -> Match | None:
    """The loss that most parameters follow; of those, the one that the program states."""
    if not matches:
        return None

    def score(found: Match) -> tuple[float, ...]:
        told = found.loss == spoken or (isinstance(found.loss, Standard) and found.loss.kind == kind)
        likely = isinstance(found.loss, Standard) and found.loss.kind in ("squared", "binary", "categorical")
        often = 2 * len(found.gradients) >= most  # what is only computed now and then may be of other data
        return len(found.right), float(told), float(often), float(found.loss == spoken), float(likely)

    most = max(len(found.gradients) for found in matches)
    return max(matches, key=score)
