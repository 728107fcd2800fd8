"""Whether an edited program trains a network of the same shapes."""

from collections import Counter
from collections.abc import Set
from math import prod

from backproof.check.consistency.unread import moved_alike
from backproof.check.cut.parameters import Training
from backproof.check.judge.judgement import Judgement


def shapes_of(training: Training, among: Set[int] | None = None) -> Counter[tuple[int, ...]]:
    """The shapes of what is trained, before a wrong gradient can have made it wider: an edit that changes them makes
    another network."""
    chains = [training.chains[p] for p in training.parameters if among is None or p in among]
    firsts = [chain.versions[0] for chain in chains]
    pairs = zip(firsts, chains, strict=True)
    return Counter(chain.shape if first is None else training.trace.shape(first) for first, chain in pairs)


def keeps_shapes(before: Judgement, after: Judgement) -> bool:
    """Whether an edit leaves the network its shapes, as far as it trains what was not trained by mistake, or no more
    than by mistake; and makes no parameter wider as it is moved, as a bias that gets a row for each sample."""
    if _count_widened(after) > _count_widened(before):
        return False
    return (
        shapes_of(after.training) == shapes_of(before.training)
        or _reads_more(before, after)
        or _knows_a_state(before, after)
    )


def _count_widened(judgement: Judgement) -> int:
    training = judgement.training
    chains = [training.chains[p] for p in training.parameters]
    return sum(prod(c.shape) > prod(training.trace.shape(c.versions[0])) for c in chains if c.versions[0] is not None)


def count_unseen(before: Judgement, after: Judgement) -> int:
    """How many single numbers a shorter run of an edit does not show to be trained: each step moves a few of them,
    those that its sample reads."""
    fewer = shapes_of(before.training)
    fewer.subtract(shapes_of(after.training))
    only = all(count == 0 or (count > 0 and prod(shape) == 1) for shape, count in fewer.items())
    return fewer.total() if only and len(after.training.steps) < len(before.training.steps) else 0


def _reads_more(before: Judgement, after: Judgement) -> bool:
    """Whether an edit only adds to those that are trained what was moved for nothing: single numbers that a loop left
    out, or what is moved as the others are."""
    more = shapes_of(after.training)
    more.subtract(shapes_of(before.training))
    frames = before.frames[:2]
    moved = {frame.trace.shape(move.node) for frame in frames for move in moved_alike(frame)}
    added = {shape for shape, count in more.items() if count}
    return all(count >= 0 for count in more.values()) and all(prod(s) == 1 or s in moved for s in added)


def _knows_a_state(before: Judgement, after: Judgement) -> bool:
    """Whether an edit leaves the network its shapes but for what follows no gradient and what the loss does not depend
    on: what an optimizer keeps may seem to be trained itself where it is wrong."""
    found = before.match
    if found is None or len(after.training.states) <= len(before.training.states):
        return False
    kept = {p for p, evidence in found.evidence.items() if not evidence.holds} - found.reached
    own = set(before.training.parameters) - kept
    return shapes_of(after.training) == shapes_of(before.training, own)
