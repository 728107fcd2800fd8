"""The loss that a program itself says it has, and which standard loss that is."""

import math
from collections.abc import Mapping
from functools import cache

import torch

from backproof.check.losses.evidence import factor_and_residual
from backproof.check.losses.losses import Standard, Stated, is_scalar, told_at, value
from backproof.check.losses.match import Match, penalised
from backproof.check.losses.outputs import nodes_at, output_nodes, outputs
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import real

_MEANS = ("sum", "pysum", "mean", "float", "asarray", "array")
_ELEMENTWISE = ("subtract", "multiply", "divide", "add")
_NEARLY = 0.1  # of the largest element of a gradient: a small number in a logarithm, a small penalty
_SAME = 2e-3  # how much the ratios of two losses may differ that are one, up to a factor
_VARIES = 1.005
_HOPS_BACK = 12  # operations between a length and what it is the root of
_PARTS = 12  # single numbers that a stated loss is computed from


def spoken_loss(
    frames: list[Frame], stated: list[Stated], recognized: dict[Stated, tuple[str, float] | None], matches: list[Match]
) -> Stated | None:
    """The loss that the program itself says it has: one that is shown, and that depends on the parameters."""
    smooth = {m.loss for m in matches if isinstance(m.loss, Stated)}
    good = [loss for loss in stated if loss in smooth]
    good = [loss for loss in good if not any(loss != other and _within(frames, loss, other) for other in good)]
    real_loss = [loss for loss in good if (known := recognized[loss]) is not None and known[0] != "absolute"]
    often = {m.loss for m in matches if len(m.gradients) == len(frames) > 1}
    followed = {m.loss for m in matches if m.holds and len(m.gradients) == len(frames)}
    for choice in (
        [loss for loss in real_loss if loss.shown],
        # of several that are only computed, as those that a line search compares, the one that is descended
        [loss for loss in real_loss if loss in followed],
        real_loss,
        [loss for loss in good if loss.shown and not _is_output(frames, loss, matches)],
        # what is only kept, and called a loss
        [loss for loss in good if loss in often and loss.site in frames[0].trace.named],
    ):
        if choice:
            told = _whole(frames, choice[0], choice)
            told = next((loss for loss in good if _is_of_the_same_beside(frames, told, loss)), told)
            more = [loss for loss in good if loss.shown and loss in often and told not in often]
            told = next((loss for loss in more if has_more(frames, told, loss, recognized)), told)
            always = [loss for loss in good if loss in often] if told.shown and recognized[told] is None else []
            return next((loss for loss in always if _is_of_these_samples(frames, told, loss)), told)
    return None


def _is_of_these_samples(frames: list[Frame], told: Stated, other: Stated) -> bool:
    """Whether another loss is told by the same line, and is computed from what the moves are computed from, as the told
    one is not: that is of other samples, and the one that the steps descend is only kept."""
    return told.site == other.site and _is_of_others(frames, told, other)


def _is_of_the_same_beside(frames: list[Frame], told: Stated, other: Stated) -> bool:
    """Whether another loss is shown with penalties, and is computed from what the moves are computed from, as the told
    one is not: that is of other samples, which are told beside those that are trained on."""
    return other.shown and bool(penalised(frames, other)) and _is_of_others(frames, told, other)


def has_more(
    frames: list[Frame], told: Stated, other: Stated, recognized: Mapping[Stated, tuple[str, float] | None]
) -> bool:
    """Whether another loss, of what the moves are computed from, as the told one is not, is one of the same kind and
    something more, as a penalty of whatever form."""
    if not _is_of_others(frames, told, other):
        return False
    kind = (recognized.get(told) or ("",))[0]
    parts = (one for one, known in recognized.items() if known is not None and known[0] == kind)
    return any(_within(frames, part, other) for part in parts)


def _is_of_others(frames: list[Frame], told: Stated, other: Stated) -> bool:
    """Whether another loss is computed from what the moves are computed from, as the told one is not."""
    return not _is_of_what_moves(frames, told) and _is_of_what_moves(frames, other)


def _is_of_what_moves(frames: list[Frame], loss: Stated) -> bool:
    """Whether a loss is computed from something that the moves of the first step are computed from, too."""
    frame = frames[0]
    made = set(frame.forward) - set(frame.given)
    moving = {n for node in frame.backward for n in frame.trace.inputs(node)} & made
    return bool(frame.ancestors(nodes_at(frame, loss.key), frame.forward) & moving)


def _is_output(frames: list[Frame], loss: Stated, matches: list[Match]) -> bool:
    """Whether what is shown is an output, where all moves follow a loss that holds it against targets."""
    pairs = {m.loss.pair for m in matches if m.holds and isinstance(m.loss, Standard)}
    return any({*nodes_at(frame, loss.key)} & {*output_nodes(frame, pair)} for frame in frames[:1] for pair in pairs)


def _whole(frames: list[Frame], loss: Stated, choice: list[Stated]) -> Stated:
    """A sum as it is divided by a number of samples, if that is computed too and nothing is made of it."""
    for frame in frames:
        nodes = nodes_at(frame, loss.key)
        readers = [r for node in nodes[-1:] for r in frame.training.readers[node] if r in frame.forward]
        if len(readers) == 1 and frame.trace.operations[readers[0]] in ("multiply", "divide"):
            return next((other for other in choice if nodes_at(frame, other.key)[-1:] == readers), loss)
    return loss


def _within(frames: list[Frame], part: Stated, whole: Stated) -> bool:
    """Whether a loss has another as one of several terms."""
    for frame in frames:
        nodes = nodes_at(frame, whole.key)
        parts = nodes_at(frame, part.key)
        if nodes and parts and parts[-1] in frame.ancestors(nodes[-1:], frame.forward) and parts[-1] != nodes[-1]:
            return not all(len({e for e in frame.trace.inputs(n) if e in frame.forward}) == 1 for n in nodes[-1:])
    return False


def recognized_as(
    frames: list[Frame], loss: Stated, standard: list[Standard], kept: dict[tuple[int, Standard], float] | None = None
) -> tuple[str, float] | None:
    """The standard loss that a computed scalar is a multiple of, and the multiple.

    Args:
        kept: the standard losses that are known of these very frames, by their `id`; others are added.
    """
    if penalised(frames, loss):
        return None  # however little the squares of the weights are: its gradient is another one
    known = {} if kept is None else kept
    rows = [
        (frame, made)
        for frame in frames
        if (made := value(frame, loss)) is not None and bool(torch.isfinite(made.detach()))
    ]
    best: tuple[float, tuple[str, float]] | None = None
    is_kept_finite = cache(lambda: has_epsilon(frames, loss))
    for other in standard:
        ratios: list[float] = []
        held: list[float] = []
        for frame, made in rows:
            if (id(frame), other) not in known:
                reference = value(frame, other)
                known[id(frame), other] = 0.0 if reference is None else float(reference.detach())
            if known[id(frame), other] == 0.0:
                break
            held.append(known[id(frame), other])
            ratios.append(float(made.detach()) / held[-1])
        if not ratios or len(ratios) < len(rows):
            continue
        first = 0
        if _spread(ratios) > _SAME and is_kept_finite():
            # where a probability is smaller than what keeps its logarithm finite, the loss is smaller than it should be
            whole = [n for n, ratio in enumerate(ratios) if abs(ratio) > (1 - _SAME) * max(map(abs, ratios))]
            ratios, held, first = [ratios[n] for n in whole], [held[n] for n in whole], whole[0]
        spread = _spread(ratios)
        if spread > _SAME or not all(ratios) or (best is not None and spread >= best[0]):
            continue
        counts = set[float]().union(*(_counts(frame, other) for frame, _ in rows))
        if (_vary(held) or _nice(ratios[0], counts)) and (other.pair.held or _alike(*rows[first], other)):
            best = spread, (other.kind, _nearest(ratios[0], counts) if is_kept_finite() else ratios[0])
    if best:
        return best[1]
    return _as_one_error(rows, loss, standard) or _as_lengths(rows, loss, standard) or _as_rest(rows, loss, standard)


def _as_rest(
    rows: list[tuple[Frame, torch.Tensor]], loss: Stated, standard: list[Standard]
) -> tuple[str, float] | None:
    """The same for what absolute errors leave of a whole, as `(1 - error) * 100` tells how much is right: a measure."""
    frame = next((frame for frame, _ in rows if nodes_at(frame, loss.key)), None)
    if frame is None:
        return None
    node, left = nodes_at(frame, loss.key)[-1], False
    for _ in range(_HOPS_BACK):
        behind = [earlier for earlier in frame.trace.inputs(node) if earlier in frame.forward]
        operation, arguments = frame.trace.operations[node], frame.trace.arguments[node]
        if operation not in ("multiply", "divide", "subtract", "round") or len(behind) != 1:
            break
        left = left or (operation == "subtract" and not isinstance(arguments[0], Ref))
        (node,) = behind
    told = recognized_as([frame for frame, _ in rows], Stated(frame.key(node), False), standard) if left else None
    # where all answers are 0 or 1, squares are no other numbers
    return ("absolute", told[1]) if told is not None and told[0] in ("absolute", "squared") else None


def _as_one_error(
    rows: list[tuple[Frame, torch.Tensor]], loss: Stated, standard: list[Standard]
) -> tuple[str, float] | None:
    """The same for how large the error of a single sample is among those of a step, as where the greatest is looked
    for: a measure as well."""
    nodes = [node for frame, _ in rows[:1] for node in nodes_at(frame, loss.key)]
    if not nodes or rows[0][0].trace.operations[nodes[-1]] not in ("absolute", "abs"):
        return None
    for other in standard:
        met = [outputs(frame, other.pair) for frame, _ in rows] if other.kind == "absolute" else []
        sizes = [[float((o - t).detach().abs()) for o, t in pairs if (o - t).numel() == 1] for pairs in met]
        ends = [(frame, node) for frame, _ in rows if (node := told_at(frame, loss)) is not None]
        found = [float(real(frame.replay.value(node)).detach()) for frame, node in ends]
        near = [any(abs(size - made) <= _SAME * made for size in own) for own, made in zip(sizes, found, strict=False)]
        if near and all(near):
            return "absolute", 1.0
    return None


def _as_lengths(
    rows: list[tuple[Frame, torch.Tensor]], loss: Stated, standard: list[Standard]
) -> tuple[str, float] | None:
    """The same for how long the errors of the samples are, or how large the largest of each is, added up: no loss is
    meant by them, but a measure, as by absolute errors; and the multiple."""
    orders = [order for node in nodes_at(rows[0][0], loss.key) if (order := _order(rows[0][0], node))] if rows else []
    if not orders:
        return None
    for other in standard:
        if other.kind != "absolute":
            continue
        met = [outputs(frame, other.pair) for frame, _ in rows]
        if orders[0] == math.inf and not all(_of_one_sample(rows[0][0], output) for output, _ in met[0]):
            continue  # of many samples, the worst alone is another loss
        lengths = [sum(float(torch.linalg.vector_norm((o - t).detach(), orders[0])) for o, t in pairs) for pairs in met]
        ratios = [float(made.detach()) / length for (_, made), length in zip(rows, lengths, strict=False) if length]
        if ratios and len(ratios) == len(rows) and _spread(ratios) <= _SAME and all(ratios):
            counts = set[float]().union(*(_counts(frame, other) for frame, _ in rows))
            if _vary(lengths) or _nice(ratios[0], counts):
                return "absolute", ratios[0]
    return None


def _order(frame: Frame, node: int) -> float | None:
    """The order of the norms that a number is computed from, by additions and a mean: 2 for lengths, and infinity for
    the largest of some absolute values; None if it is of neither."""
    for _ in range(_HOPS_BACK):
        operation, inputs = frame.trace.operations[node], frame.trace.inputs(node)
        if operation in ("linalg.norm", "sqrt"):
            return 2.0
        behind = [earlier for earlier in inputs if earlier in frame.forward]
        if operation in ("max", "amax") and behind and frame.trace.operations[behind[-1]] in ("absolute", "abs"):
            return math.inf
        if not behind or operation not in (*_ELEMENTWISE, *_MEANS):
            return None
        node = behind[-1]
    return None


def _of_one_sample(frame: Frame, output: torch.Tensor) -> bool:
    """Whether an output is that of one sample: as many numbers as some parameter has rows or columns."""
    return any(output.numel() in frame.start(parameter).shape for parameter in frame.parameters)


def _spread(ratios: list[float]) -> float:
    return (max(ratios) - min(ratios)) / max(*map(abs, ratios), 1e-300)


def _vary(values: list[float]) -> bool:
    """Whether some values differ by so much that a constant ratio to them is no chance."""
    return len(values) > 1 and max(map(abs, values)) > _VARIES * min(map(abs, values))


def _alike(frame: Frame, made: torch.Tensor, other: Standard) -> bool:
    """Whether two losses of a step ask for the same moves, or nearly, up to a factor."""
    reference = value(frame, other)
    one, two = frame.gradients(made), None if reference is None else frame.gradients(reference)
    if one is None or two is None:
        return True
    rows = [(one[p], two[p]) for p in one if bool(one[p].any()) and bool(two[p].any())]
    return all(factor_and_residual(a, b)[1] <= _NEARLY for a, b in rows)


def part_kind(frames: list[Frame], spoken: Stated, standard: list[Standard]) -> str | None:
    """The standard loss that a stated one has as a part: beside a penalty, for one."""
    stating = [frame for frame in frames if nodes_at(frame, spoken.key)]
    parts = {
        frame.key(node)
        for frame in stating[:1]
        for node in frame.ancestors(nodes_at(frame, spoken.key), frame.forward)
        if is_scalar(frame, node)
    }
    found = [recognized_as(frames, Stated(key, False), standard) for key in sorted(parts)[-_PARTS:]]
    return next((kind for known in found if known is not None and (kind := known[0]) != "absolute"), None)


def _counts(frame: Frame, loss: Standard) -> set[float]:
    counts = {1.0}
    met = outputs(frame, loss.pair)
    for output, _ in met:
        counts |= {float(output.numel()), *(float(size) for size in output.shape)}
    return counts | {float(len(met)), float(sum(output.numel() for output, _ in met))} - {0.0}


def _nice(ratio: float, counts: set[float]) -> bool:
    return any(abs(abs(ratio) * count / double - 1) < 1e-3 for count in counts for double in (1.0, 2.0))


def _nearest(ratio: float, counts: set[float]) -> float:
    """A ratio without what a small number in a logarithm adds to it, where it is one or two in a count of samples."""
    shares = [math.copysign(double / count, ratio) for count in counts for double in (1.0, 2.0)]
    nearest = min(shares, key=lambda share: abs(share - ratio))
    return nearest if abs(nearest - ratio) <= _SAME * abs(ratio) else ratio


def has_epsilon(frames: list[Frame], spoken: Stated) -> bool:
    """Whether a stated loss keeps its logarithms finite with a small number: saturated, it differs in the digits."""
    for frame in frames:
        for node in frame.ancestors(nodes_at(frame, spoken.key), frame.forward):
            if frame.trace.operations[node] in ("add", "clip", "maximum"):
                small = [a for a in frame.trace.arguments[node] if isinstance(a, float) and 0 < a <= 1e-4]
                if small and any(frame.trace.operations[r] == "log" for r in frame.training.readers[node]):
                    return True
    return False


def spread_in(frames: list[Frame], loss: Stated) -> Key | None:
    """Where a loss holds each output against all targets, a column against a row; None if it does not."""
    for frame in frames:
        for node in sorted(frame.ancestors(nodes_at(frame, loss.key), frame.forward)):
            if _is_spread(frame, node):
                return frame.key(node)
    return None


def _is_spread(frame: Frame, node: int) -> bool:
    """Whether n outputs in a column meet n targets in a row, or without a second axis, or the other way round."""
    if frame.trace.operations[node] not in _ELEMENTWISE:
        return False
    inputs = frame.trace.inputs(node)
    shapes = {frame.trace.shape(n) for n in inputs}
    size = frame.trace.shape(node)
    known = [n not in frame.dependent and n not in frame.given for n in inputs]
    if len(inputs) != 2 or sum(known) != 1 or len(size) != 2 or size[0] != size[1] or size[0] < 2:
        return False
    return shapes in ({(size[0], 1), (size[0],)}, {(size[0], 1), (1, size[0])})


def meets_targets(frame: Frame, loss: Stated, followed: Standard) -> bool:
    """Whether a told loss is computed from any of the targets that the one that is followed holds outputs against.
    If it is not, it only tells what the outputs are, and nothing can be meant to follow it."""
    met = [node for key in followed.pair.keys for node in nodes_at(frame, key)]
    computed = frame.dependent | set(frame.given)
    targets = {earlier for node in met for earlier in frame.trace.inputs(node) if earlier not in computed}
    made = set(range(len(frame.trace))) - set(frame.given)  # all but the parameters, and what these were made of before
    told = frame.ancestors(nodes_at(frame, loss.key), made)
    if not targets:  # plain numbers, perhaps: what is told may be an output as it is, and nothing else
        outputs = {earlier for node in met for earlier in frame.trace.inputs(node) if earlier in computed}
        return outputs.isdisjoint(nodes_at(frame, loss.key))
    return bool(told & frame.ancestors(targets, made))
