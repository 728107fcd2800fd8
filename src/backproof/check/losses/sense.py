"""Which way a program goes: down a loss, or up a likelihood; and whether two stated losses are one, up to a factor."""

from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, is_steady
from backproof.check.losses.losses import Standard, Stated, value
from backproof.check.losses.match import Match
from backproof.check.losses.outputs import nodes_at
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame


def descends(frames: list[Frame], found: Match, recognized: dict[Stated, tuple[str, float] | None]) -> bool:
    """Whether the moves go down the loss, or up a likelihood: minus a standard loss, what is below zero anyway, or what
    is called something that is to become great."""
    moves = [f for e in found.evidence.values() if e.handed is None for f in e.factors.values()]
    known = recognized.get(found.loss) if isinstance(found.loss, Stated) else None
    if known is not None and known[1] < 0:
        return all(f > 0 for f in moves)
    if known is None and isinstance(found.loss, Stated) and moves and all(f > 0 for f in moves):
        return _may_rise(frames, found)
    if known is None and isinstance(found.loss, Stated) and _is_negative(frames, found):
        return all(f < 0 for f in moves) and not any(_is_told_turned(frame, found.loss) for frame in frames)
    return all(f < 0 for f in moves)


def _is_told_turned(frame: Frame, loss: Stated) -> bool:
    """Whether minus a stated loss goes on to be told: it is that which is to become small."""
    sign, nodes = 1.0, nodes_at(frame, loss.key)[-1:]
    while nodes:
        (node,) = nodes
        nodes = [reader for reader in frame.training.readers[node] if reader in frame.forward]
        if len(nodes) != 1:
            break
        second = frame.trace.operations[nodes[0]] == "subtract" and frame.trace.arguments[nodes[0]][1] == node
        sign *= -1 if second or _is_turned(frame, nodes[0]) else 1
    return sign < 0


def _is_turned(frame: Frame, node: int) -> bool:
    """Whether a value is minus another one, or a number below zero times it."""
    operation = frame.trace.operations[node]
    others = [a for a in frame.trace.arguments[node][:2] if isinstance(a, int | float) and not isinstance(a, Ref)]
    return operation == "negative" or (operation in ("multiply", "divide") and any(a < 0 for a in others))


def _may_rise(frames: list[Frame], found: Match) -> bool:
    """Whether a stated loss may be meant to become great, by its name or since it is below zero; what is minus
    something that is above zero is not, for it was turned round to become small."""
    if not isinstance(found.loss, Stated):
        return False
    turned = any(_is_turned(frames[0], node) for node in nodes_at(frames[0], found.loss.key)[-1:])
    return found.loss.site in frames[0].trace.rising or (_is_negative(frames, found) and not turned)


def _is_negative(frames: list[Frame], found: Match) -> bool:
    """Whether a stated loss is below zero, but for where it is 0, as a likelihood is that is to become large."""
    told = [value(frames[number], found.loss) for number in found.gradients]
    below = [float(made.detach()) for made in told if made is not None]
    return len(below) == len(told) and max(below) <= 0 and min(below) < 0


def opposes(one: Match, other: Match) -> bool:
    """Whether two losses are stated of which one is minus the other, up to a factor."""
    if not isinstance(one.loss, Stated) or one is other or not is_multiple(one, other):
        return False
    number = min(one.gradients.keys() & other.gradients.keys())
    rows = [(g, other.gradients[number].get(p)) for p, g in one.gradients[number].items()]
    return any(factor_and_residual(g, wanted)[0] < 0 for g, wanted in rows if wanted is not None)


def is_multiple(one: Match, other: Match) -> bool:
    """Whether the gradients of two losses differ by a factor at each step alone: the number of samples in a batch, or
    of the losses that a mean is of."""
    shared = one.gradients.keys() & other.gradients.keys()
    for number in shared:
        rows = [(g, other.gradients[number].get(p)) for p, g in one.gradients[number].items()]
        held = [factor_and_residual(g, wanted) for g, wanted in rows if wanted is not None and bool(wanted.any())]
        if any(residual > TOLERANCE for _, residual in held) or not is_steady([factor for factor, _ in held]):
            return False
    return bool(shared)


def sense(frames: list[Frame], found: Match, recognized: dict[Stated, tuple[str, float] | None]) -> int:
    """1 if a loss is to become small, as a standard one is, or one that is nowhere below zero; -1 if it is a negative
    multiple of one; 0 if unknown."""
    known = ("", 1.0) if isinstance(found.loss, Standard) else recognized.get(found.loss)
    if known is None:
        return 0 if _may_rise(frames, found) else 1
    return 1 if known[1] > 0 else -1
