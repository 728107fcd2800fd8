"""Whether an entropy that is told of all samples is written down as it is descended."""

from backproof.check.losses.evidence import factor_and_residual
from backproof.check.losses.losses import ENTROPIES, FORMULAS, KINDS, Standard, Stated, value
from backproof.check.losses.outputs import Pair, nodes_at, output_nodes
from backproof.check.losses.pairs import pairs
from backproof.check.losses.stated import recognized_as
from backproof.check.replay.frame import Frame

_PLAINLY = 0.2  # how far two gradients are from being multiples of each other, relative to the largest element
_KNOWN = 0.01  # how far they are where both are known kinds, which are much alike with small weights


def other_formula(points: list[Frame], told: Stated, loss: Standard) -> str:
    """What is wrong with a told loss of all samples that is made of the logarithms of the outputs, as the entropy is
    whose gradient training follows, and has another gradient everywhere; empty if nothing is, or if it is not known."""
    if loss.kind not in ENTROPIES:
        return ""
    if _is_squared(points, told, loss):
        return (
            f"The updates follow the gradient of {KINDS[loss.kind]}, but the loss that is stated is {KINDS['squared']}."
        )
    met = _met(points, told)
    if not met or recognized_as(points, told, [Standard(kind, pair) for pair in met for kind in FORMULAS]) is not None:
        return ""
    if not all(_is_unlike(frame, told, Standard(loss.kind, pair)) for frame in points for pair in met):
        return ""
    return (
        f"The updates follow the gradient of {KINDS[loss.kind]}, but the loss that is stated is another one:"
        " it is computed from the same outputs, and its gradient is not that one, up to any factor."
    )


def _is_squared(points: list[Frame], told: Stated, loss: Standard) -> bool:
    """Whether a told loss is the squared error of the very outputs whose entropy training follows."""
    met = [pair for pair in pairs(points) if not pair.logarithm]
    squared = [pair for pair in met if recognized_as(points, told, [Standard("squared", pair)]) is not None]
    return any(all(_is_unlike(frame, told, Standard(loss.kind, pair), _KNOWN) for frame in points) for pair in squared)


def is_formula(points: list[Frame], told: Stated, loss: Standard) -> bool:
    """Whether a told loss of all samples is the entropy whose gradient training follows, as it is usually written."""
    same = [Standard(loss.kind, pair) for pair in _met(points, told)]
    return loss.kind in ENTROPIES and recognized_as(points, told, same) is not None


def _met(points: list[Frame], told: Stated) -> list[Pair]:
    """The outputs whose logarithms a told loss is made of, with what they meet."""
    behind = points[0].ancestors(nodes_at(points[0], told.key), points[0].forward)
    return [p for p in pairs(points) if p.logarithm and any(n in behind for n in output_nodes(points[0], p))]


def _is_unlike(frame: Frame, told: Stated, same: Standard, plainly: float = _PLAINLY) -> bool:
    """Whether two losses plainly ask for different moves."""
    one, two = value(frame, told), value(frame, same)
    asked, wanted = (None if loss is None else frame.gradients(loss) for loss in (one, two))
    if not asked or not wanted:
        return False
    rows = [(g, wanted[p]) for p, g in asked.items() if p in wanted and bool(wanted[p].any())]
    return any(factor_and_residual(g, w)[1] > plainly for g, w in rows)
